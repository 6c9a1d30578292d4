"""Questions about readings and warnings."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Select, and_, bindparam, case, extract, func, select, tuple_

from app import security
from app.foundation import reference
from app.foundation.db import ask, db
from app.foundation.errors import NotFound
from app.organisation.calendar import Term
from app.organisation.models import OrgUnit, Person, Subject
from app.quality.monitoring.models import (
    STANDING,
    Level,
    Measurement,
    QualityWarning,
    WarningRule,
    WarningStatus,
)
from app.quality.standards.models import Indicator, IndicatorBinding

# BLUE is a notice: shown on its own, never counted as a warning.
WARNING_LEVELS = (Level.RED, Level.YELLOW)
WORST_FIRST = (
    case((QualityWarning.level == Level.RED, 0), (QualityWarning.level == Level.YELLOW, 1), else_=2),
    case((QualityWarning.status == WarningStatus.OPEN, 0), else_=1),
    QualityWarning.opened_at,
    QualityWarning.id,
)


def visible_warnings(person_id: str) -> Select[QualityWarning]:
    """Return the warnings a person may see (RBAC "warnings.view"); every list starts from here."""
    reach = security.reach_of(person_id, "warnings.view")
    return select(QualityWarning).where(reach.condition(QualityWarning.subject_code))


def visible_warning(person_id: str, warning_id: int) -> QualityWarning:
    """Return one warning. Raises `NotFound` when it is absent or not for this person."""
    found = db.session.scalar(visible_warnings(person_id).where(QualityWarning.id == warning_id))
    if found is None:
        raise NotFound("没有这条预警，或者您无权查看。")
    return found


def warning(warning_id: int) -> QualityWarning:
    """Return the warning. Raises `NotFound`."""
    found = db.session.get(QualityWarning, warning_id)
    if found is None:
        raise NotFound("没有这条预警。")
    return found


class Reading(NamedTuple):
    """The value of an indicator for a period, and the level it was judged to be."""

    indicator_code: str
    period: str
    value: float
    level: Level


_VALID = (
    Measurement.subject_code == bindparam("subject"),
    Measurement.indicator_code.in_(bindparam("indicators", expanding=True)),
    Measurement.superseded_by_id.is_(None),
)
_NEWEST = select(Measurement.indicator_code, func.max(Measurement.period)).where(*_VALID).group_by(Measurement.indicator_code)
_CURRENT = (
    select(Measurement.indicator_code, Measurement.period, Measurement.value, Measurement.level)
    .where(*_VALID, tuple_(Measurement.indicator_code, Measurement.period).in_(_NEWEST))
    .order_by(Measurement.id)
)


def current(subject_code: str, *, indicator_codes: Sequence[str]) -> dict[str, Reading]:
    """Return the newest valid reading of each indicator."""
    rows = ask(_CURRENT, subject=subject_code, indicators=indicator_codes)
    return {row.indicator_code: Reading(*row) for row in rows}


_READINGS_OF = select(Measurement.indicator_code).where(
    Measurement.subject_code == bindparam("subject"), Measurement.period == bindparam("period"),
    Measurement.superseded_by_id.is_(None),
)  # fmt: skip


def readings_of(subject_code: str, *, period: str) -> set[str]:
    """Return the indicators that have a reading for a period."""
    return set(ask(_READINGS_OF, subject=subject_code, period=period).scalars())


_STANDS = (QualityWarning.subject_code == bindparam("subject"), QualityWarning.status.in_(STANDING))
_STANDING = select(QualityWarning).where(*_STANDS).order_by(QualityWarning.opened_at, QualityWarning.id)
_TOLD = select(QualityWarning.told).where(*_STANDS)
_POINTS = select(QualityWarning.point_code, QualityWarning.level).where(*_STANDS, QualityWarning.point_code.is_not(None))


def standing_warnings(subject_code: str) -> list[QualityWarning]:
    """Return the warnings of a subject that are not closed, worst first."""
    rows = db.session.scalars(_STANDING, {"subject": subject_code})
    return sorted(rows, key=lambda row: row.level is not Level.RED)


def untold(subject_code: str) -> int:
    """Return how many of a subject's standing warnings nobody was told of."""
    return sum(not told for told in ask(_TOLD, subject=subject_code).scalars())


_STANDING_FOR = select(QualityWarning).where(
    *_STANDS, QualityWarning.reference.in_(bindparam("references", expanding=True))
)


def standing_by_reference(
    subject_code: str, references: Sequence[str]
) -> dict[str, dict[WarningRule, QualityWarning]]:
    """Return what stands for a subject, by reference and rule."""
    found: dict[str, dict[WarningRule, QualityWarning]] = {}
    for row in db.session.scalars(_STANDING_FOR, {"subject": subject_code, "references": references}):
        found.setdefault(row.reference, {})[row.rule] = row
    return found


class Earlier(NamedTuple):
    """A reading that was there before."""

    number: int
    indicator_code: str
    period: str


