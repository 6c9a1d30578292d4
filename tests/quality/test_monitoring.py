"""Readings get their level from the decision table; warnings open once, grow, and end."""

import pytest
from openpyxl import Workbook
from sqlalchemy import select

from app.foundation.db import db, transaction
from app.foundation.errors import Conflict, Invalid
from app.quality.monitoring import queries, rules, service
from app.quality.monitoring.models import Level, Measurement, Origin, QualityWarning, WarningRule, WarningStatus
from app.quality.standards import queries as standards
from app.quality.standards import service as standards_service
from tests.builders import TERM


def read(code: str, value: float, *, week: int = 12, subject: str = "OFF-JWC") -> Measurement:
    with transaction():
        return service.record_reading(
            code, subject_code=subject, period=f"{TERM}-W{week:02d}", value=value, origin=Origin.IMPORT
        )


def warnings() -> list[QualityWarning]:
    return list(db.session.scalars(select(QualityWarning).order_by(QualityWarning.id)))


@pytest.mark.scenario(7)
@pytest.mark.parametrize(
    ("value", "level"),
    [(78, "YELLOW"), (84.9, "YELLOW"), (85, "BLUE"), (92, "GREEN"), (69.9, "RED"), (99.6, "YELLOW_HIGH")],
)
def test_the_levels_of_an_indicator_where_more_is_better(app, value, level):
    indicator = standards.indicator("IK14")

    assert service.level_of(indicator, indicator, value) is Level(level)


@pytest.mark.scenario(8)
@pytest.mark.parametrize(
    ("code", "value", "level"),
    [
        ("IC11", 0, "GREEN"), ("IC11", 1, "YELLOW"), ("IC11", 2, "RED"),
        ("IT05", 12, "GREEN"), ("IT05", 18, "YELLOW"), ("IT05", 23, "RED"), ("IT05", 3, "RED"),
    ],
)  # fmt: skip
def test_the_levels_where_less_is_better_and_where_a_range_is_wanted(app, code, value, level):
    indicator = standards.indicator(code)

    assert service.level_of(indicator, indicator, value) is Level(level)


@pytest.mark.scenario(7)
def test_an_imported_value_below_the_standard_warns_the_subject_and_its_superior(college, tmp_path):
    college.at("2026-11-23 09:00")
    book = Workbook()
    book.active.title = "采集值"
    book.active.append(["指标编码", "主体编码", "期间", "采集值"])
    book.active.append(["IC12", "OFF-JWC", f"{TERM}-W12", 85])
    book.save(tmp_path / "readings.xlsx")

    done = college.app.test_cli_runner().invoke(args=["readings", "import", str(tmp_path / "readings.xlsx")])

    assert done.exit_code == 0, done.output
    assert [(w.level, w.side, w.status) for w in warnings()] == [(Level.YELLOW, "LOW", WarningStatus.OPEN)]
    assert [(mail.kind, mail.person_id) for mail in college.mails("M08")] == [("M08", "E011"), ("M08", "E003")]


def test_an_import_names_each_bad_row_and_keeps_the_good_ones(college, tmp_path):
    book = Workbook()
    book.active.title = "采集值"
    for row in (
        ["指标编码", "主体编码", "期间", "采集值"],
        ["IC12", "OFF-JWC", f"{TERM}-W12", 95],
        ["IC99", "OFF-JWC", f"{TERM}-W12", 95],
        ["IC12", "OFF-XXX", f"{TERM}-W12", 95],
        ["IC12", "OFF-JWC", "2031-W1", 95],
        ["IC12", "OFF-RSC", f"{TERM}-W12", "很多"],
    ):
        book.active.append(row)
    book.save(tmp_path / "readings.xlsx")

    done = college.app.test_cli_runner().invoke(args=["readings", "import", str(tmp_path / "readings.xlsx")])

    assert "已保存 1 行" in done.output
    for part in ("第 3 行：没有编码为“IC99”的指标", "第 4 行", "第 5 行", "第 6 行：采集值：“很多”不是数字"):
        assert part in done.output + done.stderr
    assert len(db.session.scalars(select(Measurement)).all()) == 1
    stewards = college.mails("M22")
    assert {mail.person_id for mail in stewards} == {"E021", "E037"}
    assert "第 6 行：采集值：“很多”不是数字" in stewards[0].body


@pytest.mark.scenario(9)
def test_the_same_value_again_makes_no_second_warning_and_the_third_yellow_period_is_red(college):
    college.at("2026-11-23 09:00")
    read("IC12", 85, week=10)
    read("IC12", 85, week=11)
    assert len(warnings()) == 1
    assert len(college.mails("M08")) == 2

    read("IC12", 85, week=12)

    assert [(w.level, w.persisted, w.periods) for w in warnings()] == [(Level.RED, True, 3)]
    assert {mail.person_id for mail in college.mails("M09")} >= {"E011", "E003", "E038"}


def test_a_correction_supersedes_the_value_and_both_stay(college):
    first = read("IC12", 85)
    second = read("IC12", 95)

    rows = db.session.scalars(select(Measurement).order_by(Measurement.id)).all()
    assert [(row.value, row.superseded_by_id) for row in rows] == [(85, second.id), (95, None)]
    assert first.id == rows[0].id
    assert warnings()[0].status is WarningStatus.RESOLVED


