"""Reminders and escalations on the days of the made-up college's calendar."""

from datetime import date

import pytest
from sqlalchemy import update

from app import engine, escalation
from app.engine import HumanTask
from app.escalation import EscalationPolicy, recipients
from app.foundation.audit import AuditEvent
from app.foundation.db import db, transaction
from app.notifications import OutgoingMail
from app.organisation import calendar, service
from app.organisation.models import Assignment
from tests import weekly
from tests.escalation.conftest import (
    DIRECTOR,
    HEAD,
    LEADER,
    OFFICERS,
    PRESIDENT,
    SECTION_HEAD,
    ledger,
    mails,
    opened,
    told,
)


def steps(task):
    return [(each.on, each.step) for each in ledger(task)]


@pytest.mark.scenario(12)
def test_in_the_holiday_week_the_reminder_comes_the_day_before(deployed, live_until):
    deployed("2026-09-28 08:00")
    task = opened(HEAD, rule=weekly.in_week(5), escalation="short")
    assert f"{task.due_at.astimezone(calendar.COLLEGE_ZONE):%Y-%m-%d %H:%M}" == "2026-09-30 17:30"

    live_until("2026-09-30")

    assert steps(task) == [("09-29", "-1"), ("09-30", "0")]
    assert [mail.subject for mail in mails("M02")] == [
        "【诊改通】还剩1个工作日：填写自查：每周自查：教务处",
        "【诊改通】今日到期：填写自查：每周自查：教务处",
    ]


@pytest.mark.scenario(13)
def test_a_task_due_on_a_make_up_saturday_climbs_in_working_days(deployed, live_until):
    deployed("2026-10-08 08:00")
    task = opened(SECTION_HEAD, rule=weekly.in_week(6), escalation="short")

    live_until("2026-10-31")

    assert ledger(task)[2:] == [
        ("10-12", "+1", [SECTION_HEAD]),
        ("10-14", "+3", [HEAD]),
        ("10-16", "+5", [HEAD, *OFFICERS]),
        ("10-23", "+10", [LEADER, DIRECTOR]),
    ]
    assert told("M05") == [("M05", SECTION_HEAD)]
    assert db.session.get_one(HumanTask, task.id).nudge_at is None


@pytest.mark.scenario(14)
def test_the_make_up_sunday_and_the_mid_autumn_festival(deployed, live_until):
    deployed("2026-09-14 08:00")
    sunday = opened(HEAD, rule=weekly.in_week(3), escalation="short")
    thursday = opened(HEAD, rule=weekly.in_week(3, 4), escalation="short")

    live_until("2026-09-30")

    assert steps(sunday)[1:3] == [("09-20", "0"), ("09-21", "+1")]
    assert steps(thursday)[:3] == [("09-23", "-1"), ("09-24", "0"), ("09-28", "+1")]


@pytest.mark.scenario(18)
def test_nobody_is_told_anything_in_the_winter_break(deployed, live_until):
    deployed("2027-01-11 08:00")
    task = opened(HEAD, rule=weekly.on_day("2027-01-15"))

    live_until("2027-03-05")

    assert [each for each in steps(task) if each[1].startswith("+")][:2] == [("03-01", "+1"), ("03-03", "+3")]
    silent = [mail for mail in mails() if date(2027, 1, 18) <= mail.due_at.date() <= date(2027, 2, 28)]
    assert silent == []


@pytest.mark.scenario(34)
def test_superior_and_unit_are_those_of_the_new_post(deployed, live_until):
    deployed("2026-10-26 08:00")
    task = opened(SECTION_HEAD, rule=weekly.in_week(9), escalation="short")
    with transaction():
        service.assign(SECTION_HEAD, post_code="P-SEC-XX1", from_on=date(2026, 10, 28))

    live_until("2026-11-30")

    by_step = {each.step: each.told for each in ledger(task)}
    assert by_step["+3"] == ["E021"]  # head of 信息中心
    assert by_step["+5"] == ["E021", *OFFICERS]
    assert "信息中心" in mails("M07")[0].subject


@pytest.mark.scenario(35)
def test_the_deputy_is_reminded_and_told_of_lateness(deployed, live_until):
    deployed("2026-11-30 08:00")
    with transaction():
        service.delegate(HEAD, to_person_id="E012", from_on=date(2026, 12, 1), to_on=date(2026, 12, 7), reason="出差")
    opened(HEAD, rule=weekly.on_day("2026-12-04"), escalation="short")

    live_until("2026-12-09")

    assert told("M01") == [("M01", HEAD)]
    assert told("M02") == [("M02", HEAD), ("M02", "E012")] * 2
    assert told("M05") == [("M05", HEAD), ("M05", "E012")]
    assert told("M06") == [("M06", LEADER)]


