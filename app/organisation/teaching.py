"""Programmes, courses, classes, students and teams, and the quality subjects that stand for them.

What a layer's procedure asks of the organisation is answered here: who leads
the programmes of a course, who looks after a student, who heads a subject's
department, who belongs to a subject.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, case, or_, select, union
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.foundation import audit, reference
from app.foundation.clock import today
from app.foundation.db import Model, Word, db
from app.foundation.errors import NotFound
from app.foundation.reference import Reference, remembered
from app.organisation import queries
from app.organisation.models import Assignment, OrgUnit, Person, Post, RoleGrant, Subject, SubjectState, UnitKind


class Programme(Reference, Model):
    code: Mapped[str] = mapped_column(String(16), primary_key=True)
    name_zh: Mapped[str] = mapped_column(String(80))
    national_code: Mapped[str] = mapped_column(String(12), default="")
    department_code: Mapped[str] = mapped_column(ForeignKey("org_unit.code"), index=True)
    leader_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    level_zh: Mapped[str] = mapped_column(String(40), default="")
    duration_years: Mapped[int] = mapped_column(default=3)
    enrolment: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)


class Course(Reference, Model):
    """A course of its home department; `running_form_zh` is how it is taught (理论课, 理实一体课, ...)."""

    code: Mapped[str] = mapped_column(String(16), primary_key=True)
    name_zh: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(4), default="")
    department_code: Mapped[str] = mapped_column(ForeignKey("org_unit.code"), index=True)
    leader_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    credits: Mapped[float] = mapped_column(default=0)
    hours: Mapped[int] = mapped_column(default=0)
    running_form_zh: Mapped[str] = mapped_column(String(20), default="")
    active: Mapped[bool] = mapped_column(default=True)
    programmes: Mapped[list["ProgrammeCourse"]] = relationship(
        cascade="all, delete-orphan", order_by="ProgrammeCourse.programme_code", lazy="selectin"
    )

    @property
    def shared(self) -> bool:
        """Whether more than one programme uses it (公共课)."""
        return len(self.programmes) > 1


class ProgrammeCourse(Reference, Model):
    """A programme uses a course."""

    programme_code: Mapped[str] = mapped_column(ForeignKey("programme.code"), primary_key=True)
    course_code: Mapped[str] = mapped_column(ForeignKey("course.code"), primary_key=True, index=True)


class CourseTerm(Reference, Model):
    """A course runs in a term."""

    course_code: Mapped[str] = mapped_column(ForeignKey("course.code"), primary_key=True)
    term_code: Mapped[str] = mapped_column(ForeignKey("term.code"), primary_key=True)


class SchoolClass(Reference, Model):
    code: Mapped[str] = mapped_column(String(24), primary_key=True)
    name_zh: Mapped[str] = mapped_column(String(80))
    programme_code: Mapped[str] = mapped_column(ForeignKey("programme.code"), index=True)
    grade: Mapped[int]
    counsellor_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"))


class StudentStatus(StrEnum):
    ENROLLED = "ENROLLED"
    SUSPENDED = "SUSPENDED"
    GRADUATED = "GRADUATED"
    LEFT = "LEFT"


class StudentProfile(Reference, Model):
    """Where a student stands (学籍)."""

    __table_args__ = (
        Index("ix_student_profile_programme", "programme_code", "status"),
        Index("ix_student_profile_counsellor", "counsellor_id"),
    )

    student_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True)
    class_code: Mapped[str] = mapped_column(ForeignKey("school_class.code"), index=True)
    programme_code: Mapped[str] = mapped_column(ForeignKey("programme.code"))
    grade: Mapped[int]
    counsellor_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    status: Mapped[StudentStatus] = mapped_column(Word(StudentStatus), default=StudentStatus.ENROLLED)
    on_internship: Mapped[bool] = mapped_column(default=False)


class Team(Reference, Model):
    """The team of a programme or course (团队)."""

    subject_code: Mapped[str] = mapped_column(ForeignKey("subject.code"), primary_key=True)
    leader_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    members: Mapped[list["TeamMember"]] = relationship(
        cascade="all, delete-orphan", order_by="TeamMember.person_id", lazy="selectin"
    )


class TeamMember(Reference, Model):
    subject_code: Mapped[str] = mapped_column(ForeignKey("team.subject_code"), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)


# A student's state among the quality subjects; who has left has none any more.
STATES = {
    StudentStatus.ENROLLED: SubjectState.ACTIVE,
    StudentStatus.SUSPENDED: SubjectState.SUSPENDED,
    StudentStatus.GRADUATED: SubjectState.CLOSED,
    StudentStatus.LEFT: SubjectState.CLOSED,
}


def programme(code: str) -> Programme:
    """Return the programme. Raises `NotFound`."""
    found = reference.row(Programme, code)
    if found is None:
        raise NotFound(f"没有编码为“{code}”的专业。")
    return found


def student(student_id: str) -> StudentProfile:
    """Return where a student stands. Raises `NotFound`."""
    found = reference.row(StudentProfile, student_id)
    if found is None:
        raise NotFound(f"没有编号为“{student_id}”的学生。")
    return found


@remembered
def programmes_of(course_code: str) -> list[Programme]:
    """Return the programmes that use a course, by code."""
    return list(
        db.session.scalars(
            select(Programme)
            .join(ProgrammeCourse, ProgrammeCourse.programme_code == Programme.code)
            .where(ProgrammeCourse.course_code == course_code)
            .order_by(Programme.code)
        )
    )


@remembered
def programme_leaders(subject_code: str) -> list[str]:
    """Function `programme leaders(subject)`: who leads the programmes a subject belongs to.

    For a course these are the programmes of its own department; a public
    course, which others only use, has none: it answers to its department.
    """
    if (found := reference.row(Programme, subject_code)) is not None:
        return [found.leader_id] if found.leader_id else []
    if (profile := reference.row(StudentProfile, subject_code)) is not None:
        leader = programme(profile.programme_code).leader_id
        return [leader] if leader else []
    course = reference.row(Course, subject_code)
    if course is None:
        return []
    own = [each for each in programmes_of(subject_code) if each.department_code == course.department_code]
    return list(dict.fromkeys(each.leader_id for each in own if each.leader_id))


@remembered
def collective_of(person_id: str) -> str:
    """Return the subject that answers for what is not a teacher's or student's own: a programme, else the department.

    A teacher's programme is, in the own department, the one whose team he is
    in, else one whose courses he leads or teaches; none that he leads himself.
    """
    found = queries.subject(person_id)
    if (profile := reference.row(StudentProfile, person_id)) is not None:
        return profile.programme_code
    teams = select(TeamMember.subject_code).where(TeamMember.person_id == person_id)
    courses = select(ProgrammeCourse.programme_code).join(Course, Course.code == ProgrammeCourse.course_code)
    taught = courses.where(or_(Course.leader_id == person_id, Course.code.in_(teams)))
    unit = queries.root_unit(found.unit_code)
    programme_code = db.session.scalar(
        select(Programme.code)
        .where(
            Programme.active, Programme.department_code == unit, Programme.leader_id != person_id,
            or_(Programme.code.in_(teams), Programme.code.in_(taught)),
        )
        .order_by(case((Programme.code.in_(teams), 0), else_=1), Programme.code)
        .limit(1)
    )  # fmt: skip
    return programme_code or unit


def counsellor(subject_code: str) -> list[str]:
    """Function `counsellor(subject)`: who looks after a student; without one, the head of the department."""
    profile = reference.row(StudentProfile, subject_code)
    if profile is not None and profile.counsellor_id:
        return [profile.counsellor_id]
    return department_head(subject_code)


def department_head(subject_code: str) -> list[str]:
    """Function `department head(subject)`: the head of a subject's department; for the head's own, who is above."""
    found = queries.subject(subject_code)
    unit = queries.root_unit(found.unit_code)
    heads = queries.head_of(unit)
    return queries.leader_of(unit) if found.responsible_id in heads else heads


def superiors_of(person_id: str) -> list[str]:
    """Function `superior(person)`: who is directly above: the counsellor of a student, else by the tree of posts."""
    if reference.row(StudentProfile, person_id) is not None:
        return counsellor(person_id)
    return queries.superior_of(person_id)


def leaders_over(subject_code: str) -> list[str]:
    """Return who answers above a subject: a unit's supervising leader, else the head of its department."""
    found = queries.subject(subject_code)
    if found.ref_type == "UNIT":
        return queries.leader_of(queries.root_unit(found.unit_code))
    return department_head(subject_code)


