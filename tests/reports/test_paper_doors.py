"""Who gets which paper, under which name, how fast; and what the pages offer."""

import time
from urllib.parse import quote

import pytest
from sqlalchemy import select

from app.foundation import clock
from app.foundation.audit import AuditEvent
from app.foundation.db import db, transaction
from app.quality.assessment.models import Assessment, AssessmentStatus, Finding, Severity
from app.quality.diagnosis.models import SelfDiagnosis
from app.quality.rectification import service as rectification
from app.quality.review.models import SpecialMeeting
from app.quality.standards.models import DiagnosisPoint, Standard, StandardStatus
from app.reports.documents import pdf_writer
from app.reports.documents.structure import Document, Table, in_lines, spans
from tests.builders import FINDING, TERM
from tests.doors import signed_in
from tests.reports.papers import DIRECTOR, fetched, sheet, status
from tests.reports.test_papers import answered, key

__all__ = ["answered"]

RESPONSIBLE, STRANGER = "E011", "E014"


@pytest.fixture
def lived(college):
    """教务处 handed a window in and has an order."""
    college.confirms_goals()
    college.does("diagnose", subject="OFF-JWC")
    college.issues_order(on="2026-09-01 09:00")
    with transaction():
        db.session.scalars(select(Assessment)).one().status = AssessmentStatus.ISSUED
    return college


def papers(college) -> list[str]:
    return [
        "goals/OFF-JWC.xlsx", f"self-diagnosis/{key(SelfDiagnosis)}.docx", f"assessment/{key(Assessment)}.docx",
        "order/ZG-2026-001.docx",
    ]  # fmt: skip


def test_whoever_does_not_reach_a_unit_finds_none_of_its_papers(lived):
    for address in papers(lived):
        assert status(lived, address, by=RESPONSIBLE) == 200, address
        assert status(lived, address, by=STRANGER) == 404, address


@pytest.mark.parametrize(
    "address",
    [
        "order/ZG-2026-999.pdf", "order/ZG-2026-001.xlsx", "letter/1.pdf", "assessment/x.pdf", "assessment/²³.pdf",
        "ledger/none.xlsx", "goals/OFF-XXX.docx", "self-diagnosis/99999999999999999999.pdf", "standard-table/OFFICE_POST.pdf",
    ],
)  # fmt: skip
def test_what_is_not_there_answers_alike(lived, address):
    assert status(lived, address, by=DIRECTOR) == 404


def test_the_ledger_holds_only_what_its_reader_sees(lived):
    assert fetched(lived, "ledger/all.xlsx", by=STRANGER)[:2] == b"PK"
    assert "ZG-2026-001" not in _ledger_text(lived, STRANGER)
    assert "ZG-2026-001" in _ledger_text(lived, RESPONSIBLE)


def test_a_record_is_the_assessors_own_until_the_grade_is_drafted(lived):
    address = f"assessment/{key(Assessment)}.docx"
    for stage, seen in ((AssessmentStatus.HELD, 404), (AssessmentStatus.DRAFTED, 200)):
        with transaction():
            db.session.scalars(select(Assessment)).one().status = stage
        assert status(lived, address, by=RESPONSIBLE) == seen
        assert status(lived, address, by="E038") == status(lived, address, by=DIRECTOR) == 200


def test_a_meetings_papers_are_for_its_people_and_its_tasks_for_whoever_has_one(answered):
    meeting = key(SpecialMeeting)

    assert status(answered, f"meeting-minutes/{meeting}.docx", by="E003") == 200  # attends
    assert status(answered, f"meeting-minutes/{meeting}.docx", by="E040") == 200  # wrote them
    assert status(answered, f"meeting-minutes/{meeting}.docx", by=STRANGER) == 404
    assert status(answered, f"meeting-tasks/{meeting}.docx", by=STRANGER) == 404
    assert status(answered, f"meeting-tasks/{meeting}.docx", by="E019") == 200  # has a task
    assert status(answered, f"meeting-minutes/{meeting}.docx", by="E019") == 404


def test_a_draft_of_a_standard_is_for_those_who_write_standards(college):
    row = key(Standard, code="STD-T4-PG11")
    assert db.session.get_one(Standard, row).status is StandardStatus.DRAFT

    assert status(college, f"standard/{row}.docx", by=STRANGER) == 404
    assert status(college, f"standard/{row}.docx", by=DIRECTOR) == 200
    assert status(college, f"standard/{key(Standard, code='STD-T2-JWC1')}.docx", by=STRANGER) == 200


def test_another_readers_look_at_sensitive_points_leaves_a_trace(lived):
    with transaction():
        db.session.get_one(DiagnosisPoint, "DC02").sensitive = True

    fetched(lived, "order/ZG-2026-001.docx")

    trace = db.session.scalars(select(AuditEvent).where(AuditEvent.act == "document.read_sensitive")).one()
    assert (trace.person_id, trace.thing) == (DIRECTOR, "document:order/ZG-2026-001")