def test_the_standard_ladder_reminds_three_times(deployed, live_until):
    deployed("2026-11-02 08:00")
    task = opened(HEAD, rule=weekly.on_day("2026-11-20"))

    live_until("2026-11-20")

    assert task.escalation == "standard:1"
    assert steps(task) == [("11-13", "-5"), ("11-18", "-2"), ("11-20", "0")]


def test_steps_come_at_half_past_eight(deployed):
    deployed("2026-11-02 08:00")
    task = opened(HEAD, rule=weekly.on_day("2026-11-20"))

    assert f"{task.nudge_at.astimezone(calendar.COLLEGE_ZONE):%m-%d %H:%M}" == "11-13 08:30"
    deployed("2026-11-13 08:29")
    assert escalation.remind_and_escalate() == 0
    deployed("2026-11-13 08:30")
    assert escalation.remind_and_escalate() == 1
    assert escalation.remind_and_escalate() == 0


def test_a_task_opened_late_starts_with_the_next_reminder(deployed, live_until):
    deployed("2026-11-17 10:00")
    task = opened(HEAD, rule=weekly.on_day("2026-11-20"))

    live_until("2026-11-20")

    assert steps(task) == [("11-18", "-2"), ("11-20", "0")]


def test_a_task_without_reminders_is_left_alone(deployed, live_until):
    deployed("2026-11-17 10:00")
    task = opened(HEAD, rule=weekly.on_day("2026-11-20"), escalation="none")

    live_until("2026-12-31")

    assert ledger(task) == []


def test_an_unknown_policy_is_the_standard_one(deployed, caplog):
    task = opened(HEAD, rule=weekly.on_day("2026-11-20"), escalation="nonsense")

    assert task.escalation == "standard:1"
    assert "nonsense" in caplog.text


def test_a_task_that_was_done_is_not_escalated(deployed, live_until):
    deployed("2026-11-16 08:00")
    task = opened(HEAD, rule=weekly.on_day("2026-11-20"))
    with transaction():
        engine.complete_task(task.id, weekly.REPORT, person_id=HEAD)
    reviewed = weekly.open_task(task_instance(task))

    live_until("2026-12-20")

    assert ledger(task) == []
    assert told("M05") == [("M05", DIRECTOR)]
    assert reviewed.id != task.id


def task_instance(task):
    return db.session.get_one(engine.ProcessInstance, task.instance_id)


def test_a_running_task_stays_on_the_version_it_was_opened_with(deployed, live_until):
    deployed("2026-11-16 08:00")
    old = opened(HEAD, rule=weekly.on_day("2026-11-20"))
    with transaction():
        db.session.add(
            EscalationPolicy(
                key="standard", version=2, steps=[{"after": 2, "kind": "M05", "to": ["PERFORMER"]}], valid=True
            )
        )
    new = opened(HEAD, rule=weekly.on_day("2026-11-20"))

    live_until("2026-11-24")

    assert (old.escalation, new.escalation) == ("standard:1", "standard:2")
    assert steps(new) == [("11-24", "+2")]
    assert ("11-23", "+1") in steps(old)


