"""Tables of names and places: Chinese family names, Latin given and family names, Chinese divisions."""

from functools import cache
from importlib.resources import files


@cache
def _lists(name: str) -> dict[str, tuple[str, ...]]:
    lists: dict[str, tuple[str, ...]] = {}
    for line in (files("hushkeep.detect") / "data" / name).read_text("utf-8").splitlines():
        if not line.startswith("#"):
            key, _, words = line.partition("\t")
            lists[key] = tuple(words.split())
    return lists


@cache
def family_zh() -> frozenset[str]:
    """Chinese family names, single and compound."""
    lists = _lists("names_zh.txt")
    return frozenset(lists["single"][0]) | frozenset(lists["compound"])


@cache
def compound_zh() -> frozenset[str]:
    """Chinese family names of two characters."""
    return frozenset(_lists("names_zh.txt")["compound"])


@cache
def given_latin() -> frozenset[str]:
    """Given names in Latin letters, lower case."""
    return frozenset(_lists("names_latin.txt")["given"])


@cache
def family_latin() -> frozenset[str]:
    """Family names in Latin letters, lower case."""
    return frozenset(_lists("names_latin.txt")["family"])


@cache
def divisions() -> frozenset[str]:
    """Chinese divisions of all levels, with and without their class word (朝阳区, 上海)."""
    whole: set[str] = set()
    for words in _lists("divisions.txt").values():
        for word in words:
            whole.add(word)
            for ending in (
                "特别行政区",
                "自治区",
                "自治州",
                "自治县",
                "地区",
                "新区",
                "省",
                "市",
                "区",
                "县",
                "盟",
                "旗",
            ):
                if word.endswith(ending) and len(word) - len(ending) >= 2:
                    whole.add(word[: -len(ending)])
                    break
    return frozenset(whole) | {"内蒙古", "广西", "宁夏", "新疆", "西藏", "香港", "澳门", "浦东"}


def words(name: str, key: str) -> frozenset[str]:
    """The word list ``key`` of the file ``name`` in ``data``."""
    return frozenset(_lists(name)[key])
