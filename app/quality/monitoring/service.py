"""Record readings, issue, raise, resolve and acknowledge warnings."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import update

from app import engine, notifications
from app.foundation import audit
from app.foundation.clock import now, today
from app.foundation.db import add_numbered_rows, db
from app.foundation.errors import Conflict, Invalid
from app.organisation import calendar, teaching
from app.organisation import queries as organisation
from app.quality.monitoring import queries, rules
from app.quality.monitoring.models import (
    STANDING,
    Level,
    Measurement,
    Origin,
    QualityWarning,
    WarningRule,
    WarningStatus,
)
from app.quality.standards import queries as standards
from app.quality.standards.models import Indicator, IndicatorBinding
from app.quality.standards.rules import LIMITS

LEVEL_DECISION = "indicator_level"
RED_WARNING = "red_warning"
WARNING_SETTLED = "warning_settled"


def record_reading(
    indicator_code: str,
    *,
    subject_code: str,
    period: str,
    value: float,
    origin: Origin,
    by: str | None = None,
) -> Measurement:
    """Store one value: `record_readings` with a single one."""
    return record_readings(subject_code, period=period, values={indicator_code: value}, origin=origin, by=by)[0]


def record_readings(
    subject_code: str, *, period: str, values: Mapping[str, float], origin: Origin, by: str | None = None
) -> list[Measurement]:
    """Store a subject's values of a period by indicator, decide their levels and warn. Every value comes in through here.

    `period` is `<term>-W<week>`; a value is in its indicator's unit. A second
    value for the same period supersedes the first (I-6). Raises `Invalid` for
    a value that is no number, `NotFound` for an unknown indicator or subject.
    """
    if not all(map(math.isfinite, values.values())):
        raise Invalid("采集值不是有效的数字。", {"value": "请填写数字。"})
    organisation.subject(subject_code)
    indicators = standards.indicators_by_code(values)
    year = calendar.plan_years(calendar.term(period.rsplit("-W", 1)[0]))[0]
    bound = standards.bindings_of(subject_code, year)
    before = queries.readings_since(subject_code, period=period, indicator_codes=list(values))
    standing = queries.standing_by_reference(subject_code, list(values))
    columns = [
        {
            "indicator_code": code, "subject_code": subject_code, "period": period, "value": value,
            "level": level_of(indicators[code], bound.get(code) or indicators[code], value), "origin": origin,
            "entered_by": by, "recorded_at": now(),
        }
        for code, value in values.items()
    ]  # fmt: skip
    numbers = add_numbered_rows(Measurement, columns)
    rows = [Measurement(id=number, **each) for number, each in zip(numbers, columns, strict=True)]
    for row in rows:
        code = row.indicator_code
        same = [each for each in before.get(code, []) if each.period == period]
        if same:
            older = Measurement.id.in_([each.number for each in same])
            db.session.execute(update(Measurement).where(older).values(superseded_by_id=row.id))
        if any(each.period > period for each in before.get(code, [])):
            continue  # an older period filled in later says nothing about today
        limits = bound.get(code) or indicators[code]
        _react(row, indicators[code], limits, standing.get(code, {}), corrected=bool(same))
    return rows


def level_of(indicator: Indicator, limits: Indicator | IndicatorBinding, value: float) -> Level:
    """Ask the decision table for the level of a value."""
    variables = {"direction": indicator.direction.value, "value": value}
    variables |= {name: getattr(limits, name) for name in LIMITS}
    return Level(engine.decide(LEVEL_DECISION, variables))


def warn_of_missing(subject_code: str, *, period: str, indicators: list[Indicator]) -> list[QualityWarning]:
    """Warn of indicators without a reading for a period that is over, and end the warnings of the others.

    Told by `tell_untold`, like the warnings of `warn_of_progress`.
    """
    if not indicators:
        return []
    have = queries.readings_of(subject_code, period=period)
    found = queries.standing_by_reference(subject_code, [each.code for each in indicators])
    issued = []
    for indicator in indicators:
        standing = found.get(indicator.code, {}).get(WarningRule.MISSING_DATA)
        if indicator.code in have:
            if standing is not None:
                _close(standing, WarningStatus.RESOLVED)
        elif standing is None:
            warning = QualityWarning(
                rule=WarningRule.MISSING_DATA, reference=indicator.code, indicator_code=indicator.code,
                point_code=indicator.point_code, subject_code=subject_code, period=period, level=Level.BLUE,
                note="本期没有采集到数据。",
            )  # fmt: skip
            _open(warning)
            issued.append(warning)
    return issued


@dataclass(frozen=True)
class Progress:
    """How far a goal's year has come, and whether that is behind the time."""

    goal_code: str
    task: str
    percent: float
    lags: bool


