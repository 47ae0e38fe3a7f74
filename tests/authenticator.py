"""The authenticator app that a test's people carry."""

import time

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

PERIOD_SECONDS = 30


def code(secret, now=time.time, seconds_to_type=3.0):
    """The code of ``now``; with hardly any time left to type it, wait for the next, as people do."""
    left = PERIOD_SECONDS - now() % PERIOD_SECONDS
    if left < seconds_to_type:
        time.sleep(left)
    return format_hotp_value(hotp_value(secret, int(now()) // PERIOD_SECONDS))
