"""The optional English name model: what it is shown, and which of its persons count."""

import importlib.util
from typing import NamedTuple

import pytest

from hushkeep import detect
from hushkeep.detect import names_spacy
from hushkeep.kernel import Turn


class Entity(NamedTuple):
    start_char: int
    end_char: int
    label_: str


class Read(NamedTuple):
    text: str
    ents: list[Entity]


class Model:
    """Calls every stretch in ``persons`` a person, and remembers what it was shown."""

    def __init__(self, *persons):
        self.persons, self.shown = persons, []

    def pipe(self, texts, **_):
        for text in texts:
            self.shown.append(text)
            at = [(text.index(person), person) for person in self.persons if person in text]
            yield Read(text, [Entity(start, start + len(person), "PERSON") for start, person in at])


@pytest.fixture
def model(monkeypatch):
    def install(*persons):
        made = Model(*persons)
        monkeypatch.setattr(names_spacy, "_package", lambda: "made_up")
        monkeypatch.setattr(names_spacy, "_model", lambda: made)
        return made

    return install


def found(text, *, names=True):
    return [text[f.start : f.end] for f in detect.find([Turn("customer", text)], names=names) if f.entity == "person"]


@pytest.mark.parametrize(
    ("text", "person", "expected"),
    [
        ("a latte, and that one goes to Gail", "Gail", ["Gail"]),
        ("and that one goes to Gail's", "Gail's", ["Gail"]),
        ("a latte for Gail, and Chocolate Sauce", "Chocolate Sauce", []),  # begins with no given name
        ("the Gail Support Team has it", "Gail Support Team", []),  # an office
        ("so many Gail coffees", "Gail coffees", []),  # not all capitals
        ("Grace Period is over, says Gail", "Grace Period", []),  # a word that is also a name
    ],
)
def test_a_person_of_the_model_counts_where_it_begins_with_a_given_name(model, text, person, expected):
    model(person)
    assert found(text) == expected
    assert found(text, names=False) == []


def test_only_turns_with_a_given_name_that_nothing_found_are_shown(model):
    made = model()
    turns = ["one latte please", "i asked gail", "my name is Gail", "so it goes to Gail", "GAIL", "mail a.Gail@x.org"]
    detect.find_batch([[Turn("customer", text)] for text in turns])
    assert made.shown == ["so it goes to Gail"]


def test_it_is_asked_once_for_a_whole_batch_and_its_findings_stand_in_their_own_turns(model):
    made = model("Gail", "Larry")
    texts = [["nothing here", "that one goes to Gail"], ["nothing", "nothing", "that one goes to Larry"]]
    batch = [[Turn("customer", text) for text in lines] for lines in texts]
    assert [[(f.turn, f.start) for f in one] for one in detect.find_batch(batch)] == [[(1, 17)], [(2, 17)]]
    assert len(made.shown) == 2


def test_without_a_model_nothing_is_asked(monkeypatch):
    monkeypatch.setattr(names_spacy, "_package", lambda: None)
    monkeypatch.setattr(names_spacy, "_model", lambda: pytest.fail("there is none"))
    assert found("that one goes to Gail") == []


@pytest.mark.skipif(
    importlib.util.find_spec("spacy") is None or not any(map(importlib.util.find_spec, names_spacy.MODELS)),
    reason="no English model of spaCy is installed (extra english-names)",
)
def test_the_installed_model_finds_a_name_without_a_cue():
    assert found("I would like to order a latte for Gail please.") == ["Gail"]
    assert found("We have Oolong, Earl Grey and Chamomile Honey Tea.") == []
