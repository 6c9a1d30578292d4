"""Table 1 from a spreadsheet in the layout of its export: all of it, or nothing and a list of cells.

The table is one way to write what the form of the task asks: its rows are
checked by the same rules and become submitted goals, which the unit's task
then shows and hands on to be confirmed. So it is taken in only before a
subject has handed its goals in for the term; later they change by an
adjustment that somebody approves. Goals the table does not name stay.

The eleven headings name no plan, decision or duty: a goal that is known (by
its task and observation point) keeps its own, with its indicator and the goal
above; a new one says it in a twelfth column, 依据.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app import engine
from app.foundation.clock import today
from app.foundation.db import db
from app.foundation.errors import Invalid
from app.organisation import calendar, sheets
from app.organisation import queries as organisation
from app.organisation.models import Assignment, OrgUnit, Person, Post, Subject, SubjectState
from app.organisation.sheets import Column
from app.quality.goals import queries, service, table
from app.quality.goals.models import Goal, Plan

BASIS = "依据"
_HEAD_ROWS = 4  # title, what it is about, and a head of two rows


@dataclass
class TakenIn:
    """What an import did, by subject's name: goals added and goals changed."""

    added: dict[str, int] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return sum(self.added.values()) + sum(self.changed.values())


def import_table(path: Path, *, by: str | None, may_edit: Callable[[str], bool] = lambda _subject: True) -> TakenIn:
    """Take in every row of the workbook's table; returns what is new and what has changed.

    Raises `Invalid` with a sentence per row and column and keeps nothing, when
    any row is at fault, of a subject `may_edit` refuses, or of one that has
    handed its goals in already.
    """
    years = table.plan_years()
    problems = sheets.Problems()
    lines = _lines(path, years, problems)
    known = _College()
    by_subject: dict[str, list[_Line]] = {}
    for line in lines:
        if (subject := known.subject_of(line, problems)) is not None:
            by_subject.setdefault(subject.code, []).append(line)
    _refuse_late(by_subject, known, problems, may_edit)
    taken = {code: _Unit(known, code, years).read(found, problems) for code, found in by_subject.items()}
    for code, rows in taken.items():
        _check(code, rows, years, by_subject[code], problems)
    problems.stop("没有导入，表中")
    done = TakenIn()
    for code, rows in taken.items():
        name = known.subjects[code].name_zh
        done.added[name], done.changed[name] = service.amend(code, rows, years=years, by=by)
    return done


@dataclass(frozen=True)
class _Line:
    """A row of the table: where it stands, and what its cells say by heading."""

    number: int
    cells: dict[str, str]
    years: tuple[str, ...]

    def __getitem__(self, heading: str) -> str:
        return self.cells[heading]

    def at(self, heading: str) -> str:
        return f"第 {self.number} 行 {heading}"


def _columns(years: Sequence[int]) -> list[Column]:
    longest = {"工作任务": 200, "观测点": 120, BASIS: 200, **{str(year): 60 for year in years}}
    return [
        Column(name, sheets.words(longest.get(name, 80)), required=name in ("责任部门", "工作任务"))
        for name in (*table.headings(years), BASIS)
    ]


def _lines(path: Path, years: Sequence[int], problems: sheets.Problems) -> list[_Line]:
    """Return the rows between the head and the notes. Raises `Invalid` for another head."""
    columns = _columns(years)
    found = sheets.texts(path, table.TITLE[:31], width=len(columns))
    _check_head(found[2:_HEAD_ROWS], [column.name for column in columns])
    lines = []
    for number, texts in enumerate(found[_HEAD_ROWS:], start=_HEAD_ROWS + 1):
        if not any(texts[1:]):  # an empty row, or a note below the table
            continue
        cells: dict[str, str] = {}
        for column, text in zip(columns, texts, strict=True):
            try:
                cells[column.name] = sheets.cell(column, text) or ""
            except ValueError as error:
                problems.say(f"第 {number} 行 {column.name}", str(error))
                cells[column.name] = ""
        lines.append(_Line(number, cells, tuple(cells[str(year)] for year in years)))
    if not lines:
        raise Invalid("表里没有目标任务。")
    return lines


def _check_head(head: list[list[str]], wanted: list[str]) -> None:
    """Compare the two rows of headings: the years stand in the second, the rest in the first."""
    said = [(lower or upper).removesuffix("*") for upper, lower in zip(*head, strict=True)] if len(head) == 2 else []
    if said[: len(wanted) - 1] != wanted[:-1] or said[-1:] not in ([""], [BASIS]):
        raise Invalid(
            "表头和分解表不一致，没有导入。",
            {"第 3、4 行": f"应当依次是：{'、'.join(wanted[:-1])}；最右可加一列“{BASIS}”。请以导出的分解表为底稿。"},
        )


