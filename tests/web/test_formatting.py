from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from flask import session

from app.web.formatting import clock, day, figure, level_look, moment

AUTUMN = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def request_context(sample):
    with sample.test_request_context():
        yield


@pytest.fixture
def english(request_context):
    session["locale"] = "en"


def test_a_moment_reads_in_the_colleges_zone():
    assert moment(datetime(2026, 10, 16, 9, 30, tzinfo=UTC), now=AUTUMN) == "10月16日（周五）17:30"


def test_late_evening_in_utc_is_the_next_day_here():
    assert moment(datetime(2026, 10, 15, 16, 5, tzinfo=UTC), now=AUTUMN) == "10月16日（周五）00:05"


def test_another_year_is_named():
    assert moment(datetime(2027, 1, 15, 9, 0, tzinfo=UTC), now=AUTUMN) == "2027年1月15日（周五）17:00"


def test_new_year_begins_in_the_colleges_zone():
    new_year = datetime(2026, 12, 31, 16, 0, tzinfo=UTC)  # midnight here
    assert day(new_year, now=AUTUMN) == "2027年1月1日（周五）"
    assert day(new_year, now=new_year) == "1月1日（周五）"


def test_a_day_needs_no_time():
    assert day(date(2026, 10, 10), now=AUTUMN) == "10月10日（周六）"


def test_nothing_reads_as_nothing():
    assert (moment(None), day(None), clock(None)) == ("", "", "")


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="without a zone"):
        moment(datetime(2026, 10, 16, 9, 30))


def test_english_reads_in_english(english):
    assert moment(datetime(2026, 10, 16, 9, 30, tzinfo=UTC), now=AUTUMN) == "Fri 16 Oct 17:30"
    assert day(date(2027, 1, 15), now=AUTUMN) == "Fri 15 Jan 2027"


@pytest.mark.parametrize(
    ("value", "text"),
    [(82.0, "82"), (0.44, "0.44"), (Decimal("18.90"), "18.9"), (100, "100"), (-0.001, "0"), (None, "—")],
)
def test_figures_carry_no_needless_zeros(value, text):
    assert figure(value) == text


def test_a_level_has_colour_mark_and_word():
    assert level_look("RED")[:3] == ("r", "■", "严重")
    assert level_look("YELLOW_HIGH").chinese == "偏高待核"
    assert level_look(None).chinese == "无数据"


def test_an_unknown_level_is_an_error():
    with pytest.raises(KeyError):
        level_look("PURPLE")