def people_of(subject_code: str) -> set[str]:
    """Return who belongs to a subject (I-9): a unit's people, a team's members, and who is responsible."""
    found = queries.subject(subject_code)
    people = set(queries.responsible_for(subject_code))
    if found.ref_type == "UNIT":
        return people | set(queries.members_of(queries.root_unit(found.unit_code)))
    members = select(TeamMember.person_id).where(TeamMember.subject_code == subject_code)
    return people | set(db.session.scalars(members))


@remembered
def subjects_above(subject_code: str) -> set[str]:
    """Return the subjects whose goals may be broken down into those of a subject (R-045).

    The offices stand for the college; then the department, the programmes of a
    course, what a teacher leads or belongs to, a student's programme with its
    courses and the counsellor.
    """
    found = queries.subject(subject_code)
    unit = queries.root_unit(found.unit_code)
    offices = select(Subject.code).join(OrgUnit, OrgUnit.code == Subject.unit_code)
    offices = offices.where(Subject.ref_type == "UNIT", OrgUnit.kind != UnitKind.DEPARTMENT)
    above = {*db.session.scalars(offices), unit}
    if found.layer_code == "COURSE":
        above |= {each.code for each in programmes_of(subject_code)}
    elif found.layer_code == "TEACHER":
        above |= _worked_in(subject_code)
    elif (profile := reference.row(StudentProfile, subject_code)) is not None:
        courses = select(ProgrammeCourse.course_code).where(ProgrammeCourse.programme_code == profile.programme_code)
        above |= {profile.programme_code, *db.session.scalars(courses)}
        above |= {profile.counsellor_id} if profile.counsellor_id else set()
    return above - {subject_code}


