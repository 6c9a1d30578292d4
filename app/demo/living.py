"""The made-up college lives: the scheduler acts in the morning, people in the afternoon, systems on Sunday night.

Nothing is written past the services. The demo's story and the rehearsal of a
term are two lives: other habits, another length.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from sqlalchemy import func, select

from app import engine
from app.demo.habits import Habits
from app.foundation.clock import COLLEGE_ZONE
from app.foundation.db import db, transaction
from app.inbox import service as inbox
from app.organisation import calendar
from app.organisation import queries as organisation
from app.organisation.models import SubjectState
from app.quality.assessment import service as assessment
from app.quality.monitoring import service as monitoring
from app.quality.monitoring.models import Origin
from app.quality.standards import queries as standards

MORNING, AFTERNOON, SUNDAY_NIGHT = time(8, 35), time(15, 0), time(22, 0)


def moments(after: date, until: datetime) -> Iterator[datetime]:
    """Yield the moments at which something is done, from the day after `after` to `until`, which is the last."""
    on = after + timedelta(days=1)
    while True:
        for at in (MORNING, AFTERNOON, *([SUNDAY_NIGHT] if on.weekday() == 6 else [])):
            moment = datetime.combine(on, at, COLLEGE_ZONE)
            if moment > until:
                yield until
                return
            yield moment
        on += timedelta(days=1)


@dataclass(frozen=True)
class Life:
    """A college that lives by its people's habits.

    `work` lets the scheduler work off what is due; `extra` are assessments
    outside the plan, by the day the quality office begins them. With `aside`
    whoever is beside the offices draws his lots there, so that the offices
    live as they would alone.
    """

    habits: Habits
    work: Callable[[], int]
    extra: Mapping[date, tuple[str, ...]] = field(default_factory=dict)
    aside: Habits | None = None

    def live(self, moment: datetime) -> None:
        """Do what is done at a moment; the clock must have been moved there."""
        self.work()
        if moment.time() == SUNDAY_NIGHT:
            self._collect(moment.date())
        elif moment.time() == AFTERNOON and calendar.work_calendar().is_workday(moment.date()):
            self._act(moment.date())

    def _act(self, on: date) -> None:
        """Let everybody do what he would do that afternoon; what follows from it happens at once."""
        for subject in self.extra.get(on, ()):
            with transaction():
                assessment.start_extra(subject, by="E029")
            self.work()
        for task, person in _open_tasks():
            habits = self._habits_in(task.layer)
            if not habits.acts_now(task, on) or not _is_open(task):
                continue
            action, typed, opinion = habits.answer(task, engine.prefill(task))
            with transaction():
                inbox.complete(task.id, person_id=person, action=action, data=typed, opinion=opinion)
        self.work()

    def _collect(self, on: date) -> None:
        """Let the other systems deliver the week's values on Sunday night (3b, collect)."""
        week = calendar.week_on(on)
        if week is None:
            return
        period = f"{week.term_code}-W{week.no:02d}"
        given = {
            (each["indicator"], each["subject"]): each["value"]
            for each in self.habits.data["measurements"]
            if each["period"] == period
        }
        year = calendar.plan_years(calendar.term(week.term_code))[0]
        for code in standards.subjects_in_force(year):
            subject = organisation.subject(code)
            if subject.state is not SubjectState.ACTIVE:
                continue
            habits = self._habits_in(subject.layer_code)
            with transaction():
                values = {
                    binding.indicator_code: value
                    for binding in standards.bindings_of(code, year).values()
                    if (value := habits.reading(binding.indicator, code, week.no, given)) is not None
                }
                monitoring.record_readings(code, period=period, values=values, origin=Origin.AUTO)

    def _habits_in(self, layer: str | None) -> Habits:
        """Return the habits of a layer's people; what belongs to no layer is the offices'."""
        return self.aside if self.aside is not None and layer not in (None, "COLLEGE") else self.habits


def _open_tasks() -> list[tuple[engine.HumanTask, str]]:
    """Return every open task as it is now with the first of its performers, oldest first."""
    first = (
        select(func.min(engine.TaskPerformer.person_id))
        .where(engine.TaskPerformer.task_id == engine.HumanTask.id)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(engine.HumanTask, first)
        .where(engine.HumanTask.state == engine.TaskState.OPEN)
        .order_by(engine.HumanTask.id)
    )
    found = [(row[0], row[1]) for row in rows]
    for task, _person in found:
        db.session.expunge(task)  # what others do meanwhile does not change how it looked
    return found


def _is_open(task: engine.HumanTask) -> bool:
    """Say whether nobody has taken a task away since the afternoon began."""
    state = select(engine.HumanTask.state).where(engine.HumanTask.id == task.id)
    return db.session.scalar(state) is engine.TaskState.OPEN
