"""Checkpoints, cosignatures, proof files and the witness's judgement bind what they claim to bind."""

from dataclasses import replace

import pytest

from hushkeep import ledger
from hushkeep.kernel import IntegrityError, InvalidInput
from hushkeep.ledger import (
    COSIGNATURE,
    ED25519,
    Checkpoint,
    Cosigned,
    MemoryTiles,
    Note,
    ProofFile,
    Refused,
    SigningKey,
    Submission,
)

ORIGIN = "hushkeep.example/audit/t1"
LOG = SigningKey.from_seed(ORIGIN, ED25519, bytes(32))
OTHER_LOG = SigningKey.from_seed("hushkeep.example/audit/t2", ED25519, bytes(32))
STRANGER = SigningKey.from_seed(ORIGIN, ED25519, b"s" * 32)
WITNESS = SigningKey.from_seed("witness.example/w1", COSIGNATURE, b"w" * 32)
SECONDS = 1_772_611_200

ENTRIES = [f"entry {n}".encode() for n in range(40)]
FORKED = [*ENTRIES[:5], b"another", *ENTRIES[6:]]
TILES, FORK = MemoryTiles.of_entries(ENTRIES), MemoryTiles.of_entries(FORKED)


def checkpoint(size, tiles=TILES, key=LOG):
    return str(Checkpoint(ORIGIN, size, ledger.root_at(tiles, size)).signed(key))


def submission(old, size, tiles=TILES, key=LOG):
    return Submission(old, ledger.consistency_proof(tiles, old, size), checkpoint(size, tiles, key))


def judged(sent, remembered=None):
    return ledger.consider(sent, [LOG.verifier], remembered, WITNESS, seconds=SECONDS)


def cosigned(size):
    answer = judged(submission(0, size))
    assert isinstance(answer, Cosigned)
    return answer.remembered


def test_a_key_does_not_print():
    assert "private" not in repr(LOG)
    assert bytes(32).hex() not in repr(LOG)


def test_a_checkpoint_signed_by_the_log_opens():
    assert ledger.opened(checkpoint(7), [LOG.verifier]).size == 7


@pytest.mark.parametrize("key", [STRANGER, OTHER_LOG])
def test_a_checkpoint_signed_by_another_key_is_refused(key):
    with pytest.raises(IntegrityError):
        ledger.opened(checkpoint(7, key=key), [LOG.verifier, OTHER_LOG.verifier])


@pytest.mark.parametrize(("part", "with_"), [("7\n", "8\n"), (ORIGIN + "\n", ORIGIN + "x\n")])
def test_a_checkpoint_with_a_changed_line_is_refused(part, with_):
    with pytest.raises(IntegrityError):
        ledger.opened(checkpoint(7).replace(part, with_, 1), [LOG.verifier])


def test_a_checkpoint_with_another_root_is_refused():
    mixed = Note(Note.parse(checkpoint(7, FORK)).text, Note.parse(checkpoint(7)).signatures)
    with pytest.raises(IntegrityError):
        ledger.opened(str(mixed), [LOG.verifier])


@pytest.mark.parametrize("text", ["", "a\n\n— x y\n", "a\nb\n", "a\n\n— name AAAA", "\x07\n\n— n AAAAAAA=\n"])
def test_a_malformed_note_is_refused(text):
    with pytest.raises(InvalidInput):
        Note.parse(text)


def test_the_witness_cosigns_a_first_checkpoint_and_its_continuation():
    first = cosigned(10)
    second = judged(submission(10, 33), first)
    assert isinstance(second, Cosigned)
    note = Note.parse(second.remembered)
    assert note.verified_by([WITNESS.verifier]) == {WITNESS.name: SECONDS}
    assert ledger.opened(second.remembered, [LOG.verifier]).size == 33


def test_the_cosignature_binds_its_time():
    note = Note.parse(cosigned(10))
    line = ledger.Signed.parse(note.signatures[-1][:-1])
    moved = (SECONDS - 86_400).to_bytes(8, "big") + line.signature[8:]
    with pytest.raises(IntegrityError):
        WITNESS.verifier.verified_time(note.text, moved)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param(submission(10, 33, FORK), 422, id="fork"),
        pytest.param(submission(0, 33), 409, id="forgotten memory"),
        pytest.param(Submission(10, (), checkpoint(9)), 400, id="truncated"),
        pytest.param(Submission(9, (), checkpoint(9)), 409, id="truncated and pretending"),
        pytest.param(Submission(10, (), checkpoint(10, FORK)), 422, id="same size, another root"),
        pytest.param(submission(10, 33, key=STRANGER), 403, id="another key"),
        pytest.param(replace(submission(10, 33), path=()), 422, id="no proof"),
    ],
)
def test_the_witness_refuses(sent, status):
    answer = judged(sent, cosigned(10))
    assert isinstance(answer, Refused)
    assert answer.status == status


def test_the_witness_names_the_size_it_saw_last():
    answer = judged(submission(0, 33), cosigned(10))
    assert isinstance(answer, Refused)
    assert answer.seen == 10


def test_the_witness_knows_no_log_without_a_key():
    assert ledger.consider(submission(0, 3), [], None, WITNESS, seconds=SECONDS) == Refused(404, "unknown_log")


def test_a_first_submission_with_a_proof_is_refused():
    answer = judged(Submission(0, (bytes(32),), checkpoint(3)))
    assert isinstance(answer, Refused)
    assert answer.status == 422


def test_a_submission_survives_its_text():
    sent = submission(10, 33)
    assert Submission.parse(str(sent)) == sent


def proof(index, size=33):
    note = cosigned(size)
    return ProofFile(index, ledger.inclusion_proof(TILES, index, size), note, ENTRIES[index])


def verified(proof_file, entry, quorum=1):
    return proof_file.verify(entry, [LOG.verifier], [WITNESS.verifier], quorum=quorum)


def test_a_proof_file_survives_its_text_and_proves_its_entry():
    text = str(proof(6))
    assert verified(ProofFile.parse(text), ENTRIES[6]).size == 33
    assert str(ProofFile.parse(text)) == text


def test_a_proof_file_refuses_another_entry():
    with pytest.raises(IntegrityError):
        verified(proof(6), b"another")


def test_a_proof_file_refuses_another_index():
    with pytest.raises(IntegrityError):
        verified(replace(proof(6), index=7), ENTRIES[6])


def test_a_proof_file_refuses_another_checkpoint():
    with pytest.raises(IntegrityError):
        verified(replace(proof(6), checkpoint=cosigned(32)), ENTRIES[6])


def test_a_proof_file_refuses_a_missing_witness():
    with pytest.raises(IntegrityError):
        verified(replace(proof(6), checkpoint=checkpoint(33)), ENTRIES[6])


def test_a_proof_file_refuses_a_quorum_made_of_one_witness_twice():
    note = Note.parse(cosigned(33))
    doubled = str(Note(note.text, (*note.signatures, note.signatures[-1])))
    with pytest.raises(IntegrityError):
        verified(replace(proof(6), checkpoint=doubled), ENTRIES[6], quorum=2)
