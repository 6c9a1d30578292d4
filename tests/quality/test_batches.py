"""What the quality office assessed of a programme in a term, through its doors."""

import pytest

from app.foundation import clock
from app.foundation.db import db, transaction
from app.quality.assessment.models import Assessment, AssessmentStatus, Finding, Severity
from tests.builders import FINDING, TERM
from tests.doors import signed_in, statements

DIRECTOR, LEADER, HEAD, ANOTHER_LEADER, CHAIR = "E029", "E059", "E046", "E058", "E002"
ADDRESS = "/assessments/programmes/PG08"


def page(college, address: str = ADDRESS, *, by: str = DIRECTOR) -> str:
    db.session.rollback()
    return signed_in(college.app, by).get(address).text


def assessed(subject: str, grade: str = "B", *, unit: str = "OFF-ZGB", out: bool = True, findings: int = 0) -> None:
    """An assessment of a subject has been issued, or is only on its way."""
    facts = {**FINDING, "point": "DC02"}
    with transaction():
        row = Assessment(
            subject_code=subject, term_code=TERM, assessor_unit=unit, assessors=["E038"], held_on=clock.today(), grade=grade,
            status=AssessmentStatus.ISSUED if out else AssessmentStatus.DRAFTED, issued_at=clock.now() if out else None,
        )  # fmt: skip
        row.findings = [
            Finding(point_code=facts["point"], severity=Severity.MINOR, **{
                name: facts[name] for name in ("problem", "evidence", "requirement", "measurable_target")
            })
            for _number in range(findings)
        ]  # fmt: skip
        db.session.add(row)


@pytest.fixture
def batch(college):
    """Of PG08 its own course KC16, the public course KC27, a teacher of its team and two students were assessed."""
    college.at("2026-12-15 09:00")
    assessed("KC16", "C", findings=2)
    assessed("KC27", "A")
    assessed("E065", "B")
    assessed("S008", "D")
    assessed("S020", "A", out=False)
    return college


@pytest.mark.scenario(22)
def test_a_public_course_stands_in_the_batch_of_each_programme_that_uses_it(batch):
    for code in ("PG08", "PG01", "PG12"):
        shown = page(batch, f"/assessments/programmes/{code}")
        row = shown.split("KC27</span>")[1].split("</tr>")[0]
        assert "12个专业共用" in row and "grade-a" in row
    assert "KC16" not in page(batch, "/assessments/programmes/PG01")


def test_a_row_has_state_grade_and_findings_and_no_grade_before_it_is_issued(batch):
    shown = page(batch)

    course = shown.split("KC16</span>")[1].split("</tr>")[0]
    assert "已下达" in course and "grade-c" in course and ">2<" in course
    on_its_way = shown.split("S020</span>")[1].split("</tr>")[0]
    assert "结果待反馈" in on_its_way and "grade-" not in on_its_way


def test_what_the_department_assessed_is_not_in_the_batch(batch):
    assessed("KC15", "D", unit="DEP-XGX")

    assert "KC15</span>" not in page(batch)


def test_results_of_persons_are_counted_for_those_who_may_not_read_them(batch):
    leader = page(batch, by=LEADER)

    assert "KC16</span>" in leader and "KC27</span>" in leader and "grade-c" in leader
    for person in ("E065</span>", "S008</span>", "grade-d"):
        assert person not in leader
    assert "1项个人考核不在您的查看范围" in leader and "2项个人考核不在您的查看范围" in leader
    for reader in (DIRECTOR, HEAD):
        shown = page(batch, by=reader)
        assert "E065</span>" in shown and "S008</span>" in shown and "grade-d" in shown
    assert "S008</span>" not in page(batch, by=CHAIR)


def test_a_programme_out_of_reach_is_not_there(batch):
    for address in (ADDRESS, "/assessments/programmes/NOPE"):
        assert signed_in(batch.app, ANOTHER_LEADER).get(address).status_code == 404
    assert signed_in(batch.app, DIRECTOR).get(f"{ADDRESS}?term=nonsense").status_code == 404


def test_the_list_leads_to_the_programmes_in_reach(batch):
    everything = page(batch, "/assessments/programmes/")
    assert everything.count("data-row>") == 12
    row = everything.split("PG08</span>")[1].split("</tr>")[0]
    assert ">2 / " in row and ">2</td>" in row

    own = page(batch, "/assessments/programmes/", by=LEADER)
    assert "PG08</span>" in own and own.count("data-row>") == 1


def test_another_term_has_its_own_batch(batch):
    batch.at("2027-03-15 09:00")

    assert "这个学期还没有考核" in page(batch)
    assert "KC16</span>" in page(batch, f"{ADDRESS}?term={TERM}")


def test_more_rows_cost_no_more_statements(batch):
    with statements() as few:
        page(batch)
    for subject in ("KC15", "KC17", "E066", "S009", "S010"):
        assessed(subject)
    with statements() as many:
        page(batch)

    assert len(many) == len(few) <= 30
    with statements() as listing:
        page(batch, "/assessments/programmes/")
    assert len(listing) <= 16
