"""The college's report: gathered, drafted, answered, approved, published; what it hands on to whom."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app import engine
from app.foundation import clock
from app.foundation.db import db, transaction
from app.organisation import queries as organisation
from app.organisation.models import Layer, Person, PersonKind
from app.quality.assessment.models import Assessment, AssessmentStatus, Finding, Severity
from app.quality.monitoring import service as monitoring
from app.quality.monitoring.models import Origin
from app.quality.rectification import queries as rectification
from app.quality.rectification.models import OrderStatus
from app.quality.results import service
from app.quality.results.models import (
    AppraisalLink,
    Audience,
    CollegeReport,
    LinkStatus,
    ReportKind,
    ReportState,
    ResultPublication,
)
from tests.builders import FINDING, TERM, College
from tests.doors import signed_in
from tests.quality.test_review import DETERMINATION

OFFICER, DIRECTOR, CHAIR, STRANGER = "E038", "E029", "E002", "E014"
TEACHER, COLLEAGUE, STUDENT, CLASSMATE = "E065", "E064", "S008", "S020"
OPENS = "2027-01-11 08:35"  # the first working day of week 20


def report(kind: ReportKind = ReportKind.HALF_YEAR) -> CollegeReport:
    db.session.expire_all()
    return db.session.scalars(select(CollegeReport).where(CollegeReport.kind == kind)).one()


def links() -> list[AppraisalLink]:
    db.session.expire_all()
    return list(db.session.scalars(select(AppraisalLink).order_by(AppraisalLink.id)))


def graded(subject: str, grade: str, *findings: dict, assessor: str = "OFF-ZGB") -> None:
    """A subject was assessed this term and the result is issued."""
    with transaction():
        row = Assessment(
            subject_code=subject, term_code=TERM, assessor_unit=assessor, assessors=["E039"], held_on=clock.today(),
            grade=grade, status=AssessmentStatus.ISSUED, summary="总体良好",
        )  # fmt: skip
        row.findings = [
            Finding(point_code=each["point"], severity=Severity(each["severity"]), **_rest(each)) for each in findings
        ]
        db.session.add(row)


def _rest(finding: dict) -> dict:
    return {key: value for key, value in finding.items() if key not in ("point", "severity")}


def at_the_draft(college: College, kind: str = "HALF_YEAR") -> engine.HumanTask:
    """Return the open draft of a report of that kind."""
    title = {"HALF_YEAR": "半年", "YEAR": "年度"}[kind]
    return next(task for task in college.tasks("cr_draft") if title in task.title)


def drafts(college: College) -> None:
    """The half-year's report is drafted from its figures and sent to the heads of units."""
    answer = college.hands_in(at_the_draft(college))
    assert answer.status_code == 200, answer.get_data(as_text=True)
    college.work()


def publishes(college: College) -> None:
    """Nobody objects within three working days; director and committee pass the report."""
    drafts(college)
    college.at("2027-01-14 17:31")
    college.does("cr_review")
    college.does("cr_approve", action="approve")


@pytest.fixture
def week_20(college):
    """The morning on which the reports begin; an office was graded D, a teacher and a student B and C.

    The layers' own procedures are not what is told of here: no term has begun by itself.
    """
    with transaction():
        db.session.get_one(Layer, "COLLEGE").self_starting = False
    college.at("2026-12-15 10:00")
    graded("OFF-JWC", "D", FINDING)
    graded("OFF-XSC", "B")
    graded("PG08", "A")
    graded("KC16", "C", assessor="DEP-XGX")
    graded(TEACHER, "B", {**FINDING, "point": "DT09", "problem": "企业实践天数不足"})
    graded(STUDENT, "C", {**FINDING, "point": "DS11", "problem": "学分进度落后"})
    college.at("2027-01-10 18:00")
    assert college.tasks("cr_draft") == []
    college.at(OPENS)
    return college


@pytest.fixture
def published(week_20):
    """The half-year's report is out."""
    publishes(week_20)
    return week_20


# It begins


