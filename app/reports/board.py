"""The college board: five layers by teaching weeks, and the way down to departments and subjects."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, func, select, true

from app.foundation.clock import COLLEGE_ZONE, now
from app.foundation.db import db
from app.foundation.errors import NotFound
from app.organisation.calendar import Term, Week
from app.organisation.models import Layer, OrgUnit, Subject, SubjectState
from app.quality.cycles.models import DiagnosisWindow
from app.quality.diagnosis.models import DiagnosisStatus, SelfDiagnosis
from app.reports.rules import Standing, Tally, counted_as, grade_of, standing
from app.security import Reach

PAGE_SIZE = 100
# How a record that is still open stands depends on the hour.
_PAST = "PAST"


@dataclass(frozen=True)
class LayerCell:
    """A window of a layer: which weeks it spans, how its subjects stand, and the level of the share on time."""

    window: DiagnosisWindow
    tally: Tally
    is_now: bool

    @property
    def span(self) -> int:
        return self.window.last_week - self.window.first_week + 1

    @property
    def level(self) -> str:
        """GREEN to RED by the share on time; empty while nothing was due."""
        return grade_of(self.tally.percent)


@dataclass(frozen=True)
class LayerRow:
    """A row of the board: a layer, how many subjects it has, and its windows."""

    layer: Layer
    subjects: int
    cells: list[LayerCell]
    total: Tally


@dataclass(frozen=True)
class Board:
    """The whole board; `present` is the number of the week that is now, None in a break or for another term."""

    weeks: list[Week]
    rows: list[LayerRow]
    present: int | None


@dataclass(frozen=True)
class UnitLine:
    """A department or office in a window of a layer, worst first."""

    code: str
    name: str
    tally: Tally

    @property
    def level(self) -> str:
        return grade_of(self.tally.percent)


@dataclass(frozen=True)
class SubjectLine:
    """A subject in a window of a layer; `at` is when it was handed in, else when it is due."""

    code: str
    name: str
    standing: Standing
    at: datetime | None
    instance_id: int | None


def board(term: Term, *, reach: Reach, on: datetime) -> Board:
    """Return every layer of which the reader sees subjects, in four statements whatever the college's size.

    Who oversees the college sees the persons' layers too, as numbers (I-14).
    """
    seen = _seen(reach)
    counted = _counted(seen, term)
    subjects = _subjects(seen)
    windows: dict[str, list[DiagnosisWindow]] = defaultdict(list)
    for window in db.session.scalars(
        select(DiagnosisWindow).where(DiagnosisWindow.term_code == term.code).order_by(DiagnosisWindow.no)
    ):
        windows[window.frequency].append(window)
    rows = []
    for layer in db.session.scalars(select(Layer).order_by(Layer.position)):
        if not subjects[layer.code]:
            continue
        cells = [
            LayerCell(window, _tally(counted[layer.code, window.no], window), _is_now(window, on))
            for window in windows[layer.frequency]
        ]
        rows.append(LayerRow(layer, subjects[layer.code], cells, _sum(cell.tally for cell in cells)))
    weeks = list(db.session.scalars(select(Week).where(Week.term_code == term.code).order_by(Week.no)))
    day = on.astimezone(COLLEGE_ZONE).date()
    return Board(weeks, rows, next((week.no for week in weeks if week.start_on <= day <= week.end_on), None))


def layer(code: str) -> Layer:
    """Return the layer. Raises `NotFound`."""
    found = db.session.get(Layer, code)
    if found is None:
        raise NotFound("没有这个层面。")
    return found


def windows_of(found: Layer, term: Term) -> list[DiagnosisWindow]:
    """Return the windows of a layer that have opened, in order."""
    rows = db.session.scalars(
        select(DiagnosisWindow)
        .where(
            DiagnosisWindow.term_code == term.code, DiagnosisWindow.frequency == found.frequency,
            DiagnosisWindow.opens_at <= now(),
        )
        .order_by(DiagnosisWindow.no)
    )  # fmt: skip
    return list(rows)


def by_unit(found: Layer, window: DiagnosisWindow, *, reach: Reach) -> list[UnitLine]:
    """Return how the units stand in a window of a layer, the worst first."""
    state = _state()
    rows = db.session.execute(
        select(OrgUnit.code, OrgUnit.name_zh, state, func.count())
        .join(Subject, Subject.unit_code == OrgUnit.code)
        .join(SelfDiagnosis, SelfDiagnosis.subject_code == Subject.code)
        .where(_of(found, window), _seen(reach))
        .group_by(OrgUnit.code, OrgUnit.name_zh, state)
        .order_by(OrgUnit.code)
    )
    names: dict[str, str] = {}
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for code, name, word, count in rows:
        names[code] = name
        counted[code][word] += count
    lines = [UnitLine(code, names[code], _tally(counted[code], window)) for code in names]
    return sorted(lines, key=lambda line: (line.tally.percent if line.tally.percent is not None else 101, line.code))


def by_subject(
    found: Layer, window: DiagnosisWindow, *, unit: str, reach: Reach, page: int
) -> tuple[list[SubjectLine], int]:
    """Return a page of a unit's subjects in a window, those that owe first; only whom the reader may read of."""
    query = (
        select(Subject.code, Subject.name_zh, SelfDiagnosis)
        .join(SelfDiagnosis, SelfDiagnosis.subject_code == Subject.code)
        .where(_of(found, window), Subject.unit_code == unit, reach.condition(Subject.code))
    )
    total = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = db.session.execute(
        query.order_by(
            case(
                (SelfDiagnosis.status == DiagnosisStatus.MISSED, 0), (SelfDiagnosis.status == DiagnosisStatus.OPEN, 1),
                (SelfDiagnosis.status == DiagnosisStatus.LATE, 2), else_=3,
            ),
            Subject.code,
        )
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    )  # fmt: skip
    lines = [
        SubjectLine(
            code, name,
            standing(skipped=False, record=record.status.value, due_at=record.due_at, now=now()),
            record.submitted_at or record.due_at, record.instance_id,
        )
        for code, name, record in rows
    ]  # fmt: skip
    return lines, total


