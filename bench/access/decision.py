"""What one decision costs: our ``decide`` with the shipped policies (50 at least) beside pycasbin with as many rules.

Interleaved, in microseconds of the process's own time. ``hushkeep``: the same person, the same conversation;
``another_target``: a conversation that was not asked for before, each time.

Run: ``PYTHONPATH=src python bench/access/decision.py`` (``pip install pycasbin`` first; it is no dependency of ours).
"""

import itertools
import json
import logging
import statistics
import time
from types import SimpleNamespace
from uuid import UUID

import casbin

from hushkeep.access.decision import Facts, Principal, Request, Resource, decide
from hushkeep.access.policy_set import load, shipped_text
from hushkeep.kernel import Action, TenantId

AT_LEAST = 50
ROUNDS, EACH = 10, 300
HERE = TenantId(UUID(int=1))

MODEL = """
[request_definition]
r = sub, obj, act
[policy_definition]
p = rule, act, eft
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = r.act == p.act && eval(p.rule)
"""


def ours():
    text, schema = shipped_text()
    count = text.count("@id(")
    filler = "\n".join(
        f'@id("filler.{n}") @reason("filler") forbid (principal, action == Action::"conversation:reveal", resource) '
        f"when {{ context.risk > {900 + n} }};"
        for n in range(AT_LEAST - count)
    )
    policies = load(text, schema, overlay=filler)

    def asked(conversation):
        return Request(
            Principal(UUID(int=2), HERE, role="qa"),
            Action.CONVERSATION_REVEAL,
            Resource(UUID(int=conversation), "conversation", HERE),
            Facts(purpose="quality_review", second_factor=True, second_factor_seconds=5),
        )

    request, conversations = asked(3), itertools.count(4)
    assert decide(request, policies).reason == "permitted"
    return (
        max(count, AT_LEAST),
        lambda: decide(request, policies),
        lambda: decide(asked(next(conversations)), policies),
    )


def theirs(count):
    logging.disable(logging.CRITICAL)
    model = casbin.Model()
    model.load_model_from_text(MODEL)
    enforcer = casbin.Enforcer(model)
    enforcer.add_policy("r.sub.role == 'qa' and r.sub.tenant == r.obj.tenant", "conversation:reveal", "allow")
    for n in range(count - 1):
        enforcer.add_policy(f"r.sub.risk > {900 + n}", "conversation:reveal", "deny")
    subject = SimpleNamespace(role="qa", tenant="t", risk=0)
    thing = SimpleNamespace(tenant="t")
    assert enforcer.enforce(subject, thing, "conversation:reveal")
    return lambda: enforcer.enforce(subject, thing, "conversation:reveal")


def cpu_microseconds(run, times):
    spent = []
    for _ in range(times):
        before = time.process_time_ns()
        run()
        spent.append((time.process_time_ns() - before) / 1000)
    return spent


def main():
    count, mine, mine_elsewhere = ours()
    other = theirs(count)
    spent = {"hushkeep": [], "another_target": [], "pycasbin": []}
    for _ in range(ROUNDS):
        spent["hushkeep"] += cpu_microseconds(mine, EACH)
        spent["another_target"] += cpu_microseconds(mine_elsewhere, EACH)
        spent["pycasbin"] += cpu_microseconds(other, EACH // 10)
    figures = {
        name: {"p50_us": round(statistics.median(all_)), "p99_us": round(statistics.quantiles(all_, n=100)[98])}
        for name, all_ in spent.items()
    }
    figures["policies"] = count
    figures["ratio_p50"] = round(statistics.median(spent["pycasbin"]) / statistics.median(spent["hushkeep"]), 1)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
