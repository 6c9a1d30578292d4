"""Rows that wait: worked off in order, a broken one steps aside, a leased one comes again."""

import logging
from datetime import timedelta

import pytest
from sqlalchemy import event, select

from app import engine
from app.foundation import worklist
from app.foundation.clock import COLLEGE_ZONE, now
from app.foundation.db import db, transaction

# A waiting row of the house will do: what is tested is the list, not the kind.
Item = engine.Message


@pytest.fixture(autouse=True)
def _quiet(caplog):
    caplog.set_level(logging.CRITICAL)


def wait(*names: str, **columns) -> None:
    with transaction():
        db.session.add_all(Item(name=name, payload={}, **columns) for name in names)


def row(name: str) -> engine.Message:
    db.session.rollback()
    return db.session.scalars(select(Item).where(Item.name == name)).one()


class Worker:
    """Carries out rows and remembers which; fails where it is told to."""

    def __init__(self, *broken: str) -> None:
        self.broken, self.seen = set(broken), []

    def __call__(self, item: engine.Message) -> None:
        self.seen.append(item.name)
        if item.name in self.broken:
            raise OSError("没有回应")


def test_rows_are_worked_off_oldest_first_and_only_once(college):
    wait("later", due_at=now() - timedelta(minutes=1))
    wait("sooner", due_at=now() - timedelta(minutes=2))
    wait("not yet", due_at=now() + timedelta(minutes=1))
    worker = Worker()

    assert worklist.work_off(Item, worker) == 2
    assert worklist.work_off(Item, worker) == 0

    assert worker.seen == ["sooner", "later"]
    assert row("sooner").done_at == now()


def test_a_broken_row_steps_aside_and_does_not_stop_the_others(college):
    wait("a", "broken", "b")
    worker = Worker("broken")

    assert worklist.work_off(Item, worker) == 2

    assert worker.seen == ["a", "broken", "a", "broken", "b"], "what shared its transaction is carried out again, alone"
    aside = row("broken")
    assert (aside.attempts, aside.problem, aside.done_at) == (1, "OSError: 没有回应", None)
    assert aside.due_at == now() + timedelta(minutes=1)


def test_it_comes_again_later_each_time_up_to_six_hours(college):
    wait("broken")
    worker, pauses = Worker("broken"), []
    for _ in range(12):
        worklist.work_off(Item, worker)
        due_at = row("broken").due_at
        pauses.append((due_at - now()).total_seconds() / 60)
        college._at(f"{due_at.astimezone(COLLEGE_ZONE):%Y-%m-%d %H:%M:%S}")

    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360, 360]
    assert len(worker.seen) == 12


def test_after_a_success_it_is_done_and_its_problem_stays_readable(college):
    wait("shy")
    worker = Worker("shy")
    worklist.work_off(Item, worker)
    worker.broken.clear()
    college._at("2026-08-31 07:02")

    assert worklist.work_off(Item, worker) == 1
    assert row("shy").done_at is not None


def test_what_a_failing_row_wrote_is_taken_back(college):
    wait("broken")

    def write_and_fail(item):
        db.session.add(Item(name="written", payload={}))
        db.session.flush()
        raise OSError

    worklist.work_off(Item, write_and_fail)

    assert db.session.scalars(select(Item.name)).all() == ["broken"]


def test_a_row_that_is_given_a_later_moment_stays(college):
    wait("again")

    def put_off(item):
        item.due_at = now() + timedelta(days=7)

    assert worklist.work_off(Item, put_off) == 1
    assert worklist.work_off(Item, put_off) == 0
    assert row("again").done_at is None


def test_rows_share_a_transaction_but_only_so_many_that_others_can_write_between(college):
    wait(*(f"{number}" for number in range(worklist.PORTION + 1)))
    commits: list[object] = []
    note = commits.append
    event.listen(db.engine, "commit", note)

    worklist.work_off(Item, Worker())

    event.remove(db.engine, "commit", note)
    assert len(commits) == 3  # the last finds nothing


def test_a_very_long_problem_is_cut(college):
    wait("broken")

    def fail(item):
        raise OSError("x" * 10_000)

    worklist.work_off(Item, fail)

    assert len(row("broken").problem) == 2000


class TestOutside:
    """Acts that reach outside the database are done without any lock, at least once."""

    def test_no_transaction_is_open_while_the_act_runs(self, college):
        wait("mail")
        seen = []

        def act(item):
            with transaction():  # would raise inside another one
                seen.append(item.name)

        assert worklist.work_off_outside(Item, act) == 1
        assert seen == ["mail"] and row("mail").done_at is not None

    def test_a_row_being_worked_on_is_leased(self, college):
        wait("mail")
        taken = []

        def act(item):
            taken.append(worklist.work_off_outside(Item, Worker()))

        worklist.work_off_outside(Item, act)

        assert taken == [0]

    def test_after_a_process_died_the_row_is_taken_again_when_its_lease_is_over(self, college):
        wait("mail")

        def die(item):
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            worklist.work_off_outside(Item, die)
        worker = Worker()
        assert worklist.work_off_outside(Item, worker) == 0
        college._at("2026-08-31 07:11")

        assert worklist.work_off_outside(Item, worker) == 1
        assert worker.seen == ["mail"]

    def test_a_broken_row_steps_aside_here_too(self, college):
        wait("a", "broken", "b")
        worker = Worker("broken")

        assert worklist.work_off_outside(Item, worker) == 2

        assert worker.seen == ["a", "broken", "b"]
        assert (row("broken").attempts, row("broken").due_at) == (1, now() + timedelta(minutes=1))
