"""Messages in the reader's language: English in the code, Simplified Chinese from ``locale/zh_Hans.po``.

>>> gettext_in("zh_Hans", "not made yet")
'尚未创建'
>>> gettext_in("en", "not made yet")
'not made yet'
>>> ngettext_in("en", "{count} file", "{count} files", 1)
'{count} file'
"""

import ast
import os
import re
from functools import cache
from importlib.resources import files


def gettext(message: str) -> str:
    """Return ``message`` in the language of the terminal; English when unknown."""
    return gettext_in(terminal(), message)


def ngettext(one: str, many: str, count: int) -> str:
    """Return ``one`` or ``many``, as ``count`` asks for, in the language of the terminal."""
    return ngettext_in(terminal(), one, many, count)


def gettext_in(language: str, message: str) -> str:
    """Return ``message`` in ``language``; itself when that language has no words for it."""
    return _catalogue(language).get(message, message)


def ngettext_in(language: str, one: str, many: str, count: int) -> str:
    """Return ``one`` or ``many``, as ``count`` asks for, in ``language``: Chinese has one form for both."""
    return _catalogue(language).get(one) or (one if count == 1 else many)


def retold(words: str) -> str:
    """Return ``words``, as an error of any room says them, in the language of the terminal; else as they are.

    Rooms raise in English, their values filled in. ``locale/errors.*.po`` holds what they say with ``{}`` for each
    value: what fits is said again around the same values.
    """
    return retold_in(terminal(), words)


def retold_in(language: str, words: str) -> str:
    """Return ``words`` as ``retold`` does, in ``language``."""
    known = _catalogue(f"errors.{language}")
    for pattern, said in _patterns(f"errors.{language}"):
        if found := pattern.fullmatch(words):
            return said.format(*(known.get(value, value) for value in found.groups()))
    return words


@cache
def _patterns(name: str) -> list[tuple[re.Pattern[str], str]]:
    """(What fits a message with its values, its translation), the longest message first: it says most."""
    known = sorted(_catalogue(name).items(), key=lambda pair: -len(pair[0].replace("{}", "")))
    return [(re.compile(re.escape(message).replace(r"\{\}", "(.+?)"), re.DOTALL), said) for message, said in known]


def terminal() -> str:
    """Return the terminal's language, ``zh_Hans`` or ``en``, by the variables that gettext asks, in its order."""
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):  # noqa: TID251 - the terminal's language is no setting of the site
            return "zh_Hans" if value.lower().startswith("zh") else "en"
    return "en"


@cache
def _catalogue(language: str) -> dict[str, str]:
    file = files("hushkeep") / "locale" / f"{language}.po"
    if not file.is_file():
        return {}
    return read_catalogue(file.read_text(encoding="utf-8"))


def read_catalogue(text: str) -> dict[str, str]:
    """Return message -> translation of a gettext ``.po`` text without contexts; empty ones are left out.

    Of a plural the message is its singular, the translation its first form.
    """
    found: dict[str, str] = {}
    said: dict[str, str] = {}
    into = "msgid"
    for line in [*text.splitlines(), 'msgid ""']:
        word, _, quoted = line.partition(" ")
        if word.startswith("msg"):
            if word == "msgid":
                if translation := said.get("msgstr") or said.get("msgstr[0]"):
                    found[said["msgid"]] = translation
                said = {}
            into = word
            said[into] = ast.literal_eval(quoted)
        elif line.startswith('"'):
            said[into] += ast.literal_eval(line)
    found.pop("", None)  # the header
    return found
