"""What hangs on a message: sealed piece by piece for its customer, once, whole however often its intake dies."""

import hashlib
from dataclasses import replace
from uuid import uuid4

import pytest
from django.db import connections

from hushkeep import vault
from hushkeep.kernel import (
    ATTACHMENT_PART_BYTES,
    Action,
    ActorId,
    Attachment,
    AttachmentState,
    Channel,
    Conflict,
    Conversation,
    Customer,
    Denied,
    IntegrityError,
    InvalidInput,
    NotFound,
    Turn,
    new_id,
)
from hushkeep.records import attachments, conversations, discarded, intake, runs
from hushkeep.runtime import objects
from hushkeep.runtime.clock import now
from hushkeep.runtime.settings import settings
from hushkeep.runtime.tenancy import tenant_transaction
from made_permits import permit

pytestmark = pytest.mark.server

PHONE = "13491234567"
PICTURE = b"\x89PNG" + PHONE.encode() + bytes(5000)


def hung(content=PICTURE, *, name="me.png", state=AttachmentState.UNREAD, turn=None):
    cut = range(0, len(content), ATTACHMENT_PART_BYTES)
    parts = tuple(hashlib.sha256(content[at : at + ATTACHMENT_PART_BYTES]).hexdigest() for at in cut)
    return Attachment(name, "image/png", len(content), parts, state, scan="rules", turn=turn)


def mail(*attached, number=1, text="see there"):
    turns = (Turn("customer", text), Turn("system", f"[{PHONE}.txt]\nmy code"))
    customer = Customer(values=(("phone", PHONE),))
    return Conversation(f"m-{number}", Channel.EMAIL, turns, customer=customer, attachments=attached)


class Center:
    """A center with keys, an open run, and intake by hand."""

    def __init__(self, tenant, keys):
        self.tenant, self.keys, self.actor = tenant, keys, ActorId(new_id())
        keys.create_tenant(tenant)
        self.run = self.new_run()

    def new_run(self):
        with tenant_transaction(self.tenant):
            return runs.open_run(permit(self.tenant, Action.INTAKE_RUN, actor=self.actor), now=now())

    def take(self, *talks, run=None):
        with tenant_transaction(self.tenant):
            leave = permit(self.tenant, Action.CONVERSATION_STORE)
            batch = list(enumerate(talks))
            return intake.take(leave, run or self.run, batch, self.keys, replace=True, now=now())

    def land(self, part, content, **changes):
        with tenant_transaction(self.tenant):
            leave = permit(
                self.tenant, **{"action": Action.CONVERSATION_STORE, "target": part, "actor": self.actor} | changes
            )
            return attachments.land(leave, self.run, part, content, self.keys, now=now())

    def land_together(self, pieces, **changes):
        with tenant_transaction(self.tenant):
            named = {"action": Action.CONVERSATION_STORE, "target": None, "actor": self.actor} | changes
            return attachments.land_together(permit(self.tenant, **named), self.run, pieces, self.keys, now=now())

    def rows(self, statement, *values):
        with tenant_transaction(self.tenant), connections["default"].cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else cursor.rowcount

    def shown(self):
        [[talk]] = self.rows("SELECT id FROM records_conversation")
        with tenant_transaction(self.tenant):
            leave = permit(self.tenant, Action.CONVERSATION_VIEW, talk)
            return conversations.view(leave, talk, now=now()).attachments

    def opened(self):
        """The bytes of all sealed pieces, in order, as the key service opens them for the conversation's subject."""
        statement = (
            "SELECT p.id, p.size, p.wrapped, c.subject FROM records_attachmentpart p"
            " JOIN records_conversation c ON c.id = p.conversation ORDER BY p.conversation, p.content, p.part"
        )
        clear = []
        for part, size, wrapped, subject in self.rows(statement):
            event = uuid4()
            ticket = self.keys.ticket_sample(self.tenant, uuid4(), subject, ["text"], event)
            stored = b"".join(objects.get(part))
            cut = vault.segments_between(len(stored), 0, size)
            pieces = [(one.number, one.last, stored[one.start : one.stop]) for one in cut]
            head = stored[: vault.FILE_HEADER_BYTES]
            wraps = [bytes(wrapped)]
            some = [self.keys.open_segments(ticket, event, wraps, part, head, [piece])[0] for piece in pieces]
            clear.append(b"".join(some))
        return clear


@pytest.fixture
def center(tenant, key_service):
    return Center(tenant, key_service)


def stored(*parts):
    """The files that the object store holds of ``parts``."""
    return [path for part in parts for path in settings().objects_dir.rglob(f"{part}*")]


def test_an_attachment_is_wanted_then_sealed_and_opens_as_it_was_for_its_customer_alone(center):
    [want] = center.take(mail(hung(name=f"{PHONE}.png"))).wanted
    assert (want.number, want.attachment, want.part) == (0, 0, 0)
    assert [one.here for one in center.shown()] == [False]
    assert center.land(want.id, PICTURE) == attachments.Landed(sealed=1, states={"unread": 1})
    [held] = center.shown()
    assert (held.name, held.media_type, held.size) == ("134****4567.png", "image/png", len(PICTURE))
    assert (held.state, held.scan, held.here) == (AttachmentState.UNREAD, "rules", True)
    [file] = stored(want.id)
    assert PHONE.encode() not in file.read_bytes()
    assert center.opened() == [PICTURE]


