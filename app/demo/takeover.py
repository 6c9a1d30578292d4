"""What a college of real size brings along: the other layers' history, written in bulk.

The offices live their story through the services, act by act (`story`). Ten
thousand students cannot: their procedures are launched at the story's present,
and what came before is taken over as a college would from an earlier system -
goals, limits, the last values with the warnings they cause, and who handed in
which window. Nothing of it was ever a task, so it has no entries and no mails.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select

from app.demo import habits
from app.foundation import clock
from app.foundation.db import db, transaction
from app.organisation import calendar, teaching
from app.organisation.models import Subject, SubjectState
from app.quality.cycles import jobs, launching, windows_of
from app.quality.cycles.models import LaunchItem
from app.quality.diagnosis.models import DiagnosisStatus, SelfDiagnosis
from app.quality.goals.models import Goal, GoalStatus, GoalYear, TaskType
from app.quality.goals.rules import quantified
from app.quality.monitoring import rules as warning_rules
from app.quality.monitoring import service as monitoring
from app.quality.monitoring.models import Level, Measurement, Origin, QualityWarning, WarningRule, WarningStatus
from app.quality.standards import queries as standards
from app.quality.standards.models import Indicator, IndicatorBinding
from app.quality.standards.rules import LIMITS

LAYERS = ("PROGRAMME", "COURSE", "TEACHER", "STUDENT")
FREQUENCIES = {"PROGRAMME": "BIWEEKLY", "COURSE": "WEEKLY", "TEACHER": "BIWEEKLY", "STUDENT": "BIWEEKLY"}
# Of a hundred windows: handed in late, never handed in.
LATE_PERCENT, MISSED_PERCENT = 6, 3
PORTION = 2_000


def take_over(term: str, *, seed: int, say: Callable[[str], object]) -> None:
    """Launch the other layers and write what they bring along; `say` is told of each layer."""
    for layer in LAYERS:
        with transaction():
            windows_of(FREQUENCIES[layer], term)  # the first question writes them down
            launch_id = launching.order(term, layer).id
        started = jobs.work_off_launch(launch_id)
        say(f"  {layer}：启动 {started} 个流程 …")
        _History(term, layer, launch_id, random.Random(seed)).write()


@dataclass(frozen=True)
class _Value:
    indicator: Indicator
    value: float
    level: Level


class _History:
    """What the subjects of one layer bring along."""

    def __init__(self, term: str, layer: str, launch_id: int, chance: random.Random) -> None:
        self.term, self.layer, self.launch_id, self.chance = term, layer, launch_id, chance
        self.year = calendar.plan_years(calendar.term(term))[0]
        week = calendar.week_on(clock.today())
        # The last week whose values have been delivered: the one before this.
        self.week = max((week.no if week else calendar.last_week(term)) - 1, 1)
        self.indicators = standards.indicators_of([point.code for point in standards.points_of(layer)])
        self.over = [each for each in windows_of(FREQUENCIES[layer], term) if each.due_at and each.due_at < clock.now()]
        self.levels: dict[tuple[str, float], Level] = {}

    def write(self) -> None:
        """Write everything, some subjects at a time."""
        for portion in self._portions():
            with transaction():
                self._goals(portion)
                self._values([code for code, _responsible, _instance in portion])
                self._diagnoses(portion)

    def _portions(self) -> Iterator[list[tuple[str, str, int]]]:
        """Yield (subject, responsible person, instance) in portions."""
        rows = db.session.execute(
            select(Subject.code, Subject.responsible_id, LaunchItem.instance_id)
            .join(LaunchItem, LaunchItem.subject_code == Subject.code)
            .where(
                LaunchItem.launch_id == self.launch_id, LaunchItem.instance_id.is_not(None),
                Subject.state == SubjectState.ACTIVE, Subject.responsible_id.is_not(None),
                Subject.code.not_in(select(SelfDiagnosis.subject_code)),
            )
            .order_by(Subject.code)
        ).all()  # fmt: skip
        for first in range(0, len(rows), PORTION):
            yield [tuple(row) for row in rows[first : first + PORTION]]  # type: ignore[misc]

    def _goals(self, portion: list[tuple[str, str, int]]) -> None:
        goals, years = [], []
        for code, responsible, _instance in portion:
            for number, (name, point, *plans) in enumerate(habits.GOALS[self.layer], start=1):
                goals.append(
                    {
                        "code": f"{code}-M{number:02d}", "subject_code": code, "layer_code": self.layer,
                        "task_zh": name, "task_type": TaskType.C, "basis": "本人发展规划", "observation_point": point,
                        "responsible_id": responsible, "status": GoalStatus.ACTIVE, "entered_by": responsible,
                        "confirmed_at": clock.now(),
                    }
                )  # fmt: skip
                years.append(plans)
        db.session.execute(insert(Goal), goals)
        codes = [each["code"] for each in goals]
        ids = {row.code: row.id for row in db.session.execute(select(Goal.code, Goal.id).where(Goal.code.in_(codes)))}
        db.session.execute(
            insert(GoalYear),
            [
                {
                    "goal_id": ids[code], "year": self.year + position, "planned_text": plan,
                    "planned_value": found[0], "unit": found[1],
                    "progress_percent": round(self.chance.uniform(40, 100)) if position == 0 else None,
                }
                for code, plans in zip(codes, years, strict=True)
                for position, plan in enumerate(plans)
                if (found := quantified(plan)) is not None
            ],
        )  # fmt: skip

    def _values(self, codes: list[str]) -> None:
        """Write limits, values and warnings of these subjects."""
        bindings: list[dict[str, Any]] = []
        readings: list[dict[str, Any]] = []
        warnings: list[dict[str, Any]] = []
        period, at = f"{self.term}-W{self.week:02d}", clock.now() - timedelta(hours=10)
        for code in codes:
            for indicator in self.indicators:
                bindings.append(
                    {
                        "subject_code": code, "indicator_code": indicator.code, "year": self.year,
                        "reason": "诊断逻辑启用", **{name: getattr(indicator, name) for name in LIMITS},
                    }
                )  # fmt: skip
                found = self._value(indicator)
                if found is None:
                    continue
                readings.append(
                    {
                        "indicator_code": indicator.code, "subject_code": code, "period": period,
                        "value": found.value, "level": found.level, "origin": Origin.IMPORT, "recorded_at": at,
                    }
                )  # fmt: skip
                if found.level in (Level.YELLOW, Level.RED):
                    warnings.append(self._warning(code, found, period=period, at=at))
        for table, rows in ((IndicatorBinding, bindings), (Measurement, readings), (QualityWarning, warnings)):
            if rows:
                db.session.execute(insert(table), rows)

    def _value(self, indicator: Indicator) -> _Value | None:
        if indicator.standard is None:
            return None
        value = habits.likely_value(indicator, self.chance)
        key = (indicator.code, value)
        if key not in self.levels:
            self.levels[key] = monitoring.level_of(indicator, indicator, value)
        return _Value(indicator, value, self.levels[key])

    def _warning(self, code: str, found: _Value, *, period: str, at: datetime) -> dict[str, Any]:
        indicator = found.indicator
        return {
            "rule": WarningRule.THRESHOLD, "reference": indicator.code, "indicator_code": indicator.code,
            "point_code": indicator.point_code, "subject_code": code, "period": period, "value": found.value,
            "level": found.level, "side": warning_rules.side_of(found.level, direction=indicator.direction),
            "status": WarningStatus.OPEN, "opened_at": at,
        }  # fmt: skip

    def _diagnoses(self, portion: list[tuple[str, str, int]]) -> None:
        rows = []
        for code, responsible, instance in portion:
            if not teaching.runs_in(code, self.term):
                continue
            for window in self.over:
                assert window.due_at is not None
                lot = self.chance.random() * 100
                apart = timedelta(hours=self.chance.uniform(1, 60))
                status, at = DiagnosisStatus.SUBMITTED, window.due_at - apart
                if lot < MISSED_PERCENT + LATE_PERCENT:
                    status, at = DiagnosisStatus.LATE, window.due_at + apart
                missed = lot < MISSED_PERCENT
                rows.append(
                    {
                        "subject_code": code, "term_code": self.term, "window_no": window.no, "instance_id": instance,
                        "status": DiagnosisStatus.MISSED if missed else status, "due_at": window.due_at,
                        "submitted_at": None if missed else at, "performer_id": None if missed else responsible,
                    }
                )  # fmt: skip
        if rows:
            db.session.execute(insert(SelfDiagnosis), rows)
