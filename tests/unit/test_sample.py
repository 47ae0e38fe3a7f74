"""The made-up center: by seed, in order, with identifiers that hold and belong to nobody."""

import json
import re
import tracemalloc
from collections import Counter
from datetime import datetime
from itertools import islice
from random import Random

import pytest
from click.testing import CliRunner
from stdnum import luhn
from stdnum.iso7064 import mod_11_2

from hushkeep.channels import sample
from hushkeep.channels.sample import dialogue, identifiers, people, speech
from hushkeep.cli.sample import sample as command


def _records(seed=3, conversations=400):
    return list(sample.records(seed=seed, conversations=conversations))


def test_the_same_seed_makes_the_same_center_and_another_seed_another():
    assert _records() == _records()
    assert _records(seed=4) != _records()


def test_ids_are_unique_and_times_rise():
    records = _records()
    assert len({record["id"] for record in records}) == 400
    starts = [record["started_at"] for record in records]
    assert starts == sorted(starts)
    for record in records:
        times = [turn["at"] for turn in record["turns"]]
        assert times == sorted(times)
        assert record["started_at"] <= times[0] <= times[-1] <= record["ended_at"]


def test_every_channel_and_both_languages_are_spoken():
    seen = Counter((record["channel"], record["language"]) for record in _records())
    assert set(seen) == {(channel, language) for channel in ("chat", "call", "email") for language in ("zh", "en")}
    assert min(seen.values()) > 5


def test_three_weeks_rise_and_fall_by_weekday_and_hour():
    at = [datetime.fromisoformat(record["started_at"]) for record in _records(conversations=5000)]
    by_day = Counter(moment.weekday() for moment in at)
    by_hour = Counter(moment.hour for moment in at)
    assert by_day[0] > 1.5 * by_day[6]
    assert by_hour[2] > 2 * by_hour[21]
    assert (max(at) - min(at)).days == 20


def test_no_slot_is_left_unfilled():
    for record in _records(conversations=2000):
        for turn in record["turns"]:
            assert not re.search(r"[{}]", turn["text"]), turn["text"]
            assert turn["text"].strip()


def test_every_problem_can_be_told_in_every_channel():
    persons = {person.language: person for person in people.customers(1, 20)}
    start = datetime.fromisoformat("2026-03-02T08:00:00Z")
    for language, manner in dialogue.MANNERS.items():
        for problem in manner.problems:
            assert set(problem.asks) <= set(manner.asks)
            for channel in ("chat", "call", "email"):
                scene = dialogue.new_scene(Random(5), persons[language], "A01", channel, start)
                scene.problem = problem
                (dialogue.letters if channel == "email" else dialogue.spoken_or_typed)(scene)
                assert scene.turns


def test_identifiers_hold_their_checksums():
    for person in people.customers(9, 500):
        assert luhn.is_valid(person.bank_card)
        if person.id_card:
            assert mod_11_2.is_valid(person.id_card)
            assert datetime.strptime(person.id_card[6:14] + "+0000", "%Y%m%d%z")


def test_identifiers_belong_to_nobody():
    for person in people.customers(9, 500):
        assert person.phone.startswith("1349") or re.fullmatch(r"\d{3}-555-01\d\d", person.phone)
        assert person.bank_card[:6] in ("620000", "400000")
        assert person.id_card is None or person.id_card[14:17] == "000"
        assert person.email.endswith((".example", "example.com", "example.org", "example.net"))


def test_five_thousand_customers_have_five_thousand_cards():
    customers = people.customers(1)
    assert len(customers) == 5000
    assert len({person.bank_card for person in customers}) == 5000
    assert len({person.phone for person in customers if person.language == "zh"}) > 2900


def test_repr_of_a_person_shows_no_value():
    assert repr(people.customers(1, 1)[0]) == "Person(C00001)"


@pytest.mark.parametrize(
    ("body", "digit"),
    [("7992739871", "3"), ("411111111111111", "1")],  # ISO/IEC 7812-1, annex B; the card networks' test number
)
def test_luhn_digit_matches_the_published_examples(body, digit):
    assert identifiers.luhn_digit(body) == digit


def test_calls_speak_digits_and_split_numbers_over_turns():
    calls = [record for record in _records(conversations=2000) if record["channel"] == "call"]
    words = [turn["text"] for record in calls for turn in record["turns"]]
    assert any(re.search(r"[零幺二三四五六七八九]{11}", text) for text in words)
    assert any("oh one" in text for text in words)
    assert sum(bool(re.fullmatch(r"\D{0,3}(?:\d{3,4}|[零幺一二两三四五六七八九洞]{3,4})", text)) for text in words) > 50


def test_spoken_english_doubles_a_digit_only_when_it_is_there_twice():
    for seed in range(200):
        said = speech.spoken("4455", "en", Random(seed))
        assert said.replace("double four", "four four").replace("double five", "five five") == "four four five five"


def test_an_email_is_spelled_in_the_language_of_the_call():
    assert speech.spelled_email("li.wei@example.com", "zh") == "li点wei艾特example点com"
    assert speech.spelled_email("li.wei@example.com", "en") == "li dot wei at example dot com"


def test_memory_does_not_grow_with_the_count():
    stream = sample.records(seed=1, conversations=10**7)
    next(stream)
    tracemalloc.start()
    for _ in islice(stream, 3000):
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2_000_000


def test_the_command_writes_json_lines_on_stdout_and_words_on_stderr():
    result = CliRunner().invoke(command, ["--seed", "2", "--conversations", "5"])
    assert result.exit_code == 0
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["id"] for line in lines] == [f"made-up-2-{number:07d}" for number in range(5)]
    assert "5 conversations" in result.stderr


def test_a_negative_count_is_refused():
    with pytest.raises(ValueError):
        next(sample.records(seed=1, conversations=-1))