class TestWhoIsTold:
    def test_the_top_has_nobody_above_it(self, deployed, live_until):
        deployed("2026-11-16 08:00")
        task = opened("E001", rule=weekly.on_day("2026-11-20"), escalation="short", subject=None)

        live_until("2026-12-10")

        assert [each[1:] for each in ledger(task)] == [
            ("-1", ["E001"]), ("0", ["E001"]), ("+1", ["E001"]), ("+3", []), ("+5", OFFICERS), ("+10", [DIRECTOR]),
        ]  # fmt: skip

    def test_whoever_holds_no_post_belongs_to_the_unit_of_the_subject(self, deployed, live_until):
        deployed("2026-11-16 08:00")
        with transaction():
            db.session.execute(update(Assignment).where(Assignment.person_id == "E060").values(to_on=date(2026, 11, 1)))
        task = opened("E060", rule=weekly.on_day("2026-11-20"), escalation="short", subject="DEP-JGX")

        live_until("2026-12-10")

        by_step = {each.step: each.told for each in ledger(task)}
        assert by_step["+3"] == []
        assert by_step["+5"] == ["E047", *OFFICERS]
        assert by_step["+10"] == [LEADER, DIRECTOR]

    def test_a_role_nobody_knows_is_an_error_not_a_silence(self, deployed):
        with pytest.raises(ValueError, match="MAYOR"):
            recipients.people(["MAYOR"], recipients.Concerned([HEAD], None))

    def test_a_leaders_lateness_goes_to_the_president(self, deployed, live_until):
        deployed("2026-11-16 08:00")
        task = opened(LEADER, rule=weekly.on_day("2026-11-20"), escalation="short")

        live_until("2026-12-10")

        by_step = {each.step: each.told for each in ledger(task)}
        assert by_step["+3"] == [PRESIDENT]
        assert by_step["+5"] == OFFICERS

    def test_the_director_is_not_told_of_his_own_lateness(self, deployed, live_until):
        deployed("2026-11-16 08:00")
        task = opened(DIRECTOR, rule=weekly.on_day("2026-11-20"), escalation="short")

        live_until("2026-12-10")

        by_step = {each.step: each.told for each in ledger(task)}
        assert DIRECTOR not in by_step["+5"]
        assert by_step["+10"] == [PRESIDENT]

    def test_the_leader_gets_the_list_of_the_unit(self, deployed, live_until):
        deployed("2026-11-16 08:00")
        opened(SECTION_HEAD, rule=weekly.on_day("2026-11-20"), escalation="short")
        opened(HEAD, rule=weekly.on_day("2026-12-01"), escalation="short")
        opened("E012", rule=weekly.on_day("2026-11-20"), escalation="none", subject="OFF-XSC", place="学生处")

        live_until("2026-12-04")

        [mail, _director] = mails("M07")
        assert mail.person_id == LEADER
        assert mail.subject == "【诊改通】教务处有2项任务逾期"
        assert "尚嘉言 · 期限11月20日（周五）17:30 · 逾期10个工作日" in mail.body
        assert "崔砚秋 · 期限12月1日（周二）17:30 · 逾期3个工作日" in mail.body
        assert "学生处" not in mail.body

    def test_the_leader_gets_one_list_a_day_however_many_tasks_have_come_so_far(self, deployed, live_until):
        deployed("2026-11-16 08:00")
        one = opened(SECTION_HEAD, rule=weekly.on_day("2026-11-20"), escalation="short")
        other = opened(HEAD, rule=weekly.on_day("2026-11-20"), escalation="short")
        opened("E012", rule=weekly.on_day("2026-11-20"), escalation="short", subject="OFF-XSC", place="学生处")

        live_until("2026-12-04")

        assert ledger(one)[-1].told == ledger(other)[-1].told == [LEADER, DIRECTOR]
        assert sorted(told("M07")) == [("M07", "E003"), ("M07", "E004"), ("M07", "E029"), ("M07", "E029")]

    def test_the_superior_reads_who_what_and_how_late(self, deployed, live_until):
        deployed("2026-11-16 08:00")
        task = opened(SECTION_HEAD, rule=weekly.on_day("2026-11-20"), escalation="short")

        live_until("2026-11-25")

        [mail] = mails("M06")
        assert mail.subject == "【诊改通】尚嘉言逾期3个工作日：填写自查：每周自查：教务处"
        assert f"/tasks/{task.id}" in mail.body


class TestAfterADowntime:
    def test_everybody_gets_one_mail_and_all_steps_are_in_the_ledger(self, deployed):
        deployed("2026-11-16 08:00")
        task = opened(SECTION_HEAD, rule=weekly.on_day("2026-11-20"))

        deployed("2026-12-10 10:00")
        escalation.remind_and_escalate()

        assert [each.step for each in ledger(task)] == ["-2", "0", "+1", "+3", "+5", "+10"]
        assert told("M02", "M05", "M06", "M07") == [
            ("M05", SECTION_HEAD), ("M06", HEAD), *(("M06", each) for each in OFFICERS),
            ("M07", LEADER), ("M07", DIRECTOR),
        ]  # fmt: skip
        assert "逾期14个工作日" in mails("M05")[0].subject
        assert escalation.remind_and_escalate() == 0

    def test_the_last_missed_reminder_speaks_for_the_others(self, deployed):
        deployed("2026-11-02 08:00")
        task = opened(HEAD, rule=weekly.on_day("2026-11-20"))

        deployed("2026-11-19 10:00")
        escalation.remind_and_escalate()

        assert ledger(task) == [("11-19", "-5", []), ("11-19", "-2", [HEAD])]
        assert [mail.subject for mail in mails("M02")] == ["【诊改通】还剩1个工作日：填写自查：每周自查：教务处"]

    def test_what_is_caught_up_at_night_waits_for_the_morning(self, deployed):
        deployed("2026-11-16 08:00")
        opened(HEAD, rule=weekly.on_day("2026-11-20"))

        deployed("2026-11-29 02:00")  # Sunday
        escalation.remind_and_escalate()

        [mail] = mails("M05")
        assert f"{mail.due_at.astimezone(calendar.COLLEGE_ZONE):%m-%d %H:%M}" == "11-30 08:00"

    def test_older_steps_come_first(self, deployed):
        deployed("2026-11-02 08:00")
        late = opened(HEAD, rule=weekly.on_day("2026-11-13"), escalation="short")
        early = opened("E012", rule=weekly.on_day("2026-11-11"), escalation="short", subject="OFF-XSC")

        deployed("2026-11-13 10:00")
        escalation.remind_and_escalate()

        assert [mail.task_id for mail in mails("M02", "M05")] == [early.id, late.id]


