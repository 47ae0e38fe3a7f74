"""The policies in force: Cedar text, validated against the schema, parsed once.

A policy carries ``@id`` (unique) and, unless it is a tenant's, ``@says`` (what it does and why, in a sentence that
``locale/`` translates); a ``forbid`` carries ``@reason`` (the stable code shown and recorded)
and, if it can be cured, ``@outcome("step_up")`` or ``@outcome("needs_approval")``. A tenant's overlay may only forbid.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib import resources
from types import MappingProxyType
from typing import Any

import cedarpy

from hushkeep.kernel import InvalidInput, Outcome
from hushkeep.runtime.language import gettext_in

_REFUSALS = {o.value: o for o in (Outcome.DENIED, Outcome.STEP_UP, Outcome.NEEDS_APPROVAL)}


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy as a reader sees it: its id and sentence, whether it permits, its reason, what a refusal means."""

    id: str
    permits: bool
    reason: str
    outcome: Outcome
    says: str = ""

    def said(self, language: str) -> str:
        """Return its sentence in ``language``, as written where that has no words for it; its id where it has none."""
        return gettext_in(language, self.says) if self.says else self.id


@dataclass(frozen=True, slots=True)
class PolicySet:
    """A sound set; ``digest`` is the SHA-256 of its text and schema, ``policies`` maps Cedar's own ids to ours.

    ``document`` is the text in Cedar's JSON form, in the order of the text.
    """

    digest: str
    text: str = field(repr=False, compare=False)
    policies: Mapping[str, Policy] = field(repr=False, compare=False)
    document: Mapping[str, Any] = field(repr=False, compare=False)


def load(text: str, schema: str, *, overlay: str = "") -> PolicySet:
    """Return the set that ``text`` and ``overlay`` describe.

    Raises InvalidInput for a syntax error, a name the schema does not know, a missing or doubled ``@id``, a forbid
    without ``@reason``, or an overlay that permits.
    """
    whole = f"{text}\n{overlay}" if overlay else text
    try:
        written = cedarpy.policies_to_json_str(whole)
        cedarpy.PolicySet.from_json_str(written)
        document = json.loads(written)
        permitting = _parse(json.loads(cedarpy.policies_to_json_str(overlay))) if overlay else {}
    except ValueError as error:
        raise InvalidInput(f"policy does not parse: {error}") from None
    if any(p.permits for p in permitting.values()):
        raise InvalidInput("an overlay may only forbid")
    result = cedarpy.validate_policies(whole, schema)
    if not result.validation_passed:
        raise InvalidInput("policy does not fit the schema: " + "; ".join(str(e) for e in result.errors))
    digest = hashlib.sha256(f"{schema}\0{whole}".encode()).hexdigest()
    return PolicySet(digest, whole, _parse(document), document)


def _parse(document: Mapping[str, Mapping[str, Mapping[str, object]]]) -> dict[str, Policy]:
    if document.get("templates"):
        raise InvalidInput("policy templates are not in use")
    found: dict[str, Policy] = {}
    for key, value in document["staticPolicies"].items():
        notes = value.get("annotations") or {}
        if not isinstance(notes, dict):
            raise InvalidInput(f"policy {key}: annotations are not an object")
        found[key] = _policy(key, permits=value["effect"] == "permit", notes=notes)
    ids = [p.id for p in found.values()]
    if doubled := {i for i in ids if ids.count(i) > 1}:
        raise InvalidInput(f"policy ids used twice: {', '.join(sorted(doubled))}")
    return found


def _policy(key: str, *, permits: bool, notes: Mapping[str, str]) -> Policy:
    name = notes.get("id")
    if not name:
        raise InvalidInput(f"policy {key} has no @id")
    if permits:
        return Policy(name, permits=True, reason="permitted", outcome=Outcome.ALLOWED, says=notes.get("says", ""))
    if not notes.get("reason"):
        raise InvalidInput(f"policy {name} forbids without @reason")
    outcome = _REFUSALS.get(notes.get("outcome", Outcome.DENIED.value))
    if outcome is None:
        raise InvalidInput(f"policy {name}: @outcome is denied, step_up or needs_approval")
    return Policy(name, permits=False, reason=notes["reason"], outcome=outcome, says=notes.get("says", ""))


@lru_cache
def by_id(policies: PolicySet) -> Mapping[str, Policy]:
    """Return the policies by their own ids, as events name them."""
    return MappingProxyType({policy.id: policy for policy in policies.policies.values()})


def shipped_text() -> tuple[str, str]:
    """Return (policies, schema) as they stand in the package, files in the order of their names."""
    folder = resources.files("hushkeep.access").joinpath("policies")
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".cedar")), key=lambda f: f.name)
    text = "\n".join(f.read_text("utf-8") for f in files)
    return text, folder.joinpath("hushkeep.cedarschema").read_text("utf-8")


@cache
def shipped() -> PolicySet:
    """Return the policies of the package, parsed once a process."""
    text, schema = shipped_text()
    return load(text, schema)
