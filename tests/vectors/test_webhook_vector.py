"""Signed webhooks against the example that Standard Webhooks 1.0.0 publishes."""

from datetime import UTC, datetime

import pytest

from hushkeep.kernel import InvalidInput
from hushkeep.runtime.webhooks import headers

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID, AT, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", datetime.fromtimestamp(1614265330, UTC), b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def signature(message=ID, body=BODY, at=AT, secret=SECRET):
    return headers(secret, message, body, at=at)["webhook-signature"]


def test_the_signature_is_the_published_one():
    assert signature() == SIGNATURE


@pytest.mark.parametrize(
    "changed",
    [
        {"message": ID[:-1]},
        {"body": BODY + b" "},
        {"at": datetime.fromtimestamp(1614265331, UTC)},
        {"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx"},
    ],
)
def test_it_binds_the_id_the_time_the_body_and_the_key(changed):
    assert signature(**changed) != SIGNATURE


def test_a_secret_of_another_form_is_refused():
    with pytest.raises(InvalidInput):
        signature(secret="whsec_not base64")
