"""How a window stands, and what counts."""

from datetime import UTC, datetime, timedelta

import pytest

from app.reports.rules import Standing, Tally, standing, tally

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ("SUBMITTED", Standing.ON_TIME),
        ("LATE", Standing.LATE),
        ("MISSED", Standing.MISSED),
        ("EXCUSED", Standing.EXCUSED),
        (None, Standing.NONE),
    ],
)
def test_a_record_says_how_its_window_stands(record, expected):
    assert standing(skipped=False, record=record, due_at=NOW, now=NOW) is expected


@pytest.mark.parametrize(("hours", "expected"), [(1, Standing.WAITING), (0, Standing.WAITING), (-1, Standing.OVERDUE)])
def test_an_open_window_waits_until_its_deadline(hours, expected):
    assert standing(skipped=False, record="OPEN", due_at=NOW + timedelta(hours=hours), now=NOW) is expected


def test_a_window_without_a_working_day_is_skipped_unless_something_was_handed_in():
    assert standing(skipped=True, record=None, due_at=None, now=NOW) is Standing.SKIPPED
    assert standing(skipped=True, record="SUBMITTED", due_at=NOW, now=NOW) is Standing.ON_TIME


@pytest.mark.scenario(15)
def test_skipped_and_excused_windows_count_neither_for_nor_against():
    assert tally([Standing.SKIPPED, Standing.EXCUSED, Standing.NONE]) == Tally()
    assert tally([Standing.SKIPPED]).percent is None
    assert tally([Standing.ON_TIME, Standing.SKIPPED]).percent == 100


def test_what_is_not_due_yet_is_owed_but_lowers_no_percentage():
    found = tally([Standing.ON_TIME, Standing.WAITING, Standing.WAITING])

    assert (found.owed, found.due, found.done, found.percent) == (3, 1, 1, 100)


def test_overdue_counts_as_missing_and_only_all_is_a_hundred():
    found = tally([Standing.ON_TIME] * 299 + [Standing.OVERDUE])

    assert found.missing == 1
    assert found.percent == 99
