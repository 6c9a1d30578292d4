"""The weekly digest (M23): what heads and leaders should know on Monday morning."""

from collections import Counter, defaultdict
from dataclasses import asdict, dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Mapped, mapped_column

from app import engine, notifications
from app.foundation.clock import now, today
from app.foundation.db import Model, db, take_turns, transaction
from app.organisation import calendar
from app.organisation import queries as organisation
from app.organisation.calendar import Week
from app.organisation.models import Layer, Subject
from app.quality.diagnosis.models import DiagnosisStatus, SelfDiagnosis
from app.quality.monitoring.models import STANDING, Level, QualityWarning

LAYER = "COLLEGE"


class WeeklyDigest(Model):
    """The digests of the week that begins on this day were written."""

    week_on: Mapped[date] = mapped_column(primary_key=True)


@dataclass(frozen=True)
class LayerWeek:
    """What a department's programmes, courses, teachers or students owed last week."""

    name: str
    on_time: int
    owed: int
    missing: int
    red: int


@dataclass(frozen=True)
class UnitWeek:
    """A unit's line: the self-diagnosis of last week in a word, standing warnings, overdue tasks; its layers."""

    name: str
    diagnosis: str
    yellow: int
    red: int
    overdue: int
    layers: list[LayerWeek]


def send_weekly_digests() -> int:
    """Write one digest per head and leader on a teaching week's first working morning; returns how many."""
    if _waiting() is None:  # looked at without the write lock
        return 0
    with transaction():
        take_turns("send_weekly_digests")
        week = _waiting()
        if week is None:
            return 0  # another scheduler was faster
        db.session.add(WeeklyDigest(week_on=week.start_on))
        lines = _lines(week)
        for person, units in _readers(lines).items():
            notifications.enqueue(
                [person], kind="M23", template="reports/mail/weekly_digest",
                values={"week": week.no, "units": [asdict(lines[code]) for code in units]},
            )  # fmt: skip
        return 1


def _waiting() -> Week | None:
    """Return this week when it has opened and its digests are not written yet."""
    week = calendar.week_on(today())
    if week is None or calendar.opening(week.term_code, week.no) > now():
        return None
    return week if db.session.get(WeeklyDigest, week.start_on) is None else None


def _readers(lines: dict[str, UnitWeek]) -> dict[str, list[str]]:
    """Return who reads of which units: each unit's head and supervising leader."""
    readers: dict[str, list[str]] = {}
    for code in lines:
        for person in dict.fromkeys([*organisation.head_of(code), *organisation.leader_of(code)]):
            readers.setdefault(person, []).append(code)
    return readers


def _lines(week: Week) -> dict[str, UnitWeek]:
    subjects = db.session.scalars(select(Subject).where(Subject.layer_code == LAYER).order_by(Subject.code)).all()
    said = {
        row.subject_code: row.status.value
        for row in db.session.scalars(
            select(SelfDiagnosis).where(
                SelfDiagnosis.term_code == week.term_code, SelfDiagnosis.window_no == week.no - 1
            )
        )
    }
    yellow = _count(QualityWarning.subject_code, _stands(Level.YELLOW))
    red = _count(QualityWarning.subject_code, _stands(Level.RED))
    overdue = _count(
        engine.HumanTask.subject,
        (engine.HumanTask.state == engine.TaskState.OPEN) & (engine.HumanTask.due_at < now()),
    )
    layers = _layers(week)
    return {
        each.code: UnitWeek(
            name=each.name_zh, layers=layers.get(each.unit_code, []), diagnosis=said.get(each.code, ""), yellow=yellow.get(each.code, 0),
            red=red.get(each.code, 0), overdue=overdue.get(each.code, 0),
        )
        for each in subjects
    }  # fmt: skip


def _layers(week: Week) -> dict[str, list[LayerWeek]]:
    """Return the layers of each department whose windows closed in the week before, in three statements."""
    begin, end = (calendar.morning_of(week.start_on - timedelta(days=days)) for days in (7, 0))
    rows = db.session.execute(
        select(Subject.unit_code, Subject.layer_code, SelfDiagnosis.status, func.count())
        .join(Subject, Subject.code == SelfDiagnosis.subject_code)
        .where(Subject.layer_code != LAYER, SelfDiagnosis.due_at >= begin, SelfDiagnosis.due_at < end)
        .group_by(Subject.unit_code, Subject.layer_code, SelfDiagnosis.status)
    )
    counted: dict[tuple[str, str], Counter[DiagnosisStatus]] = defaultdict(Counter)
    for unit, layer, status, count in rows:
        counted[unit, layer][status] += count
    reds = {
        (unit, layer): count
        for unit, layer, count in db.session.execute(
            select(Subject.unit_code, Subject.layer_code, func.count())
            .join(QualityWarning, QualityWarning.subject_code == Subject.code)
            .where(_stands(Level.RED))
            .group_by(Subject.unit_code, Subject.layer_code)
        )
    }
    found: dict[str, list[LayerWeek]] = defaultdict(list)
    for row in db.session.scalars(select(Layer).order_by(Layer.position)):
        for (unit, layer), states in counted.items():
            if layer == row.code:
                found[unit].append(
                    LayerWeek(
                        name=row.name_zh, on_time=states[DiagnosisStatus.SUBMITTED], owed=states.total(),
                        missing=states[DiagnosisStatus.OPEN] + states[DiagnosisStatus.MISSED],
                        red=reds.get((unit, layer), 0),
                    )
                )  # fmt: skip
    return found


def _stands(level: Level) -> ColumnElement[bool]:
    return (QualityWarning.level == level) & QualityWarning.status.in_(STANDING)


def _count(subject: object, condition: ColumnElement[bool]) -> dict[str, int]:
    rows = db.session.execute(select(subject, func.count()).where(condition).group_by(subject))  # type: ignore[call-overload]
    return {row[0]: row[1] for row in rows}
