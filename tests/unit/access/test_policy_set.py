"""What is not a sound policy set does not load; the schema knows every action and no other."""

import re

import pytest

from hushkeep.access.permissions import PURPOSES, permissions
from hushkeep.access.policy_set import by_id, load, shipped, shipped_text
from hushkeep.identity.roles import Role, Scope
from hushkeep.kernel import Action, InvalidInput
from hushkeep.runtime.language import gettext_in

TEXT, SCHEMA = shipped_text()
NARROW = '@id("night") @reason("night") forbid (principal, action == Action::"conversation:list", resource);'


def test_the_schema_lists_the_actions_of_the_kernel_and_no_others():
    assert set(re.findall(r'"([a-z_]+:[a-z_]+)"', SCHEMA)) == {a.value for a in Action}


def test_the_policies_name_only_roles_and_scopes_that_exist():
    assert set(re.findall(r'Role::"(\w+)"', TEXT)) == {r.value for r in Role}
    assert set(re.findall(r'Scope::"(\w+)"', TEXT)) == {s.value for s in Scope}


def test_every_action_is_permitted_to_somebody_or_named_here():
    by_services = set(re.findall(r'"([a-z_]+:[a-z_]+)"', TEXT.split("// Programs, by scope.")[1]))
    people = {a for role in Role for a in permissions(role, demo=False)}
    nobody = {a.value for a in Action} - {a.value for a in people} - by_services
    assert nobody == {"key:unwrap", "recording:disclose", "system:start", "user:enrol"}  # the installation's own


def test_the_purposes_of_the_wall_are_the_purposes_of_the_house():
    wall = TEXT.split('@id("wall.purpose")')[1].split("};")[0]
    assert {p for p in PURPOSES if f'"{p}"' in wall} == set(PURPOSES)
    assert len(re.findall(r'"[a-z]+(?:_[a-z]+)*"', wall)) == len(PURPOSES) + 1  # and the @reason


def test_every_policy_says_in_a_sentence_what_it_does_in_both_languages():
    sentences = {p.id: p.says for p in shipped().policies.values()}
    assert {name for name, says in sentences.items() if not re.fullmatch(r"[A-Z].{20,}\.", says)} == set()
    assert len(set(sentences.values())) == len(sentences)
    chinese = {name: gettext_in("zh_Hans", says) for name, says in sentences.items()}
    assert {name for name, says in chinese.items() if not re.fullmatch(r"[\u4e00-\u9fff].{6,}。", says)} == set()


def test_a_policy_without_a_sentence_or_a_translation_is_called_by_what_it_has():
    other = NARROW.replace("night", "day").replace("@reason", '@says("Nobody works by day.") @reason')
    known = by_id(load(TEXT, SCHEMA, overlay=NARROW + other))
    assert (known["night"].said("zh_Hans"), known["day"].said("zh_Hans")) == ("night", "Nobody works by day.")
    assert known["wall.tenant"].said("zh_Hans") == "任何人不得访问其他租户的数据。"


def test_the_digest_changes_with_any_word_of_policy_or_schema():
    digests = {
        shipped().digest,
        load(TEXT + "\n// one more word", SCHEMA).digest,
        load(TEXT, SCHEMA + "\n// one more word").digest,
        load(TEXT, SCHEMA, overlay=NARROW).digest,
    }
    assert len(digests) == 4


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("permit (principal, action, resource", "parse"),
        ("permit (principal, action, resource);", "no @id"),
        ('@id("a") forbid (principal, action, resource);', "@reason"),
        ('@id("a") @reason("r") @outcome("maybe") forbid (principal, action, resource);', "@outcome"),
        ('@id("a") permit (principal, action, resource); @id("a") permit (principal, action, resource);', "twice"),
        ('@id("a") permit (principal, action == Action::"conversation:steal", resource);', "schema"),
        ('@id("a") permit (principal, action, resource) when { context.mood == "good" };', "schema"),
        ('@id("a") permit (principal == ?principal, action, resource);', "templates"),
    ],
)
def test_an_unsound_policy_is_refused_at_load(text, says):
    with pytest.raises(InvalidInput, match=says):
        load(text, SCHEMA)


def test_an_overlay_may_forbid_and_never_permit():
    assert load(TEXT, SCHEMA, overlay=NARROW).digest
    with pytest.raises(InvalidInput, match="only forbid"):
        load(TEXT, SCHEMA, overlay='@id("wide") permit (principal, action, resource);')


def test_no_role_but_the_floor_quality_and_the_dpo_can_ever_reveal():
    may = {r for r in Role if Action.CONVERSATION_REVEAL in permissions(r, demo=True)}
    assert may == {Role.AGENT, Role.SUPERVISOR, Role.QA, Role.DPO}