def test_both_reports_of_the_autumn_term_begin_on_the_first_working_day_of_week_20(week_20):
    assert [task.title for task in week_20.tasks("cr_draft")] == [
        "起草2026-2027学年第一学期半年诊断与改进报告", "起草2026年度诊断与改进报告",
    ]  # fmt: skip
    assert week_20.performers(at_the_draft(week_20)) == ["E038", "E039", "E041"]


def test_they_begin_once(week_20):
    week_20.at("2027-01-12 08:35")

    assert db.session.scalar(select(func.count(CollegeReport.id))) == 2


def test_the_spring_term_has_no_yearly_report(college):
    college.at("2027-07-12 09:00")

    rows = db.session.execute(select(CollegeReport.kind, CollegeReport.term_code)).all()
    assert [tuple(row) for row in rows] == [(ReportKind.HALF_YEAR, "2026-2027-2")]


def test_the_year_takes_both_terms_that_began_in_it(week_20):
    assert report(ReportKind.YEAR).figures["terms"] == ["2025-2026-2", TERM]
    assert report().figures["terms"] == [TERM]


def test_by_hand_the_quality_office_begins_one_and_nobody_else(college):
    college.at("2026-12-21 09:00")
    for stranger in ("E011", CHAIR, STUDENT):
        assert signed_in(college.app, stranger).post("/results/", data={"kind": "HALF_YEAR"}).status_code == 403

    answer = signed_in(college.app, OFFICER).post("/results/", data={"kind": "HALF_YEAR"})

    assert answer.status_code == 303
    assert answer.location.endswith(f"/results/{report().id}")
    again = signed_in(college.app, OFFICER).post("/results/", data={"kind": "HALF_YEAR"})
    assert again.status_code == 409


def test_the_command_begins_one_and_says_which(college):
    college.at("2026-12-21 09:00")
    flask = college.app.test_cli_runner()

    assert "已开始编制：2026-2027学年第一学期半年诊断与改进报告" in flask.invoke(args=["report", "start", "HALF_YEAR"]).output
    assert flask.invoke(args=["report", "start", "HALF_YEAR"]).exit_code == 1
    spring = flask.invoke(args=["report", "start", "YEAR", "--term", "2026-2027-2"])
    assert "秋季学期" in spring.output
    assert "2099-1" in flask.invoke(args=["report", "start", "YEAR", "--term", "2099-1"]).output


# Its figures


def test_the_draft_opens_with_what_the_figures_say(week_20):
    shown = engine.prefill(at_the_draft(week_20))

    assert "考核性诊断评定2个（B1、D1），发现问题1个（一般1）" in shown["college"]
    assert "考核等级 2（A 0，B 1，C 0，D 1）" in shown["college_figures"]
    assert "评定不足5个，" in shown["teacher"]  # one teacher: not even the grade
    assert shown["teacher_figures"].endswith("考核等级 不足5")


def test_figures_of_every_layer_come_from_what_happened(college):
    college.confirms_goals()
    college.does("diagnose", subject="OFF-JWC")
    with transaction():
        monitoring.record_reading("IC12", subject_code="OFF-JWC", period=f"{TERM}-W01", value=60, origin=Origin.IMPORT)
    college.issues_order(on="2026-09-28 10:00")
    with transaction():
        db.session.scalars(select(Assessment)).one().status = AssessmentStatus.ISSUED
    college.live_until("2026-10-17")
    with transaction():
        figures = service.start_report(ReportKind.HALF_YEAR, TERM).figures

    offices = figures["layers"]["COLLEGE"]
    assert offices["subjects"] == 34
    assert offices["diagnoses"]["SUBMITTED"] == 1 and offices["diagnoses"]["MISSED"] > 0
    assert offices["findings"] == {"MINOR": 1}
    assert offices["orders"] == {"OVERDUE": 1}
    assert offices["grades"] == {"B": 1}
    assert offices["warnings"]["RED"] and sum(offices["warnings"].values()) == offices["endings"]["STANDING"]
    assert [(each["order"], each["state"], each["problem"]) for each in figures["unresolved"]] == [
        ("ZG-2026-001", "OVERDUE", "调停课审批超时")
    ]


