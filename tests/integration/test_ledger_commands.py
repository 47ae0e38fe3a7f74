"""The commands of ``hushkeep ledger`` on the site: from the database to a pack that another machine verifies."""

import json

import pytest

from hushkeep import cli
from hushkeep.audit import log, sequencer
from hushkeep.kernel import Action, ActorKind, Event, EventId, Outcome, new_id
from hushkeep.runtime.clock import now
from hushkeep.runtime.tenancy import tenant_transaction

pytestmark = pytest.mark.server


@pytest.fixture
def events(tenant):
    """Three events with their places."""
    made = [
        Event(
            id=EventId(new_id()),
            tenant=tenant,
            at=now(),
            actor=None,
            actor_kind=ActorKind.SYSTEM,
            action=Action.SYSTEM_START,
            outcome=Outcome.ALLOWED,
            reason="ok",
        )
        for _ in range(3)
    ]
    with tenant_transaction(tenant):
        log.append_many(made)
    sequencer.run(tenant)
    return made


def said(capsys, *arguments):
    code = cli.main(["ledger", *map(str, arguments)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_what_the_site_exports_verifies_under_the_keys_it_prints(tenant, events, tmp_path, capsys):
    code, out, _ = said(capsys, "export", "--tenant", tenant, tmp_path / "pack")
    assert (code, json.loads(out)["entries"]) == (0, 3)
    _, keys, _ = said(capsys, "keys", "--tenant", tenant)
    (tmp_path / "keys").write_text(keys)
    code, out, _ = said(capsys, "verify", tmp_path / "pack", "--key", tmp_path / "keys", "--json")
    assert code == 0
    assert json.loads(out)["verified"] == 3
    assert said(capsys, "verify", tmp_path / "pack", "--key", tmp_path / "keys")[1].startswith(
        "origin: hushkeep.audit/"
    )


def test_the_export_is_an_event_itself(tenant, events, tmp_path, capsys):
    said(capsys, "export", "--tenant", tenant, tmp_path / "pack")
    assert sequencer.run(tenant) == 1
    said(capsys, "export", "--tenant", tenant, tmp_path / "later")
    assert b"audit:export" in (tmp_path / "later" / "tile" / "entries" / "000.p" / "4").read_bytes()


def test_an_export_never_writes_into_a_folder_that_is_there(tenant, events, tmp_path, capsys):
    code, _, err = said(capsys, "export", "--tenant", tenant, tmp_path)
    assert code == 7
    assert "is there already" in err


def test_a_proof_that_the_site_prints_verifies(tenant, events, tmp_path, capsys):
    _, proof, _ = said(capsys, "prove", "--tenant", tenant, events[1].id)
    _, keys, _ = said(capsys, "keys", "--tenant", tenant)
    (tmp_path / "one.tlog-proof").write_text(proof)
    (tmp_path / "keys").write_text(keys)
    code, out, _ = said(capsys, "verify", tmp_path / "one.tlog-proof", "--key", tmp_path / "keys", "--json")
    assert (code, json.loads(out)["event"]) == (0, str(events[1].id))
    assert said(capsys, "verify", tmp_path / "one.tlog-proof")[0] == 2


def test_the_tables_are_reported_whole(tenant, events, capsys):
    code, out, _ = said(capsys, "fsck", "--tenant", tenant)
    assert code == 0
    assert json.loads(out) == {"entries": 3, "expired": 0, "payloads": 0, "checkpoints": 1, "waiting": 0}


@pytest.mark.parametrize("command", ["export", "prove"])
def test_a_log_without_events_is_not_found(tenant, tmp_path, capsys, command):
    argument = tmp_path / "pack" if command == "export" else new_id()
    assert said(capsys, command, "--tenant", tenant, argument)[0] == 4


def test_the_help_names_every_command(capsys):
    _, out, _ = said(capsys, "--help")
    assert all(name in out for name in ("export", "fsck", "keys", "prove", "verify", "witness"))
