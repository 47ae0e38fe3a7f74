"""The characters that a pattern of the common subset can begin with, and how many it can take."""

import re

_SIGNS = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|[()|]", re.DOTALL)  # what is escaped, whole classes, groups and bars


def firsts(pattern: str) -> set[str]:
    """The first characters of ``pattern``: literals, classes, groups, ``?`` and ``{m,n}``."""
    found: set[str] = set()
    for branch in branches(pattern):
        found |= _of_branch(branch)
    return found


def longest(pattern: str) -> int:
    """The most code points that ``pattern`` can take; ValueError where a repeat has no bound."""
    return max(_length(branch) for branch in branches(pattern))


def _length(branch: str) -> int:
    size, rest = 0, branch
    while rest:
        atom, rest = _atom(rest)
        if rest[:1] in {"*", "+"}:
            raise ValueError("bounded repeats only")
        times, rest = _repeat(rest)
        if atom.startswith("(") and not atom.startswith(("(?<", "(?=", "(?!")):
            size += times * longest(atom[3:-1])
        elif not atom.startswith("(") and atom not in {"^", "$", "\\b"}:
            size += times
    return size


def _repeat(rest: str) -> tuple[int, str]:
    """How often the atom before ``rest`` may stand, and what follows."""
    if rest.startswith("{"):
        bounds, _, after = rest[1:].partition("}")
        return int(bounds.rpartition(",")[2]), after
    return 1, rest.removeprefix("?")


def branches(pattern: str) -> list[str]:
    """``pattern`` cut at the bars that stand outside groups and classes."""
    if "|" not in pattern:
        return [pattern]
    cuts, depth = [-1], 0
    for sign in _SIGNS.finditer(pattern):
        match sign.group():
            case "(":
                depth += 1
            case ")":
                depth -= 1
            case "|" if depth == 0:
                cuts.append(sign.start())
    return [pattern[a + 1 : b] for a, b in zip(cuts, [*cuts[1:], len(pattern)], strict=True)]


def _of_branch(branch: str) -> set[str]:
    found: set[str] = set()
    rest = branch
    while rest:
        atom, rest = _atom(rest)
        if atom.startswith(("(?<", "(?=", "(?!")):
            continue
        found |= _of_atom(atom)
        optional = rest[:1] in {"?", "*"} or rest.startswith("{0")
        if not optional:
            return found
        rest = rest[1:] if rest[0] != "{" else rest[rest.index("}") + 1 :]
    return found


def _of_atom(atom: str) -> set[str]:
    if atom.startswith("("):
        return firsts(atom[3:-1])
    if atom.startswith("["):
        return _of_class(atom[1:-1].replace("\\", ""))
    return {atom[-1]}


def _of_class(members: str) -> set[str]:
    found: set[str] = set()
    at = 0
    while at < len(members):
        if members[at + 1 : at + 2] == "-" and at + 2 < len(members):
            found |= {chr(code) for code in range(ord(members[at]), ord(members[at + 2]) + 1)}
            at += 3
        else:
            found.add(members[at])
            at += 1
    return found


def _atom(text: str) -> tuple[str, str]:
    """The first atom of ``text`` (a group, a class, an escape or a character) and what follows it."""
    if text[0] == "\\":
        return text[:2], text[2:]
    if text[0] == "[":
        end = text.index("]", 1) + 1
        return text[:end], text[end:]
    if text[0] != "(":
        return text[0], text[1:]
    depth, at = 0, 0
    while True:
        if text[at] == "\\":
            at += 2
            continue
        depth += (text[at] == "(") - (text[at] == ")")
        at += 1
        if depth == 0:
            return text[:at], text[at:]
