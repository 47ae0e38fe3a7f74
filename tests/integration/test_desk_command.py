"""``hushkeep connector`` and ``hushkeep desk`` against a running site, through the public ingress."""

import json
import stat
from uuid import uuid4

import pytest

from hushkeep.channels import desk

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def center(running_site, tmp_path_factory):
    """The running site with the made-up customers in it and a connector; yields the connector's file."""
    folder = tmp_path_factory.mktemp("desk")
    made = running_site.command("sample", "--conversations", "60", "--out", str(folder / "center.jsonl"))
    assert made.returncode == 0, made.stderr
    taken = running_site.command("protect", str(folder / "center.jsonl"), "--json")
    assert taken.returncode == 0, taken.stderr
    return folder


def add(site, name, out):
    done = site.command("connector", "add", name, "--out", str(out))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_secret_goes_to_a_file_of_ones_own_and_nowhere_else(running_site, center):
    made = add(running_site, "pbx", center / "pbx.json")
    assert stat.S_IMODE((center / "pbx.json").stat().st_mode) == 0o600
    said = json.loads((center / "pbx.json").read_text())
    assert len(bytes.fromhex(said["secret"])) == 32
    assert said["secret"] not in json.dumps(made)
    listed = running_site.command("connector", "list")
    assert {"connector": said["connector"], "name": "pbx"} in [json.loads(line) for line in listed.stdout.splitlines()]
    again = running_site.command("connector", "add", "pbx", "--out", str(center / "pbx.json"))
    assert again.returncode == 7


def test_a_rotated_or_revoked_secret_is_refused_at_once(running_site, center):
    made = add(running_site, "chat", center / "chat.json")
    rotated = running_site.command("connector", "rotate", made["connector"], "--out", str(center / "chat-2.json"))
    assert rotated.returncode == 0, rotated.stderr

    def reasons(file):
        played = running_site.command(
            *("desk", "--connector", str(center / file), "--agent", str(uuid4())),
            *("--hours", "0.02", "--speed", "10000"),
        )
        assert played.returncode == 3, played.stderr
        return set(json.loads(played.stdout)["refused"])

    assert reasons("chat.json") == {"connector_signature", "not_found"}
    # The agent is made up: the signature is taken, the person is not.
    assert reasons("chat-2.json") & {"agent_unknown", "not_found"}
    assert running_site.command("connector", "revoke", made["connector"]).returncode == 0
    assert reasons("chat-2.json") == {"connector_unknown"}


def test_a_day_is_planned_by_seed_with_every_kind_of_word():
    agents = [uuid4() for _ in range(20)]
    day = desk.plan(agents, seed=1, hours=8)
    assert day == desk.plan(agents, seed=1, hours=8)
    assert set(desk.kinds(day)) == {"started", "answered", "transferred", "ended"}
    began, over = set(), set()
    for word in day:
        assert word.conversation not in over
        began.add(word.conversation)
        if word.kind == "ended":
            over.add(word.conversation)
    assert began == over
