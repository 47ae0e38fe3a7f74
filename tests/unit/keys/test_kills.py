"""A stop at every single wait for the disk: of a rotation, a destruction, a backup and the roll of an epoch.

What stands on the disk at that moment is copied, as a kill leaves it, and opened anew: nobody is lost, nobody comes
back, and what was begun is finished or can be begun again.
"""

import os
from contextlib import suppress
from shutil import copytree
from uuid import uuid4

import pytest

from hushkeep.kernel import Error, NotFound
from hushkeep.keys import epochs
from hushkeep.keys import protocol as p

DAY = 86_400


class _Stopped(BaseException):
    """Nothing of the service's may catch it."""


class _Syncs:
    """Counts the waits for the disk and stops at the ``at``-th."""

    def __init__(self, monkeypatch, at):
        self.seen, self.at = 0, at
        for name in ("fsync", "fdatasync"):
            monkeypatch.setattr(os, name, self._counted(getattr(os, name)))

    def _counted(self, real):
        def wait(descriptor):
            self.seen += 1
            if self.seen == self.at:
                raise _Stopped
            real(descriptor)

        return wait


def _rotate(house, _gone):
    with suppress(Error):  # begun already
        house.ask(p.Rotate(house.tenant, uuid4(), uuid4()))
    house.work()


def _shred(house, gone):
    house.ask(p.Shred(house.tenant, gone, [], uuid4(), uuid4(), "test", holds_checked=True, removed={}, proofs=[]))


def _back_up(house, _gone):
    house.ask(p.Backup(str(house.folder / f"backup-{uuid4()}")))


def _roll(house, _gone):
    house.pass_seconds(31 * DAY)
    house.service._rolled_at = 0
    house.service.work()


ACTS = {"rotation": _rotate, "destruction": _shred, "backup": _back_up, "epoch roll": _roll}
LEAST = {"rotation": 2, "destruction": 1, "backup": 4, "epoch roll": 3}


@pytest.mark.parametrize("name", ACTS)
def test_a_stop_at_every_wait_for_the_disk_loses_and_revives_nobody(house, tmp_path_factory, name):
    kept, gone = house.new_subject(), house.new_subject()
    wraps = {subject: house.wrap(subject) for subject in (kept, gone)}
    house.ask(p.Backup(str(house.folder / "first")))
    house.close()
    at = 0
    while True:
        at += 1
        mine = tmp_path_factory.mktemp("before")
        copytree(house.folder, mine, dirs_exist_ok=True)
        before = type(house)(mine, **house._start)
        before.tenant, before.at = house.tenant, house.at
        before.open()
        with pytest.MonkeyPatch.context() as patched:
            syncs, stopped = _Syncs(patched, at), False
            try:
                ACTS[name](before, gone)
            except _Stopped:
                stopped = True
        after = type(house)(tmp_path_factory.mktemp("after"), **house._start)
        after.tenant, after.at = before.tenant, before.at
        copytree(mine, after.folder, dirs_exist_ok=True)  # as a kill leaves it: nothing is closed first
        with suppress(Error, _Stopped):
            before.close()
        _holds(after.open(), name, kept, gone, wraps, stopped=stopped)
        after.close()
        if not stopped:
            break
    assert syncs.seen >= LEAST[name], "each act waits for the disk at least so often"


def _holds(house, name, kept, gone, wraps, *, stopped):
    """What was there opens; the act can be done, or done again, and its end stands."""
    if name == "destruction" and not stopped:
        with pytest.raises(NotFound):
            house.sample(gone)
    ACTS[name](house, gone)
    assert house.ask(p.Unwrap(house.sample(kept), uuid4(), [wraps[kept]])) == [b"s" * 32]
    if name == "destruction":
        with pytest.raises(NotFound):
            house.sample(gone)
    else:
        assert house.ask(p.Unwrap(house.sample(gone), uuid4(), [wraps[gone]])) == [b"s" * 32]
    if name == "rotation":
        rows = house.service._ground.store.execute("SELECT count(*) FROM tenant_key").fetchone()
        assert rows == (1,), "the old version is gone once everything is re-wrapped"
    if name == "epoch roll":
        assert epochs.read_epochs(house.keys_dir) == []
    left = {path.name for path in house.keys_dir.iterdir()}
    assert not left & {"epochs.json.old", "backup.copy"}, "nothing that was to be destroyed is left beside"
