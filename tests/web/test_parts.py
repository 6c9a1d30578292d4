"""The geometry and the calendar behind the macros."""

import pytest

from app.web.bullet import WIDTH, geometry
from app.web.explained import calendar_cells


@pytest.fixture(autouse=True)
def request_context(sample):
    with sample.test_request_context():
        yield


def styles(bar):
    return [band.style for band in bar.bands]


def test_more_is_better_reads_red_to_green():
    bar = geometry(82, target=92, standard=85, warn_low=70)
    assert styles(bar) == ["r", "y", "b", "g"]
    assert bar.style == "y"


def test_less_is_better_reads_green_to_red():
    bar = geometry(8, target=1, standard=6, warn_high=20, direction="DOWN")
    assert styles(bar) == ["g", "b", "y", "r"]
    assert bar.style == "y"


def test_bands_fill_the_bar_without_gaps():
    bands = geometry(82, target=92, standard=85, warn_low=70).bands
    assert sum(band.width for band in bands) == pytest.approx(WIDTH, abs=0.5)


def test_labels_that_would_touch_lean_away():
    first, second = geometry(91, target=92, standard=90, warn_low=70).marks
    assert (first.kind, first.anchor, second.kind, second.anchor) == ("standard", "end", "target", "start")


@pytest.mark.parametrize("value", [None, 0, 5])
def test_an_indicator_without_limits_still_draws(value):
    assert geometry(value).length >= 0


def test_the_calendar_starts_under_its_weekday():
    cells = calendar_cells([{"date": "2026-10-28", "kind": "COUNTED", "n": 1}])
    assert [cell.style for cell in cells] == ["gap", "gap", "w"]


def test_days_left_out_stay_empty():
    cells = calendar_cells([{"date": "2026-10-26", "kind": "START"}, {"date": "2026-10-29", "kind": "DUE"}])
    assert [cell.label for cell in cells] == ["26", "", "", "29"]


def test_a_new_month_is_named():
    cells = calendar_cells(
        [{"date": "2026-10-31", "kind": "START"}, {"date": "2026-11-01", "kind": "SKIPPED", "note": "周末"}]
    )
    assert [(cell.label, cell.note) for cell in cells if cell.label] == [("31", "起"), ("11/1", "周末")]


def test_a_make_up_day_counts_and_says_why():
    cell = calendar_cells([{"date": "2026-10-10", "kind": "MAKEUP", "n": 3}])[-1]
    assert cell.note == "3"
    assert "调休上班" in cell.title


def test_target_and_standard_on_one_spot_share_one_label():
    assert [(mark.kind, mark.value) for mark in geometry(18.8, target=18, standard=18, warn_high=20, direction="DOWN").marks] == [
        ("both", 18)
    ]