def warn_of_progress(subject_code: str, *, period: str, goals: Sequence[Progress]) -> list[QualityWarning]:
    """Warn of goals that lag behind their year (PLAN_PROGRESS), and end the warnings of the others. Returns new ones."""
    if not goals:
        return []
    found = queries.standing_by_reference(subject_code, [each.goal_code for each in goals])
    issued = []
    for goal in goals:
        standing = found.get(goal.goal_code, {}).get(WarningRule.PLAN_PROGRESS)
        if not goal.lags:
            if standing is not None:
                _close(standing, WarningStatus.RESOLVED)
        elif standing is not None:
            standing.period, standing.value = period, goal.percent
        else:
            warning = QualityWarning(
                rule=WarningRule.PLAN_PROGRESS, reference=goal.goal_code, subject_code=subject_code, period=period,
                value=goal.percent, level=Level.YELLOW, side="LOW",
                note=f"“{goal.task}”进度{goal.percent:g}%，落后于时间进度。"[:300],
            )  # fmt: skip
            _open(warning)
            issued.append(warning)
    return issued


def tell_untold(subject_code: str) -> int:
    """Send the mails of a subject's warnings that nobody has been told of; returns how many warnings."""
    untold = [warning for warning in queries.standing_warnings(subject_code) if not warning.told]
    for warning in untold:
        _tell(warning, limits=_indicator_of(warning))
    return len(untold)


def acknowledge(warning: QualityWarning, *, by: str) -> None:
    """Note that somebody took a warning up. Raises `Conflict` when it is closed or already taken up."""
    if warning.status is not WarningStatus.OPEN:
        raise Conflict("这条预警已经有人确认或已经关闭，请刷新页面。")
    warning.status, warning.acknowledged_by, warning.acknowledged_at = WarningStatus.ACKNOWLEDGED, by, now()
    _settle(warning)
    audit.record("warning.acknowledge", f"warning:{warning.id}", person_id=by)


def call_false_alarm(warning: QualityWarning, *, by: str, reason: str) -> None:
    """Close a warning that rests on wrong data. Raises `Invalid` without a reason, `Conflict` when closed."""
    if not reason.strip():
        raise Invalid("请写明为什么是误报。", {"reason": "必填。"})
    if warning.status not in STANDING:
        raise Conflict("这条预警已经关闭，请刷新页面。")
    _close(warning, WarningStatus.FALSE_ALARM)
    warning.note = reason.strip()[:300]
    audit.record("warning.false_alarm", f"warning:{warning.id}", person_id=by, reason=reason)
    _tell_the_end(warning)


def drop_warnings(subject_code: str, *, reason: str) -> None:
    """Close whatever stands for a subject that is no longer one."""
    for warning in queries.standing_warnings(subject_code):
        _close(warning, WarningStatus.RESOLVED)
        warning.note = reason[:300]


def take_into_improvement(subject_code: str, *, point_codes: set[str]) -> None:
    """Mark the standing warnings of points for which a measure was recorded."""
    if not point_codes:
        return
    for warning in queries.standing_warnings(subject_code):
        if warning.point_code in point_codes:
            warning.status = WarningStatus.IN_IMPROVEMENT
            _settle(warning)


def _react(
    row: Measurement,
    indicator: Indicator,
    limits: Indicator | IndicatorBinding,
    standing: Mapping[WarningRule, QualityWarning],
    *,
    corrected: bool,
) -> None:
    """Open, raise, keep or resolve what the reading says about its indicator."""
    anomalous = row.level in (Level.YELLOW_HIGH, Level.YELLOW_LOW)
    rule, other = WarningRule.THRESHOLD, WarningRule.DATA_ANOMALY
    if anomalous:
        rule, other = other, rule
    if row.level is not Level.GREEN:
        _open_or_update(row, indicator, limits, rule, standing.get(rule), corrected=corrected)
        if other in standing and not anomalous:
            _close(standing[other], WarningStatus.RESOLVED, by=row)
        return
    for each in (rule, other):
        if each in standing:
            _close(standing[each], WarningStatus.RESOLVED, by=row)
            _tell_the_end(standing[each])


