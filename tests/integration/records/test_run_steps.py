"""A run is paused, resumed and cancelled: every step there is, no other, and what it then takes."""

import pytest

from hushkeep.kernel import Action, ActorId, Conflict, Denied, NotFound, new_id
from hushkeep.records import runs
from hushkeep.records.runs import STEPS, Stand, Totals
from hushkeep.runtime.clock import now
from hushkeep.runtime.tenancy import tenant_transaction
from made_permits import permit

pytestmark = pytest.mark.server
WAYS = {
    Stand.RUNNING: (),
    Stand.PAUSED: (Action.INTAKE_PAUSE,),
    Stand.CANCELLED: (Action.INTAKE_CANCEL,),
    Stand.FINISHED: (None,),
}


class Kept:
    """A run, and what is asked of it."""

    def __init__(self, tenant):
        self.tenant, self.actor = tenant, ActorId(new_id())
        with tenant_transaction(tenant):
            self.id = runs.open_run(permit(tenant, Action.INTAKE_RUN, actor=self.actor), now=now())

    def steer(self, action, **changes):
        with tenant_transaction(self.tenant):
            return runs.steer(
                permit(self.tenant, action, changes.pop("target", self.id), **changes), self.id, now=now()
            )

    def finish(self, **seen):
        with tenant_transaction(self.tenant):
            leave = permit(self.tenant, Action.INTAKE_RUN, self.id, actor=self.actor)
            return runs.finish(leave, self.id, now=now(), seen=Totals(**seen))

    def demand_open(self):
        with tenant_transaction(self.tenant):
            runs.demand_open(permit(self.tenant, Action.CONVERSATION_STORE, actor=self.actor), self.id)


@pytest.fixture
def run(tenant):
    return Kept(tenant)


def stand_of(run, stand):
    """Bring ``run`` to where it stands."""
    for step in WAYS[stand]:
        run.steer(step) if step else run.finish()


@pytest.mark.parametrize("stand", Stand)
@pytest.mark.parametrize("action", STEPS)
def test_each_step_is_taken_from_where_it_leads_on_and_from_nowhere_else(run, stand, action):
    stand_of(run, stand)
    before, after = STEPS[action]
    if stand in before:
        assert run.steer(action).stand is after
    else:
        with pytest.raises(Conflict, match=f"run_{stand}"):
            run.steer(action)


@pytest.mark.parametrize("stand", Stand)
def test_a_run_takes_batches_while_it_runs_alone(run, stand):
    stand_of(run, stand)
    if stand is Stand.RUNNING:
        run.demand_open()
    else:
        with pytest.raises(Conflict, match=f"run_{stand}"):
            run.demand_open()


def test_a_resumed_run_takes_batches_again(run):
    run.steer(Action.INTAKE_PAUSE)
    run.steer(Action.INTAKE_RESUME)
    run.demand_open()


def test_a_cancelled_run_still_hears_from_its_sender_what_it_saw_and_stays_cancelled(run):
    run.steer(Action.INTAKE_CANCEL)
    state = run.finish(files=3, bytes=30)
    assert (state.stand, state.totals.files, state.finished_at is None) == (Stand.CANCELLED, 3, False)


def test_nobody_steers_without_a_permit_for_this_very_step_and_run(run, two_tenants):
    for changes in ({"target": new_id()}, {"expires_at": now()}):
        with pytest.raises(Denied):
            run.steer(Action.INTAKE_PAUSE, **changes)
    for action in (Action.INTAKE_RUN, Action.INTAKE_VIEW, Action.CONVERSATION_STORE):
        with pytest.raises(Denied):
            run.steer(action)
    with tenant_transaction(two_tenants[0]), pytest.raises(NotFound):
        runs.steer(permit(two_tenants[0], Action.INTAKE_CANCEL, run.id), run.id, now=now())
    run.demand_open()
