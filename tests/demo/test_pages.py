"""The demo's clock, moved by its three buttons."""

from datetime import datetime, timedelta

import pytest

from app.demo.clock import DemoClock
from app.foundation import clock
from app.foundation.clock import COLLEGE_ZONE
from app.foundation.db import db, transaction
from tests import weekly
from tests.doors import signed_in


@pytest.fixture
def demo(app, at):
    """A demo on Friday of week 13, 16:00, whose scheduler notes when it was asked to work."""
    at("2026-11-27 16:00")
    weekly.deploy()
    app.config["DEMO"] = True
    with transaction():
        db.session.add(DemoClock(id=1, shift_seconds=0))
    app.extensions["work_off_everything"] = lambda: 0
    yield signed_in(app, "E011")
    clock.set_shift(timedelta(0))


def local_now():
    return clock.now().astimezone(COLLEGE_ZONE).replace(tzinfo=None, microsecond=0)


@pytest.mark.parametrize(
    ("to", "moment"), [("day", datetime(2026, 11, 28, 8, 30)), ("week", datetime(2026, 11, 30, 8, 30))]
)
def test_the_clock_goes_to_the_next_morning_or_monday(demo, to, moment):
    answer = demo.post("/demo/clock", data={"to": to}, headers={"Referer": "http://localhost/procedures/?q=1"})

    assert (answer.status_code, answer.location) == (303, "/procedures/?q=1")
    assert local_now() == moment


def test_it_goes_just_past_the_next_deadline(demo):
    weekly.start(["E011"], rule=weekly.on_day("2026-12-04"))

    demo.post("/demo/clock", data={"to": "deadline"})

    assert local_now() == datetime(2026, 12, 4, 17, 31)
    assert "逾期" in demo.get("/").text or "已过期" in demo.get("/").text


def test_it_says_what_happened(demo, app):
    answers = iter([2, 1])
    app.extensions["work_off_everything"] = lambda: next(answers, 0)

    page = demo.post("/demo/clock", data={"to": "day"}, follow_redirects=True).text

    assert "时钟拨到11月28日（周六）08:30，办理了3件到期的事。" in page


def test_without_a_deadline_ahead_it_stays(demo):
    page = demo.post("/demo/clock", data={"to": "deadline"}, follow_redirects=True).text

    assert "现在没有还没到期的任务" in page
    assert local_now() == datetime(2026, 11, 27, 16, 0)


def test_another_word_is_refused(demo):
    page = demo.post("/demo/clock", data={"to": "year"}, follow_redirects=True).text

    assert "时钟只能拨到" in page
    assert local_now() == datetime(2026, 11, 27, 16, 0)


def test_the_buttons_stand_on_every_page_of_a_demo_only(demo, app):
    assert "到下一个期限" in demo.get("/").text
    app.config["DEMO"] = False
    assert "到下一个期限" not in demo.get("/").text


def test_a_real_college_has_no_such_address(demo, app):
    app.config["DEMO"] = False

    assert demo.post("/demo/clock", data={"to": "day"}).status_code == 404
    assert local_now() == datetime(2026, 11, 27, 16, 0)


def test_a_stranger_does_not_move_it(demo, app):
    assert app.test_client().post("/demo/clock", data={"to": "day"}).status_code == 302


def test_it_leads_back_to_this_site_only(demo):
    answer = demo.post("/demo/clock", data={"to": "day"}, headers={"Referer": "https://evil.example/x"})

    assert answer.location == "/"


def test_a_clock_that_runs_is_never_asked_to_go_back(app):
    """Held clocks hide it: between two looks at the time some microseconds pass."""
    app.config["DEMO"] = True
    with transaction():
        db.session.add(DemoClock(id=1, shift_seconds=0))
    app.extensions["work_off_everything"] = lambda: 0
    try:
        for _ in range(5):
            answer = signed_in(app, "E011").post("/demo/clock", data={"to": "day"})
            assert answer.status_code == 303
    finally:
        clock.set_shift(timedelta(0))
