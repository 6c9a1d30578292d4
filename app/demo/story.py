"""What has happened at the made-up college by the day a visitor arrives.

The college lives through its term from the last days of August to Monday of
week 13: the scheduler acts every morning, people hand their tasks in through
the same service as from the page, each with a habit of his own. Nothing is
written past the services, so the story is also a walk through the product.
"""

import random
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import func, select

from app import engine
from app.demo import clock as demo_clock
from app.demo import college, habits
from app.foundation import clock
from app.foundation.clock import COLLEGE_ZONE
from app.foundation.db import db, transaction
from app.inbox import service as inbox
from app.organisation import calendar
from app.organisation import queries as organisation
from app.quality.assessment import service as assessment
from app.quality.cycles import service as cycles
from app.quality.monitoring import service as monitoring
from app.quality.monitoring.models import Origin
from app.quality.standards import queries as standards

BEGINS_AT = datetime(2026, 8, 28, 9, 0, tzinfo=COLLEGE_ZONE)
PRESENT = datetime(2026, 11, 23, 8, 40, tzinfo=COLLEGE_ZONE)
MORNING, AFTERNOON, SUNDAY_NIGHT = time(8, 35), time(15, 0), time(22, 0)
SEED = 2026
TERM = "2026-2027-1"
# Subjects of the layers that the college only tries out; the visitor starts the others (`flask term start`).
TRIAL = {"PROGRAMME": ("PG08",), "COURSE": ("KC15", "KC16"), "TEACHER": ("E065",), "STUDENT": ("S008", "S020")}
TRIAL_BEGINS_ON = date(2026, 8, 31)
# Assessments outside the plan, by the day the quality office began them.
EXTRA_ASSESSMENTS = {
    date(2026, 9, 7): ("OFF-HQC",),
    date(2026, 9, 21): ("OFF-XXZX", "OFF-KYC"),
    date(2026, 10, 12): ("OFF-TSG", "OFF-BWC", "OFF-SXZX"),
}


def play(work: Callable[[], int], *, say: Callable[[str], object]) -> None:
    """Live through the term up to the present of the story; `say` is told of each week."""
    data, chance, aside = college.read(), random.Random(SEED), random.Random(SEED + 1)
    week = 0
    for moment in _moments():
        if moment > clock.now():
            with transaction():
                demo_clock.set_to(moment)
        work()
        on = moment.date()
        if moment.time() == SUNDAY_NIGHT:
            _collect(data, on, chance, aside)
        elif moment.time() == AFTERNOON:
            _act(data, on, chance, aside, work)
        found = calendar.week_on(on)
        if found is not None and found.no != week:
            week = found.no
            say(f"  第{week}周 …")
    work()


def _moments() -> Iterator[datetime]:
    on = BEGINS_AT.date() + timedelta(days=1)
    while True:
        for at in (MORNING, AFTERNOON, *([SUNDAY_NIGHT] if on.weekday() == 6 else [])):
            moment = datetime.combine(on, at, COLLEGE_ZONE)
            if moment > PRESENT:
                yield PRESENT
                return
            yield moment
        on += timedelta(days=1)


def _act(
    data: dict[str, Any], on: date, chance: random.Random, aside: random.Random, work: Callable[[], int]
) -> None:
    """Let everybody do what he would do that afternoon; what follows from it happens at once.

    Who tries the other layers out draws his lots `aside`, so that the offices live as they would alone.
    """
    if not calendar.work_calendar().is_workday(on):
        return
    if on == TRIAL_BEGINS_ON:
        for layer, codes in TRIAL.items():
            with transaction():
                cycles.start_term(TERM, layer, only=codes, by="E029")
    for subject in EXTRA_ASSESSMENTS.get(on, ()):
        with transaction():
            assessment.start_extra(subject, by="E029")
        work()
    for task_id, person in _open_tasks():
        task = db.session.get_one(engine.HumanTask, task_id)
        lots = aside if task.layer in TRIAL else chance
        if task.state is not engine.TaskState.OPEN or not habits.acts_now(task, on, lots):
            continue
        action, typed, opinion = habits.answer(task, engine.prefill(task), data, lots)
        with transaction():
            inbox.complete(task_id, person_id=person, action=action, data=typed, opinion=opinion)
    work()


def _open_tasks() -> list[tuple[int, str]]:
    """Return every open task with the first of its performers, oldest first."""
    rows = db.session.execute(
        select(engine.HumanTask.id, func.min(engine.TaskPerformer.person_id))
        .join(engine.TaskPerformer)
        .where(engine.HumanTask.state == engine.TaskState.OPEN)
        .group_by(engine.HumanTask.id)
        .order_by(engine.HumanTask.id)
    )
    return [(row[0], row[1]) for row in rows]


def _collect(data: dict[str, Any], on: date, chance: random.Random, aside: random.Random) -> None:
    """Let the other systems deliver the week's values on Sunday night (3b, collect)."""
    week = calendar.week_on(on)
    if week is None:
        return
    period = f"{TERM}-W{week.no:02d}"
    given = {
        (each["indicator"], each["subject"]): each["value"] for each in data["measurements"] if each["period"] == period
    }
    lots = {subject.code: chance for subject in organisation.subjects("COLLEGE")}
    lots |= {code: aside for codes in TRIAL.values() for code in codes}
    for subject, its_chance in lots.items():
        with transaction():
            for binding in standards.bindings_of(subject, on.year).values():
                value = habits.reading(binding.indicator, subject, week.no, given, its_chance)
                if value is not None:
                    monitoring.record_reading(
                        binding.indicator_code, subject_code=subject, period=period, value=value,
                        origin=Origin.AUTO,
                    )  # fmt: skip
