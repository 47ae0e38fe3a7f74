"""Telephone numbers of other countries are found by their plans, and nothing else is."""

import re

import pytest

from hushkeep import detect
from hushkeep.detect.numbering import plans
from hushkeep.kernel import Turn

NAMED = {
    "HK": "I'm in Hong Kong", "MO": "I'm in Macau", "TW": "I'm in Taiwan", "JP": "I live in Japan",
    "KR": "I live in Korea",
    "SG": "I'm in Singapore", "MY": "I'm from Malaysia", "TH": "I'm in Thailand", "VN": "I'm in Vietnam",
    "PH": "I'm in Manila", "ID": "I'm in Jakarta", "IN": "I'm in India", "AU": "I'm in Australia",
    "NZ": "I'm in New Zealand", "GB": "I'm in the UK", "IE": "I'm in Ireland", "FR": "I'm in France",
    "DE": "I'm in Germany", "IT": "I'm in Italy", "ES": "I'm in Spain", "NL": "I'm in Amsterdam", "BR": "I'm in Brazil",
    "MX": "I'm in Mexico", "RU": "I'm in Russia", "AE": "I'm in Dubai", "ZA": "I'm in South Africa",
    "CA": "I'm in Canada", "US": "I'm in the USA", "CH": "I'm in Switzerland", "PT": "I'm in Portugal",
    "PL": "I'm in Poland", "TR": "I'm in Turkey",
}  # fmt: skip


def found(*texts: str) -> list[tuple[str, str]]:
    turns = [Turn("customer", text) for text in texts]
    return [(f.entity, turns[f.turn].text[f.start : f.end]) for f in detect.find(turns, names=False)]


@pytest.mark.parametrize("plan", plans(), ids=lambda plan: plan.country)
def test_a_number_is_found_where_its_country_is_named(plan):
    assert ("phone", plan.example) in found(f"{NAMED[plan.country]}, {plan.example}")


@pytest.mark.parametrize("plan", plans(), ids=lambda plan: plan.country)
def test_a_number_is_found_with_its_country_code(plan):
    national = re.sub("[^0-9]", "", plan.example).removeprefix(plan.trunk)
    assert ("phone", f"+{plan.code} {national}") in found(f"it is +{plan.code} {national}")


@pytest.mark.parametrize("plan", plans(), ids=lambda plan: plan.country)
def test_an_order_of_the_same_digits_is_left(plan):
    assert found(f"{NAMED[plan.country]}, order number {plan.example}") == []


@pytest.mark.parametrize("plan", [p for p in plans() if not p.trunk and p.code != "1"], ids=lambda plan: plan.country)
def test_bare_digits_are_nothing_without_the_country(plan):
    assert found(re.sub("[^0-9]", "", plan.example) + " it says") == []


@pytest.mark.parametrize("text", ["Hong Kong closed us in 2019 2020", "Hong Kong, 20261203", "香港站 6123人"])
def test_years_dates_and_counts_are_left_beside_a_country(text):
    assert found(text) == []


def test_a_plan_is_no_help_to_a_word_for_something_else():
    assert found("I'm in Singapore", "the serial number is 81234567") == []
