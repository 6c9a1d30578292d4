"""Hostile expressions are refused or bounded: nothing of Python is reached, nothing runs away."""

import time
import tracemalloc

import pytest

from app import feel
from app.feel.budget import MAX_STEPS, RUN
from app.feel.operators import PROPERTIES
from tests.feel.hostile import CONSUMING, REACHING

SECONDS = 1.0  # measured: below 0.06; the rest is for busy machines
MEGABYTES = 8


def attempt(text):
    """The value, or None when the expression is refused; nothing else may be raised."""
    try:
        return feel.compile_expression(text, functions={"lent": len})({"a": 1})
    except feel.FeelError:
        return None


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in REACHING.items()])
def test_nothing_of_python_is_reached(text):
    assert attempt(text) in (None, [], {})


def test_a_point_knows_only_the_properties_of_the_standard():
    known = {name for properties in PROPERTIES.values() for name in properties}

    assert not [name for name in known if name.startswith("_")]
    assert all(callable(get) for properties in PROPERTIES.values() for get in properties.values())


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in CONSUMING.items()])
def test_nothing_runs_away(text):
    started = time.perf_counter()
    attempt(text)
    seconds = time.perf_counter() - started

    tracemalloc.start()
    attempt(text)
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()

    assert seconds < SECONDS
    assert peak < MEGABYTES


def test_the_same_expression_ends_at_the_same_step_every_time():
    expression = feel.compile_expression("count(for i in 1..200 return sum(for j in 1..i return j))")
    left = set()

    for _ in range(3):
        with pytest.raises(feel.LimitExceeded):
            expression()
        left.add(RUN.left)

    assert len(left) == 1


def test_every_evaluation_has_its_own_budget():
    expression = feel.compile_expression("count(for i in 1..5000 return i)")

    assert [expression() for _ in range(10)] == [5000] * 10
    assert RUN.left < MAX_STEPS


def test_values_nested_without_end_are_refused():
    endless: list = []
    endless.append(endless)

    with pytest.raises(feel.LimitExceeded):
        feel.compile_expression("x")({"x": endless})
    with pytest.raises(feel.LimitExceeded):
        feel.to_json(endless)


def test_no_list_comes_to_hold_itself():
    lists = feel.compile_expression("for i in 1..3 return partial")()

    assert lists == [[], [[]], [[], [[]]]]