def _worked_in(person_id: str) -> set[str]:
    """Return the programmes and courses a teacher leads or whose team he belongs to."""
    led = [select(kind.code).where(kind.leader_id == person_id) for kind in (Programme, Course)]
    teams = select(TeamMember.subject_code).where(TeamMember.person_id == person_id)
    return set(db.session.scalars(union(*led, teams)))


@remembered
def runs_in(subject_code: str, term: str) -> bool:
    """Say whether a subject is at work in a term: a course runs only in its own terms, everything else always."""
    if reference.row(Course, subject_code) is None:
        return True
    return db.session.get(CourseTerm, (subject_code, term)) is not None


@remembered
def on_internship(subject_code: str) -> bool:
    """Say whether a subject is a student on internship."""
    profile = reference.row(StudentProfile, subject_code)
    return profile is not None and profile.on_internship


def students_of(programme_code: str) -> list[str]:
    """Return the enrolled students of a programme, by number."""
    return list(
        db.session.scalars(
            select(StudentProfile.student_id)
            .where(
                StudentProfile.programme_code == programme_code, StudentProfile.status == StudentStatus.ENROLLED
            )
            .order_by(StudentProfile.student_id)
        )
    )


def subjects_of_programme(code: str) -> set[str]:
    """Return the subjects a programme is made of: itself, its courses, those who lead or teach them, its students."""
    found = {code, *db.session.scalars(select(ProgrammeCourse.course_code).where(ProgrammeCourse.programme_code == code))}
    own = select(Course.code).join(ProgrammeCourse, ProgrammeCourse.course_code == Course.code)
    own = own.where(
        ProgrammeCourse.programme_code == code, Course.department_code == programme(code).department_code
    )
    led = select(Course.leader_id).where(Course.code.in_(own))
    teams = select(TeamMember.person_id).where(TeamMember.subject_code.in_([code, *db.session.scalars(own)]))
    people = {programme(code).leader_id, *db.session.scalars(led), *db.session.scalars(teams)}
    return found | {each for each in people if each} | set(students_of(code))