_SINCE = select(Measurement.id, Measurement.indicator_code, Measurement.period).where(
    *_VALID, Measurement.period >= bindparam("period")
)


def readings_since(
    subject_code: str, *, period: str, indicator_codes: Sequence[str]
) -> dict[str, list[Earlier]]:
    """Return the valid readings of a period and of those after it, by indicator."""
    found: dict[str, list[Earlier]] = {}
    for row in ask(_SINCE, subject=subject_code, indicators=indicator_codes, period=period):
        found.setdefault(row.indicator_code, []).append(Earlier(*row))
    return found


def warned_points(subject_code: str) -> list[tuple[str, Level]]:
    """Return the point and the level of each standing warning of a subject that is about a point."""
    return [(row.point_code, row.level) for row in ask(_POINTS, subject=subject_code)]


def red_points(subject_code: str) -> set[str]:
    """Return the points with a standing RED warning, which need a measure (I-7)."""
    return {point for point, level in warned_points(subject_code) if level is Level.RED}


@dataclass(frozen=True)
class WarningLine:
    """A warning as a list shows it. `limits` are those it was judged by; `told` are names."""

    warning: QualityWarning
    subject_name: str
    unit_code: str
    limits: Indicator | IndicatorBinding | None
    told: list[str]
    acknowledged_by: str
    may_act: bool


def lines(person_id: str, query: Select[QualityWarning], *, limit: int, offset: int = 0) -> list[WarningLine]:
    """Return the warnings of a query that starts from `visible_warnings`, worst first (of one level, those nobody took up), in three statements.

    `may_act`: whether the person may take the warning up (RBAC "warnings.acknowledge").
    """
    may_act = security.reach_of(person_id, "warnings.acknowledge").condition(QualityWarning.subject_code)
    rows = db.session.execute(
        query.join(Subject, Subject.code == QualityWarning.subject_code)
        .add_columns(Subject.name_zh, Subject.unit_code, may_act)
        .order_by(*WORST_FIRST)
        .limit(limit)
        .offset(offset)
    ).all()
    warnings = [row[0] for row in rows]
    limits, known = _limits_of(warnings), _names_of(warnings)
    reference.rows(Indicator, [each.indicator_code for each in warnings if each.indicator_code])  # all in one statement
    return [
        WarningLine(
            warning=warning, subject_name=subject_name, unit_code=unit_code,
            limits=limits.get((warning.subject_code, warning.reference, _term_of(warning)), warning.indicator),
            told=[known[each] for each in warning.told if each in known],
            acknowledged_by=known.get(warning.acknowledged_by or "", ""), may_act=bool(acts),
        )
        for warning, subject_name, unit_code, acts in rows
    ]  # fmt: skip


def counted(query: Select[QualityWarning]) -> dict[tuple[Level, WarningStatus], int]:
    """Return how many warnings of a query have each level and status."""
    rows = db.session.execute(
        query.with_only_columns(QualityWarning.level, QualityWarning.status, func.count())
        .group_by(QualityWarning.level, QualityWarning.status)
        .order_by(None)
    )
    return {(row[0], row[1]): row[2] for row in rows}


def units_with_warnings(person_id: str) -> list[tuple[str, str]]:
    """Return (code, name) of the units whose warnings the person may see."""
    warned = (
        visible_warnings(person_id)
        .join(Subject, Subject.code == QualityWarning.subject_code)
        .with_only_columns(Subject.unit_code)
    )
    rows = db.session.execute(
        select(OrgUnit.code, OrgUnit.name_zh)
        .where(OrgUnit.code.in_(warned))
        .order_by(OrgUnit.kind.desc(), OrgUnit.vertical_system, OrgUnit.code)
    )
    return [(row.code, row.name_zh) for row in rows]


def of_unit(unit_code: str) -> Select[str]:
    """Return the codes of a unit's subjects, for a condition."""
    return select(Subject.code).where(Subject.unit_code == unit_code)


def _term_of(warning: QualityWarning) -> str:
    return warning.period.rsplit("-W", 1)[0]


def _limits_of(warnings: Sequence[QualityWarning]) -> dict[tuple[str, str, str], IndicatorBinding]:
    """Return the bindings by subject, indicator and term: of the term's year, the highest version."""
    rows = db.session.execute(
        select(IndicatorBinding, Term.code)
        .join(Term, and_(extract("year", Term.start_on) == IndicatorBinding.year))
        .where(
            IndicatorBinding.subject_code.in_({each.subject_code for each in warnings}),
            IndicatorBinding.indicator_code.in_({each.reference for each in warnings}),
            Term.code.in_({_term_of(each) for each in warnings}),
        )
        .order_by(IndicatorBinding.version)
    )
    return {(row.subject_code, row.indicator_code, term): row for row, term in rows}


def _names_of(warnings: Sequence[QualityWarning]) -> dict[str, str]:
    wanted = {person for each in warnings for person in (*each.told, each.acknowledged_by) if person}
    rows = db.session.execute(select(Person.id, Person.name_zh).where(Person.id.in_(wanted)))
    return {row.id: row.name_zh for row in rows}