def test_the_files_have_chinese_names(lived):
    client = signed_in(lived.app, DIRECTOR)

    saved = client.get("/documents/order/ZG-2026-001.docx").headers
    shown = client.get("/documents/order/ZG-2026-001.pdf").headers

    name = quote("限期整改通知书 ZG-2026-001 教务处")
    assert saved["Content-Disposition"].startswith("attachment;")
    assert f"filename*=UTF-8''{name}.docx" in saved["Content-Disposition"]
    assert shown["Content-Disposition"].startswith("inline;") and shown["Content-Type"] == "application/pdf"


def test_a_name_for_a_file_has_no_signs_that_a_system_forbids():
    assert Document(title="表", number="A/1:2", about='甲\n"乙"', blocks=[]).file_name == "表 A 1 2 甲 乙"


def test_without_the_libraries_a_pdf_is_refused_with_a_way_on(lived, monkeypatch):
    def missing(_name):
        raise OSError("cannot load library 'libpango-1.0-0'")

    monkeypatch.setattr(pdf_writer, "import_module", missing)
    answer = signed_in(lived.app, DIRECTOR).get("/documents/order/ZG-2026-001.pdf")

    assert answer.status_code == 503
    assert "请先下载 Word 版" in answer.text


def test_a_pdf_of_thousands_of_rows_is_refused(lived, monkeypatch):
    monkeypatch.setattr(pdf_writer, "MOST_ROWS", 0)

    answer = signed_in(lived.app, DIRECTOR).get("/documents/ledger/all.pdf")

    assert answer.status_code == 422 and "Excel" in answer.text


def test_a_ledger_of_two_hundred_orders_takes_less_than_two_seconds(college):
    with transaction():
        for number in range(200):
            _order(("OFF-JWC", "OFF-XSC", "OFF-RSC", "OFF-CWC")[number % 4])
    client = signed_in(college.app, DIRECTOR)
    client.get("/documents/ledger/closed.xlsx")

    began = time.perf_counter()
    answer = client.get("/documents/ledger/all.xlsx")

    assert answer.status_code == 200 and time.perf_counter() - began < 2


def test_the_pages_offer_their_papers(lived):
    client = signed_in(lived.app, DIRECTOR)
    record = db.session.get_one(SelfDiagnosis, key(SelfDiagnosis))

    assert "/documents/order/ZG-2026-001.pdf" in client.get("/orders/ZG-2026-001").text
    assert "/documents/ledger/overdue.xlsx?unit=OFF-JWC" in client.get("/orders/?shelf=overdue&unit=OFF-JWC").text
    assert f"/documents/self-diagnosis/{record.id}.docx" in client.get(f"/procedures/{record.instance_id}").text
    assert "/documents/goals/OFF-JWC.xlsx" in client.get("/documents/").text
    assert "/documents/" in client.get("/overview/").text


def test_the_meetings_page_offers_its_four_papers(answered):
    meeting = db.session.scalars(select(SpecialMeeting)).one()

    shown = signed_in(answered.app, DIRECTOR).get(f"/procedures/{meeting.instance_id}").text

    for kind in ("agenda", "minutes", "resolutions", "tasks"):
        assert f"/documents/meeting-{kind}/{meeting.id}.pdf" in shown


def test_the_page_of_papers_shows_only_the_goals_in_reach(lived):
    shown = signed_in(lived.app, STRANGER).get("/documents/").text

    assert "/documents/goals/OFF-ZJC.docx" in shown and "/documents/goals/OFF-JWC.docx" not in shown
    assert "行政处室管理服务岗位工作标准说明书" in shown


@pytest.mark.parametrize(("cells", "covered"), [("aab", [2, 0, 1]), ("abab", [1, 1, 1, 1]), ("", []), ("aaa", [3, 0, 0])])
def test_equal_neighbours_are_joined(cells, covered):
    assert spans(cells) == covered


def test_what_is_left_of_a_forms_head_gets_lines_of_its_own():
    pairs = [("甲", "1"), ("乙", "2"), ("丙", "3")]

    assert [len(line) for line in in_lines(pairs, 2).lines] == [2, 1]
    assert [len(line) for line in in_lines(pairs[:1], 2, 2).lines] == [1]


def test_an_empty_table_says_so():
    assert Table([], []).empty == "无"


def _ledger_text(college, person: str) -> str:
    return str(list(sheet(college, "ledger/all", by=person).iter_rows(values_only=True)))


def _order(subject: str) -> None:
    facts = dict(FINDING)
    row = Assessment(
        subject_code=subject, term_code=TERM, assessor_unit="OFF-ZGB", assessors=["E038"], held_on=clock.today(), grade="B",
    )  # fmt: skip
    row.findings = [Finding(point_code=facts.pop("point"), severity=Severity(facts.pop("severity")), **facts)]
    db.session.add(row)
    db.session.flush()
    rectification.issue_orders(row)