def test_the_figures_stay_as_they_were_taken(published):
    before = report().figures
    graded("OFF-RSC", "A")

    published.at("2027-03-02 09:00")

    assert report().figures == before
    with transaction(), pytest.raises(Exception, match="I-17"):
        service.draft(db.session.get_one(CollegeReport, report().id), {}, by=OFFICER)


# Opinions


def test_each_units_head_is_asked_at_the_same_time_and_silence_is_consent(week_20):
    drafts(week_20)
    asked = week_20.tasks("cr_opinions")
    assert len(asked) == 34
    assert {week_20.local(task.due_at) for task in asked} == {"2027-01-14 17:30"}
    mine = next(task for task in asked if "教务处" in task.title)
    assert week_20.performers(mine) == organisation.head_of("OFF-JWC")

    week_20.hands_in(mine, action="remark", opinion="请写明教学楼改造的影响")
    week_20.at("2027-01-14 17:31")

    assert week_20.tasks("cr_opinions") == []
    assert week_20.performers(week_20.task("cr_review")) == [DIRECTOR]
    assert "教务处（崔砚秋）：请写明教学楼改造的影响" in engine.prefill(week_20.task("cr_review"))["remarks"]


def test_nobody_is_pressed_for_an_opinion(week_20):
    drafts(week_20)
    week_20.at("2027-01-14 17:31")

    pressed = [mail for kind in ("M02", "M05", "M06", "M07") for mail in week_20.mails(kind) if "征求" in mail.subject]
    assert pressed == []


def test_when_all_have_answered_nobody_waits_for_the_timer(week_20):
    drafts(week_20)
    for task in week_20.tasks("cr_opinions"):
        assert week_20.hands_in(task, action="agree").status_code == 200
    week_20.work()

    assert week_20.task("cr_review")
    assert report().state is ReportState.OPINIONS


def test_an_opinion_needs_words(week_20):
    drafts(week_20)

    assert week_20.hands_in(week_20.tasks("cr_opinions")[0], action="remark").status_code == 422


# Review and approval


def test_the_committee_may_return_it_and_its_opinion_reaches_the_drafter(week_20):
    drafts(week_20)
    week_20.at("2027-01-14 17:31")
    week_20.does("cr_review", summary="主任改过的总述，写明了下一步。")
    assert week_20.performers(week_20.task("cr_approve")) == [CHAIR]

    week_20.does("cr_approve", action="return", opinion="补充食堂整改")

    assert report().state is ReportState.DRAFT
    again = at_the_draft(week_20)
    assert engine.prefill(again)["summary"] == "主任改过的总述，写明了下一步。"
    assert [mail.kind for mail in week_20.mails("M03", to=OFFICER)] == ["M03"]


def test_the_director_may_return_it(week_20):
    drafts(week_20)
    week_20.at("2027-01-14 17:31")

    week_20.does("cr_review", action="return", opinion="数据要写进正文")

    assert at_the_draft(week_20)


# Publishing


@pytest.mark.scenario(31)
def test_staff_read_the_grades_of_units_and_nobody_elses_personal_one(published):
    page = signed_in(published.app, STRANGER).get(f"/results/{report().id}")

    assert page.status_code == 200
    for words in ("教务处", "grade-d", "grade-a", "grade-c"):
        assert words in page.text
    for person in (TEACHER, STUDENT):
        assert organisation.person(person).name_zh not in page.text
    assert "企业实践天数不足" not in page.text
    assert "&lt;5" in page.text  # one teacher, one student


@pytest.mark.scenario(31)
def test_a_teacher_and_a_student_see_their_own_result_and_only_that(published):
    own = {TEACHER: ("grade-b", "企业实践天数不足"), STUDENT: ("grade-c", "学分进度落后")}
    for person, words in own.items():
        page = signed_in(published.app, person).get("/results/mine").text
        assert all(each in page for each in words)
        assert not any(each in page for other, said in own.items() if other != person for each in said)
    for other in (COLLEAGUE, CLASSMATE):
        assert "还没有公布您的考核结果" in signed_in(published.app, other).get("/results/mine").text