class TestAMovedDeadline:
    def move(self, task, day):
        with transaction():
            derived = calendar.derive({"kind": "day", "on": day})
            engine.move_deadline(
                task.instance_id, node="report", due_at=derived.at, due_rule={"kind": "day", "on": day}
            )

    def test_the_ladder_starts_anew_from_the_new_day(self, deployed, live_until):
        deployed("2026-11-02 08:00")
        task = opened(HEAD, rule=weekly.on_day("2026-11-20"))
        live_until("2026-11-19")
        self.move(task, "2026-11-30")

        live_until("2026-12-01")

        assert steps(task) == [
            ("11-13", "-5"), ("11-18", "-2"), ("11-23", "-5"), ("11-26", "-2"), ("11-30", "0"), ("12-01", "+1"),
        ]  # fmt: skip

    def test_reminders_that_are_past_for_the_new_day_are_left_out(self, deployed, live_until):
        deployed("2026-11-02 08:00")
        task = opened(HEAD, rule=weekly.on_day("2026-11-20"), escalation="none")
        with transaction():
            db.session.execute(update(HumanTask).where(HumanTask.id == task.id).values(escalation="standard:1"))
        deployed("2026-11-19 10:00")
        self.move(task, "2026-11-23")

        live_until("2026-11-23")

        assert steps(task) == [("11-23", "0")]

    def test_nothing_is_said_twice_for_the_same_deadline(self, deployed, live_until):
        deployed("2026-11-16 08:00")
        task = opened(HEAD, rule=weekly.on_day("2026-11-20"), escalation="short")
        live_until("2026-11-23")
        before = steps(task)
        self.move(task, "2026-11-20")

        live_until("2026-11-24")

        assert steps(task) == before == [("11-19", "-1"), ("11-20", "0"), ("11-23", "+1")]


def test_one_broken_task_does_not_silence_the_others(deployed, caplog):
    deployed("2026-11-16 08:00")
    broken = opened(HEAD, rule=weekly.on_day("2026-11-20"), escalation="short")
    whole = opened(HEAD, rule=weekly.on_day("2026-11-20"), escalation="short")
    with transaction():
        db.session.execute(update(HumanTask).where(HumanTask.id == broken.id).values(escalation="gone:7"))

    deployed("2026-11-19 08:30")
    assert escalation.remind_and_escalate() == 1

    assert (ledger(broken), steps(whole)) == ([], [("11-19", "-1")])
    assert "gone:7" in caplog.text
    with transaction():
        db.session.execute(update(HumanTask).where(HumanTask.id == broken.id).values(escalation="short:1"))
    deployed("2026-11-19 08:45")
    assert escalation.remind_and_escalate() == 1
    assert steps(broken) == [("11-19", "-1")]


def test_a_step_does_not_disturb_whoever_has_the_form_open(deployed):
    deployed("2026-11-16 08:00")
    task = opened(HEAD, rule=weekly.on_day("2026-11-20"))
    before = task.version

    deployed("2026-11-18 08:30")
    escalation.remind_and_escalate()

    db.session.expire_all()
    assert db.session.get_one(HumanTask, task.id).version == before


def test_escalations_are_in_the_audit_trail_and_reminders_are_not(deployed, live_until):
    deployed("2026-11-16 08:00")
    task = opened(HEAD, rule=weekly.on_day("2026-11-20"))
    live_until("2026-11-23")

    events = db.session.query(AuditEvent).filter_by(act="task.escalate").all()

    assert [(event.thing, event.details["step"]) for event in events] == [(f"task:{task.id}", "+1")]


def test_a_failing_mail_leaves_no_entry_in_the_ledger(deployed, monkeypatch):
    deployed("2026-11-16 08:00")
    task = opened(HEAD, rule=weekly.on_day("2026-11-20"))
    monkeypatch.setattr("app.escalation.telling._names", lambda people: 1 / 0)

    deployed("2026-11-18 08:30")
    assert escalation.remind_and_escalate() == 0

    assert ledger(task) == []
    assert db.session.query(OutgoingMail).filter_by(kind="M02").count() == 0
