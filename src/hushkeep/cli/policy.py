"""``hushkeep policy``: check, explain and compare policies, offline; and try them on what a running site was asked."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import click

from hushkeep.access.decision import Facts, Principal, Request, Resource
from hushkeep.access.permissions import PURPOSES
from hushkeep.access.policy_review import diff as compare
from hushkeep.access.policy_review import explain as why
from hushkeep.access.policy_review import read
from hushkeep.access.policy_set import PolicySet, by_id, shipped
from hushkeep.access.policy_simulation import Then, Verdict
from hushkeep.access.policy_simulation import simulate as tried
from hushkeep.cli import loaded, write_json
from hushkeep.identity.roles import Role
from hushkeep.kernel import Action, NotFound, TenantId
from hushkeep.runtime.boot import boot
from hushkeep.runtime.clock import now
from hushkeep.runtime.language import terminal
from hushkeep.runtime.site import read_site

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_HERE, _ELSEWHERE = TenantId(UUID(int=1)), TenantId(UUID(int=2))


@click.group()
def policy() -> None:
    """Check, explain, compare and simulate access policies."""


@policy.command()
@click.argument("folder", type=_FOLDER, required=False)
def check(folder: Path | None) -> None:
    """Validate the policies in FOLDER against the schema; without FOLDER, the shipped ones.

    ``without_sentence``: those that bear no ``@says``, and are shown by their id.

    Example: hushkeep policy check ./policies
    """
    policies = read(folder) if folder else shipped()
    forbids = sum(not p.permits for p in policies.policies.values())
    unsaid = sorted(p.id for p in policies.policies.values() if not p.says)
    counts = {"policies": len(policies.policies), "forbids": forbids, "without_sentence": unsaid}
    write_json({"digest": policies.digest, **counts})


@policy.command()
@click.option("--role", type=click.Choice([r.value for r in Role]), required=True)
@click.option("--action", type=click.Choice([a.value for a in Action]), required=True)
@click.option("--purpose", type=click.Choice(PURPOSES))
@click.option("--kind", default="conversation", show_default=True, help="The kind of thing acted upon.")
@click.option("--own", is_flag=True, help="It is the actor's own.")
@click.option("--other-tenant", is_flag=True, help="It is another center's.")
@click.option("--live", is_flag=True, help="It belongs to the actor's live conversation.")
@click.option("--second-factor-age", type=click.IntRange(0), default=0, help="Seconds since it was last shown.")
@click.option("--reveals", type=click.IntRange(0), default=0, help="Reveals in the last hour.")
@click.option("--risk", type=click.IntRange(0, 100), default=0)
@click.option("--approvals", type=click.IntRange(0), default=0, help="Second persons who said yes.")
@click.option("--policies", type=_FOLDER, help="Another set than the shipped one.")
def explain(  # noqa: PLR0913, PLR0917 - each fact is an option
    role: str,
    action: str,
    purpose: str | None,
    kind: str,
    own: bool,  # noqa: FBT001 - click passes flags by name
    other_tenant: bool,  # noqa: FBT001
    live: bool,  # noqa: FBT001
    second_factor_age: int,
    reveals: int,
    risk: int,
    approvals: int,
    policies: Path | None,
) -> None:
    """Say how a request would be answered, and which policies speak for and against it, in their sentences.

    Example: hushkeep policy explain --role agent --action conversation:reveal --live --purpose customer_request
    """
    request = Request(
        Principal(UUID(int=3), _HERE, role=role),
        Action(action),
        Resource(UUID(int=4), kind, _ELSEWHERE if other_tenant else _HERE, own=own),
        Facts(
            approvals=approvals,
            live=live,
            purpose=purpose or "",
            reveals=reveals,
            risk=risk,
            second_factor=True,
            second_factor_seconds=second_factor_age,
        ),
    )
    chosen = read(policies) if policies else shipped()
    found = why(request, chosen)
    write_json(
        {
            "outcome": found.decision.outcome.value,
            "reason": found.decision.reason,
            "policy": found.decision.policy,
            "permits": list(found.permits),
            "forbids": list(found.forbids),
            "says": _sentences((found.decision.policy, *found.permits, *found.forbids), chosen),
            "digest": found.decision.policy_set,
        }
    )


@policy.command()
@click.argument("folder", type=_FOLDER)
def diff(folder: Path) -> None:
    """Print each role and action for which FOLDER's policies would answer otherwise than the shipped ones, and why.

    Example: hushkeep policy diff ./policies
    """
    after = read(folder)
    write_json(
        [asdict(change) | {"says": _sentences(change.rules, shipped(), after)} for change in compare(shipped(), after)]
    )


@policy.command()
@click.argument("folder", type=_FOLDER)
@click.option("--center", default="demo", show_default=True, help="The tenant whose log is read.")
@click.option("--days", type=click.IntRange(1, 400), default=7, show_default=True)
def simulate(folder: Path, center: str, days: int) -> None:
    """Print what FOLDER's policies would have answered otherwise to the last days' requests, on the running site.

    ``depends``: the event does not hold what it depends on. ``unexplained``: the shipped set did not give that answer.
    Roles are those of today.

    Example: hushkeep policy simulate ./policies --days 7
    """
    after = read(folder)
    tenant = next((known.id for known in read_site().tenants if known.name == center), None)
    if tenant is None:
        raise NotFound(f"no center {center} on this site")
    boot()
    asked = loaded("hushkeep.access.administration.simulation:asked_since")(tenant, now() - timedelta(days=days))
    counts: dict[str, int] = dict.fromkeys(Then, 0)
    for verdict in tried(asked, shipped(), after):
        counts[verdict.then] += verdict.asked.count
        if verdict.then is not Then.SAME:
            write_json(_shown(verdict, after))
    write_json({"requests": sum(counts.values()), **counts, "digest": after.digest})


def _sentences(rules: Iterable[str | None], *sets: PolicySet) -> dict[str, str]:
    """Return the sentence of each rule in the terminal's language; the last of ``sets`` that has it tells."""
    known = {name: policy for one in sets for name, policy in by_id(one).items()}
    return {name: known[name].said(terminal()) for name in rules if name in known}


def _shown(verdict: Verdict, after: PolicySet) -> dict[str, object]:
    asked = verdict.asked
    return {
        "then": verdict.then,
        "count": asked.count,
        "role": asked.role or "service",
        "action": asked.action,
        "kind": asked.kind,
        "purpose": asked.purpose,
        "before": [asked.outcome, asked.reason],
        "after": [list(answer) for answer in verdict.answers],
        "rules": list(verdict.rules),
        "says": _sentences((asked.policy, *verdict.rules), shipped(), after),
    }
