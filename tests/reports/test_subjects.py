"""The page of a quality subject: the spiral with its counts, the charts, and who may look."""

import pytest
from sqlalchemy import select

from app.foundation.audit import AuditEvent
from app.foundation.db import db, transaction
from app.quality.monitoring import service as monitoring
from app.quality.monitoring.models import Origin
from app.reports.subjects import spiral
from app.reports.subjects.spiral import Facts, State
from app.reports.subjects.trend import Limits, chart
from tests.builders import TERM
from tests.doors import signed_in, statements

DIRECTOR, HEAD, LEADER = "E029", "E011", "E059"


def page(college, code, *, by, status=200):
    answer = signed_in(college.app, by).get(f"/subjects/{code}")
    assert answer.status_code == status
    return answer.get_data(as_text=True)


def reads(college, indicator, subject, value, *, period=f"{TERM}-W02"):
    with transaction():
        monitoring.record_reading(indicator, subject_code=subject, period=period, value=value, origin=Origin.AUTO)


# The spiral


def test_the_spiral_has_the_boxes_of_both_loops():
    assert [each.name_zh for each in spiral.STATIC] == [
        "建设目标", "考核标准", "任务计划", "组织", "实施", "自我诊断", "考核性诊断", "创新学习", "改进提升",
    ]  # fmt: skip
    assert [each.name_zh for each in spiral.DYNAMIC] == ["监测分析", "发布预警", "调整改进"]


@pytest.mark.parametrize(
    ("facts", "at"),
    [
        (Facts(), ""),
        (Facts(running=True), "goals"),
        (Facts(running=True, goals=2, goals_confirmed=1), "goals"),
        (Facts(running=True, goals=2, goals_confirmed=2), "carry_out"),
        (Facts(running=True, goals=1, goals_confirmed=1, diagnosis_open=True), "diagnosis"),
        (Facts(running=True, goals=1, goals_confirmed=1, diagnosis_open=True, assessments=1), "assessment"),
        (Facts(running=True, goals=1, goals_confirmed=1, assessments=1, orders_open=1), "improvement"),
        (Facts(running=False, orders_open=1), "improvement"),
    ],
)
def test_a_subject_stands_where_the_furthest_thing_is_under_way(facts, at):
    assert spiral.present(facts) == at


def test_a_warning_alerts_and_what_is_done_is_done():
    states = spiral.states(Facts(running=True, goals=1, goals_confirmed=1, plans=1, people=3, windows_due=2, diagnoses_done=2, warnings=1))

    assert states["goals"] is states["plan"] is states["organise"] is states["diagnosis"] is State.DONE
    assert states["warnings"] is State.ALERT
    assert states["assessment"] is State.AHEAD
    assert states["carry_out"] is State.CURRENT


def test_each_station_lies_on_its_curve():
    curves = spiral.curves()

    for lobe, stations in (("static", spiral.STATIC), ("dynamic", spiral.DYNAMIC)):
        for each in stations:
            assert f" {each.x:g} {each.y:g}" in curves[lobe]


# The small charts


def test_bands_fill_the_chart_from_the_red_line_up():
    drawn = chart([70, 80], Limits("UP", target=90, standard=85, warn_low=60))

    assert [band.style for band in drawn.bands] == ["r", "y", "b", "g"]
    assert sum(band.height for band in drawn.bands) == pytest.approx(72, abs=0.3)
    assert [line.kind for line in drawn.lines] == ["target", "standard", "red"]


def test_for_a_falling_indicator_the_bands_lie_the_other_way_round():
    drawn = chart([2], Limits("DOWN", target=0, standard=1, warn_high=3))

    assert [band.style for band in drawn.bands] == ["g", "b", "y", "r"]


def test_a_range_is_good_in_its_middle():
    drawn = chart([50], Limits("RANGE", target=40, target_high=60, warn_low=20, warn_high=80))

    assert [band.style for band in drawn.bands] == ["r", "y", "g", "y", "r"]


def test_one_value_is_a_level_line_and_none_is_no_line():
    assert len(chart([5], Limits("UP")).points.split()) == 2
    assert chart([], Limits("UP")).points == ""
    assert chart([], Limits("UP")).bands == []


# The page


def test_the_page_shows_where_an_office_stands(college):
    college.confirms_goals()
    reads(college, "IC10", "OFF-JWC", 3.4)

    text = page(college, "OFF-JWC", by=HEAD)

    assert "建设目标：1" in text
    assert "发布预警" in text
    assert "教学运行日常管理" in text
    assert "查看流程" in text


def test_the_task_that_waits_for_the_reader_is_one_click_away(college):
    college.starts_term()

    assert f'href="/tasks/{college.task("enter_goals", subject="OFF-JWC").id}"' in page(college, "OFF-JWC", by=HEAD)
    assert "/tasks/" not in page(college, "OFF-JWC", by=DIRECTOR)


def test_a_public_course_names_the_programmes_that_use_it(college):
    text = page(college, "KC27", by=DIRECTOR)

    assert text.count("/subjects/PG") == 12


def test_whoever_has_only_himself_is_led_to_his_own_page(college):
    answer = signed_in(college.app, "S008").get("/subjects/")

    assert answer.status_code == 302
    assert answer.location.endswith("/subjects/S008")


def test_the_standards_that_apply_are_named_and_counted(college):
    programme, course = page(college, "PG04", by=DIRECTOR), page(college, "KC05", by=DIRECTOR)

    assert "考核标准：1" in programme
    assert "理实一体课" in course
    assert "考核标准：0" not in page(college, "S008", by="S008"), "Table 9 holds for every student"


def test_a_classmate_has_no_way_in(college):
    page(college, "S008", by="S020", status=404)
    page(college, "S008", by="E044", status=404)


def test_reading_somebody_elses_sensitive_points_leaves_a_trace(college):
    college.binds("S008", layer="STUDENT")
    reads(college, "IS05", "S008", 100)

    page(college, "S008", by="S008")
    assert _traces() == []
    page(college, "S008", by="E072")

    assert _traces() == ["E072"]


def test_a_subject_is_found_by_what_was_typed_be_it_in_small_letters(college):
    client = signed_in(college.app, DIRECTOR)

    assert 'href="/subjects/OFF-JWC"' in client.get("/subjects/?q=off-jwc").get_data(as_text=True)
    assert 'href="/subjects/OFF-JWC"' not in client.get("/subjects/?q=OFF_JWC").get_data(as_text=True)


def test_the_list_is_as_long_as_the_reach(college):
    client = signed_in(college.app, DIRECTOR)

    assert "学生层面" in client.get("/subjects/").get_data(as_text=True)
    only = client.get("/subjects/?layer=COURSE&q=数据库").get_data(as_text=True)
    assert "数据库应用" in only
    assert "高等数学" not in only


def test_the_page_costs_a_bounded_number_of_statements(college):
    college.confirms_goals()
    client = signed_in(college.app, DIRECTOR)
    client.get("/subjects/OFF-JWC")
    with statements() as few:
        client.get("/subjects/OFF-CWC")
    for week in range(2, 9):
        for indicator in ("IC10", "IC11", "IC08"):
            reads(college, indicator, "OFF-JWC", 1, period=f"{TERM}-W{week:02d}")

    with statements() as many:
        client.get("/subjects/OFF-JWC")

    assert len(many) <= len(few) + 4 <= 46


def _traces():
    db.session.rollback()
    return list(db.session.scalars(select(AuditEvent.person_id).where(AuditEvent.act == "subject.read_sensitive")))