def _open_or_update(
    row: Measurement,
    indicator: Indicator,
    limits: Indicator | IndicatorBinding,
    rule: WarningRule,
    standing: QualityWarning | None,
    *,
    corrected: bool,
) -> None:
    reading = rules.plain(row.level)
    if standing is None:
        warning = QualityWarning(
            rule=rule, reference=indicator.code, indicator_code=indicator.code, point_code=indicator.point_code,
            subject_code=row.subject_code, period=row.period, value=row.value, level=Level(reading),
            side=rules.side_of(row.level, direction=indicator.direction), periods=int(reading == "YELLOW"),
        )  # fmt: skip
        _open(warning)
        _tell(warning, limits=limits)
        return
    if row.period != standing.period and not corrected:
        standing.periods = standing.periods + 1 if reading == "YELLOW" else 0
    before = standing.level
    after = rules.next_level(standing=before, reading=reading, yellow_periods=standing.periods)
    standing.persisted = after == "RED" and reading == "YELLOW"
    standing.period, standing.value, standing.level = row.period, row.value, Level(after)
    if rules.got_worse(before, after):
        standing.status = WarningStatus.OPEN
        _tell(standing, limits=limits)


def _open(warning: QualityWarning) -> None:
    warning.opened_at, warning.told = now(), []
    db.session.add(warning)
    db.session.flush()


def _close(warning: QualityWarning, status: WarningStatus, *, by: Measurement | None = None) -> None:
    warning.status, warning.closed_at = status, now()
    warning.resolved_by_id = by.id if by else None
    _settle(warning)


def _settle(warning: QualityWarning) -> None:
    """Tell the procedure of a red warning that nobody needs to take it up any more."""
    if warning.level is Level.RED:
        engine.post(WARNING_SETTLED, {}, business_key=f"warning:{warning.id}")


def _tell(warning: QualityWarning, *, limits: Indicator | IndicatorBinding | None) -> None:
    """Send M08 or M09; a reading of the night or the weekend is told at 8:00 of the next working day."""
    people = recipients(warning)
    warning.told = list(dict.fromkeys([*warning.told, *people]))
    red = warning.level is Level.RED
    if red:
        _have_it_taken_up(warning)
    kind = "M09" if red else "M08"
    notifications.enqueue(
        people, kind=kind, template="monitoring/mail/warning", values=_facts(warning, limits),
        not_before=calendar.next_opening(),
    )  # fmt: skip


def _have_it_taken_up(warning: QualityWarning) -> None:
    """A red warning is somebody's task: two working days unacknowledged count as overdue (3b)."""
    indicator = _indicator_of(warning)
    name = indicator.name_zh if indicator else warning.note
    subject = organisation.subject(warning.subject_code)
    engine.post(
        RED_WARNING,
        {
            "warning": warning.id, "subject": subject.code, "layer": subject.layer_code,
            "title": f"{subject.name_zh} {name}",
        },
        business_key=f"warning:{warning.id}",
    )  # fmt: skip


def _tell_the_end(warning: QualityWarning) -> None:
    notifications.enqueue(
        warning.told, kind="M10", template="monitoring/mail/warning_ended", values=_facts(warning, None)
    )


def recipients(warning: QualityWarning) -> list[str]:
    """Return who is told of a warning at its level, each once."""
    subject = organisation.subject(warning.subject_code)
    responsible = organisation.responsible_for(subject.code)
    found = {
        "SUBJECT": responsible,
        "SUPERIOR": [each for person in responsible for each in teaching.superiors_of(person)],
        "UNIT_HEAD": organisation.head_of(organisation.root_unit(subject.unit_code)),
        "QA_OFFICE": organisation.holders("QA_OFFICER"),
    }
    return list(dict.fromkeys(each for group in rules.TOLD[warning.level] for each in found[group]))


def _indicator_of(warning: QualityWarning) -> Indicator | None:
    return standards.indicator(warning.indicator_code) if warning.indicator_code else None


def _facts(warning: QualityWarning, limits: Indicator | IndicatorBinding | None) -> dict[str, Any]:
    indicator = _indicator_of(warning)
    return {
        "subject_name": organisation.subject(warning.subject_code).name_zh,
        "indicator_name": indicator.name_zh if indicator else warning.note,
        "unit": indicator.unit if indicator else "%",
        "rule": warning.rule.value,
        "level": warning.level.value,
        "side": warning.side,
        "persisted": warning.persisted,
        "value": warning.value,
        "standard": limits.standard if limits is not None else None,
        "period": warning.period,
        "day": today().isoformat(),
        "note": warning.note,
        "status": warning.status.value,
    }