@pytest.mark.scenario(31)
def test_a_student_has_his_own_result_instead_of_the_report(published):
    student = signed_in(published.app, STUDENT)

    assert student.get("/results/").location == "/results/mine"
    assert student.get(f"/results/{report().id}").status_code == 404


@pytest.mark.scenario(31)
def test_everybody_on_the_staff_is_told_and_whom_it_concerns_of_his_own(published):
    mails = published.mails("M18")
    staff = db.session.scalar(
        select(func.count(Person.id)).where(Person.active, Person.kind.not_in((PersonKind.STUDENT, PersonKind.EXTERNAL)))
    )
    told = [mail.person_id for mail in mails if "已发布" in mail.subject]
    own = [mail for mail in mails if "您的考核结果" in mail.subject]

    assert len(told) == len(set(told)) == staff
    assert STUDENT not in told and TEACHER in told
    assert [mail.person_id for mail in own] == [STUDENT, TEACHER]
    assert all("/results/mine" in mail.body and "等级：" not in mail.body for mail in own)
    assert f"/results/{report().id}" in next(mail for mail in mails if mail.person_id == STRANGER).body


def test_published_assessments_say_so(published):
    rows = db.session.scalars(select(Assessment.status).distinct()).all()
    audiences = db.session.execute(select(ResultPublication.layer_code, ResultPublication.audience)).all()

    assert rows == [AssessmentStatus.PUBLISHED]
    assert {row.layer_code for row in audiences if row.audience is Audience.PERSON} == {"TEACHER", "STUDENT"}


def test_what_the_committee_has_not_approved_cannot_be_published(week_20):
    with transaction(), pytest.raises(Exception, match="委员会审定"):
        service.publish(db.session.get_one(CollegeReport, report().id))


def test_a_draft_is_for_the_quality_office_and_the_committee(week_20):
    for reader in (OFFICER, DIRECTOR, CHAIR):
        assert signed_in(week_20.app, reader).get(f"/results/{report().id}").status_code == 200
    for stranger in (STRANGER, "E042", TEACHER, STUDENT):
        assert signed_in(week_20.app, stranger).get(f"/results/{report().id}").status_code == 404


# Unresolved problems


@pytest.fixture
def overdue(college):
    """An order of 30 December fell due on 8 January and is still unanswered when the report begins."""
    college.issues_order(on="2026-12-30 10:00", workdays=5)
    with transaction():
        db.session.scalars(select(Assessment)).one().status = AssessmentStatus.ISSUED
    college.live_until("2027-01-11")
    assert rectification.order("ZG-2026-001").status is OrderStatus.OVERDUE
    return college


def test_an_order_listed_as_overdue_goes_on_to_the_determination_and_the_meeting(overdue):
    publishes(overdue)

    assert overdue.tasks("submit") == []
    overdue.does("determine", **DETERMINATION)
    overdue.does("confirm", action="approve")
    assert rectification.order("ZG-2026-001").status is OrderStatus.REFERRED
    assert engine.prefill(overdue.task("sm_schedule"))["items"][0]["order_no"] == "ZG-2026-001"


def test_an_order_answered_before_the_publication_is_left_alone(overdue):
    drafts(overdue)
    overdue.does("submit", measures="已上线手机审批", result="超时0件")
    overdue.at("2027-01-14 17:31")
    overdue.does("cr_review")
    overdue.does("cr_approve", action="approve")

    assert overdue.tasks("determine") == []
    assert overdue.task("review")


# Reward and penalty


