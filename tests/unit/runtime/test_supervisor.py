"""A process that ends is started again, one that is ill is replaced, and all are stopped in order."""

import signal
import subprocess
import sys
import time

import pytest

from hushkeep.kernel import Conflict, Unavailable
from hushkeep.runtime.locks import exclusive, free_port
from hushkeep.runtime.processes import Process
from hushkeep.runtime.supervisor import PATIENCE_SECONDS, Supervisor

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
DEAF = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(15, signal.SIG_IGN); print(flush=True); time.sleep(600)",
]


def _process(name="one", command=SLEEP, healthy=lambda: True, **more):
    return Process(name, lambda log: subprocess.Popen(command, stdout=log, stderr=log), healthy, **more)


@pytest.fixture
def kept(tmp_path):
    supervisors = []

    def make(*rounds):
        supervisors.append(Supervisor(rounds, tmp_path))
        return supervisors[-1]

    yield make
    for one in supervisors:
        one.end()


def _until(true, supervisor):
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end, "it did not happen"
        supervisor.tick()
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV])
def test_a_process_that_is_killed_is_started_again(kept, number):
    supervisor = kept([_process()])
    supervisor.start()
    first = supervisor.kept[0].running
    first.send_signal(number)
    _until(lambda: supervisor.kept[0].running not in {None, first}, supervisor)
    assert supervisor.kept[0].running.poll() is None


def test_what_is_asked_before_the_last_round_finds_the_others_healthy_and_may_end_the_start(kept):
    supervisor = kept([_process("first")], [_process("last")])
    seen = []

    def refuse():
        seen.extend(one.process.name for one in supervisor.kept if one.running.poll() is None)
        raise Unavailable("not on this")

    with pytest.raises(Unavailable, match="not on this"):
        supervisor.start(before_last=refuse)
    assert seen == ["first"]
    assert [one.process.name for one in supervisor.kept] == ["first"]


def test_the_pause_doubles_while_it_keeps_failing(kept):
    supervisor = kept([_process()])
    supervisor.start()
    pauses = []
    for _ in range(3):
        supervisor.kept[0].running.kill()
        supervisor.kept[0].running.wait()
        supervisor.tick()
        pauses.append(supervisor.kept[0].pause)
        supervisor.kept[0].again_at = 0
        supervisor.tick()
    assert pauses == [0.4, 0.8, 1.6]


def test_a_process_that_stays_silent_is_replaced(kept):
    answers = [True]
    supervisor = kept([_process(healthy=lambda: answers[0])])
    supervisor.start()
    first = supervisor.kept[0].running
    answers[0] = False
    supervisor.kept[0].well_at -= PATIENCE_SECONDS + 1
    supervisor.kept[0].ask()
    assert first.wait(60) == -signal.SIGKILL


def test_a_silence_that_ends_in_time_is_forgiven(kept):
    answers = [True]
    supervisor = kept([_process(healthy=lambda: answers[0])])
    supervisor.start()
    one = supervisor.kept[0]
    one.well_at -= PATIENCE_SECONDS / 2
    answers[0] = False
    one.ask()
    answers[0] = True
    asked_at = time.monotonic()
    one.ask()
    assert one.running.poll() is None
    assert one.well_at >= asked_at


def test_a_process_that_ends_at_its_start_is_told(kept):
    supervisor = kept([_process(command=[sys.executable, "-c", "raise SystemExit(9)"], healthy=lambda: False)])
    with pytest.raises(Unavailable, match="code 9"):
        supervisor.start()


def test_a_process_that_never_becomes_healthy_is_told(kept):
    supervisor = kept([_process(healthy=lambda: False)])
    with pytest.raises(Unavailable, match="did not become healthy"):
        supervisor.start(within_seconds=0.1)


def test_the_last_started_is_stopped_first_and_the_deaf_are_killed(kept, tmp_path):
    ended = []

    def noting(name, running):
        wait = running.wait

        def waiting(*arguments):
            code = wait(*arguments)
            ended.append((name, code))
            return code

        running.wait = waiting

    heard = lambda: (tmp_path / "deaf.log").stat().st_size > 0  # noqa: E731
    supervisor = kept([_process("first")], [_process("deaf", DEAF, heard, stop_seconds=0.2)])
    supervisor.start()
    for one in supervisor.kept:
        noting(one.process.name, one.running)
    supervisor.end()
    assert ended == [("deaf", -signal.SIGKILL), ("first", -signal.SIGTERM)]


def test_a_second_holder_of_the_lock_is_refused_and_the_next_is_not(tmp_path):
    lock = tmp_path / "run" / "lock"
    with exclusive(lock), pytest.raises(Conflict, match="another hushkeep"), exclusive(lock):
        pytest.fail("entered")
    with exclusive(lock):
        assert lock.exists()


@pytest.mark.enable_socket
def test_a_port_shared_by_so_reuseport_still_counts_as_taken():
    import socket  # noqa: PLC0415 - the fixture has opened it

    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(Conflict, match="taken"):
            free_port("127.0.0.1", other.getsockname()[1])
    assert free_port("127.0.0.1", 0) > 0