def set_status(student_id: str, status: StudentStatus, *, by: str | None) -> Subject | None:
    """Change a student's status, and his subject's state with it. Returns the subject.

    Raises `NotFound`. What runs of a student who left is ended by whoever calls.
    """
    student(student_id)
    profile, subject = db.session.get_one(StudentProfile, student_id), db.session.get(Subject, student_id)
    before, profile.status = profile.status, status
    if subject is not None:
        subject.state = STATES[status]
    audit.record("student.set_status", f"person:{student_id}", person_id=by, before=before.value, after=status.value)
    db.session.flush()
    return subject


def ensure_subjects() -> int:
    """Create the quality subjects that programmes, courses, teachers and students need; returns how many are new.

    Names, departments and responsible persons follow the organisation; a state
    somebody has set stays.
    """
    known = {subject.code: subject for subject in db.session.scalars(select(Subject))}
    before = len(known)
    for each in (*_of_programmes(), *_of_courses(), *_of_teachers(), *_of_students()):
        subject = known.get(each["code"])
        if subject is None:
            known[each["code"]] = subject = Subject(**each)
            db.session.add(subject)
        elif subject.layer_code == each["layer_code"]:
            for field in ("name_zh", "unit_code", "responsible_id"):
                if getattr(subject, field) != each[field]:
                    setattr(subject, field, each[field])
    db.session.flush()
    return len(known) - before


def _of_programmes() -> Iterable[dict[str, Any]]:
    for each in db.session.scalars(select(Programme).where(Programme.active).order_by(Programme.code)):
        yield _facts(each.code, "PROGRAMME", each.name_zh, each.department_code, each.leader_id)


def _of_courses() -> Iterable[dict[str, Any]]:
    for each in db.session.scalars(select(Course).where(Course.active).order_by(Course.code)):
        yield _facts(each.code, "COURSE", each.name_zh, each.department_code, each.leader_id)


def _of_teachers() -> Iterable[dict[str, Any]]:
    """Everybody who teaches today and has a primary post in a department."""
    teaches = select(RoleGrant.person_id).where(
        RoleGrant.role == "TEACHER", RoleGrant.from_on <= today(),
        (RoleGrant.to_on.is_(None)) | (RoleGrant.to_on >= today()),
    )  # fmt: skip
    rows = db.session.execute(
        select(Person.id, Person.name_zh, OrgUnit.code, OrgUnit.kind, OrgUnit.parent_code)
        .join(Assignment, Assignment.person_id == Person.id)
        .join(Post, Post.code == Assignment.post_code)
        .join(OrgUnit, OrgUnit.code == Post.unit_code)
        .where(Person.id.in_(teaches), Person.active, Assignment.is_primary, queries.holds_on(today()))
        .order_by(Person.id)
    )
    for row in rows:
        unit = row.parent_code if row.kind is UnitKind.SECTION else row.code
        yield _facts(row.id, "TEACHER", row.name_zh, unit, row.id)


def _of_students() -> Iterable[dict[str, Any]]:
    rows = db.session.execute(
        select(StudentProfile.student_id, StudentProfile.status, Person.name_zh, Programme.department_code)
        .join(Person, Person.id == StudentProfile.student_id)
        .join(Programme, Programme.code == StudentProfile.programme_code)
        .where(Person.active, StudentProfile.status.in_([StudentStatus.ENROLLED, StudentStatus.SUSPENDED]))
        .order_by(StudentProfile.student_id)
    )
    for row in rows:
        facts = _facts(row.student_id, "STUDENT", row.name_zh, row.department_code, row.student_id)
        yield {**facts, "state": STATES[row.status]}


def _facts(code: str, layer: str, name: str, unit: str, responsible: str | None) -> dict[str, Any]:
    kind = "PERSON" if code == responsible else layer
    return {
        "code": code, "layer_code": layer, "ref_type": kind, "name_zh": name, "unit_code": unit,
        "responsible_id": responsible,
    }  # fmt: skip
