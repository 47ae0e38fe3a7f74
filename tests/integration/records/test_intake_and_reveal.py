"""Conversations in, masked and sealed at rest, clear again only by a reveal; once, however often they are sent."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connections

from hushkeep.channels import intake as records_in
from hushkeep.channels import sample
from hushkeep.channels.lines import Line
from hushkeep.kernel import (
    Action,
    Channel,
    Conflict,
    Conversation,
    ConversationId,
    Customer,
    Denied,
    IntegrityError,
    InvalidInput,
    NotFound,
    Turn,
    new_id,
)
from hushkeep.records import conversations, intake, reveal, runs
from hushkeep.records._examine import examine
from hushkeep.records.conversations import Filter
from hushkeep.records.models import Recording
from hushkeep.records.protect import Place, protect
from hushkeep.runtime.clock import now
from hushkeep.runtime.tenancy import tenant_transaction
from made_permits import permit

pytestmark = pytest.mark.server

PHONE, CARD, MAIL = "13491234567", "4000000000000002", "canary@example.com"


@pytest.fixture
def center(tenant, key_service):
    """A tenant with keys and an open run."""
    return Center(tenant, key_service)


class Center:
    def __init__(self, tenant, keys):
        self.tenant, self.keys = tenant, keys
        keys.create_tenant(tenant)
        self.run = self.new_run()

    def new_run(self):
        with tenant_transaction(self.tenant):
            return runs.open_run(permit(self.tenant, Action.INTAKE_RUN), now=now())

    def take(self, *talks, run=None, replace=True):
        with tenant_transaction(self.tenant):
            leave = permit(self.tenant, Action.CONVERSATION_STORE)
            batch = list(enumerate(talks))
            return intake.take(leave, run or self.run, batch, self.keys, replace=replace, now=now())

    def page(self, which=Filter(), **how):  # noqa: B008 - frozen
        with tenant_transaction(self.tenant):
            return conversations.page(permit(self.tenant, Action.CONVERSATION_LIST), which, now=now(), **how)

    def view(self, conversation):
        with tenant_transaction(self.tenant):
            leave = permit(self.tenant, Action.CONVERSATION_VIEW, conversation)
            return conversations.view(leave, conversation, now=now())

    def search(self, index, value, **how):
        with tenant_transaction(self.tenant):
            leave = permit(self.tenant, Action.CONVERSATION_SEARCH)
            return conversations.search(leave, index, value, self.keys, now=now(), **how)

    def reveal(self, conversation, **changes):
        turns = changes.pop("turns", None)
        with tenant_transaction(self.tenant):
            leave = permit(self.tenant, Action.CONVERSATION_REVEAL, conversation, **{"purpose": "complaint"} | changes)
            return reveal.reveal(leave, conversation, self.keys, now=now(), turns=turns)

    def rows(self, statement, *values):
        with tenant_transaction(self.tenant), connections["default"].cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else cursor.rowcount


def talk(number=1, *, text=f"my phone is {PHONE}", **changes):
    turns = (Turn("agent", "What is the phone number on the account?"), Turn("customer", text))
    return Conversation(**({"source_id": f"s-{number}", "channel": Channel.CHAT, "turns": turns} | changes))


def test_what_is_taken_in_is_listed_masked_and_revealed_in_the_clear(center):
    done = center.take(talk())
    assert (done.taken, done.duplicates, done.messages, done.entities["phone"]) == (1, 0, 2, 1)
    [header] = center.page().items
    assert header.entities == {"phone": 1}
    whole = center.view(header.id)
    [mark] = whole.turns[1].findings
    assert whole.turns[1].text[mark.start : mark.end] == "134****4567"
    assert PHONE not in json.dumps([turn.text for turn in whole.turns]) + header.preview
    assert center.reveal(header.id).turns[1].text == f"my phone is {PHONE}"


def test_a_secret_is_gone_even_after_a_reveal(center):
    done = center.take(
        talk(turns=(Turn("agent", "Please tell me the verification code we sent"), Turn("customer", "It says 482913")))
    )
    assert done.secrets_cut == 1
    [header] = center.page().items
    assert "482913" not in repr(center.reveal(header.id).turns)
    assert [turn.text for turn in center.reveal(header.id).turns][1] == "It says ██████"


def test_sending_twice_adds_nothing(center):
    batch = [talk(number) for number in range(5)]
    assert center.take(*batch).taken == 5
    again = center.take(*batch, run=center.new_run())
    assert (again.taken, again.duplicates, again.changed) == (0, 5, 0)
    assert center.rows("SELECT count(*) FROM records_conversation") == [(5,)]


def test_changed_content_of_a_later_run_replaces_the_row_and_leaves_its_event(center):
    center.take(talk(customer=Customer(values=(("phone", PHONE),))))
    [before] = center.page().items
    done = center.take(talk(text=f"my card is {CARD}"), run=center.new_run())
    assert (done.taken, done.changed) == (0, 1)
    [after] = center.page().items
    assert (after.id, after.subject, after.version) == (before.id, before.subject, 2)
    assert center.reveal(after.id).turns[1].text == f"my card is {CARD}"
    assert center.rows("SELECT action, conversation, count FROM event_header") == [("conversation:revise", after.id, 2)]
    assert center.rows("SELECT count(*) FROM records_wrap") == [(1,)]
    assert center.search("bank_card", CARD).items == (after,)


def test_a_conversation_that_a_recording_belongs_to_is_replaced_and_keeps_it(center):
    center.take(talk())
    [[id_, subject]] = center.rows("SELECT id, subject FROM records_conversation")
    with tenant_transaction(center.tenant):
        kept = Recording(subject=subject, conversation=id_, source_digest=bytes(16), sha256=bytes(32), landed_at=now())
        kept.suffix, kept.size, kept.state = "wav", 1, "redacted"
        kept.save(force_insert=True)
    assert center.take(talk(text="changed"), run=center.new_run()).changed == 1
    assert center.rows("SELECT conversation FROM records_recording") == [(id_,)]


def test_who_may_not_replace_adds_what_is_new_and_leaves_what_is_stored(center):
    center.take(talk(1, text="the first"))
    done = center.take(talk(1, text="another"), talk(2), run=center.new_run(), replace=False)
    assert (done.taken, done.changed, done.clashes) == (1, 0, [(0, intake.NOT_REPLACED)])
    assert center.rows("SELECT version FROM records_conversation") == [(1,), (1,)]
    assert center.rows("SELECT action, outcome FROM event_header") == [("conversation:revise", "denied")]


def test_two_contents_under_one_id_in_one_run_are_a_clash(center):
    done = center.take(talk(1), talk(2), talk(1, text="another"))
    assert (done.taken, done.clashes) == (2, [(2, intake.SAME_ID)])
    assert center.take(talk(2, text="a third")).clashes == [(0, intake.SAME_ID)]
    later = center.new_run()
    assert center.take(talk(1), run=later).duplicates == 1
    assert center.take(talk(1, text="another"), run=later).clashes == [(0, intake.SAME_ID)]


def test_one_customer_is_one_subject_by_phone_or_source_id(center):
    by_phone = Customer(values=(("phone", "+86 134 9123 4567"), ("name", "王芳")))
    by_both = Customer(source_id="C7", values=(("mobile", PHONE),))
    by_id = Customer(source_id="C7", values=(("email", MAIL),))
    other = Customer(values=(("phone", "13490000000"),))
    center.take(*(talk(n, customer=customer) for n, customer in enumerate((by_phone, by_both))))
    center.take(*(talk(n, customer=customer) for n, customer in enumerate((by_id, other, None), start=2)))
    rows = center.rows("SELECT subject FROM records_conversation ORDER BY taken_at, id")
    subjects = {item[0] for item in rows}
    assert len(rows) == 5
    assert len(subjects) == 3
    assert center.rows("SELECT count(*) FROM records_subject") == [(3,)]


def test_search_finds_by_what_was_said_and_by_whose_it_is(center):
    center.take(
        talk(1, text="call me"),
        talk(2, text="call me", customer=Customer(values=(("phone", PHONE),))),
        talk(3, text="it's 134 9123 4567"),
        talk(4, text="one three four nine one two three four five six seven"),
    )
    assert len(center.search("phone", f"+86{PHONE}").items) == 3
    assert center.search("phone", "13490000001").items == ()
    [found] = center.search("reference", "s-1").items
    assert found.id in {header.id for header in center.page().items}


@pytest.mark.parametrize(("index", "value"), [("name", "王芳"), ("phone", "hello"), ("email", PHONE), ("", PHONE)])
def test_a_search_that_cannot_be_is_refused(center, index, value):
    with pytest.raises(InvalidInput):
        center.search(index, value)


def test_capsules_hold_a_customers_fields_by_class_and_are_not_repeated(center):
    customer = Customer(values=(("phone", PHONE), ("email", MAIL), ("name", "王芳"), ("bank_card", CARD)))
    center.take(talk(1, customer=customer))
    center.take(talk(2, customer=customer))
    rows = center.rows("SELECT klass, version FROM records_capsule ORDER BY 1")
    assert rows == [("contact", 1), ("identity", 1), ("payment", 1)]


def test_a_password_among_the_customers_fields_is_cut(center):
    done = center.take(talk(1, text="hi", customer=Customer(values=(("pin", "4821"), ("phone", PHONE)))))
    assert done.secrets_cut == 1


def test_pages_follow_each_other_without_gap_or_repeat(center):
    center.take(*(talk(number) for number in range(7)))
    seen, cursor = [], None
    while True:
        page = center.page(cursor=cursor, limit=3)
        seen += [header.id for header in page.items]
        if (cursor := page.next) is None:
            break
    assert len(seen) == len(set(seen)) == 7


@pytest.mark.parametrize("cursor", ["", "x", "****", "bm90IGEgcGxhY2U", "2026-01-01"])
def test_a_cursor_that_is_not_ours_is_refused(center, cursor):
    with pytest.raises(InvalidInput):
        center.page(cursor=cursor)


def test_filters_narrow_the_page(center):
    at = now().replace(microsecond=0)
    center.take(
        talk(1, language="zh-Hans", started_at=at - timedelta(days=2)),
        talk(2, language="en", channel=Channel.CALL, text="hello", started_at=at),
    )
    count = lambda **which: len(center.page(Filter(**which)).items)  # noqa: E731
    assert count(language="zh") == count(language="en") == count(channel=Channel.CALL) == 1
    assert count(entity="phone") == count(level=3) == 1
    assert count(since=at) == count(until=at) == 1
    assert count(since=at, until=at) == count(language="z") == 0


def test_text_that_the_database_cannot_hold_is_shown_replaced_and_revealed_as_it_was(center):
    center.take(talk(1, text="a\x00b", agent="A\x001", turns=(Turn("王芳", "a\x00b"),)))
    [header] = center.page().items
    [turn] = center.view(header.id).turns
    assert (turn.speaker, turn.text) == ("other", "a\ufffdb")
    assert center.reveal(header.id).turns[0].text == "a\x00b"


def test_a_reveal_of_some_turns_gives_those_and_no_others(center):
    center.take(talk())
    [header] = center.page().items
    assert [turn.n for turn in center.reveal(header.id, turns=[1]).turns] == [1]
    with pytest.raises(InvalidInput):
        center.reveal(header.id, turns=[2])


@pytest.mark.parametrize("changes", [{"purpose": None}, {"role": "agent"}])
def test_a_reveal_without_purpose_or_by_an_agent_without_evidence_is_refused(center, changes):
    center.take(talk())
    [header] = center.page().items
    with pytest.raises(Denied):
        center.reveal(header.id, **changes)


def test_a_reveal_is_in_the_key_services_log_under_its_event(center):
    center.take(talk())
    [header] = center.page().items
    event = center.reveal(header.id).event
    kept = [
        record for record in center.keys.log_since(0, 10_000) if record.event == event and record.op == "open_originals"
    ]
    assert [record.subject for record in kept] == [header.subject]


DOORS = [
    ("store", Action.CONVERSATION_LIST, lambda leave, c, _: conversations.store(leave, [], run=c.run, now=now())),
    (
        "take",
        Action.CONVERSATION_LIST,
        lambda leave, c, _: intake.take(leave, c.run, [], c.keys, replace=False, now=now()),
    ),
    ("page", Action.CONVERSATION_VIEW, lambda leave, _c, _x: conversations.page(leave, Filter(), now=now())),
    ("view", Action.CONVERSATION_LIST, lambda leave, _, x: conversations.view(leave, x, now=now())),
    (
        "search",
        Action.CONVERSATION_LIST,
        lambda leave, c, _: conversations.search(leave, "phone", PHONE, c.keys, now=now()),
    ),
    ("reveal", Action.CONVERSATION_VIEW, lambda leave, c, x: reveal.reveal(leave, x, c.keys, now=now())),
    ("run", Action.INTAKE_VIEW, lambda leave, _c, _x: runs.open_run(leave, now=now())),
    ("overview", Action.INTAKE_RUN, lambda leave, _c, _x: runs.overview(leave, now=now())),
]


@pytest.mark.parametrize(("wrong", "door"), [case[1:] for case in DOORS], ids=[case[0] for case in DOORS])
def test_a_door_opens_to_its_own_permit_alone(center, wrong, door):
    target = ConversationId(new_id()) if wrong is Action.CONVERSATION_VIEW else None
    with tenant_transaction(center.tenant), pytest.raises(Denied):
        door(permit(center.tenant, wrong, target), center, ConversationId(new_id()))


def test_a_permit_for_one_conversation_opens_no_other(center):
    center.take(talk(1), talk(2))
    first, second = (header.id for header in center.page().items)
    with tenant_transaction(center.tenant), pytest.raises(Denied):
        conversations.view(permit(center.tenant, Action.CONVERSATION_VIEW, first), second, now=now())


def test_an_expired_permit_opens_nothing(center):
    leave = permit(center.tenant, Action.CONVERSATION_LIST, expires_at=now())
    with tenant_transaction(center.tenant), pytest.raises(Denied):
        conversations.page(leave, Filter(), now=now())


@pytest.mark.parametrize("what", ["conversation", "version", "sealed", "wrap"])
def test_a_sealed_original_opens_nowhere_else(center, what):
    center.take(talk(1), talk(2))
    first, second = (header.id for header in center.page().items)
    center.rows(
        {
            "conversation": "UPDATE records_conversation a SET sealed = b.sealed FROM records_conversation b "
            "WHERE a.id = %s AND b.id = %s",
            "version": "UPDATE records_conversation SET version = version + 1 WHERE id IN (%s, %s)",
            "sealed": "UPDATE records_conversation SET sealed = set_byte(sealed, 60, get_byte(sealed, 60) # 1) "
            "WHERE id IN (%s, %s)",
            "wrap": "UPDATE records_wrap a SET wrapped = b.wrapped FROM records_wrap b "
            "WHERE a.conversation = %s AND b.conversation = %s",
        }[what],
        first,
        second,
    )
    with pytest.raises((IntegrityError, Denied)):
        center.reveal(first)


def test_another_tenant_sees_nothing(center, two_tenants):
    center.take(talk())
    [header] = center.page().items
    other = Center(two_tenants[0], center.keys)
    assert other.page().items == ()
    assert other.search("phone", PHONE).items == ()
    with pytest.raises(NotFound):
        other.view(header.id)
    with pytest.raises(NotFound):
        other.reveal(header.id)


def test_the_same_words_have_other_digests_in_another_tenant(center, two_tenants):
    other = Center(two_tenants[0], center.keys)
    digests = []
    for one in (center, other):
        one.take(talk(customer=Customer(values=(("phone", PHONE),))))
        digests.append(
            {
                bytes(row[0])
                for row in one.rows(
                    "SELECT digest FROM records_conversationindex UNION ALL SELECT digest FROM "
                    "records_subjectindex UNION ALL SELECT source_digest FROM records_conversation UNION ALL "
                    "SELECT content_digest FROM records_conversation"
                )
            }
        )
    assert len(digests[0]) == 3
    assert digests[0].isdisjoint(digests[1])


def test_nothing_of_another_tenant_is_stored(center, two_tenants):
    [item] = examine([talk()])
    subject = new_id()
    center.keys.create_subjects(center.tenant, [subject])
    place = Place(id=new_id(), subject=subject, source=b"s" * 16, content=b"c" * 16)
    [protected] = protect(center.tenant, [item], [place], center.keys)
    strange = replace(protected, tenant=two_tenants[0])
    with tenant_transaction(center.tenant), pytest.raises(Conflict):
        conversations.store(permit(center.tenant, Action.CONVERSATION_STORE), [strange], run=center.run, now=now())


def test_a_batch_of_the_made_up_center_comes_in_whole(center):
    made = list(sample.records(seed=5, conversations=200))
    talks = [records_in.receive(Line(1, json.dumps(record))) for record in made]
    done = center.take(*talks)
    assert (done.taken, done.messages) == (200, sum(len(record["turns"]) for record in made))
    assert set(done.entities) >= {"phone", "email", "bank_card", "secret"}
    assert center.take(*talks).duplicates == 200


def test_a_run_adds_up_and_an_answer_given_once_is_given_again(center):
    leave = permit(center.tenant, Action.CONVERSATION_STORE)
    answer = runs.BatchAnswer(runs.Totals(taken=2, entities={"phone": 1}), ((4, "not_json", {}),))
    with tenant_transaction(center.tenant):
        assert runs.answered(center.run, "key-1") is None
        runs.record(leave, center.run, "key-1", answer, now=now())
        runs.record(leave, center.run, "key-2", answer, now=now())
        assert runs.answered(center.run, "key-1") == answer
        state = runs.run_state(permit(center.tenant, Action.INTAKE_VIEW, center.run), center.run, now=now())
    assert state.totals == runs.Totals(taken=4, entities={"phone": 2})


def test_a_finished_run_or_somebody_elses_takes_nothing_more(center):
    with tenant_transaction(center.tenant):
        leave = permit(center.tenant, Action.INTAKE_RUN)
        run = runs.open_run(leave, now=now())
        runs.demand_open(leave, run)
        with pytest.raises(NotFound):
            runs.demand_open(permit(center.tenant, Action.INTAKE_RUN), run)
        with pytest.raises(NotFound):
            runs.finish(permit(center.tenant, Action.INTAKE_RUN, run), run, now=now())
        assert runs.run_state(permit(center.tenant, Action.INTAKE_VIEW, run), run, now=now()).finished_at is None
        runs.finish(permit(center.tenant, Action.INTAKE_RUN, run, actor=leave.actor), run, now=now())
        with pytest.raises(Conflict):
            runs.demand_open(leave, run)


def test_the_overview_counts_what_is_stored(center):
    center.take(talk(1, language="zh"), talk(2, channel=Channel.CALL, text="hello"))
    with tenant_transaction(center.tenant):
        seen = runs.overview(permit(center.tenant, Action.INTAKE_VIEW), now=now())
    assert (seen.conversations, seen.messages) == (2, 4)
    assert (seen.channels, seen.entities) == ({"call": 1, "chat": 1}, {"phone": 1})
    assert (seen.languages, seen.levels) == ({"": 1, "zh": 1}, {"1": 1, "3": 1})
    assert [day[1] for day in seen.days] == [{"call": 1, "chat": 1}]
    assert seen.classes == {"contact": 1}
