"""``hushkeep keys``, as a person runs it."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hushkeep.cli import main
from hushkeep.keys import init_site
from hushkeep.runtime.key_client import KeyClient

pytestmark = pytest.mark.server

SOURCE = str(Path(__file__).parents[3] / "src")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    (folder / "run").mkdir()
    init_site(folder / "keys", key_file=folder.with_name("root.key"), recovery_dir=folder / "recovery")
    return folder


@pytest.fixture(scope="module")
def served(folder):
    """The service as ``hushkeep keys serve`` starts it; yields its process."""
    key = str(folder.with_name("root.key"))
    command = [sys.executable, "-m", "hushkeep", "keys", "serve", "--data-dir", str(folder), "--key-file", key]
    environment = {"PYTHONPATH": SOURCE, "PATH": "/usr/bin:/bin", "HOME": str(folder)}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr.readline().startswith("hushkeep keys: ready")
        yield process
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0


def _run(capsys, *words):
    code = main(["keys", *map(str, words)])
    return code, capsys.readouterr()


def test_status_says_how_the_service_is(served, folder, capsys):
    code, said = _run(capsys, "status", "--data-dir", folder)
    assert code == 0
    assert json.loads(said.out)["locked"] is False


def test_the_service_is_a_small_process_without_the_house(served):
    maps = Path(f"/proc/{served.pid}/cmdline").read_bytes()
    assert b"hushkeep.keys" in maps
    loaded = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "import hushkeep.keys.serving, hushkeep.keys.__main__"],
        env={"PYTHONPATH": SOURCE},
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    for heavy in ("django", "pydantic", "click", "numpy", "psycopg", "http.client"):
        assert f" {heavy}\n" not in loaded, heavy


def test_the_services_memory_is_not_dumped():
    asked = (
        "import ctypes, resource; from hushkeep.keys.memory import guard_memory; libc = ctypes.CDLL(None);"
        "before = libc.prctl(3); guard_memory(); print(before, libc.prctl(3), resource.getrlimit(resource.RLIMIT_CORE))"
    )
    said = subprocess.run(
        [sys.executable, "-c", asked], env={"PYTHONPATH": SOURCE}, capture_output=True, text=True, check=True
    )
    assert said.stdout == "1 0 (0, 0)\n"


def test_shredding_ends_with_a_certificate_that_verifies_offline(served, folder, capsys, tmp_path):
    client = KeyClient(folder / "run" / "keys" / "keys.sock")
    tenant, subject = uuid4(), uuid4()
    client.create_tenant(tenant)
    client.create_subjects(tenant, [subject])
    client.close()
    target = tmp_path / "certificate.json"
    words = ["shred", tenant, subject, "--data-dir", folder, "--actor", uuid4(), "--basis", "erasure_request"]
    assert _run(capsys, *words, "--certificate", target, "--dry-run")[0] == 0
    assert not target.exists()
    assert _run(capsys, *words, "--certificate", target)[0] == 0
    assert _run(capsys, *words, "--certificate", target)[0] == 7
    public = folder / "keys" / "public-keys.json"
    code, said = _run(capsys, "verify-certificate", target, "--public-keys", public)
    assert code == 0
    assert json.loads(said.out)["basis"] == "erasure_request"
    target.write_text(target.read_text().replace("erasure_request", "retention_end__"))
    assert _run(capsys, "verify-certificate", target, "--public-keys", public)[0] == 10


def test_rotation_is_asked_for_and_ends(served, folder, capsys):
    client = KeyClient(folder / "run" / "keys" / "keys.sock")
    tenant = uuid4()
    client.create_tenant(tenant)
    client.close()
    code, said = _run(capsys, "rotate", tenant, "--data-dir", folder, "--actor", uuid4())
    assert (code, json.loads(said.out)) == (0, {"version": 2})
    until = time.monotonic() + 60
    while json.loads(_run(capsys, "rewrap", "--data-dir", folder)[1].out)["rotations"]:
        assert time.monotonic() < until, "the rotation does not end"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def careful(tmp_path_factory):
    """The folder of a service that demands two people's devices, with two people."""
    folder = tmp_path_factory.mktemp("careful")
    (folder / "run").mkdir()
    init_site(folder / "keys", key_file=folder.with_name("careful.key"), recovery_dir=folder / "recovery")
    command = [sys.executable, "-m", "hushkeep", "keys", "serve", "--data-dir", str(folder)]
    command += ["--key-file", str(folder.with_name("careful.key")), "--dual-control"]
    environment = {"PYTHONPATH": SOURCE, "PATH": "/usr/bin:/bin", "HOME": str(folder)}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr.readline().startswith("hushkeep keys: ready")
        yield folder
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0


class Signer:
    """A person with a device whose key lies in a file."""

    def __init__(self, folder, tenant):
        self.person, self.device, self.file = uuid4(), uuid4(), folder / f"{uuid4()}.pem"
        key = ec.generate_private_key(ec.SECP256R1())
        pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        self.file.write_bytes(key.private_bytes(pem, form, serialization.NoEncryption()))
        der, info = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        with KeyClient(folder / "run" / "keys" / "keys.sock") as client:
            client.register_device(tenant, self.person, self.device, key.public_key().public_bytes(der, info))

    def prove(self, capsys, use, tenant, out, *more):
        words = ["prove", use, tenant, out, "--person", self.person, "--device", self.device, "--device-key", self.file]
        return _run(capsys, *words, *more)


