"""What an alarm says by mail, in English and Chinese: codes and ids, nothing of a customer."""

from collections.abc import Mapping
from types import MappingProxyType

from hushkeep.runtime.language import gettext_in

WORDS: Mapping[str, str] = MappingProxyType(
    {
        "answers_spent": "Spent the tries at a customer's answers and asked for more",
        "approval_sample": "An approval was drawn for you to look at",
        "approver_quota_spent": "Approved more requests this week than one person may",
        "ceiling_reached": "Asked for more records this week than anybody may",
        "clock_moved_back": "A clock was set back while a request for four eyes was open",
        "clock_offset": "The clock is more than a second off",
        "clock_went_back": "The clock went back",
        "connector_signature": "An event on a live conversation bore a wrong signature",
        "conversation_of_another_agent": "Reached for another agent's customer",
        "cookie_without_key": "A session's cookie was used without its browser's key",
        "copy_blocked": "Tried to copy values in the clear",
        "count_changed": "The number of records is not what was approved",
        "country_changed": "A session showed up in another country",
        "device_signature": "A reveal bore a signature that does not fit",
        "device_unknown": "Asked for customer data from a device that nobody trusts",
        "elevation_taken": "Took administrator's rights",
        "emergencies_spent": "Asked for more emergencies this week than one person may",
        "emergency_abused": "A review found an emergency abused",
        "emergency_opened": "Was let in to a customer in an emergency",
        "emergency_unreviewed": "An emergency was not reviewed in time",
        "event_without_opening": "The log tells of a reveal that the key service knows nothing of",
        "events_unplaced": "Events wait for their place in the log",
        "evidence_repeated": "A signature was used a second time",
        "screens_less_hidden": "Pages hide less now when their window is not in front",
        "export_refused": "Tried to export without the right to",
        "feed_silent": "The log collector hears nothing",
        "key_log_went_back": "The key service's log is shorter than it was",
        "log_disagrees": "Somebody outside remembers another log",
        "mark_removed": "Took the watermark off a page",
        "network_changed": "A session showed up on another network",
        "opening_without_event": "The key service opened something that the log knows nothing of",
        "other_tenant": "Reached into another center",
        "outgoing_held": "Was about to send to the wrong customer",
        "pair_quota_spent": "Approved one person's requests too often this week",
        "print_blocked": "Tried to print values in the clear",
        "proofs_refused": "A session ended: too often its browser's key was not proved",
        "quota_spent": "Spent the hour's reveals and asked for more",
        "reveal_refused": "Tried to reveal without the right to",
        "reveals_alone_spent": "Revealed all that one may alone, and asked for more",
        "review_overdue": "An access review is overdue",
        "risk_high": "Asked for clear values while the risk is high",
        "roles_conflict": "Holds two roles that one person may not hold together",
        "same_person": "Tried to approve a request of their own",
        "scope_changed": "What was to be carried out is not what was approved",
        "seal_broken": "A sealed recording was changed, cut or exchanged",
        "test": "A test: alarms reach this address",
        "two_countries": "Is signed in from two countries at once",
        "two_networks": "Is signed in from two networks at once",
        "witness_silent": "A witness has not answered for an hour",
    }
)
"""Code -> what happened, in English; the catalogue has the Chinese."""

_SEVERITY = MappingProxyType({"red": "look now", "yellow": "look today", "blue": "look at leisure"})
_LANGUAGES = ("en", "zh_Hans")


def subject(code: str, severity: str) -> str:
    """Return the mail's subject: both languages, one line."""
    said = " / ".join(gettext_in(language, WORDS.get(code, code)) for language in _LANGUAGES)
    return f"[Hushkeep {severity}] {said}"


def text(code: str, severity: str, facts: Mapping[str, str]) -> str:
    """Return the mail's text; ``facts`` are ids and times by their stable names."""
    lines = []
    for language in _LANGUAGES:
        what, when = gettext_in(language, WORDS.get(code, code)), gettext_in(language, _SEVERITY[severity])
        how = gettext_in(
            language,
            "Acknowledge it in the console, under Alarms; one click there signs the person out everywhere.",
        )
        lines += [f"{what} ({when}).", how, ""]
    return "\n".join([*lines, *(f"{name}: {value}" for name, value in facts.items())]) + "\n"