def test_a_green_value_resolves_the_warning_and_tells_those_who_were_warned(college):
    college.at("2026-11-23 09:00")
    read("IC12", 85, week=11)

    green = read("IC12", 93, week=12)

    warning = warnings()[0]
    assert (warning.status, warning.resolved_by_id) == (WarningStatus.RESOLVED, green.id)
    assert [mail.person_id for mail in college.mails("M10")] == ["E011", "E003"]


def test_an_old_period_filled_in_late_changes_nothing_of_today(college):
    read("IC12", 93, week=12)

    read("IC12", 60, week=3)

    assert warnings() == []


def test_a_value_too_good_to_be_true_asks_to_check_the_data(college):
    read("IC12", 99.9)

    assert [(w.rule, w.level, w.side) for w in warnings()] == [(WarningRule.DATA_ANOMALY, Level.YELLOW, "HIGH")]


def test_a_blue_value_is_a_notice_to_the_subject_alone(college):
    college.at("2026-11-23 09:00")
    read("IC12", 90)

    assert [w.level for w in warnings()] == [Level.BLUE]
    assert [mail.person_id for mail in college.mails("M08")] == ["E011"]


def test_a_reading_of_sunday_night_is_told_at_eight_on_monday(college):
    college.at("2026-11-22 22:00")

    read("IC12", 85)

    assert {college.local(mail.due_at) for mail in college.mails("M08")} == {"2026-11-23 08:00"}


def test_what_is_no_number_is_refused(app):
    with pytest.raises(Invalid):
        read("IC12", float("nan"))


def test_limits_change_by_a_new_version_with_a_reason_and_past_levels_stay(college):
    college.confirms_goals()
    before = read("IC12", 85, week=1)
    with transaction():
        standards_service.change_limits(
            "OFF-JWC", "IC12", year=2026, limits={"standard": 84.0}, by="E029", reason="委员会决定"
        )

    after = read("IC12", 85, week=2)

    assert (before.level, after.level) == (Level.YELLOW, Level.BLUE)
    assert standards.binding("OFF-JWC", "IC12", 2026).version == 2


@pytest.mark.parametrize(
    ("limits", "field"), [({"target": 80.0}, "target"), ({"warn_low": 89.0}, "standard")]
)
def test_limits_that_contradict_each_other_are_refused(college, limits, field):
    college.binds()

    with pytest.raises(Invalid) as refused, transaction():
        standards_service.change_limits("OFF-JWC", "IC12", year=2026, limits=limits, by="E029", reason="试试")

    assert field in refused.value.problems
    assert standards.binding("OFF-JWC", "IC12", 2026).version == 1


def test_a_warning_is_acknowledged_once_and_a_false_alarm_needs_a_reason(college):
    read("IC12", 85)
    warning = warnings()[0]
    with transaction():
        service.acknowledge(warning, by="E011")

    with pytest.raises(Conflict), transaction():
        service.acknowledge(warning, by="E003")
    with pytest.raises(Invalid), transaction():
        service.call_false_alarm(warning, by="E038", reason=" ")
    with transaction():
        service.call_false_alarm(warning, by="E038", reason="问卷样本有误")

    assert warnings()[0].status is WarningStatus.FALSE_ALARM
    assert queries.standing_warnings("OFF-JWC") == []


def test_a_red_warning_is_a_task_of_two_working_days_that_escalates(college):
    college.at("2026-11-23 09:00")
    read("IC12", 60)
    college.work()

    task = college.task("handle", subject="OFF-JWC")
    assert college.performers(task) == ["E011"]
    assert college.local(task.due_at) == "2026-11-25 17:30"
    college.live_until("2026-11-30")
    assert {mail.person_id for mail in college.mails("M06") if mail.task_id == task.id} == {"E003"}


def test_taking_a_red_warning_up_in_a_list_or_by_a_better_value_ends_its_task(college):
    college.at("2026-11-23 09:00")
    read("IC12", 60)
    read("IC12", 60, subject="OFF-RSC")
    college.work()

    with transaction():
        service.acknowledge(warnings()[0], by="E011")
    read("IC12", 95, subject="OFF-RSC")
    college.work()

    assert college.tasks("handle") == []


def test_a_red_warning_called_false_at_its_task_is_closed_with_the_reason(college):
    college.at("2026-11-23 09:00")
    read("IC12", 60)
    college.work()

    college.does("handle", action="false_alarm", opinion="问卷样本有误")

    assert [(w.status, w.note) for w in warnings()] == [(WarningStatus.FALSE_ALARM, "问卷样本有误")]


def test_only_those_within_reach_see_a_warning(college):
    college.at("2026-11-23 09:00")
    read("IC12", 85)

    def seen(person: str) -> int:
        return len(db.session.scalars(queries.visible_warnings(person)).all())

    assert [seen(person) for person in ("E011", "E003", "E029", "E013", "E037")] == [1, 1, 1, 0, 0]


@pytest.mark.parametrize(("periods", "level"), [(1, "YELLOW"), (2, "YELLOW"), (3, "RED"), (4, "RED")])
def test_yellow_grows_red_with_the_third_period(periods, level):
    assert rules.next_level(standing="YELLOW", reading="YELLOW", yellow_periods=periods) == level
