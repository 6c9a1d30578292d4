"""Locks, ways on, and how far a grant reaches: no database needed."""

from datetime import UTC, datetime, timedelta

import pytest

from app.security.rules import (
    Area,
    SubjectFacts,
    after_failure,
    area_covers,
    below,
    expanded_units,
    is_locked,
    password_problem,
    safe_next,
)

AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
PARENTS = {"QLP": None, "OFF-JWC": "QLP", "SEC-JW1": "OFF-JWC", "DEP-XGX": "QLP", "DEP-HLX": "QLP"}


def test_the_fifth_failure_locks_for_a_quarter_of_an_hour():
    assert after_failure(3, at=AT) == (4, None)
    assert after_failure(4, at=AT) == (0, AT + timedelta(minutes=15))


def test_a_lock_ends_by_itself():
    until = AT + timedelta(minutes=15)

    assert is_locked(until, at=AT)
    assert not is_locked(until, at=until)
    assert not is_locked(None, at=AT)


@pytest.mark.parametrize(
    "address",
    ["", None, "https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/a\nb", "tasks/1"],
)
def test_a_sign_in_leads_nowhere_else(address):
    assert safe_next(address) == "/"


def test_a_sign_in_leads_back_to_the_page_that_was_wanted():
    assert safe_next("/tasks/7?view=late") == "/tasks/7?view=late"


@pytest.mark.parametrize(
    ("new", "problem"),
    [("short", "至少 10 个字符。"), ("my-201011-password", "不能包含自己的工号。"), ("aaaaaaaaaaaa", "太容易猜到，请用更多不同的字符。")],
)
def test_a_weak_password_is_named(new, problem):
    assert password_problem(new, staff_no="201011") == problem


def test_a_long_password_is_fine():
    assert password_problem("梅花香自苦寒来之2026", staff_no="201011") is None


@pytest.mark.parametrize(
    ("scope", "units"),
    [
        ("OFF-JWC", {"OFF-JWC", "SEC-JW1"}),
        ("SEC-JW1", {"SEC-JW1"}),
        ("DEP-*", {"DEP-XGX", "DEP-HLX"}),
        ("OFF-JWC, DEP-XGX", {"OFF-JWC", "SEC-JW1", "DEP-XGX"}),
        ("ALL", set(PARENTS)),
        ("PG01", set()),
    ],
)
def test_a_scope_names_units_with_the_sections_below(scope, units):
    assert expanded_units(scope, PARENTS) == units


def test_below_goes_all_the_way_down():
    assert below({"QLP"}, PARENTS) == set(PARENTS)


OFFICE = SubjectFacts(code="OFF-JWC", layer="COLLEGE", unit="OFF-JWC", responsible=None)
PUPIL = SubjectFacts(code="S001", layer="STUDENT", unit="DEP-XGX", responsible="S001")
COURSE = SubjectFacts(code="KC07", layer="COURSE", unit="DEP-XGX", responsible="E064")


@pytest.mark.parametrize(
    ("area", "reached"),
    [
        (Area(everything=True), [OFFICE, PUPIL, COURSE]),
        (Area(everything=True, without=frozenset({"TEACHER", "STUDENT"})), [OFFICE, COURSE]),
        (Area(units=frozenset({"DEP-XGX"})), [PUPIL, COURSE]),
        (Area(units=frozenset({"DEP-XGX"}), only=frozenset({"STUDENT"})), [PUPIL]),
        (Area(subjects=frozenset({"KC07"})), [COURSE]),
        (Area(subjects=frozenset({"KC*"})), [COURSE]),
        (Area(person="E064"), [COURSE]),
        (Area(person="S001"), [PUPIL]),
        (Area(person="E011"), []),
    ],
)
def test_an_area_covers_what_it_names_and_nothing_else(area, reached):
    assert [subject for subject in (OFFICE, PUPIL, COURSE) if area_covers(area, subject)] == reached