class _College:
    """Subjects, plans and people by the names that a table uses."""

    def __init__(self) -> None:
        rows = db.session.scalars(select(Subject).where(Subject.state == SubjectState.ACTIVE)).all()
        self.subjects = {row.code: row for row in rows}
        self.by_name: dict[str, list[Subject]] = {}
        for row in rows:
            self.by_name.setdefault(row.name_zh, []).append(row)
        plans = db.session.scalars(select(Plan)).all()
        self.plans = {key: plan.code for plan in plans for key in (plan.code, plan.name_zh)}
        self.units = {row.code: row.name_zh for row in db.session.execute(select(OrgUnit.code, OrgUnit.name_zh))}

    def subject_of(self, line: _Line, problems: sheets.Problems) -> Subject | None:
        found = [each for each in self.by_name.get(line["责任部门"], []) if each.ref_type != "PERSON"]
        if len(found) == 1:
            return found[0]
        if line["责任部门"]:
            problems.say(
                line.at("责任部门"),
                "这个名称对应不止一个质量主体，请在待办里填报。" if found
                else f"没有叫“{line['责任部门']}”的部门、专业或课程；个人目标在本人待办里填报。",
            )  # fmt: skip
        return None


class _Unit:
    """One subject's goals, posts and people, to read its rows against."""

    def __init__(self, known: _College, code: str, years: Sequence[int]) -> None:
        self.known, self.subject, self.years = known, known.subjects[code], years
        self.unused = table.goals_in([self.subject])
        rows = db.session.execute(
            select(Post.code, Post.name_zh, Post.unit_code, Person)
            .outerjoin(Assignment, (Assignment.post_code == Post.code) & organisation.holds_on(today()))
            .outerjoin(Person, (Person.id == Assignment.person_id) & Person.active)
            .where(Post.unit_code.in_(organisation.units_below(self.subject.unit_code)))
            .order_by(Post.code, Person.id)
        )
        self.posts: dict[str, tuple[str, str]] = {}
        self.holders: dict[str, list[Person]] = {}
        for post, name, unit, person in rows:
            self.posts[post] = (name, unit)
            self.holders.setdefault(post, []).extend([person] if person else [])

    def read(self, lines: Iterable[_Line], problems: sheets.Problems) -> list[dict[str, Any]]:
        """Return the rows as the form would send them; `code` says which goal a row is."""
        lines = list(lines)
        goals = {line.number: self._take(line, exactly=True) for line in lines}
        for line in lines:
            goals[line.number] = goals[line.number] or self._take(line, exactly=False)
        return [self._row(line, goals[line.number], problems) for line in lines]

    def _take(self, line: _Line, *, exactly: bool) -> Goal | None:
        """Return the goal a row names, each goal once: by task and observation point, else by the task alone."""
        for goal in self.unused:
            if _same(goal.task_zh, line["工作任务"]) and (not exactly or _same(goal.observation_point, line["观测点"])):
                self.unused.remove(goal)
                return goal
        return None

    def _row(self, line: _Line, goal: Goal | None, problems: sheets.Problems) -> dict[str, Any]:
        row = queries.as_row(goal, self.years) if goal else {}
        row["task_type"] = line["任务类型"].strip().upper().removesuffix("类")
        for key, text in (("task_zh", line["工作任务"]), ("observation_point", line["观测点"])):
            row[key] = row[key] if goal and _same(row[key], text) else text
        row |= {
            f"year_{n}": row[f"year_{n}"] if _same(str(row.get(f"year_{n}") or ""), text) else text
            for n, text in enumerate(line.years, start=1)
        }
        row["post"] = self._post(line, goal, problems)
        row["responsible"] = self._person(line, goal, row["post"], problems)
        self._ground(line, row, problems)
        return row

    def _ground(self, line: _Line, row: dict[str, Any], problems: sheets.Problems) -> None:
        """Read the twelfth column: the plan of type A, the decision or duty of B and C."""
        if not (said := line[BASIS]):
            return
        if row["task_type"] != "A":
            row["basis"] = said
        elif said in self.known.plans:
            row["plan"] = self.known.plans[said]
        else:
            problems.say(line.at(BASIS), f"没有叫“{said[:40]}”的规划，请写规划的全名。")

    def _post(self, line: _Line, goal: Goal | None, problems: sheets.Problems) -> str | None:
        """Return the post of that name, in the section where one is named; a known goal keeps its own."""
        name, section = line["归属岗位"], line["责任科室"]
        units = {code for code, said in self.known.units.items() if said == section} if section else None
        found = [
            post for post, (said, unit) in self.posts.items()
            if said == name and (units is None or unit in units)
        ]  # fmt: skip
        if goal and goal.post_code in found:
            return goal.post_code
        if units is None and len(found) > 1:
            found = [post for post in found if self.posts[post][1] == self.subject.unit_code] or found
        if len(found) == 1:
            return found[0]
        where = section or self.subject.name_zh
        if name:
            problems.say(
                line.at("归属岗位"),
                f"{where}有不止一个“{name}”，请在“责任科室”写明科室。" if found else f"{where}没有叫“{name}”的岗位。",
            )
        return None

    def _person(self, line: _Line, goal: Goal | None, post: str | None, problems: sheets.Problems) -> str | None:
        """Return who is meant by a name, or by 姓名（工号）, first among those who hold the post."""
        said = line["具体负责人"].replace("(", "（").replace(")", "）")
        name, _, number = said.removesuffix("）").partition("（")
        if not name:
            return None
        held = [each for each in self.holders.get(post or "", []) if each.name_zh == name]
        found = held or db.session.scalars(select(Person).where(Person.name_zh == name, Person.active)).all()
        found = [each for each in found if not number or each.staff_no == number]
        if goal and goal.responsible_id in {each.id for each in found}:
            return goal.responsible_id
        if len(found) == 1:
            return found[0].id
        problems.say(
            line.at("具体负责人"),
            f"叫“{name}”的不止一位，请写成“{name}（工号）”。" if found else f"没有叫“{said[:40]}”的在职人员。",
        )
        return None


