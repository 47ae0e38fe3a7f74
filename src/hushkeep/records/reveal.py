"""Reading back in the clear: the one function, and what it demands."""

from collections.abc import Sequence
from datetime import datetime

from hushkeep.access import emergencies, live
from hushkeep.identity.roles import Role
from hushkeep.kernel import Action, ConversationId, Denied, IntegrityError, InvalidInput, NotFound, Permit, SubjectId
from hushkeep.records._rows import SERVER_SCHEME
from hushkeep.records.models import Conversation, Wrap
from hushkeep.records.protect import KLASS, TABLE, original_turns
from hushkeep.records.values import ClearTurn, Revealed
from hushkeep.runtime.key_client import KeyClient, Proof, Ticket

SHOWN_SECONDS = 60
"""How long revealed text may stand on a screen."""


def subject_of(conversation: ConversationId) -> SubjectId | None:
    """Return whose conversation it is, for the gate's target; None when there is none in this tenant."""
    found = Conversation.objects.filter(id=conversation).values_list("subject", flat=True).first()
    return None if found is None else SubjectId(found)


def reveal(  # noqa: PLR0913 - who, what, which, and what earns it
    permit: Permit,
    conversation: ConversationId,
    keys: KeyClient,
    *,
    now: datetime,
    turns: Sequence[int] | None = None,
    proof: Proof | None = None,
) -> Revealed:
    """Return the original text of ``turns`` (all when None); secrets stay cut. Call it inside the gate alone.

    The key service logs the opening under the permit's decision, which is the id of the event that the gate writes.
    An agent's ticket is earned by ``proof``: the signature of their device for this very event of a live conversation.
    Raises Denied without purpose or permit, or by the key service's limits; NotFound; InvalidInput for a turn that is
    not there; IntegrityError when the sealed original does not open in its place.
    """
    permit.require(Action.CONVERSATION_REVEAL, conversation, now=now)
    if permit.purpose is None:
        raise Denied("purpose_missing")
    row = Conversation.objects.filter(id=conversation).only("id", "subject", "scheme", "sealed", "version").first()
    if row is None:
        raise NotFound(f"conversation {conversation}")
    if row.scheme != SERVER_SCHEME:
        raise Denied("sealed_by_client")
    texts = original_turns(_opened(permit, row, keys, proof, now))
    wanted = range(len(texts)) if turns is None else sorted(set(turns))
    if any(not 0 <= n < len(texts) for n in wanted):
        raise InvalidInput("no such turn")
    return Revealed(permit.decision, SHOWN_SECONDS, tuple(ClearTurn(n, texts[n]) for n in wanted))


def ticket(  # noqa: PLR0913, PLR0917 - who, whose, what of it, and why it may be
    permit: Permit, subject: SubjectId, classes: Sequence[str], keys: KeyClient, proof: Proof | None, now: datetime
) -> Ticket:
    """Return the key service's ticket for ``subject`` that the permit's role may earn; raises Denied.

    An agent's needs the live conversation that the key service knows from its connector, and their device's signature;
    a reviewer's ticket is not theirs to use, unless a second person let them in to this very customer.
    """
    purpose = permit.purpose or ""
    if permit.role != "agent" or emergencies.is_open(permit.actor, Role.AGENT, subject, now=now):
        return keys.ticket_sample(
            permit.tenant, permit.actor, subject, classes, permit.decision, purpose=purpose, proof=proof
        )
    if proof is None:
        raise Denied("live_evidence_missing")
    conversation = live.serving(permit, subject, now=now).conversation
    return keys.ticket_live(permit.tenant, permit.actor, conversation, classes, purpose, permit.decision, proof)


def _opened(permit: Permit, row: Conversation, keys: KeyClient, proof: Proof | None, now: datetime) -> bytes:
    wrapped = Wrap.objects.filter(conversation=row.id, subject=row.subject).values_list("wrapped", flat=True).first()
    if wrapped is None:
        raise IntegrityError(f"conversation {row.id} has no wrapped key")
    leave = ticket(permit, SubjectId(row.subject), [KLASS], keys, proof, now)
    return keys.open_originals(leave, permit.decision, [(bytes(wrapped), TABLE, row.version, bytes(row.sealed))])[0]
