"""The forecast says what the clock will do, and afterwards what it did."""

from collections import Counter

import pytest
from sqlalchemy import select

from app import engine
from app.foundation import clock
from app.foundation.clock import COLLEGE_ZONE
from app.foundation.db import db, transaction
from app.notifications import OutgoingMail
from app.reports import forecast
from app.security import reach_of
from tests.builders import OTHER_LAYERS
from tests.doors import signed_in, statements

DIRECTOR, HEAD = "E029", "E011"


def instance_of(subject):
    return db.session.scalars(
        select(engine.ProcessInstance).where(engine.ProcessInstance.subject == subject, engine.ProcessInstance.parent_id.is_(None))
    ).first()


def mails(expected):
    return Counter(
        (each.at.astimezone(COLLEGE_ZONE).date(), each.mail, person)
        for each in expected
        if each.kind == "mail"
        for person in each.people
    )


def really_sent(since, instance_id=None):
    rows = db.session.scalars(select(OutgoingMail).where(OutgoingMail.wanted_at > since))
    return Counter(
        (row.done_at.astimezone(COLLEGE_ZONE).date(), row.kind, row.person_id)
        for row in rows
        if row.instance_id == instance_id and row.done_at
    )


def test_if_nobody_acts_the_mails_of_the_forecast_are_those_that_go_out(college):
    college.at("2026-09-07 10:00")
    instance = instance_of("OFF-JWC")
    predicted, since = mails(forecast.of_instance(instance)), clock.now()
    assert {kind for _on, kind, _person in predicted} == {"M02", "M05", "M06"}

    college.live_until("2026-09-21")

    sent = really_sent(since, instance.id)
    assert {key: count for key, count in sent.items() if key[1] != "M07"} == dict(predicted)


def test_the_deadline_the_windows_and_the_timers_are_announced(college):
    college.confirms_goals()
    coming = forecast.of_instance(instance_of("OFF-JWC"))

    windows = [f"{each.at.astimezone(COLLEGE_ZONE):%m-%d %H:%M}" for each in coming if each.kind == "window"]
    assert windows == ["09-07 08:00", "09-14 08:00"]
    assert [each.at for each in coming] == sorted(each.at for each in coming)


def test_an_instance_that_has_ended_brings_nothing_more(college):
    college.starts_term()
    engine_instance = instance_of("OFF-JWC")
    with transaction():
        engine.cancel(engine_instance.id, reason="测试")

    assert forecast.of_instance(db.session.get(engine.ProcessInstance, engine_instance.id)) == []


def test_a_person_sees_his_own_deadlines_and_mails_only(college):
    college.at("2026-09-07 10:00")

    mine = forecast.of_person(HEAD)

    assert any(each.kind == "due" and "教务处" in each.title for each in mine)
    assert all(HEAD in each.people for each in mine if each.kind == "mail")
    assert "M06" not in {each.mail for each in mine}
    page = signed_in(college.app, HEAD).get("/forecast/").get_data(as_text=True)
    assert "到期提醒" in page


def test_the_college_is_counted_by_day_ahead_and_behind(college):
    college.starts_term()
    college.at("2026-09-07 10:00")
    reach = reach_of(DIRECTOR, "diagnosis.read")

    days = {day.on.isoformat(): day for day in forecast.of_college(reach)}

    assert len(days) == 29
    assert days["2026-09-11"].due == 34, "each unit enters its goals by Friday of week 2"
    assert days["2026-09-11"].mails["M02"] == 34
    assert days["2026-09-14"].mails["M05"] == 34
    assert days["2026-08-31"].mails["M01"] >= 34, "what went out is counted as it went out"
    assert not days["2026-08-31"].ahead


def test_what_was_forecast_for_the_college_is_what_went_out(college):
    college.at("2026-09-07 10:00")
    reach = reach_of(DIRECTOR, "diagnosis.read")
    before = {day.on: day.mails["M02"] + day.mails["M05"] for day in forecast.of_college(reach) if day.ahead}

    college.live_until("2026-09-16")

    after = {day.on: day.mails["M02"] + day.mails["M05"] for day in forecast.of_college(reach)}
    for on, count in before.items():
        if on < clock.today():
            assert after[on] == count, on


def test_the_page_of_an_instance_draws_what_is_to_come_above_what_was(college):
    college.at("2026-09-07 10:00")
    page = signed_in(college.app, HEAD).get(f"/procedures/{instance_of('OFF-JWC').id}").get_data(as_text=True)

    assert page.index("接下来14天，如果没有人办理") < page.index("已经发生")


@pytest.mark.parametrize("person", ["S008", "E065"])
def test_who_has_only_himself_sees_no_college(college, person):
    page = signed_in(college.app, person).get("/forecast/?whose=college").get_data(as_text=True)

    assert "职责范围内" not in page or person == "E065"
    assert "前后各十四天" not in page or person == "E065"


def test_the_colleges_page_costs_the_same_for_one_layer_and_for_two(college):
    college.at("2026-09-07 10:00")
    client = signed_in(college.app, DIRECTOR)
    client.get("/forecast/?whose=college")
    with statements() as few:
        client.get("/forecast/?whose=college")
    for layer in OTHER_LAYERS:
        college.begins(layer, on="2026-09-07 11:00")

    with statements() as many:
        client.get("/forecast/?whose=college")

    assert len(many) <= len(few) + 8 <= 40
