"""What the quality office assessed of a programme in a term, as its page shows it (R-150, R-164).

A public course is assessed once and stands in the batch of each programme that
uses it (scenario 22). Results of persons are listed only for those who may
read them (I-14), for everybody else they are counted.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select

from app import security
from app.foundation.db import db
from app.foundation.errors import NotFound
from app.organisation import teaching
from app.organisation.models import OrgUnit, Person, Subject, SubjectState
from app.organisation.teaching import Course, Programme, ProgrammeCourse, StudentProfile
from app.quality.assessment import queries
from app.quality.assessment.models import Assessment, Finding
from app.security.rules import PERSON_LAYERS

LAYERS = ("PROGRAMME", "COURSE", "TEACHER", "STUDENT")


@dataclass(frozen=True)
class BatchRow:
    """An assessment of the batch. `programmes` counts those that use the course; `opens`: its subject's page is for the reader."""

    assessment: Assessment
    subject: Subject
    findings: int
    programmes: int
    opens: bool

    @property
    def grade(self) -> str | None:
        """Return the grade once the assessed may read it."""
        return self.assessment.grade if queries.is_out(self.assessment) else None


@dataclass(frozen=True)
class Batch:
    """The page. `unlisted` counts, by layer, what the reader may not read; `members` all that the programme is made of."""

    programme: Programme
    department: str
    leader: str
    rows: list[BatchRow]
    assessed: Counter[str]
    unlisted: Counter[str]
    members: dict[str, int]

    @property
    def grades(self) -> Counter[str]:
        """Return how many of the listed rows have each grade."""
        return Counter(row.grade for row in self.rows if row.grade)

    def of_layer(self, layer: str) -> list[BatchRow]:
        return [row for row in self.rows if row.subject.layer_code == layer]


@dataclass(frozen=True)
class ProgrammeLine:
    """A programme in the list, with how many of its courses and students were assessed."""

    programme: Programme
    department: str
    leader: str
    courses: int
    courses_assessed: int
    students_assessed: int


def batch(person_id: str, programme_code: str, term: str) -> Batch:
    """Return the batch of a programme in a term. Raises `NotFound` for a programme the person does not read."""
    line = db.session.execute(_visible(person_id).where(Programme.code == programme_code)).one_or_none()
    if line is None:
        raise NotFound("没有这个专业，或者您无权查看。")
    held = queries.batch_of(programme_code, term)
    codes = [row.subject_code for row in held]
    reads = security.reach_of(person_id, "diagnosis.read").condition(Subject.code)
    subjects = {
        subject.code: (subject, opens)
        for subject, opens in db.session.execute(select(Subject, reads).where(Subject.code.in_(codes)))
    }
    findings = _counted(
        select(Finding.assessment_id, func.count())
        .where(Finding.assessment_id.in_([row.id for row in held]))
        .group_by(Finding.assessment_id)
    )
    shared = _counted(
        select(ProgrammeCourse.course_code, func.count())
        .where(ProgrammeCourse.course_code.in_(codes))
        .group_by(ProgrammeCourse.course_code)
    )
    rows = [
        BatchRow(
            row, subjects[row.subject_code][0], findings.get(row.id, 0), shared.get(row.subject_code, 0),
            opens=bool(subjects[row.subject_code][1]),
        )
        for row in held
    ]  # fmt: skip
    listed = [row for row in rows if row.opens or row.subject.layer_code not in PERSON_LAYERS]
    assessed = Counter(subjects[code][0].layer_code for code in set(codes))
    return Batch(
        *line, listed, assessed,
        unlisted=Counter(row.subject.layer_code for row in rows if row not in listed),
        members=_members(teaching.subjects_of_programme(programme_code)),
    )  # fmt: skip


def listed(person_id: str, term: str) -> list[ProgrammeLine]:
    """Return the programmes a person reads, by department, in a fixed number of statements."""
    lines = db.session.execute(_visible(person_id).order_by(Programme.department_code, Programme.code)).all()
    of_programme, assessed = ProgrammeCourse.programme_code, func.count(Assessment.subject_code.distinct())
    courses = _counted(
        select(of_programme, func.count())
        .join(Course, Course.code == ProgrammeCourse.course_code)
        .where(Course.active)
        .group_by(of_programme)
    )
    courses_held = _counted(
        select(of_programme, assessed)
        .join(Course, Course.code == ProgrammeCourse.course_code)
        .join(Assessment, Assessment.subject_code == Course.code)
        .where(Course.active, queries.by_quality_office(term))
        .group_by(of_programme)
    )
    students_held = _counted(
        select(StudentProfile.programme_code, assessed)
        .join(Assessment, Assessment.subject_code == StudentProfile.student_id)
        .where(queries.by_quality_office(term))
        .group_by(StudentProfile.programme_code)
    )
    return [
        ProgrammeLine(
            programme, department, leader, courses.get(programme.code, 0), courses_held.get(programme.code, 0),
            students_held.get(programme.code, 0),
        )
        for programme, department, leader in lines
    ]  # fmt: skip


def _visible(person_id: str) -> Select[Programme, str, str]:
    """Return (programme, department, leader's name) of the programmes whose diagnoses a person reads."""
    return (
        select(Programme, OrgUnit.name_zh, func.coalesce(Person.name_zh, ""))
        .join(OrgUnit, OrgUnit.code == Programme.department_code)
        .outerjoin(Person, Person.id == Programme.leader_id)
        .where(Programme.active, security.reach_of(person_id, "diagnosis.read").condition(Programme.code))
    )


def _members(codes: Collection[str]) -> dict[str, int]:
    return _counted(
        select(Subject.layer_code, func.count())
        .where(Subject.code.in_(codes), Subject.state == SubjectState.ACTIVE)
        .group_by(Subject.layer_code)
    )


def _counted(query: Select) -> dict[Any, int]:
    """Return what a query of two columns counts, by its first."""
    return {row[0]: row[1] for row in db.session.execute(query)}
