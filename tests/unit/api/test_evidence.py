"""Evidence in a header: read as it was signed, or refused without a word of it."""

import base64
import json

import pytest
from django.test import RequestFactory

from hushkeep.api.evidence import evidence_of
from hushkeep.kernel import InvalidInput

SIGNED = {"event": "0199f0a0-0000-7000-8000-000000000001", "at": "2026-03-04T08:00:00.000000Z", "signature": "A" * 86}


def _request(said=None):
    headers = {} if said is None else {"Hushkeep-Evidence": said}
    return RequestFactory().get("/api/v1/x", headers=headers)


def _encoded(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_evidence_in_a_header_is_read_and_its_absence_too():
    assert str(evidence_of(_request(_encoded(SIGNED))).event) == SIGNED["event"]
    assert evidence_of(_request()) is None


@pytest.mark.parametrize(
    "said", ["", "!!", "YQ", _encoded({}), _encoded(SIGNED | {"signature": "short"}), _encoded(SIGNED | {"more": 1}),
     _encoded(SIGNED | {"signature": "é" * 86}), _encoded(SIGNED | {"signature": "A" * 85 + "="}),
     _encoded(SIGNED | {"signature": "A" * 86 + "\n"})],
)  # fmt: skip
def test_malformed_evidence_is_one_refusal(said):
    with pytest.raises(InvalidInput, match=r"^evidence_malformed$"):
        evidence_of(_request(said))
