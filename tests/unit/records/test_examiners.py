"""Examiners find what examining here finds, and one that dies costs a second try, not a batch."""

import json
import os
import signal
import threading
from dataclasses import replace

import pytest

from hushkeep.channels import intake, sample
from hushkeep.channels.lines import Line
from hushkeep.kernel import Turn, Unavailable
from hushkeep.records import _examiners
from hushkeep.records._examine import examine
from hushkeep.records._examiners import FEW, Examiners


@pytest.fixture(scope="module")
def talks():
    made = sample.records(seed=31, conversations=2 * FEW)
    return [intake.receive(Line(number, json.dumps(record))) for number, record in enumerate(made, start=1)]


@pytest.fixture
def examiners():
    some = Examiners(1)
    yield some
    some.stop()


def only(examiners):
    one = examiners._idle.get()
    examiners._idle.put(one)
    return one


def test_an_examiner_says_what_examining_here_says(examiners, talks):
    assert examiners.examine(talks) == examine(talks)
    assert only(examiners)._process.poll() is None


def test_an_examiner_looks_for_health_where_it_is_told_to(talks):
    examiners = Examiners(1, health=True)
    try:
        ill = [replace(talk, turns=(Turn("customer", "我有糖尿病"),)) for talk in talks]
        assert examiners.examine(ill) == examine(ill, health=True)
        assert "糖尿病" not in examiners.examine(ill)[0].masked[0].text
    finally:
        examiners.stop()


def test_a_handful_is_examined_on_the_spot(examiners, talks):
    assert examiners.examine(talks[:FEW]) == examine(talks[:FEW])
    assert only(examiners) is None


def test_a_killed_examiner_costs_a_second_try(examiners, talks):
    wanted = examiners.examine(talks)
    killed = only(examiners)._process
    killed.kill()
    killed.wait()
    assert examiners.examine(talks) == wanted
    assert only(examiners)._process.pid != killed.pid


def test_without_any_that_starts_the_batch_is_not_taken(examiners, talks, monkeypatch):
    monkeypatch.setattr(_examiners.sys, "executable", "/bin/false")
    with pytest.raises(Unavailable):
        examiners.examine(talks)
    assert only(examiners) is None


def test_two_batches_never_share_an_examiner(talks):
    some = Examiners(2)
    answers = {}
    batches = [talks, talks[::-1], talks[1:]]

    def ask(number):
        answers[number] = some.examine(batches[number])

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    some.stop()
    assert answers == {number: examine(batch) for number, batch in enumerate(batches)}


def test_an_examiner_ends_when_nobody_holds_the_other_side(examiners, talks):
    examiners.examine(talks)
    process = only(examiners)._process
    os.kill(process.pid, signal.SIGSTOP)
    only(examiners)._channel.close()
    os.kill(process.pid, signal.SIGCONT)
    assert process.wait(timeout=60) == 0
