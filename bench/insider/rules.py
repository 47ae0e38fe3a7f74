"""What colluding insiders get out of the rules of four eyes in four weeks, played day by day in fast time.

    python bench/insider/rules.py

The rules themselves are asked (``access/four_eyes.py``, ``access/emergency_rules.py``), as the rows would: no server or
clock. Each thief asks every hour; the patient ones only for what an accomplice can still say yes to, without a third
person. Rows are masked conversations, but for what is called clear. Over the API the same refusals stand in
tests/security, and rings.py plays them.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hushkeep.access import emergency_rules as emergencies
from hushkeep.access.four_eyes import (
    CEILING,
    LARGE,
    PAIR_LIMIT,
    WINDOW,
    Approval,
    ApprovalRefused,
    History,
    Party,
    State,
    check_execution,
    check_party,
    check_yes,
    is_large,
)
from hushkeep.identity.roles import Role
from hushkeep.kernel import Action

BEGIN = datetime(2026, 3, 2, 8, tzinfo=UTC)
WEEKS = 4


def party(number, role):
    return Party(UUID(int=number), UUID(int=number), role, frozenset({role}))


@dataclass
class Loot:
    """What came of it."""

    rows: int = 0
    told: int = 0
    refused: int = 0


def exports(size, approvers, executor, *, clear=False, patient=False):
    """Ask for ``size`` rows every hour; ``approvers`` say yes to all, and ``executor`` carries it out."""
    thief, loot, asked, decided = party(1, Role.DPO), Loot(), [], []
    for hour in range(WEEKS * 7 * 24):
        now = BEGIN + timedelta(hours=hour)
        total = sum(count for at, count in asked if at > now - WINDOW)
        week = [by for at, by in decided if at > now - WINDOW]
        spent = all(week.count(approver.account) >= PAIR_LIMIT for approver in approvers)
        if patient and (spent or total + size > LARGE[clear]):
            continue
        try:
            large = is_large(size, clear=clear, asked_in_window=total)
        except ApprovalRefused:
            loot.refused += 1
            continue
        asked.append((now, size))
        for approver in approvers:
            mine = [at for at, by in decided if by == approver.account and at > now - WINDOW]
            try:
                request = _request(thief, size, now, large=large, clear=clear)
                check_party(request, thief, approver)
                check_yes(request, thief, approver, History(len(mine), len(mine)))
                check_execution(request, thief, approver, executor, digest=b"", count=size)
            except ApprovalRefused:
                loot.refused += 1
                continue
            decided.append((now, approver.account))
            loot.rows += size
            loot.told += size if large or clear else 0
            break
    return loot


def _request(thief, size, now, *, large, clear):
    return Approval(
        id=UUID(int=9),
        action=Action.EXPORT_REVEAL if clear else Action.EXPORT_EXECUTE,
        target=None,
        scope={},
        digest=b"",
        count=size,
        clear=clear,
        large=large,
        purpose="complaint",
        state=State.REQUESTED,
        requester=thief.account,
        requested_at=now,
        expires_at=now + timedelta(hours=1),
    )


def broken_glass(deciders):
    """Ask to be let in to one more customer every hour; ``deciders`` say yes to all."""
    thief, loot, asked, opened = party(1, Role.AGENT), Loot(), [], []
    for hour in range(WEEKS * 7 * 24):
        now = BEGIN + timedelta(hours=hour)
        recent = sum(at > now - emergencies.WINDOW for at in asked)
        try:
            emergencies.check_ask(thief, emergencies.History(recent))
        except ApprovalRefused:
            loot.refused += 1
            continue
        asked.append(now)
        for decider in deciders:
            pair = sum(by == decider.account and at > now - emergencies.WINDOW for at, by in opened)
            try:
                emergencies.check_opening(emergencies.History(0, pair))
            except ApprovalRefused:
                loot.refused += 1
                continue
            opened.append((now, decider.account))
            loot.rows += 1
            loot.told += 1
            break
    return loot


def main():
    one, two, third = party(2, Role.SUPERVISOR), party(3, Role.SECURITY), party(4, Role.SUPERVISOR)
    me = party(1, Role.DPO)
    slices, few, many = LARGE[False] // 5, LARGE[True] // 5, CEILING[True] // 5
    officer, another = party(5, Role.DPO), party(6, Role.SECURITY)
    played = [
        ("exports, alone", "rows", exports(slices, [], me)),
        ("exports, alone, as one's own approver", "rows", exports(slices, [me], me)),
        (f"exports in slices of {slices}, with one approver", "rows", exports(slices, [one], me)),
        ("the same, patient", "rows", exports(slices, [one], me, patient=True)),
        ("exports of 1 row each, with one approver", "rows", exports(1, [one], me)),
        (f"exports in slices of {slices}, with two approvers", "rows", exports(slices, [one, two], me)),
        ("the same, patient", "rows", exports(slices, [one, two], me, patient=True)),
        ("large exports, with one approver and no third", "rows", exports(LARGE[False] + 1, [one], me)),
        ("large exports, with an approver and a third", "rows", exports(CEILING[False] // 5, [one], third)),
        ("clear exports, alone, as one's own approver", "clear rows", exports(few, [me], me, clear=True)),
        ("clear exports, with a supervisor who says yes", "clear rows", exports(few, [one], me, clear=True)),
        (f"clear exports in slices of {few}, with one approver", "clear rows", exports(few, [two], me, clear=True)),
        ("the same, patient", "clear rows", exports(few, [two], me, clear=True, patient=True)),
        ("clear exports of 1 row each, with one approver", "clear rows", exports(1, [two], me, clear=True)),
        (
            "the same as slices, patient, two approvers",
            "clear rows",
            exports(few, [two, another], me, clear=True, patient=True),
        ),
        ("large clear exports, and no third", "clear rows", exports(many, [two], me, clear=True)),
        ("large clear exports, with an approver and a third", "clear rows", exports(many, [two], officer, clear=True)),
        ("emergencies, alone", "customers", broken_glass([])),
        ("emergencies, with one who lets in", "customers", broken_glass([one])),
        ("emergencies, with two who let in", "customers", broken_glass([one, two])),
    ]
    print("| thief | obtained in 4 weeks | a week | of which the officers are told at once | refused |")
    print("|---|---|---|---|---|")
    for name, unit, loot in played:
        print(f"| {name} | {loot.rows:,} {unit} | {loot.rows / WEEKS:,.0f} | {loot.told:,} | {loot.refused:,} |")


if __name__ == "__main__":
    main()
