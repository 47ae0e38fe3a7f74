"""Chinese script: one form before any rule, since a recogniser writes 貓 in one call and 猫 in the next."""

import opencc

_SIMPLIFY = opencc.OpenCC("t2s")


def simplified(text: str) -> str:
    """Return ``text`` with traditional characters as simplified ones."""
    return str(_SIMPLIFY.convert(text))
