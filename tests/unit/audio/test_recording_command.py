"""``hushkeep recording``: the contract of its output, exit codes and files."""

import json

import numpy as np
import pytest
import soundfile
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from hushkeep import cli


@pytest.fixture
def run(capsys):
    def call(*arguments):
        code = cli.main(["recording", *map(str, arguments)])
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


@pytest.fixture
def call(tmp_path, dialled):
    path = tmp_path / "call.wav"
    soundfile.write(path, dialled("4417123456789113"), 8000)
    return path


@pytest.fixture
def keys(tmp_path):
    key = Ed25519PrivateKey.generate()
    (tmp_path / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "public.pem").write_bytes(public)
    return tmp_path / "key.pem", tmp_path / "public.pem"


def test_the_manifest_goes_to_stdout_and_the_copy_to_its_file(run, call, tmp_path):
    code, out, err = run("redact", call, tmp_path / "out.flac", "--recogniser", "none")
    assert (code, err) == (0, "")
    manifest = json.loads(out)
    assert [set(span) >= {"channel", "start", "end", "entity"} for span in manifest["hidden"]] == [True]
    assert soundfile.info(tmp_path / "out.flac").frames == soundfile.info(call).frames
    assert sorted(p.name for p in tmp_path.iterdir()) == ["call.wav", "out.flac"]


@pytest.mark.parametrize("name", ["out.wav", "out.opus", "out.ogg"])
def test_the_copys_ending_tells_its_format(run, call, tmp_path, name):
    assert run("redact", call, tmp_path / name, "--recogniser", "none")[0] == 0
    assert soundfile.info(tmp_path / name).frames == soundfile.info(call).frames


def test_a_signed_copy_verifies_and_a_changed_one_does_not(run, call, tmp_path, keys):
    _, out, _ = run("redact", call, tmp_path / "out.flac", "--recogniser", "none", "--sign-key", keys[0])
    (tmp_path / "m.json").write_text(out)
    arguments = ("verify", tmp_path / "out.flac", tmp_path / "m.json", "--public-key", keys[1])
    code, told, _ = run(*arguments)
    assert (code, json.loads(told)["verified"]) == (0, True)
    (tmp_path / "m.json").write_text(out.replace('"strict"', '"balanced"'))
    assert run(*arguments)[0] == 10
    (tmp_path / "m.json").write_text(out)
    samples, rate = soundfile.read(tmp_path / "out.flac")
    soundfile.write(tmp_path / "out.flac", samples + 0.01, rate)
    code, told, _ = run(*arguments)
    assert code == 10
    assert {p["kind"] for p in json.loads(told)["problems"]} == {
        "digest_differs",
        "segment_differs",
        "span_sounds",
    }


def test_an_unsigned_manifest_is_refused_where_a_signature_is_asked_for(run, call, tmp_path, keys):
    _, out, _ = run("redact", call, tmp_path / "out.flac", "--recogniser", "none")
    (tmp_path / "m.json").write_text(out)
    assert run("verify", tmp_path / "out.flac", tmp_path / "m.json", "--public-key", keys[1])[0] == 10


def test_the_report_sums_up(run, call, tmp_path):
    for name in "ab":
        out = run("redact", call, tmp_path / f"{name}.flac", "--recogniser", "none")[1]
        (tmp_path / f"{name}.json").write_text(out)
    code, out, _ = run("report", tmp_path / "a.json", tmp_path / "b.json")
    told = json.loads(out)
    assert code == 0
    assert (told["recordings"], told["states"], told["hidden"]["keypad"]["spans"]) == (2, {"quarantined": 2}, 2)


@pytest.mark.parametrize(("content", "code"), [(b"", 2), (b"not sound", 2), (None, 4)])
def test_bad_input_has_its_code_and_leaves_no_file(run, tmp_path, content, code):
    source = tmp_path / "x.wav"
    if content is not None:
        source.write_bytes(content)
    got, out, err = run("redact", source, tmp_path / "out.flac", "--recogniser", "none")
    assert (got, out) == (code, "")
    assert err.startswith("hushkeep: error: ")
    assert not (tmp_path / "out.flac").exists()
    assert not list(tmp_path.glob("*.part"))


def test_a_cut_file_is_taken_in_part(run, tmp_path, dialled):
    soundfile.write(tmp_path / "x.wav", np.tile(dialled("4417123"), 4), 8000)
    data = (tmp_path / "x.wav").read_bytes()
    (tmp_path / "x.wav").write_bytes(data[: len(data) // 2])
    code, out, _ = run("redact", tmp_path / "x.wav", tmp_path / "out.flac", "--recogniser", "none")
    assert code == 3
    assert "cut_short" in json.loads(out)["reasons"]


def test_a_recording_is_never_its_own_copy(run, call):
    before = call.read_bytes()
    assert run("redact", call, call, "--recogniser", "none")[0] == 7
    assert call.read_bytes() == before


def test_a_missing_recogniser_says_what_to_install(run, call, tmp_path):
    code, _, err = run("redact", call, tmp_path / "out.flac", "--model-folder", tmp_path)
    assert code == 11
    assert "hushkeep[speech]" in err
    assert not (tmp_path / "out.flac").exists()


def test_sound_is_not_sent_in_the_clear(run, call, tmp_path):
    assert run("redact", call, tmp_path / "out.flac", "--recogniser", "http://example.org/v1")[0] == 2