def test_under_dual_control_two_people_rotate_and_destroy_from_the_command_line(careful, tmp_path, capsys):
    with KeyClient(careful / "run" / "keys" / "keys.sock") as client:
        tenant, subject = uuid4(), uuid4()
        client.create_tenant(tenant)
        client.create_subjects(tenant, [subject])
    one, two = Signer(careful, tenant), Signer(careful, tenant)
    first, second, event = tmp_path / "one", tmp_path / "two", uuid4()
    rotate = ["rotate", tenant, "--data-dir", careful, "--actor", one.person, "--event", event]
    assert one.prove(capsys, "rotate", tenant, first, "--event", event)[0] == 0
    code, said = _run(capsys, *rotate, "--proof", first)
    assert (code, "second_person_missing" in said.err) == (5, True)
    assert two.prove(capsys, "rotate", tenant, second, "--event", uuid4())[0] == 0
    code, said = _run(capsys, *rotate, "--proof", first, "--proof", second)
    assert (code, "device_signature" in said.err) == (5, True), "the other person signed for another event"
    assert one.prove(capsys, "rotate", tenant, first, "--event", event)[0] == 7, "a proof is not written over"
    first, second = tmp_path / "one again", tmp_path / "two again"
    for signer, out in ((one, first), (two, second)):
        assert signer.prove(capsys, "rotate", tenant, out, "--event", event)[0] == 0
    code, said = _run(capsys, *rotate, "--proof", first, "--proof", second)
    assert (code, json.loads(said.out)) == (0, {"version": 2})
    told = ["--subject", subject, "--basis", "erasure_request", "--event", event]
    shred = ["shred", tenant, subject, "--data-dir", careful, "--actor", one.person, "--basis", "erasure_request"]
    shred += ["--event", event, "--certificate", tmp_path / "certificate"]
    assert _run(capsys, *shred)[0] == 5
    third, fourth = tmp_path / "three", tmp_path / "four"
    for signer, out in ((one, third), (two, fourth)):
        assert signer.prove(capsys, "shred", tenant, out, *told)[0] == 0
    assert _run(capsys, *shred, "--proof", third, "--proof", fourth)[0] == 0
    assert json.loads((tmp_path / "certificate").read_text())["body"]["approval"] == "verified"


def test_what_is_no_proof_or_no_key_is_refused(careful, tmp_path, capsys):
    (tmp_path / "words").write_text("{}")
    rotate = ["rotate", uuid4(), "--data-dir", careful, "--actor", uuid4()]
    assert _run(capsys, *rotate, "--proof", tmp_path / "words")[0] == 2
    assert _run(capsys, *rotate, "--proof", tmp_path / "absent")[0] == 4
    ids = [word for name in ("--event", "--person", "--device") for word in (name, uuid4())]
    prove = ["prove", "rotate", uuid4(), tmp_path / "out", *ids, "--device-key"]
    assert _run(capsys, *prove, tmp_path / "words")[0] == 2
    assert _run(capsys, *prove, tmp_path / "absent")[0] == 4
    assert _run(capsys, *prove, tmp_path / "words", "--subject", uuid4())[0] == 2


def test_the_log_prints_ids_and_times(served, folder, capsys):
    code, said = _run(capsys, "log", "--data-dir", folder, "--limit", 2)
    assert code == 0
    assert [json.loads(line)["seq"] for line in said.out.splitlines()] == [0, 1]


def test_slots_are_listed_and_tested(folder, capsys):
    shares = [word for n in (1, 3, 5) for word in ("--test-shares", folder / "recovery" / f"share-{n}.txt")]
    key = folder.with_name("root.key")
    code, said = _run(capsys, "slots", "--data-dir", folder, "--key-file", key, "--test", *shares)
    assert code == 0
    assert json.loads(said.out)["tested"] == ["key_file", "recovery"]
    assert json.loads(said.out)["overdue"] == []
    remove = ["slots", "--data-dir", folder, "--key-file", key, "--remove", "recovery"]
    assert _run(capsys, *remove)[0] == 5, "the key file alone changes no slots"
    assert _run(capsys, *remove, *shares)[0] == 7
    assert _run(capsys, "slots", "--data-dir", folder, *shares[:4])[0] == 5


def test_recovery_makes_a_new_key_file_from_three_shares(tmp_path, capsys):
    init_site(tmp_path / "keys", key_file=tmp_path / "old", recovery_dir=tmp_path / "paper")
    shares = [word for n in (2, 3, 4) for word in ("--share", tmp_path / "paper" / f"share-{n}.txt")]
    words = ["recover", "--data-dir", tmp_path, "--key-file", tmp_path / "new", "--recovery-dir", tmp_path / "paper2"]
    assert _run(capsys, *words, *shares[:4])[0] == 5
    assert _run(capsys, *words, *shares)[0] == 0
    assert _run(capsys, "slots", "--data-dir", tmp_path, "--key-file", tmp_path / "new", "--test")[0] == 0
    assert _run(capsys, "slots", "--data-dir", tmp_path, "--key-file", tmp_path / "old", "--test")[0] == 10
