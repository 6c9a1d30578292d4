"""The grid of units and teaching weeks, in four statements whatever its size."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, func, literal, select

from app.engine import ProcessInstance
from app.foundation.clock import now
from app.foundation.db import db
from app.organisation.calendar import Term, Week
from app.organisation.models import Layer, OrgUnit, Subject, SubjectState, UnitKind
from app.quality.cycles.models import DiagnosisWindow
from app.quality.diagnosis.models import SelfDiagnosis
from app.reports.rules import Standing, Tally, standing, tally
from app.security import Reach

LAYER = "COLLEGE"


@dataclass(frozen=True)
class WeekHead:
    """A column: a teaching week and the window it lies in."""

    no: int
    start_on: date
    end_on: date
    kind: str
    is_now: bool
    window: DiagnosisWindow | None

    @property
    def skipped(self) -> bool:
        return self.window is not None and self.window.skipped


@dataclass(frozen=True)
class Cell:
    """How one unit stands in one week. `at` is when it was handed in, else when it is due."""

    week: WeekHead
    standing: Standing
    at: datetime | None
    instance_id: int | None


@dataclass(frozen=True)
class UnitRow:
    """A row: a unit, its cells by week, and its share on time."""

    code: str
    name: str
    instance_id: int | None
    cells: list[Cell]
    tally: Tally


@dataclass(frozen=True)
class Group:
    """Offices, or departments."""

    kind: UnitKind
    rows: list[UnitRow]


@dataclass(frozen=True)
class Grid:
    """The whole: columns, rows in groups, one tally per column, and of all."""

    weeks: list[WeekHead]
    groups: list[Group]
    by_week: list[Tally]
    total: Tally

    @property
    def units(self) -> list[UnitRow]:
        return [row for group in self.groups for row in group.rows]

    @property
    def now(self) -> tuple[WeekHead, Tally] | None:
        """The present week with its tally; None in a break or for another term."""
        return next(((week, self.by_week[at]) for at, week in enumerate(self.weeks) if week.is_now), None)


def grid_of(term: Term, *, reach: Reach, on: date) -> Grid:
    """Return the self-diagnoses of a term for the units in reach; without any unit it is empty."""
    weeks = _weeks(term.code, on)
    units = _units(term.code, reach.condition(Subject.code))
    records = _records(term.code, reach.condition(SelfDiagnosis.subject_code))
    rows = [(unit.kind, _row(unit, weeks, records)) for unit in units]
    kinds = dict.fromkeys(kind for kind, _each in rows)
    groups = [Group(kind, [row for each, row in rows if each is kind]) for kind in kinds]
    by_week = [tally(row.cells[at].standing for _kind, row in rows) for at in range(len(weeks))]
    return Grid(weeks, groups, by_week, tally(cell.standing for _kind, row in rows for cell in row.cells))


def _weeks(term: str, on: date) -> list[WeekHead]:
    frequency = select(Layer.frequency).where(Layer.code == LAYER).scalar_subquery()
    rows = db.session.execute(
        select(Week, DiagnosisWindow)
        .outerjoin(
            DiagnosisWindow,
            and_(
                DiagnosisWindow.term_code == Week.term_code, DiagnosisWindow.frequency == frequency,
                DiagnosisWindow.first_week <= Week.no, DiagnosisWindow.last_week >= Week.no,
            ),
        )
        .where(Week.term_code == term)
        .order_by(Week.no)
    )  # fmt: skip
    return [
        WeekHead(week.no, week.start_on, week.end_on, week.kind, week.start_on <= on <= week.end_on, window)
        for week, window in rows
    ]


@dataclass(frozen=True)
class _Unit:
    code: str
    name: str
    kind: UnitKind
    instance_id: int | None


def _units(term: str, within: ColumnElement[bool]) -> list[_Unit]:
    """Return the units in reach with their instance of the term, offices first, by vertical system."""
    instance = (
        select(func.max(ProcessInstance.id))
        .where(
            ProcessInstance.business_key == literal(f"{term}:") + Subject.code,
            ProcessInstance.parent_id.is_(None),
        )
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(Subject.code, Subject.name_zh, OrgUnit.kind, instance)
        .join(OrgUnit, OrgUnit.code == Subject.unit_code)
        .where(Subject.layer_code == LAYER, Subject.state == SubjectState.ACTIVE, within)
        .order_by(OrgUnit.kind.desc(), OrgUnit.vertical_system, Subject.code)
    )
    return [_Unit(*row) for row in rows]


def _records(term: str, within: ColumnElement[bool]) -> dict[tuple[str, int], SelfDiagnosis]:
    rows = db.session.execute(
        select(
            SelfDiagnosis.subject_code, SelfDiagnosis.window_no, SelfDiagnosis.status, SelfDiagnosis.due_at,
            SelfDiagnosis.submitted_at, SelfDiagnosis.instance_id,
        )
        .join(Subject, Subject.code == SelfDiagnosis.subject_code)
        .where(SelfDiagnosis.term_code == term, Subject.layer_code == LAYER, within)
    )  # fmt: skip
    return {(row.subject_code, row.window_no): row for row in rows}  # type: ignore[misc]


def _row(unit: _Unit, weeks: Sequence[WeekHead], records: dict[tuple[str, int], SelfDiagnosis]) -> UnitRow:
    cells = [_cell(week, records.get((unit.code, week.window.no)) if week.window else None) for week in weeks]
    return UnitRow(unit.code, unit.name, unit.instance_id, cells, tally(cell.standing for cell in cells))


def _cell(week: WeekHead, record: SelfDiagnosis | None) -> Cell:
    if record is None:
        found = standing(skipped=week.skipped, record=None, due_at=None, now=now())
        return Cell(week, found, week.window.due_at if week.window else None, None)
    found = standing(skipped=week.skipped, record=record.status.value, due_at=record.due_at, now=now())
    return Cell(week, found, record.submitted_at or record.due_at, record.instance_id)
