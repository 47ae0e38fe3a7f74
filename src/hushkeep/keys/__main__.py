"""The key service's own start: ``python -m hushkeep.keys``, small on purpose (no click, no settings, no Django)."""

import argparse
import os
import sys
from pathlib import Path

from hushkeep.kernel import Error, InvalidInput
from hushkeep.keys import slots
from hushkeep.keys.service import ALL_ROLES
from hushkeep.keys.serving import Start, serve
from hushkeep.keys.ways import WAYS, provider_of

_EXIT = {"invalid_input": 2, "not_found": 4, "denied": 5, "conflict": 7, "integrity": 10, "unavailable": 11}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="hushkeep keys serve")
    parser.add_argument("--keys-dir", type=Path, required=True)
    parser.add_argument("--socket", type=Path, required=True)
    parser.add_argument("--key-file", type=Path, help="the key-file slot")
    parser.add_argument("--passphrase-file", type=Path, help="the passphrase slot; /dev/stdin or /dev/fd/N too")
    parser.add_argument("--pkcs11", metavar="LIBRARY:TOKEN", help="the hardware slot")
    parser.add_argument("--pin-file", type=Path)
    parser.add_argument("--slot", metavar="WAY", help=WAYS)
    parser.add_argument("--secret-file", type=Path, help="its words, PIN, token or credentials; /dev/fd/N too")
    parser.add_argument("--peer", action="append", default=[], metavar="UID:ROLE,ROLE")
    parser.add_argument("--dual-control", action="store_true")
    parser.add_argument("--unproved-samples", action="store_true", help="reviewers need no device of their own (demo)")
    parser.add_argument("--group", type=int, help="the group that may open the socket")
    return parser.parse_args()


def _line(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").rstrip("\n")
    except (OSError, UnicodeDecodeError):
        raise InvalidInput("the file of the slot's secret is not readable") from None


def _provider(given: argparse.Namespace) -> slots.Provider:
    if given.slot and given.secret_file:
        return provider_of(given.slot, _line(given.secret_file))
    if given.passphrase_file:
        return slots.Passphrase(_line(given.passphrase_file))
    if given.pkcs11 and given.pin_file:
        return provider_of(f"pkcs11:{given.pkcs11}", _line(given.pin_file))
    if given.key_file:
        return slots.KeyFile(given.key_file)
    raise InvalidInput("name a slot: --key-file, --passphrase-file, or --slot with --secret-file")


def _peers(given: list[str]) -> dict[int, frozenset[str]]:
    """Return user id -> roles; without any, the service's own user may do everything (level demo)."""
    peers = {}
    for word in given:
        uid, _, names = word.partition(":")
        roles = frozenset(names.split(","))
        if not uid.isdigit() or not roles <= ALL_ROLES:
            raise InvalidInput("a peer is UID:ROLE,ROLE with the roles front, worker and admin")
        peers[int(uid)] = roles
    return peers or {os.geteuid(): ALL_ROLES}


def main() -> int:
    """Serve a site's keys; return the exit code."""
    given = _arguments()
    try:
        serve(
            Start(
                keys_dir=given.keys_dir,
                socket=given.socket,
                provider=_provider(given),
                peers=_peers(given.peer),
                dual_control=given.dual_control,
                demand_proof=not given.unproved_samples,
                group=given.group,
            )
        )
    except Error as error:
        sys.stderr.write(f"hushkeep: error: {error}\n")
        return _EXIT.get(error.code, 1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
