"""Messages in the reader's language: English in the code, Simplified Chinese from ``locale/zh_Hans.po``.

>>> gettext_in("zh_Hans", "not made yet")
'尚未创建'
>>> gettext_in("en", "not made yet")
'not made yet'
"""

import ast
import os
from functools import cache
from importlib.resources import files


def gettext(message: str) -> str:
    """Return ``message`` in the language of the terminal (LC_ALL, LC_MESSAGES, LANG); English when unknown."""
    return gettext_in(_terminal(), message)


def gettext_in(language: str, message: str) -> str:
    """Return ``message`` in ``language``; itself when that language has no words for it."""
    return _catalogue(language).get(message, message)


def _terminal() -> str:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):  # noqa: TID251 - the terminal's language is no setting of the site
            return "zh_Hans" if value.lower().startswith("zh") else "en"
    return "en"


@cache
def _catalogue(language: str) -> dict[str, str]:
    file = files("hushkeep") / "locale" / f"{language}.po"
    if language == "en" or not file.is_file():
        return {}
    return read_catalogue(file.read_text(encoding="utf-8"))


def read_catalogue(text: str) -> dict[str, str]:
    """Return message -> translation of a gettext ``.po`` text without plurals and contexts; empty ones left out."""
    found: dict[str, str] = {}
    message, parts, into = "", [""], "msgid"
    for line in [*text.splitlines(), 'msgid ""']:
        word, _, quoted = line.partition(" ")
        if word in {"msgid", "msgstr"}:
            if into == "msgid":
                message = "".join(parts)
            elif message and "".join(parts):
                found[message] = "".join(parts)
            into, parts = word, [ast.literal_eval(quoted)]
        elif line.startswith('"'):
            parts.append(ast.literal_eval(line))
    return found
