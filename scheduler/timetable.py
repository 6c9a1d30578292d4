"""Board: everything that happens by itself, and when, one line each."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import BaseScheduler
from flask import Flask

from app import engine, escalation, notifications
from app.demo import clock as demo_clock
from app.foundation.db import db
from app.quality import cycles, results
from app.reports import digest

log = logging.getLogger(__name__)

# In the order in which a round is worked off; the number is seconds between two looks.
JOBS: list[tuple[Callable[[], int], int]] = [
    (cycles.start_due_terms, 60),
    (cycles.work_on_launches, 5),
    (results.start_due_reports, 60),
    (engine.fire_due_timers, 15),
    (engine.open_windows, 15),
    (engine.deliver_messages, 5),
    (escalation.remind_and_escalate, 60),
    (escalation.tell_students, 60),
    (digest.send_weekly_digests, 300),
    (notifications.deliver_outbox, 10),
]
# Rows that wait, and the job that works them off: on several machines it is called as soon as they are written.
WAKES: dict[type, Callable[[], int]] = {
    engine.Message: engine.deliver_messages,
    notifications.OutgoingMail: notifications.deliver_outbox,
}
# Jobs that claim each row before they touch it (`worklist`): on several machines they share what is due.
SHARED = {engine.fire_due_timers, engine.open_windows, *WAKES.values()}
MOST_ROUNDS = 200


def tick(app: Flask, job: Callable[[], int]) -> int:
    """Run one job; a failure is logged, the next tick tries again."""
    try:
        return run(app, job)
    except Exception:
        log.exception("%s failed", job.__name__)
        return 0


def run(app: Flask, job: Callable[[], int]) -> int:
    """Run one job in its own application context. Its errors pass through."""
    with app.app_context():
        demo_clock.follow(app)
        try:
            return job()
        finally:
            db.session.remove()


def work_off_everything() -> int:
    """Run every job until nothing is due any more; returns how much was done.

    Needs an application context. Errors of a job pass through.
    """
    done = 0
    for _ in range(MOST_ROUNDS):
        count = sum(job() for job, _ in JOBS)
        if not count:
            return done
        done += count
    raise RuntimeError("the work does not end: something makes itself due again and again")


def start(app: Flask, scheduler: BaseScheduler | None = None) -> BaseScheduler:
    """Start ticking, the first time at once. A job never overlaps itself, and missed ticks are one tick."""
    scheduler = scheduler or BackgroundScheduler(timezone="Asia/Shanghai")
    for job, seconds in JOBS:
        scheduler.add_job(
            tick, "interval", seconds=seconds, args=[app, job], id=job.__name__,
            max_instances=1, coalesce=True, misfire_grace_time=None, next_run_time=datetime.now(UTC),
        )  # fmt: skip
    scheduler.start()
    return scheduler
