"""The log and the rows beside it: who can recompute every hash still cannot sign, nor change what the store knows."""

from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hushkeep.kernel import IntegrityError
from hushkeep.keys.clock import Clock
from hushkeep.keys.journal import Journal, read_log


def test_a_checkpoint_of_another_signer_is_refused(tmp_path):
    honest = Ed25519PrivateKey.generate()
    journal = Journal(tmp_path / "log", Ed25519PrivateKey.generate(), Clock())
    journal.append("shred", "done")
    journal.close()
    assert len(list(read_log(tmp_path / "log"))) == 2
    with pytest.raises(IntegrityError, match="checkpoint 1 is not signed by this service"):
        list(read_log(tmp_path / "log", honest.public_key()))


def test_what_the_store_knows_of_the_log_is_sealed(house):
    house.new_subject()
    house.close()
    log = house.keys_dir / "keys.log"
    whole = log.read_bytes()
    log.write_bytes(b"")
    for changed in (b"", bytes(40), bytes(78)):
        store = house.raw_store()
        kept = store.execute("SELECT value FROM meta WHERE name = 'log_head'").fetchone()[0]
        store.execute("UPDATE meta SET value = ? WHERE name = 'log_head'", (changed,))
        store.commit()
        with pytest.raises(IntegrityError):
            house.open()
        store.execute("UPDATE meta SET value = ? WHERE name = 'log_head'", (kept,))
        store.commit()
        store.close()
    log.write_bytes(whole)
    house.open()


@pytest.mark.parametrize("column", ["base = base + 8", "classes = 3", "subject = x'00'"])
def test_a_ring_is_bound_to_every_column_of_its_row(house, column):
    subject = house.new_subject()
    house.close()
    store = house.raw_store()
    subject_column = column.startswith("subject")
    value = uuid4()
    change = ("subject = ?", (value.bytes,)) if subject_column else (column, ())
    store.execute(f"UPDATE ring SET {change[0]}", change[1])
    store.commit()
    store.close()
    house.open()
    with pytest.raises(IntegrityError):
        house.sample(value if subject_column else subject)
