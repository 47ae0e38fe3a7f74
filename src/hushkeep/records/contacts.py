"""Contacts of customers, as connectors name who is on the line: known to the key service, or told to it now."""

from datetime import datetime

from hushkeep.kernel import Action, Conflict, Permit, SubjectId
from hushkeep.records._normal import normal
from hushkeep.records._subjects import CONTACTS
from hushkeep.records.models import SubjectIndex
from hushkeep.runtime.key_client import KeyClient

_OURS = {told: name for name, told in CONTACTS.items()}


def bind(permit: Permit, index: str, value: str, keys: KeyClient, *, now: datetime) -> bool:
    """Tell the key service whose contact it is, and return whether that is known here. Call it inside the gate.

    Contacts are told once what says so is committed (``_subjects.bind``); a crash in between, or a service that was
    away, leaves one to the next conversation that begins with it, which is this.
    """
    permit.require(Action.CONVERSATION_START, permit.target, now=now)
    name = _OURS.get(index)
    looked_for = value if name == "customer_id" else normal(name, value) if name else None
    if name is None or looked_for is None or looked_for != value:
        return False
    [digest] = keys.index(permit.tenant, [(name, looked_for)])
    owner = SubjectIndex.objects.filter(name=name, digest=digest).values_list("subject", flat=True).first()
    if owner is None:
        return False
    try:
        keys.bind_contacts(permit.tenant, [(SubjectId(owner), index, value)])
    except Conflict:
        return False
    return True
