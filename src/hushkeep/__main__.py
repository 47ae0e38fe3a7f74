"""``hushkeep`` and ``python -m hushkeep``: the command line."""

import sys

from hushkeep import cli


def main() -> int:
    """Run the command line with the program's arguments; return the exit code."""
    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