def _seen(reach: Reach) -> ColumnElement[bool]:
    return true() if any(area.everything for area in reach.areas) else reach.condition(Subject.code)


def _state() -> ColumnElement[str]:
    return case(
        (and_(SelfDiagnosis.status == DiagnosisStatus.OPEN, SelfDiagnosis.due_at < now()), _PAST),
        else_=SelfDiagnosis.status,
    )


def _of(found: Layer, window: DiagnosisWindow) -> ColumnElement[bool]:
    return and_(
        Subject.layer_code == found.code, SelfDiagnosis.term_code == window.term_code, SelfDiagnosis.window_no == window.no
    )


def _counted(seen: ColumnElement[bool], term: Term) -> dict[tuple[str, int], Counter[str]]:
    state = _state()
    rows = db.session.execute(
        select(Subject.layer_code, SelfDiagnosis.window_no, state, func.count())
        .join(Subject, Subject.code == SelfDiagnosis.subject_code)
        .where(SelfDiagnosis.term_code == term.code, seen)
        .group_by(Subject.layer_code, SelfDiagnosis.window_no, state)
    )
    counted: dict[tuple[str, int], Counter[str]] = defaultdict(Counter)
    for layer_code, number, word, count in rows:
        counted[layer_code, number][word] += count
    return counted


def _subjects(seen: ColumnElement[bool]) -> Counter[str]:
    rows = db.session.execute(
        select(Subject.layer_code, func.count())
        .where(Subject.state == SubjectState.ACTIVE, seen)
        .group_by(Subject.layer_code)
    )
    return Counter({row[0]: row[1] for row in rows})


def _tally(words: Counter[str], window: DiagnosisWindow) -> Tally:
    if window.skipped:
        return Tally()
    states = Counter[Standing]()
    for word, count in words.items():
        past = word == _PAST
        record = DiagnosisStatus.OPEN.value if past else str(getattr(word, "value", word))
        due_at = datetime.min.replace(tzinfo=now().tzinfo) if past else None
        states[standing(skipped=False, record=record, due_at=due_at, now=now())] += count
    return counted_as(states)


def _sum(tallies: Iterable[Tally]) -> Tally:
    found = list(tallies)
    return Tally(
        on_time=sum(each.on_time for each in found), late=sum(each.late for each in found),
        missing=sum(each.missing for each in found), waiting=sum(each.waiting for each in found),
    )  # fmt: skip


def _is_now(window: DiagnosisWindow, on: datetime) -> bool:
    return window.opens_at <= on and window.due_at is not None and on <= window.due_at
