"""Ladders, climbed without a database."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.escalation import rules
from app.escalation.policies import SHIPPED
from app.escalation.rules import Dated, Rung

DUE = datetime(2026, 11, 20, tzinfo=UTC)
STANDARD = rules.ladder(SHIPPED["standard"])


def dated(rungs=STANDARD):
    return [Dated(rung, DUE + timedelta(days=rung.after)) for rung in rungs]


def names(rungs):
    return [rung.name for rung in rungs]


def test_a_ladder_is_climbed_upwards_whatever_order_it_was_written_in():
    assert rules.ladder(SHIPPED["standard"][::-1]) == STANDARD
    assert names(STANDARD) == ["-5", "-2", "0", "+1", "+3", "+5", "+10"]
    assert names(rules.ladder(SHIPPED["short"])) == ["-1", "0", "+1", "+3", "+5", "+10"]
    assert rules.ladder(SHIPPED["none"]) == []


@pytest.mark.parametrize(
    ("days", "first"), [(-9, "-5"), (-5, "-2"), (-4, "-2"), (-1, "0"), (0, "+1"), (20, "+1")]
)
def test_a_ladder_is_entered_at_the_next_reminder_but_never_above_the_first_escalation(days, first):
    number = rules.first_rung(dated(), since=DUE + timedelta(days=days), told=set())

    assert STANDARD[number].name == first


def test_nothing_is_left_of_a_ladder_that_was_told_to_the_end():
    assert rules.first_rung(dated(), since=DUE, told=set(names(STANDARD))) is None
    assert rules.first_rung([], since=DUE, told=set()) is None


def test_missed_are_the_rungs_whose_moment_has_come_and_that_are_not_in_the_ledger():
    missed = rules.missed(dated(), now=DUE + timedelta(days=3), told={"-5", "+1"})

    assert names(missed) == ["-2", "0", "+3"]


def test_of_several_reminders_the_last_speaks_and_none_once_the_task_is_overdue():
    assert names(rules.speaking(STANDARD[:2])) == ["-2"]
    assert names(rules.speaking(STANDARD[:5])) == ["+1", "+3"]
    assert rules.speaking([]) == []


def test_everybody_hears_of_the_highest_rung_that_names_him():
    one, three, ten = (Rung(n, "M06", ()) for n in (1, 3, 10))

    told = rules.told_once([(one, ["a", "b", "b"]), (three, ["b", "c"]), (ten, ["a"])])

    assert told == [(one, []), (three, ["b", "c"]), (ten, ["a"])]


@given(st.lists(st.floats(0, 40), min_size=1, max_size=12))
def test_however_the_clock_runs_each_step_is_taken_at_most_once_and_no_escalation_is_lost(gaps):
    told: list[str] = []
    moment = DUE - timedelta(days=10)
    number = rules.first_rung(dated(), since=moment, told=told)
    for gap in [*gaps, 60]:
        moment += timedelta(days=gap)
        ahead = dated()[number:] if number is not None else []
        told += names(rules.missed(ahead, now=moment, told=told))
        number = rules.first_rung(dated(), since=moment, told=told)

    assert len(told) == len(set(told))
    assert {"+1", "+3", "+5", "+10"} <= set(told)
