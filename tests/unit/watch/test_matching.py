"""An opening and an event stand for each other only when they agree in all that both say."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from hushkeep.audit.openings import Told
from hushkeep.kernel import Action, Outcome
from hushkeep.watch.matching import ACTIONS, GRACE, WITHIN, Opened, match

NOW = datetime(2026, 3, 4, 8, tzinfo=UTC)
ACTOR, EVENT, SUBJECT = (UUID(int=n) for n in (1, 2, 3))
OPENED = Opened(7, "unwrap", NOW, NOW, ACTOR, EVENT, SUBJECT)
TOLD = Told(4, EVENT, NOW, ACTOR, SUBJECT, Action.CONVERSATION_REVEAL, Outcome.ALLOWED)


def judged(openings=(OPENED,), claims=(TOLD,), events=(TOLD,), *, read_to=5, now=NOW):
    return match(openings, claims, {event.id: event for event in events}, read_to=read_to, now=now)


def found(verdict):
    return len(verdict.without_event), len(verdict.without_opening), len(verdict.kept)


def test_a_pair_that_agrees_is_quiet():
    assert found(judged()) == (0, 0, 0)


def test_an_opening_may_wait_for_its_event_as_long_as_the_grace_and_not_longer():
    assert found(judged(claims=(), events=(), now=NOW + GRACE - timedelta(microseconds=1))) == (0, 0, 1)
    assert found(judged(claims=(), events=(), now=NOW + GRACE)) == (1, 0, 0)


def test_an_opening_without_any_event_id_does_not_wait():
    assert found(judged((replace(OPENED, event=None),), (), ())) == (1, 0, 0)


@pytest.mark.parametrize(
    "other",
    [
        {"actor": uuid4()},
        {"subject": uuid4()},
        {"action": Action.CONVERSATION_VIEW},
        {"action": Action.CONVERSATION_SEARCH},
        {"outcome": Outcome.DENIED},
        {"outcome": Outcome.STEP_UP},
        {"at": NOW - WITHIN - timedelta(seconds=1)},
        {"at": NOW + WITHIN + timedelta(seconds=1)},
    ],
)
def test_an_event_that_differs_does_not_cover_an_opening(other):
    assert found(judged(claims=(), events=(replace(TOLD, **other),))) == (1, 0, 0)


def test_an_act_that_failed_after_its_opening_covers_it():
    assert found(judged(claims=(), events=(replace(TOLD, outcome=Outcome.FAILED),))) == (0, 0, 0)


def test_a_job_is_covered_by_the_event_about_what_it_works_on_and_by_no_other():
    worked = UUID(int=9)
    job = replace(OPENED, actor=worked)
    told = replace(TOLD, actor=None, target=worked, action=Action.RECORDING_REDACT)
    assert found(judged((job,), (), (told,))) == (0, 0, 0)
    assert found(judged((job,), (), (replace(told, target=uuid4()),))) == (1, 0, 0)
    assert found(judged((job,), (), (replace(told, target=None),))) == (1, 0, 0)


@pytest.mark.parametrize("action", [Action.CONVERSATION_SEARCH, Action.EMERGENCY_REQUEST])
def test_a_look_up_needs_the_event_of_a_search_or_of_an_emergency_asked_for_by_value(action):
    asked = replace(OPENED, op="lookup", subject=None)
    assert found(judged((asked,), (), (replace(TOLD, action=action),))) == (0, 0, 0)
    assert found(judged((asked,), (), (TOLD,))) == (1, 0, 0)


def test_an_event_that_claims_what_was_never_opened_is_told_at_once():
    assert found(judged((), (TOLD,), ())) == (0, 1, 0)


def test_an_opening_is_kept_until_its_event_is_read_as_a_claim():
    early = judged(claims=(), read_to=4)
    assert found(early) == (0, 0, 1)
    assert found(judged(early.kept, (TOLD,), read_to=5)) == (0, 0, 0)


def test_each_opening_that_the_key_log_knows_has_its_actions():
    assert set(ACTIONS) == {"unwrap", "open_capsules", "open_originals", "open_segments", "verify", "lookup"}
