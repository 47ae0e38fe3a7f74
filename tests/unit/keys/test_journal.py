"""The log: a forger who can recompute every hash still cannot sign, nor change what the store knows of it."""

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
