"""Signed notes, against the examples of c2sp.org/signed-note and of Go's sumdb/note."""

import pytest

from hushkeep.kernel import IntegrityError, InvalidInput
from hushkeep.ledger import Note, VerifierKey

SPECIFICATION_NOTE = (
    "This is an example message.\n\n— example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
PUBLISHED = [
    ("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", SPECIFICATION_NOTE),
    ("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", GO_NOTE),
]


@pytest.mark.parametrize(("vkey", "note"), PUBLISHED)
def test_a_published_note_verifies_under_its_published_key(vkey, note):
    key = VerifierKey.parse(vkey)
    assert str(key) == vkey
    assert Note.parse(note).verified_by([key]) == {key.name: None}
    assert str(Note.parse(note)) == note


@pytest.mark.parametrize(("vkey", "note"), PUBLISHED)
def test_a_published_note_with_one_letter_changed_is_refused(vkey, note):
    with pytest.raises(IntegrityError):
        Note.parse(note.replace("is", "as", 1)).verified_by([VerifierKey.parse(vkey)])


def test_a_verifier_key_under_another_name_is_refused():
    with pytest.raises(InvalidInput):
        VerifierKey.parse(PUBLISHED[0][0].replace("foo", "bar"))
