"""PDF and recordings through the API: the rules of any export, and for recordings an event for each that leaves."""

import io
import json
import tarfile
from datetime import timedelta
from uuid import UUID

import numpy as np
import pypdf
import pytest
import soundfile
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from hushkeep import vault
from hushkeep.access.models import Approval
from hushkeep.identity.roles import Role
from hushkeep.kernel import IntegrityError, NotFound, SubjectId, new_id
from hushkeep.records import _export_parts, discarded, export_writing
from hushkeep.records.export_marks import Entry, trace
from hushkeep.records.models import Conversation, Export, Recording, RecordingCopy
from hushkeep.records.recordings import _copies
from hushkeep.runtime import clock, jobs, objects
from hushkeep.watch.reconciliation import Round

pytestmark = pytest.mark.server

PHONE = "13499998888"
PRIVATE = X25519PrivateKey.generate()
COMMON = {"purpose": "legal_duty", "recipient": PRIVATE.public_key().public_bytes_raw().hex()}
PDF = COMMON | {"format": "pdf"}
TAR = COMMON | {"format": "tar", "what": "recordings"}


def talk(n):
    return {
        "id": f"talk-{n}",
        "channel": "chat",
        "language": "zh",
        "turns": [{"speaker": "customer", "text": f"我的手机号是{PHONE}", "at": "2026-03-04T08:00:00.123456Z"}],
    }


def sound(seconds=1):
    file = io.BytesIO()
    soundfile.write(file, np.zeros((8000 * seconds, 1), dtype=np.int16), 8000, format="FLAC")
    return file.getvalue()


@pytest.fixture
def stored(program, run, key_process, inside):
    """Three conversations, two redacted recordings, and one that was not searched yet."""
    assert program.batch(run, *(talk(n) for n in range(3))).json()["taken"] == 3
    tenant = program.key.tenant
    with inside(tenant):
        subject = SubjectId(Conversation.objects.first().subject)
    for state in ("redacted", "redacted", "landed"):
        sealed = _copies.seal(discarded.reserve(tenant), tenant, subject, [sound()], key_process)
        original = _copies.seal(discarded.reserve(tenant), tenant, subject, [b"the original"], key_process)
        with inside(tenant):
            recording = new_id()
            Recording(
                id=recording,
                tenant=tenant,
                subject=subject,
                source_digest=recording.bytes,
                landed_at=clock.now(),
                suffix="wav",
                size=1,
                sha256=bytes(32),
                state=state,
                agent="agent.one",
                language="zh",
                seconds=1.0,
                channels=1,
                rate=8000,
                spans=[[0, 0.2, 0.4, "cvv"]],
            ).save(force_insert=True)
            _copies.row(sealed, recording, _copies.REDACTED, part=0, suffix="flac").save(force_insert=True)
            _copies.row(original, recording, _copies.ORIGINAL, part=0, suffix="wav").save(force_insert=True)
    return tenant


@pytest.fixture
def two(stored, person):
    return person(stored, Role.DPO), person(stored, Role.SECURITY)


def reason(answer):
    assert answer.status_code in {403, 404, 409, 422}, answer.content
    return answer.json()["params"].get("reason") or answer.json()["code"]


def approved(dpo, security, wanted):
    asked = dpo.browser.post("/exports", wanted)
    assert asked.status_code == 201, asked.content
    assert security.browser.post(f"/approvals/{asked.json()['id']}/approve").status_code == 200
    return asked.json()["id"]


def begun(dpo, security, wanted):
    started = dpo.browser.post(f"/approvals/{approved(dpo, security, wanted)}/execute")
    assert started.status_code == 202, started.content
    return started.json()["id"]


def work(tenant, export):
    jobs.run("records.export", str(tenant), {"export": UUID(export).urn})


def collected(who, export):
    taken = who.browser.post(f"/exports/{export}/take")
    assert taken.status_code == 200, taken.content
    pieces = [who.browser.get(f"/exports/{export}/parts/{n}").content for n in range(taken.json()["parts"])]
    out = io.BytesIO()
    vault.open_archive(io.BytesIO(b"".join(pieces)), out, PRIVATE.private_bytes_raw())
    return out.getvalue()


def state(inside, tenant, export):
    with inside(tenant):
        return Export.objects.get(id=export).state