def test_a_large_one_comes_in_pieces_and_is_whole_with_the_last(center):
    large = bytes(range(256)) * 40_000
    first, second = center.take(mail(hung(large))).wanted
    cut = [large[:ATTACHMENT_PART_BYTES], large[ATTACHMENT_PART_BYTES:]]
    assert center.land(second.id, cut[1]).states == {}
    assert [one.here for one in center.shown()] == [False]
    assert center.land(first.id, cut[0]).states == {"unread": 1}
    assert center.opened() == cut


def test_files_alike_within_a_conversation_are_sealed_once_and_counted_each(center):
    other = mail(hung(), number=2)
    wanted = center.take(mail(hung(), hung(name="again.png"), hung(b"other")), other).wanted
    assert [(one.number, one.attachment) for one in wanted] == [(0, 0), (0, 2), (1, 0)]
    assert center.land(wanted[0].id, PICTURE).states == {"unread": 2}


def test_a_second_intake_wants_nothing_and_a_piece_sent_again_changes_nothing(center):
    [want] = center.take(mail(hung())).wanted
    center.land(want.id, PICTURE)
    [before] = stored(want.id)
    kept = before.read_bytes()
    assert center.land(want.id, PICTURE) == attachments.Landed(duplicates=1)
    again = center.take(mail(hung()), run=center.new_run())
    assert (again.duplicates, again.wanted) == (1, [])
    assert before.read_bytes() == kept
    with tenant_transaction(center.tenant):
        state = runs.run_state(permit(center.tenant, Action.INTAKE_VIEW, center.run), center.run, now=now())
    assert state.totals.attachments == {"unread": 1}


def test_what_died_before_its_commit_is_wanted_again_and_leaves_one_whole_object(center, monkeypatch):
    [want] = center.take(mail(hung())).wanted
    put = objects.put

    def dies(object_id, chunks):
        put(object_id, chunks)
        stored(object_id)[0].with_name(f"{object_id}#1").write_bytes(b"half")
        raise SystemExit

    monkeypatch.setattr(objects, "put", dies)
    with pytest.raises(SystemExit):
        center.land(want.id, PICTURE)
    monkeypatch.setattr(objects, "put", put)
    assert len(stored(want.id)) == 2
    [again] = center.take(mail(hung()), run=center.new_run()).wanted
    assert again.id == want.id
    assert center.land(want.id, PICTURE).states == {"unread": 1}
    assert [path.name for path in stored(want.id)] == [str(want.id)]
    assert center.opened() == [PICTURE]


@pytest.mark.parametrize("content", [b"", PICTURE[:-1], PICTURE + b"x", bytes(len(PICTURE))])
def test_other_bytes_than_were_announced_are_refused(center, content):
    [want] = center.take(mail(hung())).wanted
    with pytest.raises(InvalidInput, match="attachment_other_content"):
        center.land(want.id, content)
    assert stored(want.id) == []
    assert [one.here for one in center.shown()] == [False]


def test_several_land_at_once_each_for_its_own_customer_and_those_that_are_there_count_as_such(center):
    contents = [PICTURE, b"second", bytes(300_000)]
    wanted = center.take(mail(hung(), hung(b"second"), number=1), mail(hung(contents[2]), number=2)).wanted
    center.land(wanted[1].id, b"second")
    pieces = {want.id: content for want, content in zip(wanted, contents, strict=True)}
    assert center.land_together(pieces) == attachments.Landed(sealed=2, duplicates=1, states={"unread": 2})
    assert center.land_together(pieces) == attachments.Landed(duplicates=3)
    assert sorted(center.opened()) == sorted(contents)
    with tenant_transaction(center.tenant):
        state = runs.run_state(permit(center.tenant, Action.INTAKE_VIEW, center.run), center.run, now=now())
    assert state.totals.attachments == {"unread": 3}


def test_alike_files_and_parts_of_large_ones_are_told_apart_within_one_request(center):
    large = bytes(range(256)) * 40_000
    first, second, small = center.take(mail(hung(large), hung(), hung(name="again.png"))).wanted
    cut = [large[:ATTACHMENT_PART_BYTES], large[ATTACHMENT_PART_BYTES:]]
    assert center.land_together({second.id: cut[1], small.id: PICTURE}).states == {"unread": 2}
    assert center.land(first.id, cut[0]).states == {"unread": 1}


@pytest.mark.parametrize("wrong", ["bytes", "piece", "center"])
def test_of_several_of_which_one_is_refused_none_is_sealed(center, key_service, two_tenants, wrong):
    one, two = center.take(mail(hung(), hung(b"second"))).wanted
    pieces = {one.id: PICTURE, two.id: b"second"}
    if wrong == "bytes":
        pieces[two.id] = b"secone"
    elif wrong == "piece":
        pieces[uuid4()] = b"third"
    else:
        other = Center(two_tenants[0], key_service)
        pieces[other.take(mail(hung(b"third"))).wanted[0].id] = b"third"
    with pytest.raises(InvalidInput if wrong == "bytes" else NotFound):
        center.land_together(pieces)
    assert stored(*pieces) == []
    assert center.rows("SELECT count(*) FROM records_attachmentpart WHERE wrapped IS NOT NULL") == [(0,)]