@pytest.mark.scenario(32)
def test_grade_d_of_an_office_gives_personnel_a_draft_and_nothing_applies_by_itself(published):
    task = published.task("ap_check")
    rows = {link.subject_code: link for link in links()}

    assert published.performers(task) == organisation.head_of("OFF-RSC")
    assert set(rows) == {"OFF-JWC", "PG08", "KC16"}  # the table proposes nothing for B, and never for people
    assert rows["OFF-JWC"].status is LinkStatus.DRAFT and rows["OFF-JWC"].coefficient == 0.85
    published.at("2027-03-10 09:00")
    assert {link.status for link in links()} == {LinkStatus.DRAFT}
    with pytest.raises(Exception, match="I-18"), transaction():
        service.apply_links(report().id, [{"link": rows["OFF-JWC"].id}], by="E012")


@pytest.mark.scenario(32)
def test_it_applies_once_the_committee_has_approved(published):
    published.does("ap_check")
    published.does("ap_propose")
    assert published.performers(published.task("ap_decide")) == [CHAIR]
    decided = decisions(REFUSED={"KC16"})
    without_reason = published.hands_in(published.task("ap_decide"), links=[{**row, "reason": ""} for row in decided])
    assert without_reason.status_code == 422

    published.does("ap_decide", links=decided)

    rows = {link.subject_code: link for link in links()}
    assert rows["KC16"].status is LinkStatus.REFUSED and rows["KC16"].approved_by is None
    assert rows["OFF-JWC"].status is LinkStatus.APPROVED and rows["OFF-JWC"].approved_by == CHAIR
    shown = engine.prefill(published.task("ap_apply"))["links"]
    assert [row["subject"] for row in shown] == [rows[code].subject_name for code in ("OFF-JWC", "PG08")]
    published.does("ap_apply", links=[{"link": row["link"], "note": "计入2027年3月绩效"} for row in shown])
    assert [link.status for link in links()].count(LinkStatus.APPLIED) == 2


def test_with_nothing_approved_nothing_is_left_to_carry_out(published):
    published.does("ap_check")
    published.does("ap_propose")
    published.does("ap_decide", links=decisions(REFUSED={"OFF-JWC", "PG08", "KC16"}))

    assert published.tasks("ap_apply") == []
    assert {link.status for link in links()} == {LinkStatus.REFUSED}


def test_personnel_corrects_what_the_table_proposed(published):
    row = engine.prefill(published.task("ap_check"))["links"][0]
    published.does("ap_check", links=[{"link": row["link"], "coefficient": 0.9, "text": "约谈处长"}])

    assert engine.prefill(published.task("ap_propose"))["links"][0]["coefficient"] == 0.9


def test_the_database_itself_refuses_a_link_that_nobody_approved(published):
    with pytest.raises(IntegrityError), transaction():
        links()[0].status = LinkStatus.APPLIED


def test_the_yearly_report_neither_proposes_nor_tells_again(published):
    answer = published.hands_in(at_the_draft(published, "YEAR"))
    assert answer.status_code == 200
    published.at("2027-03-05 08:35")
    published.does("cr_review")
    published.does("cr_approve", action="approve")

    assert report(ReportKind.YEAR).state is ReportState.PUBLISHED
    assert len(links()) == 3
    assert len([mail for mail in published.mails("M18", to=TEACHER) if "您的考核结果" in mail.subject]) == 1
    assert len(published.tasks("ap_check")) == 1


def test_proposals_are_for_committee_director_personnel_and_audit(published):
    hr = organisation.head_of("OFF-RSC")[0]
    for reader in (CHAIR, DIRECTOR, hr):
        page = signed_in(published.app, reader).get("/results/appraisal")
        assert page.status_code == 200 and "教务处" in page.text
    for stranger in ("E042", OFFICER, TEACHER, STUDENT):
        assert signed_in(published.app, stranger).get("/results/appraisal").status_code == 404


def decisions(**refused: set[str]) -> list[dict]:
    """Return the committee's decisions: approve all but those refused."""
    return [
        {"link": str(link.id), "decision": "REFUSED", "reason": "已另行处理"}
        if link.subject_code in refused.get("REFUSED", ())
        else {"link": str(link.id), "decision": "APPROVED"}
        for link in links()
    ]
