"""``hushkeep alarm``: the ways by which alarms leave the house. On the machine of the site."""

import base64
import secrets

import click

from hushkeep.cli import PARTLY, loaded, write_json
from hushkeep.kernel import PLATFORM_TENANT, Error, InvalidInput, new_id
from hushkeep.runtime import clock
from hushkeep.runtime.boot import boot
from hushkeep.runtime.secret_files import ALARM_WEBHOOK, make_secret
from hushkeep.runtime.settings import settings
from hushkeep.runtime.webhooks import PREFIX

_KEY_BYTES = 32


@click.group()
def alarm() -> None:
    """Try the ways by which alarms leave the house."""


@alarm.command()
def key() -> None:
    """Make the key that signs alarms' webhooks, unless there is one, and print its file's name.

    Example: hushkeep alarm key
    """
    make_secret(ALARM_WEBHOOK, PREFIX + base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode())
    write_json({"file": str(settings().secrets_dir / ALARM_WEBHOOK)})


@alarm.command()
def test() -> int:
    """Send a test alarm by every way that the site has set up, and print what came of it.

    Example: hushkeep alarm test
    """
    site = settings()
    boot()
    delivery = "hushkeep.access.alarm_delivery"
    chosen = loaded(f"{delivery}:ways")(site)
    if not chosen:
        raise InvalidInput("no way is set up: alarm_mail_server, alarm_webhook or alarm_syslog in hushkeep.toml")
    now = clock.now()
    message = loaded(f"{delivery}:Message")(new_id(), PLATFORM_TENANT, "test", "yellow", now)
    results = {}
    for way in chosen:
        try:
            loaded(f"{delivery}:send")(message, way, site, now=now)
            results[way] = "sent"
        except Error as failure:
            results[way] = str(failure)
    write_json(results)
    return 0 if set(results.values()) == {"sent"} else PARTLY