def test_what_died_among_several_is_wanted_again_whole(center, monkeypatch):
    wanted = center.take(mail(hung(), hung(b"second"))).wanted
    pieces = {wanted[0].id: PICTURE, wanted[1].id: b"second"}
    put, done = objects.put, []

    def dies(object_id, chunks):
        if done:
            raise SystemExit
        done.append(object_id)
        put(object_id, chunks)

    monkeypatch.setattr(objects, "put", dies)
    with pytest.raises(SystemExit):
        center.land_together(pieces)
    monkeypatch.setattr(objects, "put", put)
    assert len(stored(*pieces)) == 1
    again = center.take(mail(hung(), hung(b"second")), run=center.new_run()).wanted
    assert [one.id for one in again] == [one.id for one in wanted]
    assert center.land_together(pieces).states == {"unread": 2}
    assert sorted(center.opened()) == sorted(pieces.values())


def test_nobody_lands_several_without_a_permit_that_names_none_of_them_for_an_open_run_of_their_own(center):
    wanted = center.take(mail(hung(), hung(b"second"))).wanted
    pieces = {wanted[0].id: PICTURE, wanted[1].id: b"second"}
    for changes, refusal in (
        ({"action": Action.CONVERSATION_VIEW}, Denied),
        ({"target": wanted[0].id}, Denied),
        ({"expires_at": now()}, Denied),
        ({"actor": ActorId(uuid4())}, NotFound),
    ):
        with pytest.raises(refusal):
            center.land_together(pieces, **changes)
    with tenant_transaction(center.tenant):
        runs.finish(permit(center.tenant, Action.INTAKE_RUN, center.run, actor=center.actor), center.run, now=now())
    with pytest.raises(Conflict):
        center.land_together(pieces)


def test_nobody_lands_without_a_permit_for_this_piece_of_an_open_run_of_their_own(center):
    [want] = center.take(mail(hung())).wanted
    for changes, refusal in (
        ({"action": Action.CONVERSATION_VIEW}, Denied),
        ({"target": uuid4()}, Denied),
        ({"expires_at": now()}, Denied),
        ({"actor": ActorId(uuid4())}, NotFound),
    ):
        with pytest.raises(refusal):
            center.land(want.id, PICTURE, **changes)
    with pytest.raises(NotFound):
        center.land(uuid4(), PICTURE)
    with tenant_transaction(center.tenant):
        leave = permit(center.tenant, Action.INTAKE_RUN, center.run, actor=center.actor)
        runs.finish(leave, center.run, now=now())
    with pytest.raises(Conflict):
        center.land(want.id, PICTURE)


def test_what_is_read_and_holds_a_code_is_not_kept_in_bytes(center):
    text = "my verification code is 582917"
    read = hung(text.encode(), name="c.txt", state=AttachmentState.READ, turn=1)
    talk = mail(read, replace(read, name="d.txt"))
    done = center.take(replace(talk, turns=(talk.turns[0], Turn("system", f"[c.txt]\n{text}"))))
    assert (done.secrets_cut, done.wanted, done.attachments) == (1, [], {"withheld": 2})
    assert [(one.state.value, one.reason, one.here) for one in center.shown()] == [("withheld", "secret", True)] * 2
    assert center.rows("SELECT count(*) FROM records_attachmentpart") == [(0,)]


def test_a_conversation_that_is_replaced_leaves_no_object_of_its_old_self(center):
    [old] = center.take(mail(hung())).wanted
    center.land(old.id, PICTURE)
    [new] = center.take(mail(hung(b"new")), run=center.new_run()).wanted
    assert center.rows("SELECT id FROM records_attachmentpart") == [(new.id,)]
    with pytest.raises(NotFound):
        center.land(old.id, PICTURE)
    assert discarded.clear(center.tenant) == 1
    assert (stored(old.id), discarded.clear(center.tenant)) == ([], 0)
    center.land(new.id, b"new")
    assert center.opened() == [b"new"]


def test_a_customer_who_is_forgotten_takes_the_key_of_every_attachment_along(center):
    [want] = center.take(mail(hung())).wanted
    center.land(want.id, PICTURE)
    [[subject]] = center.rows("SELECT subject FROM records_conversation")
    assert center.opened() == [PICTURE]
    center.keys.shred(center.tenant, subject, actor=uuid4(), event=uuid4(), basis="request")
    with pytest.raises((NotFound, IntegrityError, Denied)):
        center.opened()


def test_another_center_sees_no_attachment_of_this_one(center, key_service, two_tenants):
    [want] = center.take(mail(hung())).wanted
    other = Center(two_tenants[0], key_service)
    with pytest.raises(NotFound):
        other.land(want.id, PICTURE)