def register(security):
    items = security.browser.get("/exports/register").json()["items"]
    return [Entry(UUID(i["export"]), UUID(i["person"]), clock.now(), bytes.fromhex(i["key"])) for i in items]


def test_pages_leave_masked_marked_on_each_and_a_line_of_them_names_the_person(stored, two):
    dpo, security = two
    asked = dpo.browser.post("/exports", PDF).json()
    shown = "".join(security.browser.get(f"/approvals/{asked['id']}/preview").json()["lines"])
    assert "134****8888" in shown
    export = begun(dpo, security, PDF)
    work(stored, export)
    [page] = pypdf.PdfReader(io.BytesIO(collected(dpo, export))).pages
    text = page.extract_text()
    assert text.count(f"hushkeep-export {export}") == 2
    assert (text.count("134****8888"), PHONE in text) == (3, False)
    lines = [line.encode() for line in text.splitlines() if "hushkeep-export" not in line]
    [found] = trace(lines, register(security))
    assert (str(found.export), found.person, found.visible) == (export, dpo.id, False)


def test_redacted_copies_leave_with_what_was_hidden_and_an_event_each_and_nothing_of_an_original(
    stored, two, events, matched
):
    dpo, security = two
    export = begun(dpo, security, TAR)
    work(stored, export)
    whole = collected(dpo, export)
    assert b"the original" not in whole
    with tarfile.open(fileobj=io.BytesIO(whole)) as tar:
        files = {each.name: tar.extractfile(each).read() for each in tar}
    sounds = {name: data for name, data in files.items() if name.endswith(".flac")}
    assert len(sounds) == 2
    assert files["watermark.txt"] == files["watermark-again.txt"]
    told = events(stored, reason="export_recording")
    assert {f"{e['target']}.flac" for e in told} == set(sounds)
    assert {(e["action"], e["purpose"], e["outcome"]) for e in told} == {("export:execute", "legal_duty", "allowed")}
    for name, data in sounds.items():
        assert soundfile.read(io.BytesIO(data))[0].shape == (8000,)
        [found] = trace(io.BytesIO(data), register(security))
        assert (str(found.export), found.visible) == (export, True)
        beside = json.loads(files[name.replace(".flac", ".json")])
        assert beside["hidden"] == [{"channel": 0, "start": 0.2, "end": 0.4, "entity": "cvv"}]
        assert "agent.one" not in json.dumps(beside)
        [found] = trace([json.dumps(beside).encode()], register(security))
        assert (str(found.export), found.visible) == (export, False)
    assert matched() == Round(0, 0)


def test_what_cannot_be_asked_for(two, monkeypatch):
    for changes, code in (
        ({"what": "recordings", "format": "csv"}, "format_not_for_this"),
        ({"what": "conversations", "format": "tar"}, "format_not_for_this"),
        ({"what": "recordings", "format": "tar", "clear": True}, "not_for_recordings"),
        ({"what": "recordings", "format": "tar", "channel": "call"}, "not_for_recordings"),
        ({"what": "recordings", "format": "tar", "level": 3}, "not_for_recordings"),
        ({"what": "recordings", "format": "tar", "language": "en"}, "nothing_to_export"),
        ({"what": "originals", "format": "tar"}, "invalid_input"),
        ({"format": "docx"}, "invalid_input"),
    ):
        assert reason(two[0].browser.post("/exports", COMMON | changes)) == code
    monkeypatch.setattr("hushkeep.records.exports._MOST", {"pdf": 1, "tar": 1})
    for wanted in (PDF, TAR):
        assert reason(two[0].browser.post("/exports", wanted)) == "too_many_for_format"


@pytest.mark.parametrize("wanted", [PDF, TAR], ids=["pdf", "recordings"])
def test_after_its_end_or_another_count_nothing_leaves(stored, two, inside, wanted):
    dpo, security = two
    late, other = approved(dpo, security, wanted), approved(dpo, security, wanted)
    with inside(stored):
        past = clock.now() - timedelta(days=2)
        ended = {"requested_at": past, "decided_at": past, "expires_at": clock.now() - timedelta(seconds=1)}
        Approval.objects.filter(id=late).update(**ended)
        Recording.objects.filter(id=Recording.objects.filter(state="redacted")[0].id).update(state="scanning")
        Conversation.objects.filter(id=Conversation.objects.all()[0].id).update(taken_at=clock.now())
    assert dpo.browser.post(f"/approvals/{late}/execute").status_code == 403
    assert reason(dpo.browser.post(f"/approvals/{other}/execute")) == "count_changed"
    with inside(stored):
        assert Export.objects.count() == 0


