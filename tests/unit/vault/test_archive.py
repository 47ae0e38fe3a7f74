"""Archives open for their recipient alone, whole and unchanged."""

import io
import json
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from hushkeep import vault
from hushkeep.kernel import IntegrityError, InvalidInput, canonical

TENANT, ARCHIVE = UUID(int=1), UUID(int=2)
CONTENT = b"row\n" * 40_000
MINE = X25519PrivateKey.generate()
SLOT = vault.Slot(MINE.public_key().public_bytes_raw())
LIGHT = {"memory_kib": 64, "passes": 1, "lanes": 1}


def made(slot=SLOT):
    out = io.BytesIO()
    with vault.begin_archive(out, slot, TENANT, ARCHIVE) as archive:
        archive.write(CONTENT)
    return out.getvalue()


def opened(sealed, secret=None):
    out = io.BytesIO()
    archive = vault.open_archive(io.BytesIO(sealed), out, secret or MINE.private_bytes_raw())
    return archive, out.getvalue()


def header(sealed):
    size = int.from_bytes(sealed[5:9], "big")
    return json.loads(sealed[9 : 9 + size]), sealed[9 + size :]


def with_header(head, body):
    text = canonical(head)
    return b"HKEX\x01" + len(text).to_bytes(4, "big") + text + body


def test_the_recipient_opens_it():
    assert opened(made()) == (ARCHIVE, CONTENT)


def test_a_passphrase_opens_it_and_stands_nowhere_in_it():
    slot = vault.passphrase_slot("由另一渠道告知 42")
    sealed = made(slot)
    assert opened(sealed, "由另一渠道告知 42") == (ARCHIVE, CONTENT)
    assert vault.Slot.of(json.loads(json.dumps(slot.describe()))) == slot
    with pytest.raises(IntegrityError):
        opened(sealed, "由另一渠道告知 43")


@pytest.mark.parametrize(
    "secret", [X25519PrivateKey.generate().private_bytes_raw(), "a passphrase"], ids=["key", "words"]
)
def test_nobody_else_opens_it(secret):
    with pytest.raises(IntegrityError):
        opened(made(), secret)


@pytest.mark.parametrize(
    "changes",
    [
        {"archive": str(UUID(int=3))},
        {"tenant": str(UUID(int=3))},
        {"sealed": "00" * 80},
        {"slot": {"public": "00" * 32}},
        {"slot": {"public": SLOT.public.hex(), "salt": "00" * 16, **LIGHT}},
        {"slot": "mine"},
        {"more": 1},
    ],
)
def test_each_part_of_the_header_is_bound(changes):
    head, body = header(made())
    with_header(head, body)
    assert opened(with_header(head, body))[0] == ARCHIVE
    with pytest.raises(IntegrityError):
        opened(with_header(head | changes, body))


def test_the_content_of_another_archive_is_refused():
    head, _ = header(made())
    _, body = header(made())
    with pytest.raises(IntegrityError):
        opened(with_header(head, body))


@pytest.mark.parametrize("kept", [0, 4, 9, 40, -1, -17, 70_000])
def test_a_cut_archive_is_refused(kept):
    with pytest.raises(IntegrityError):
        opened(made()[:kept])


def test_an_archive_that_was_never_closed_is_refused():
    out = io.BytesIO()
    vault.begin_archive(out, SLOT, TENANT, ARCHIVE).write(CONTENT)
    with pytest.raises(IntegrityError):
        opened(out.getvalue())


@pytest.mark.parametrize("costs", [{"memory_kib": 2**21}, {"passes": 99}, {"lanes": 0}])
def test_a_slot_that_would_cost_the_reader_too_much_is_refused(costs):
    with pytest.raises(InvalidInput):
        vault.Slot.of({"public": "00" * 32, "salt": "00" * 16, **LIGHT, **costs})


def test_a_recipient_whose_key_is_weak_gets_no_archive():
    with pytest.raises(InvalidInput):
        made(vault.Slot(bytes(32)))
