"""Programmes, courses, classes, students and teams from one workbook: all of it, or nothing.

Like `imports`: each sheet is optional, rows are added or brought up to date by
code and number, every row is looked at before any is saved. A student's status
changes what runs of him, which is not this room's: the changes are handed back.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app.foundation import audit
from app.foundation.clock import today
from app.foundation.db import Model, db
from app.organisation import sheets, teaching
from app.organisation.calendar import Term
from app.organisation.imports import YES_NO, refuse_doubles
from app.organisation.models import OrgUnit, Person, PersonKind, RoleGrant, Subject, UnitKind
from app.organisation.sheets import Column, Problems, Row
from app.organisation.teaching import (
    Course,
    CourseTerm,
    Programme,
    ProgrammeCourse,
    SchoolClass,
    StudentProfile,
    StudentStatus,
    Team,
    TeamMember,
)

STATUSES = {
    "在籍": StudentStatus.ENROLLED, "休学": StudentStatus.SUSPENDED, "毕业": StudentStatus.GRADUATED,
    "离校": StudentStatus.LEFT,
}  # fmt: skip
COURSE_KINDS = {"A": "A", "B": "B", "C": "C"}


def _number(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        raise ValueError(f"“{text[:20]}”不是数字。") from None
    if not 0 <= found <= 10_000:
        raise ValueError(f"“{text[:20]}”不在合理范围内。")
    return found


def _year(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 2000 <= int(text) <= 2100):
        raise ValueError(f"“{text[:20]}”不是年份，请写成 2026。")
    return int(text)


def _codes(text: str) -> list[str]:
    read = sheets.code(24)
    return [read(each.strip()) for each in text.replace("，", ",").replace("、", ",").split(",") if each.strip()]


SHEETS: dict[str, tuple[Column, ...]] = {
    "专业": (
        Column("编码", sheets.code(16)),
        Column("名称", sheets.words(80)),
        Column("专业代码", sheets.code(12), required=False),
        Column("系部编码", sheets.code(24)),
        Column("负责人工号", sheets.code(20), required=False),
        Column("建设级别", sheets.words(40), required=False),
        Column("学制", _number),
        Column("在用", sheets.choice(YES_NO)),
    ),
    "课程": (
        Column("编码", sheets.code(16)),
        Column("名称", sheets.words(80)),
        Column("类型", sheets.choice(COURSE_KINDS)),
        Column("开课系部编码", sheets.code(24)),
        Column("负责人工号", sheets.code(20), required=False),
        Column("学分", _number),
        Column("学时", _number),
        Column("授课形式", sheets.words(20), required=False),
        Column("专业编码", _codes),
        Column("开课学期", _codes, required=False),
        Column("在用", sheets.choice(YES_NO)),
    ),
    "班级": (
        Column("编码", sheets.code(24)),
        Column("名称", sheets.words(80)),
        Column("专业编码", sheets.code(16)),
        Column("年级", _year),
        Column("辅导员工号", sheets.code(20), required=False),
    ),
    "学生": (
        Column("学号", sheets.code(16)),
        Column("姓名", sheets.words(60)),
        Column("班级编码", sheets.code(24)),
        Column("状态", sheets.choice(STATUSES)),
        Column("顶岗实习", sheets.choice(YES_NO)),
        Column("邮箱", sheets.email, required=False),
    ),
    "团队": (
        Column("主体编码", sheets.code(24)),
        Column("负责人工号", sheets.code(20)),
        Column("成员工号", _codes),
    ),
}
KEYS = {"专业": ("编码",), "课程": ("编码",), "班级": ("编码",), "学生": ("学号",), "团队": ("主体编码",)}


@dataclass
class Done:
    """What an import did: rows per sheet that were new or changed, and whose status is to change to what."""

    rows: dict[str, int] = field(default_factory=dict)
    statuses: dict[str, StudentStatus] = field(default_factory=dict)


def import_teaching(path: Path, *, by: str | None) -> Done:
    """Import a workbook. Raises `Invalid` whose `problems` map `学生 第 14 行` to a sentence; then nothing was saved.

    Whoever calls changes the statuses of `Done.statuses` where they have consequences.
    """
    problems = Problems()
    rows = sheets.read(path, SHEETS, problems)
    refuse_doubles(rows, KEYS, problems)
    _Checker(rows, problems).check()
    problems.stop("没有导入：")
    done = Done()
    for sheet, save in _SAVERS.items():
        if sheet in rows:
            done.rows[sheet] = save(rows[sheet], done)
            db.session.flush()
    teaching.ensure_subjects()
    if any(done.rows.values()):
        audit.record("teaching.import", "organisation", person_id=by, file=path.name[:80], rows=done.rows)
    return done


class _Checker:
    """What one row alone cannot know: whether the codes it names exist, in the file or already here."""

    def __init__(self, rows: Mapping[str, list[Row]], problems: Problems) -> None:
        self.rows, self.problems = rows, problems
        departments = select(OrgUnit.code).where(OrgUnit.kind == UnitKind.DEPARTMENT)
        self.departments = set(db.session.scalars(departments))
        self.people = set(db.session.scalars(select(Person.staff_no).where(Person.kind != PersonKind.STUDENT)))
        self.others = set(db.session.scalars(select(Person.id).where(Person.kind != PersonKind.STUDENT)))
        self.terms = set(db.session.scalars(select(Term.code)))
        self.programmes = set(db.session.scalars(select(Programme.code))) | self._named("专业", "编码")
        self.classes = set(db.session.scalars(select(SchoolClass.code))) | self._named("班级", "编码")
        self.subjects = set(db.session.scalars(select(Subject.code))) | self.programmes | self._named("课程", "编码")

    def check(self) -> None:
        for row in self._of("专业"):
            self._known(row, "系部编码", self.departments, "系部")
            self._known(row, "负责人工号", self.people, "人员")
        for row in self._of("课程"):
            self._known(row, "开课系部编码", self.departments, "系部")
            self._known(row, "负责人工号", self.people, "人员")
            self._known(row, "专业编码", self.programmes, "专业")
            self._known(row, "开课学期", self.terms, "学期")
        for row in self._of("班级"):
            self._known(row, "专业编码", self.programmes, "专业")
            self._known(row, "辅导员工号", self.people, "人员")
        for row in self._of("学生"):
            self._known(row, "班级编码", self.classes, "班级")
            if row["学号"] in self.people | self.others:
                self.problems.say(row.place, f"学号“{row['学号']}”已是教职工的工号或内部编号。")
        for row in self._of("团队"):
            self._known(row, "主体编码", self.subjects, "质量主体")
            self._known(row, "负责人工号", self.people, "人员")
            self._known(row, "成员工号", self.people, "人员")

    def _of(self, sheet: str) -> list[Row]:
        return [row for row in self.rows.get(sheet, []) if not row.broken]

    def _named(self, sheet: str, column: str) -> set[str]:
        return {row.values[column] for row in self.rows.get(sheet, []) if row.values.get(column) is not None}

    def _known(self, row: Row, column: str, known: Collection[str], what: str) -> None:
        found = row[column]
        for code in found if isinstance(found, list) else [found] if found is not None else []:
            if code not in known:
                self.problems.say(row.place, f"{column}：{what}“{code}”不存在。")


# Saving. Each returns how many rows were new or changed something.


def _kept(kind: type[Any], key: str, values: Mapping[str, Any], known: dict[str, Any], code: str) -> bool:
    """Add a row or bring it up to date; say whether there was anything to do."""
    found = known.get(code)
    if found is None:
        known[code] = found = kind(**{key: code}, **values)
        db.session.add(found)
        return True
    differing = {name: value for name, value in values.items() if getattr(found, name) != value}
    for name, value in differing.items():
        setattr(found, name, value)
    return bool(differing)


def _by(kind: type[Model], key: str) -> dict[str, Any]:
    return {getattr(row, key): row for row in db.session.scalars(select(kind))}


def _ids() -> dict[str | None, str | None]:
    return {None: None, **{row[0]: row[1] for row in db.session.execute(select(Person.staff_no, Person.id))}}


def _save_programmes(rows: list[Row], done: Done) -> int:
    known, ids = _by(Programme, "code"), _ids()
    return sum(
        _kept(Programme, "code", {
            "name_zh": row["名称"], "national_code": row["专业代码"] or "", "department_code": row["系部编码"],
            "leader_id": ids[row["负责人工号"]], "level_zh": row["建设级别"] or "",
            "duration_years": int(row["学制"]), "active": row["在用"],
        }, known, row["编码"])
        for row in rows
    )  # fmt: skip


def _save_courses(rows: list[Row], done: Done) -> int:
    known, ids = _by(Course, "code"), _ids()
    runs: dict[str, set[str]] = {}
    for course, term in db.session.execute(select(CourseTerm.course_code, CourseTerm.term_code)):
        runs.setdefault(course, set()).add(term)
    count = 0
    for row in rows:
        changed = _kept(Course, "code", {
            "name_zh": row["名称"], "kind": row["类型"], "department_code": row["开课系部编码"],
            "leader_id": ids[row["负责人工号"]], "credits": row["学分"], "hours": int(row["学时"]),
            "running_form_zh": row["授课形式"] or "", "active": row["在用"],
        }, known, row["编码"])  # fmt: skip
        course = known[row["编码"]]
        wanted = set(row["专业编码"])
        if wanted != {each.programme_code for each in course.programmes}:
            course.programmes = [ProgrammeCourse(programme_code=code) for code in sorted(wanted)]
            changed = True
        missing = set(row["开课学期"] or ()) - runs.get(row["编码"], set())
        db.session.flush()
        db.session.add_all(CourseTerm(course_code=row["编码"], term_code=term) for term in sorted(missing))
        count += changed or bool(missing)
    return count


def _save_classes(rows: list[Row], done: Done) -> int:
    known, ids = _by(SchoolClass, "code"), _ids()
    return sum(
        _kept(SchoolClass, "code", {
            "name_zh": row["名称"], "programme_code": row["专业编码"], "grade": row["年级"],
            "counsellor_id": ids[row["辅导员工号"]],
        }, known, row["编码"])
        for row in rows
    )  # fmt: skip


def _save_students(rows: list[Row], done: Done) -> int:
    people, profiles = _by(Person, "staff_no"), _by(StudentProfile, "student_id")
    classes = _by(SchoolClass, "code")
    added: list[str] = []
    count = 0
    for row in rows:
        number = row["学号"]
        values = {"name_zh": row["姓名"], "email": row["邮箱"] or ""}
        if number not in people:
            people[number] = Person(id=number, staff_no=number, kind=PersonKind.STUDENT, **values)
            db.session.add(people[number])
            added.append(number)
            changed = True
        else:
            changed = _kept(Person, "staff_no", values, people, number)
        person, group = people[number].id, classes[row["班级编码"]]
        profile = profiles.get(person)
        before = profile.status if profile is not None else row["状态"]
        db.session.flush()
        changed |= _kept(StudentProfile, "student_id", {
            "class_code": group.code, "programme_code": group.programme_code, "grade": group.grade,
            "counsellor_id": group.counsellor_id, "on_internship": row["顶岗实习"],
        }, profiles, person)  # fmt: skip
        if profile is None:
            profiles[person].status = row["状态"]
        elif before is not row["状态"]:
            done.statuses[person] = row["状态"]
            changed = True
        count += changed
    began = date(today().year, 9, 1)
    db.session.add_all(RoleGrant(person_id=each, role="STUDENT", scope="SELF", from_on=min(began, today())) for each in added)
    return count


def _save_teams(rows: list[Row], done: Done) -> int:
    teaching.ensure_subjects()
    known, ids = _by(Team, "subject_code"), _ids()
    count = 0
    for row in rows:
        changed = _kept(Team, "subject_code", {"leader_id": ids[row["负责人工号"]]}, known, row["主体编码"])
        team, wanted = known[row["主体编码"]], {str(ids[number]) for number in row["成员工号"]}
        if wanted != {member.person_id for member in team.members}:
            team.members = [TeamMember(person_id=person) for person in sorted(wanted)]
            changed = True
        count += changed
    return count


_SAVERS: dict[str, Callable[[list[Row], Done], int]] = {
    "专业": _save_programmes, "课程": _save_courses, "班级": _save_classes, "学生": _save_students, "团队": _save_teams,
}  # fmt: skip
