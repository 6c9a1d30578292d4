"""Units with their duties, posts, people, assignments and roles from one workbook: all of it, or nothing.

Each sheet is optional; what is in the workbook is added or brought up to date
by code and staff number, what is not in it stays as it is. Every row is
looked at before any is saved, and every problem is named with its place.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app.foundation import audit
from app.foundation.db import Model, db
from app.organisation import sheets, teaching
from app.organisation.frame import LAYERS, ROLES, SYSTEMS, ensure_frame
from app.organisation.models import (
    Assignment,
    OrgUnit,
    Person,
    PersonKind,
    Post,
    RoleGrant,
    Subject,
    UnitKind,
    UnitLayerDuty,
)
from app.organisation.sheets import Column, Problems, Row

UNIT_KINDS = {
    "学院": UnitKind.COLLEGE, "委员会": UnitKind.COMMITTEE, "职能部门": UnitKind.OFFICE,
    "科室": UnitKind.SECTION, "系部": UnitKind.DEPARTMENT,
}  # fmt: skip
PERSON_KINDS = {
    "职员": PersonKind.STAFF, "教师": PersonKind.TEACHER, "辅导员": PersonKind.COUNSELLOR,
    "学生": PersonKind.STUDENT, "督导": PersonKind.SUPERVISOR, "校外": PersonKind.EXTERNAL,
}  # fmt: skip
LEVELS = {
    "院领导": "LEADER", "部门负责人": "OFFICE_HEAD", "系部负责人": "DEPT_HEAD", "科室负责人": "SECTION_HEAD",
    "专业负责人": "PROGRAMME_LEADER", "教师": "TEACHER", "辅导员": "COUNSELLOR", "职员": "STAFF", "督导": "SUPERVISOR",
}  # fmt: skip
SCOPES = {"全部": "ALL", "本人": "SELF"}
YES_NO = {"是": True, "否": False}
# Units of these kinds diagnose themselves: each is a subject of the college layer.
DIAGNOSING = {UnitKind.OFFICE, UnitKind.DEPARTMENT}


def _or_code(named: Mapping[str, Any]) -> dict[str, Any]:
    """Let the word or the code behind it be written."""
    return {**named, **{str(value): value for value in named.values()}}


SHEETS: dict[str, tuple[Column, ...]] = {
    "部门": (
        Column("编码", sheets.code(24)),
        Column("名称", sheets.words(80)),
        Column("英文名", sheets.words(120), required=False),
        Column("类型", sheets.choice(_or_code(UNIT_KINDS))),
        Column("上级编码", sheets.code(24), required=False),
        Column("所属系统", sheets.choice(_or_code({name: key for key, (name, _) in SYSTEMS.items()})), required=False),
    ),
    "岗位": (
        Column("编码", sheets.code(32)),
        Column("名称", sheets.words(80)),
        Column("部门编码", sheets.code(24)),
        Column("级别", sheets.choice(_or_code(LEVELS))),
        Column("直接上级编码", sheets.code(32), required=False),
    ),
    "人员": (
        Column("工号", sheets.code(16)),
        Column("姓名", sheets.words(60)),
        Column("类别", sheets.choice(_or_code(PERSON_KINDS))),
        Column("邮箱", sheets.email, required=False),
        Column("在岗", sheets.choice(YES_NO)),
    ),
    "任岗": (
        Column("工号", sheets.code(16)),
        Column("岗位编码", sheets.code(32)),
        Column("开始日期", sheets.day),
        Column("结束日期", sheets.day, required=False),
    ),
    "职责": (
        Column("部门编码", sheets.code(24)),
        Column("层面", sheets.choice(_or_code({name: key for key, (name, *_) in LAYERS.items()}))),
        Column("职责", sheets.words(300)),
    ),
    "角色": (
        Column("工号", sheets.code(16)),
        Column("角色", sheets.choice(_or_code({name: key for key, name in ROLES.items()}))),
        Column("范围", sheets.words(400)),
        Column("开始日期", sheets.day),
        Column("结束日期", sheets.day, required=False),
    ),
}
KEYS = {
    "部门": ("编码",), "岗位": ("编码",), "人员": ("工号",), "任岗": ("工号", "岗位编码", "开始日期"),
    "角色": ("工号", "角色", "范围", "开始日期"), "职责": ("部门编码", "层面"),
}  # fmt: skip


def import_workbook(path: Path, *, by: str | None) -> dict[str, int]:
    """Import a workbook; returns how many rows of each sheet were new or changed anything.

    Raises `Invalid` whose `problems` map `人员 第 14 行` to a sentence; then
    nothing was saved.
    """
    problems = Problems()
    rows = sheets.read(path, SHEETS, problems)
    refuse_doubles(rows, KEYS, problems)
    _Checker(rows, problems).check()
    problems.stop("没有导入：")
    ensure_frame()
    done = {sheet: _SAVERS[sheet](rows[sheet]) for sheet in SHEETS if sheet in rows}
    teaching.ensure_subjects()
    if any(done.values()):
        audit.record("organisation.import", "organisation", person_id=by, file=path.name[:80], rows=done)
    return done


def refuse_doubles(rows: Mapping[str, list[Row]], keys: Mapping[str, tuple[str, ...]], problems: Problems) -> None:
    """Name every row whose key (columns by sheet) an earlier row of its sheet has."""
    for sheet, found in rows.items():
        first: dict[tuple[Any, ...], int] = {}
        for row in found:
            key = tuple(row.values.get(column) for column in keys[sheet])
            if None in key:
                continue
            if key in first:
                problems.say(row.place, f"与第 {first[key]} 行重复。")
            first.setdefault(key, row.number)


class _Checker:
    """What one row alone cannot know: whether the codes it names exist, in the file or already here."""

    def __init__(self, rows: Mapping[str, list[Row]], problems: Problems) -> None:
        self.rows, self.problems = rows, problems
        self.parents: dict[str, str | None] = {r.code: r.parent_code for r in _columns(OrgUnit.code, OrgUnit.parent_code)}
        self.superiors: dict[str, str | None] = {r.code: r.superior_code for r in _columns(Post.code, Post.superior_code)}
        self.ids: dict[str, str] = {r.staff_no: r.id for r in _columns(Person.staff_no, Person.id)}
        self.subjects = {r.code for r in _columns(Subject.code)}
        self.here = set(self.ids)
        self.parents |= self._named("部门", "编码", "上级编码")
        self.superiors |= self._named("岗位", "编码", "直接上级编码")
        self.people = self.here | self._named("人员", "工号", "姓名").keys()

    def check(self) -> None:
        for row in self._of("部门"):
            self._code(row, row["上级编码"], self.parents, "上级部门")
            self._circle(row, self.parents, "上级部门")
        for row in self._of("岗位"):
            self._code(row, row["部门编码"], self.parents, "部门")
            self._code(row, row["直接上级编码"], self.superiors, "上级岗位")
            self._circle(row, self.superiors, "直接上级")
        for row in self._of("职责"):
            self._code(row, row["部门编码"], self.parents, "部门")
        taken = {person_id: number for number, person_id in self.ids.items()}
        for row in self._of("人员"):
            if row["工号"] not in self.here and row["工号"] in taken:
                self.problems.say(row.place, f"工号“{row['工号']}”已是他人的内部编号。")
        for row in self._of("任岗"):
            self._code(row, row["工号"], self.people, "人员")
            self._code(row, row["岗位编码"], self.superiors, "岗位")
            self._span(row)
        for row in self._of("角色"):
            self._code(row, row["工号"], self.people, "人员")
            self._span(row)
            for each in scope_of(row["范围"]).split(","):
                self._scope(row, each)
        self._moves()

    def _of(self, sheet: str) -> list[Row]:
        return [row for row in self.rows.get(sheet, []) if not row.broken]

    def _named(self, sheet: str, key: str, column: str) -> dict[str, Any]:
        """Return a column by code, of broken rows too: one fault should not make others unknown."""
        rows = [row.values for row in self.rows.get(sheet, [])]
        return {row[key]: row.get(column) for row in rows if row.get(key) is not None}

    def _code(self, row: Row, code: str | None, known: Iterable[str], what: str) -> None:
        if code is not None and code not in known:
            self.problems.say(row.place, f"{what}“{code}”不存在。")

    def _circle(self, row: Row, above: Mapping[str, str | None], what: str) -> None:
        start = row["编码"]
        seen, code = {start}, above.get(start)
        while code is not None and code not in seen:
            seen.add(code)
            code = above.get(code)
        if code == start:
            self.problems.say(row.place, f"{what}绕成了一圈，会回到“{start}”自己。")

    def _span(self, row: Row) -> None:
        if row["结束日期"] is not None and row["结束日期"] < row["开始日期"]:
            self.problems.say(row.place, "结束日期早于开始日期。")

    def _scope(self, row: Row, scope: str) -> None:
        known = self.parents.keys() | self.subjects
        if scope in SCOPES.values() or scope in known:
            return
        if not ("*" in scope and any(fnmatchcase(code, scope) for code in known)):
            self.problems.say(row.place, f"范围“{scope[:40]}”不是部门或质量主体的编码。")

    def _moves(self) -> None:
        """A post held already ends the day before the new one begins; it cannot end before it began."""
        mentioned: dict[str, set[tuple[str, date]]] = {}
        for row in self._of("任岗"):
            mentioned.setdefault(row["工号"], set()).add((row["岗位编码"], row["开始日期"]))
        held = _open_assignments(self.ids[number] for number in mentioned if number in self.ids)
        for row in self._of("任岗"):
            for old in held.get(self.ids.get(row["工号"], ""), []):
                if (old.post_code, old.from_on) in mentioned[row["工号"]]:
                    continue
                if old.from_on >= row["开始日期"] and _reaches(row, old.from_on):
                    self.problems.say(row.place, f"与已有任岗“{old.post_code}”（{old.from_on} 起）重叠。")


def scope_of(text: str) -> str:
    """Return a scope as grants keep it: `ALL`, `SELF`, or codes and patterns with commas between."""
    parts = text.replace("，", ",").replace("、", ",").split(",")
    return ",".join(SCOPES.get(part.strip(), part.strip()) for part in parts)


def _reaches(row: Row, day: date) -> bool:
    return row["结束日期"] is None or row["结束日期"] >= day


def _columns(*columns: Any) -> Iterable[Any]:
    return db.session.execute(select(*columns))


def _open_assignments(person_ids: Iterable[str]) -> dict[str, list[Assignment]]:
    found: dict[str, list[Assignment]] = {}
    wanted = set(person_ids)
    for row in db.session.scalars(select(Assignment).where(Assignment.to_on.is_(None), Assignment.is_primary)):
        if row.person_id in wanted:
            found.setdefault(row.person_id, []).append(row)
    return found


# Saving. Each returns how many rows were new or changed something.


def _changed(thing: Model, values: Mapping[str, Any]) -> bool:
    """Bring a row up to date; say whether it was not."""
    differing = {name: value for name, value in values.items() if getattr(thing, name) != value}
    for name, value in differing.items():
        setattr(thing, name, value)
    return bool(differing)


def _save_units(rows: list[Row]) -> int:
    known = {unit.code: unit for unit in db.session.scalars(select(OrgUnit))}
    done: set[str] = set()
    for row in rows:
        values = {
            "name_zh": row["名称"], "name_en": row["英文名"] or "", "kind": row["类型"],
            "vertical_system": row["所属系统"],
        }  # fmt: skip
        unit = known.get(row["编码"])
        if unit is None:
            known[row["编码"]] = unit = OrgUnit(code=row["编码"], **values)
            db.session.add(unit)
            done.add(row["编码"])
        elif _changed(unit, values):
            done.add(row["编码"])
    db.session.flush()  # all units first: a parent may stand below its child
    done |= {row["编码"] for row in rows if _changed(known[row["编码"]], {"parent_code": row["上级编码"]})}
    db.session.flush()
    _ensure_subjects([known[row["编码"]] for row in rows])
    return len(done)


def _ensure_subjects(units: list[OrgUnit]) -> None:
    subjects = {subject.code: subject for subject in db.session.scalars(select(Subject))}
    for unit in units:
        subject = subjects.get(unit.code)
        if subject is not None:
            subject.name_zh = unit.name_zh
        elif unit.kind in DIAGNOSING:
            db.session.add(
                Subject(
                    code=unit.code, layer_code="COLLEGE", ref_type="UNIT", name_zh=unit.name_zh, unit_code=unit.code
                )
            )
    db.session.flush()


def _save_posts(rows: list[Row]) -> int:
    known = {post.code: post for post in db.session.scalars(select(Post))}
    done: set[str] = set()
    for row in rows:
        values = {"name_zh": row["名称"], "unit_code": row["部门编码"], "level": row["级别"]}
        post = known.get(row["编码"])
        if post is None:
            known[row["编码"]] = post = Post(code=row["编码"], **values)
            db.session.add(post)
            done.add(row["编码"])
        elif _changed(post, values):
            done.add(row["编码"])
    db.session.flush()
    done |= {row["编码"] for row in rows if _changed(known[row["编码"]], {"superior_code": row["直接上级编码"]})}
    db.session.flush()
    return len(done)


def _save_people(rows: list[Row]) -> int:
    known = {person.staff_no: person for person in db.session.scalars(select(Person))}
    count = 0
    for row in rows:
        values = {
            "name_zh": row["姓名"], "kind": row["类别"], "email": row["邮箱"] or "", "active": row["在岗"],
        }  # fmt: skip
        person = known.get(row["工号"])
        if person is None:
            db.session.add(Person(id=row["工号"], staff_no=row["工号"], **values))
            count += 1
        else:
            count += _changed(person, values)
    db.session.flush()
    return count


def _save_assignments(rows: list[Row]) -> int:
    ids = _ids()
    known = {(a.person_id, a.post_code, a.from_on): a for a in db.session.scalars(select(Assignment))}
    mentioned = {_assignment_key(ids, row) for row in rows}
    held = _open_assignments(person for person, _, _ in mentioned)
    spans: dict[str, list[tuple[date, date]]] = {}
    count = 0
    for row in sorted(rows, key=lambda each: each.number):
        person = ids[row["工号"]]
        span = (row["开始日期"], row["结束日期"] or date.max)
        # The first of several posts at one time is the one a person is asked for by.
        first = not any(span[0] <= end and begin <= span[1] for begin, end in spans.get(person, []))
        spans.setdefault(person, []).append(span)
        assignment = known.get(_assignment_key(ids, row))
        if assignment is not None:
            count += _changed(assignment, {"to_on": row["结束日期"]})
            continue
        db.session.add(
            Assignment(
                person_id=person, post_code=row["岗位编码"], from_on=row["开始日期"], to_on=row["结束日期"],
                is_primary=first,
            )
        )  # fmt: skip
        count += 1
        for old in held.get(person, []):
            moved = (old.person_id, old.post_code, old.from_on) not in mentioned and old.from_on < row["开始日期"]
            if moved and old.to_on is None:
                old.to_on = row["开始日期"] - timedelta(days=1)
    db.session.flush()
    return count


def _assignment_key(ids: Mapping[str, str], row: Row) -> tuple[str, str, date]:
    return ids[row["工号"]], row["岗位编码"], row["开始日期"]


def _save_roles(rows: list[Row]) -> int:
    ids = _ids()
    known = {(g.person_id, g.role, g.scope, g.from_on): g for g in db.session.scalars(select(RoleGrant))}
    count = 0
    for row in rows:
        key = (ids[row["工号"]], row["角色"], scope_of(row["范围"]), row["开始日期"])
        grant = known.get(key)
        if grant is not None:
            count += _changed(grant, {"to_on": row["结束日期"]})
            continue
        known[key] = RoleGrant(
            person_id=key[0], role=key[1], scope=key[2], from_on=key[3], to_on=row["结束日期"]
        )
        db.session.add(known[key])
        count += 1
    db.session.flush()
    return count


def _save_duties(rows: list[Row]) -> int:
    known = {(duty.unit_code, duty.layer_code): duty for duty in db.session.scalars(select(UnitLayerDuty))}
    count = 0
    for row in rows:
        key = (row["部门编码"], row["层面"])
        duty = known.get(key)
        if duty is None:
            db.session.add(UnitLayerDuty(unit_code=key[0], layer_code=key[1], duty_zh=row["职责"]))
            count += 1
        else:
            count += _changed(duty, {"duty_zh": row["职责"]})
    db.session.flush()
    return count


def _ids() -> dict[str, str]:
    return {row.staff_no: row.id for row in _columns(Person.staff_no, Person.id)}


_SAVERS: dict[str, Callable[[list[Row]], int]] = {
    "部门": _save_units, "岗位": _save_posts, "人员": _save_people, "任岗": _save_assignments, "角色": _save_roles,
    "职责": _save_duties,
}  # fmt: skip
