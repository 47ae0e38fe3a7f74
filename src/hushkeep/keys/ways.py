"""The ways to the root key by their names on a command line; modules of hardware and services load when named."""

from importlib import import_module
from pathlib import Path
from typing import Final

from hushkeep.kernel import InvalidInput
from hushkeep.keys import slots

WAYS: Final = "passphrase, pkcs11:LIBRARY:TOKEN, bao:ADDRESS#KEY or aws-kms:REGION:KEY"


def provider_of(way: str, secret: str) -> slots.Provider:
    """Return the provider that ``way`` names, with its ``secret``: words, a PIN, a token, or two lines of credentials.

    Raises InvalidInput for any other way.
    """
    kind, _, rest = way.partition(":")
    # By name: a site without such a module or service needs no driver for it.
    if kind == "passphrase" and not rest:
        return slots.Passphrase(secret)
    if kind == "pkcs11" and rest.count(":") == 1:
        library, _, token = rest.partition(":")
        return _made("pkcs11_slot", "Pkcs11", Path(library), token, secret)
    if kind == "bao" and "#" in rest:
        address, _, key = rest.rpartition("#")
        return _made("bao_slot", "OpenBao", address, key, secret)
    if kind == "aws-kms" and ":" in rest:
        region, _, key = rest.partition(":")
        identity, _, private = secret.partition("\n")
        return _made("aws_slot", "AwsKms", region, key, (identity.strip(), private.strip()))
    raise InvalidInput(f"a slot is {WAYS}")


def _made(module: str, name: str, *arguments: object) -> slots.Provider:
    made: slots.Provider = getattr(import_module(f"hushkeep.keys.{module}"), name)(*arguments)
    return made
