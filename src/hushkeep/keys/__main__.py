"""The key service's own start: ``python -m hushkeep.keys``, small on purpose (no click, no settings, no Django)."""

import argparse
import sys
from pathlib import Path

from hushkeep.kernel import Error
from hushkeep.keys.serving import Start, serve
from hushkeep.keys.slots import key_file_kek


def main() -> int:
    """Serve a site's keys; return the exit code."""
    parser = argparse.ArgumentParser(prog="hushkeep keys serve")
    parser.add_argument("--keys-dir", type=Path, required=True)
    parser.add_argument("--socket", type=Path, required=True)
    parser.add_argument("--key-file", type=Path, required=True)
    given = parser.parse_args()
    try:
        serve(Start(keys_dir=given.keys_dir, socket=given.socket, kek=key_file_kek(given.key_file)))
    except Error as error:
        sys.stderr.write(f"hushkeep: error: {error}\n")
        return {"integrity": 10, "conflict": 7, "not_found": 4}.get(error.code, 11)
    return 0


if __name__ == "__main__":
    sys.exit(main())