@pytest.mark.parametrize("wanted", [PDF, TAR], ids=["pdf", "recordings"])
def test_a_scope_that_grew_in_the_database_is_refused(stored, two, inside, wanted):
    dpo, security = two
    approval = approved(dpo, security, wanted | {"language": "zh"})
    with inside(stored):
        row = Approval.objects.get(id=approval)
        Approval.objects.filter(id=approval).update(scope=row.scope | {"language": None})
    assert reason(dpo.browser.post(f"/approvals/{approval}/execute")) == "scope_changed"


@pytest.mark.parametrize("wanted", [PDF, TAR], ids=["pdf", "recordings"])
def test_it_is_collected_once_by_its_maker_in_one_session_and_not_late(stored, two, person, inside, wanted):
    dpo, security = two
    export, late = begun(dpo, security, wanted), begun(dpo, security, wanted)
    work(stored, export)
    work(stored, late)
    assert reason(person(stored, Role.DPO).browser.post(f"/exports/{export}/take")) == "not_yours"
    collected(dpo, export)
    assert reason(dpo.browser.post(f"/exports/{export}/take")) == "export_taken"
    with inside(stored):
        Export.objects.update(expires_at=clock.now())
    assert reason(dpo.browser.post(f"/exports/{late}/take")) == "export_gone"


@pytest.mark.parametrize("wanted", [PDF, TAR], ids=["pdf", "recordings"])
def test_killed_in_the_middle_nothing_is_ready_and_nothing_is_kept(stored, two, inside, wanted, monkeypatch, matched):
    dpo, security = two
    export = begun(dpo, security, wanted)

    class Killed(BaseException):
        """As a signal ends a process: nothing of ours may tidy up."""

    def die(*_):
        raise Killed

    monkeypatch.setattr(objects, "put", die)
    with pytest.raises(Killed):
        work(stored, export)
    monkeypatch.undo()
    assert state(inside, stored, export) == "writing"
    assert reason(dpo.browser.post(f"/exports/{export}/take")) == "export_writing"
    work(stored, export)  # as the worker would, started again
    assert state(inside, stored, export) == "failed"
    with inside(stored):
        assert _export_parts.purge(Export.objects.get(id=export).object) == 0
    assert matched() == Round(0, 0)


@pytest.mark.parametrize("harm", ["gone", "changed"])
def test_one_recording_that_is_gone_or_changed_fails_all_of_them(stored, two, inside, harm, matched):
    dpo, security = two
    export = begun(dpo, security, TAR)
    with inside(stored):
        last = Recording.objects.filter(state="redacted").order_by("-id")[0]
        copies = RecordingCopy.objects.filter(recording=last.id, role=_copies.REDACTED)
        if harm == "gone":
            copies.delete()
        else:
            [copy] = copies
            stored_bytes = bytearray(objects.read_range(copy.id, 0, objects.size(copy.id)))
            stored_bytes[-1] ^= 1
            objects.delete(copy.id)
            objects.put(copy.id, [bytes(stored_bytes)])
    with pytest.raises(NotFound if harm == "gone" else IntegrityError):
        work(stored, export)
    assert state(inside, stored, export) == "failed"
    assert reason(dpo.browser.post(f"/exports/{export}/take")) == "export_failed"
    assert matched() == Round(0, 0)


def test_a_writer_that_was_given_up_for_stalled_makes_nothing_ready(stored, two, inside, monkeypatch):
    dpo, security = two
    export = begun(dpo, security, TAR)

    def clear_meanwhile(*args, real=export_writing.members, **more):
        yield from real(*args, **more)
        with inside(stored):
            Export.objects.update(began_at=clock.now() - timedelta(hours=2))
        assert export_writing.clear(stored) == 1

    monkeypatch.setattr(export_writing, "members", clear_meanwhile)
    with pytest.raises(export_writing.Conflict, match="export_stalled"):
        work(stored, export)
    assert state(inside, stored, export) == "failed"