def _refuse_late(
    by_subject: dict[str, list[_Line]], known: _College, problems: sheets.Problems, may_edit: Callable[[str], bool]
) -> None:
    """Name the subjects that are not the importer's, and those that have handed their goals in for the term."""
    late = handed_in(by_subject)
    for code, lines in by_subject.items():
        place = lines[0].at("责任部门")
        if not may_edit(code):
            problems.say(place, f"“{known.subjects[code].name_zh}”的目标不由您填报。")
        elif code in late:
            problems.say(
                place, f"“{known.subjects[code].name_zh}”本学期的目标已经提交，不能再导入；调整请在自我诊改中提出计划调整。"
            )


def handed_in(subjects: Iterable[str]) -> set[str]:
    """Return the subjects whose procedure of the present term has gone on from entering its goals."""
    term = calendar.term_on(today())
    wanted = {f"{term.code}:{code}": code for code in subjects} if term else {}
    begun = db.session.execute(
        select(engine.ProcessInstance.id, engine.ProcessInstance.business_key).where(
            engine.ProcessInstance.business_key.in_(wanted), engine.ProcessInstance.parent_id.is_(None)
        )
    ).all()
    entering = set(
        db.session.scalars(
            select(engine.HumanTask.instance_id).where(
                engine.HumanTask.node == "enter_goals", engine.HumanTask.state == engine.TaskState.OPEN,
                engine.HumanTask.instance_id.in_([row.id for row in begun]),
            )
        )
    )  # fmt: skip
    return {wanted[row.business_key] for row in begun if row.id not in entering}


def _check(
    code: str, rows: list[dict[str, Any]], years: Sequence[int], lines: list[_Line], problems: sheets.Problems
) -> None:
    """Check the rows as the form's would be, and say each problem at its cell."""
    headings = {
        "task_zh": "工作任务", "task_type": "任务类型", "observation_point": "观测点", "post": "归属岗位",
        "responsible": "具体负责人", "plan": BASIS, "basis": BASIS, "parent": "上级目标（在系统内选择）",
        **{f"year_{n}": str(year) for n, year in enumerate(years, start=1)},
    }  # fmt: skip
    for place, sentence in service.problems_of(code, rows, list(years)).items():
        _goals, number, key = place.split(".")
        where = lines[int(number)].at(headings[key])
        if where not in problems:  # a name that was not found is said already
            problems.say(where, sentence)


def _same(kept: str, text: str) -> bool:
    """Say whether a cell says what is kept: spreadsheets trim texts."""
    return kept.strip() == text.strip()
