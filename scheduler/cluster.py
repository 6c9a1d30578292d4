"""Board: the same timetable on several machines, worked off by Procrastinate on PostgreSQL.

`python -m scheduler.cluster` is a worker; start as many as you like, on as
many machines as you like. Procrastinate ticks each job of the timetable once
for all of them, hands it to one, retries it, and gives away what a dead
machine had begun. With `CLUSTER` on, whoever writes a row that waits (a
message, a mail) also enqueues its job, in the same transaction: what is
committed is worked off at once, what is rolled back was never enqueued. The
rows stay the truth: a job that is lost, or comes twice, changes nothing.
"""

import logging
import os
from collections.abc import Callable, Collection
from typing import Any

from flask import Flask
from procrastinate import App, JobContext, PsycopgConnector, RetryStrategy, SyncPsycopgConnector
from psycopg import Connection, connect

from app.application import create_app
from app.foundation import memory, worklist
from app.foundation.db import db
from scheduler import timetable

log = logging.getLogger(__name__)

# Seconds between a worker's signs of life, and after how many without one its jobs are given to others.
HEARTBEAT, TAKEN_OVER_AFTER = 5.0, 20.0
# Jobs of one worker at a time; SQL does the work, so more than the cores does not help.
CONCURRENCY = 2
_SCHEMA_LOCK = 0x7A686967  # any number that nobody else locks


def join(app: Flask) -> None:
    """Let this process enqueue the jobs of the rows it writes. Raises `RuntimeError` without PostgreSQL."""
    address = _address(app)
    with connect(address, autocommit=True) as connection:
        _ensure_schema(connection, address)
    queue = App(connector=SyncPsycopgConnector(conninfo=address))  # never opened: it writes on our connections

    def enqueue(kinds: Collection[type]) -> None:
        connection = db.session.connection().connection.dbapi_connection
        for kind in kinds & timetable.WAKES.keys():
            name = timetable.WAKES[kind].__name__
            queue.configure_task(name, connection=connection).defer()

    worklist.tell_of_waiting(app, enqueue)


def worker(app: Flask) -> App:
    """Return Procrastinate's application with the timetable as its tasks."""
    queue = App(connector=PsycopgConnector(conninfo=_address(app)))
    for job, seconds in timetable.JOBS:
        name = job.__name__
        lock = None if job in timetable.SHARED else name  # the others run on one machine at a time
        task = queue.task(name=name, lock=lock, retry=RetryStrategy(max_attempts=3, exponential_wait=2))(_run(app, job))
        queue.periodic(cron=_cron(seconds), lock=lock, queueing_lock=name)(task)

    @queue.periodic(cron=_cron(10), queueing_lock="take_over")
    @queue.task(name="take_over", lock="take_over", pass_context=True)
    async def take_over(context: JobContext, timestamp: int) -> None:
        """Give the jobs of workers that show no sign of life to others."""
        manager = context.app.job_manager
        for lost in await manager.get_stalled_jobs(seconds_since_heartbeat=TAKEN_OVER_AFTER):
            log.warning("job %s of a lost worker is taken over", lost.task_name)
            await manager.retry_job(lost)

    return queue


def main() -> None:
    """Work until told to stop; the jobs under way are finished first."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    app = create_app(CLUSTER=True)
    memory.settle()
    worker(app).run_worker(
        name=f"{os.uname().nodename}:{os.getpid()}", concurrency=CONCURRENCY, delete_jobs="successful",
        fetch_job_polling_interval=2.0, update_heartbeat_interval=HEARTBEAT, stalled_worker_timeout=TAKEN_OVER_AFTER,
        shutdown_graceful_timeout=60.0,
    )  # fmt: skip


def _run(app: Flask, job: Callable[[], int]) -> Callable[..., None]:
    def run(timestamp: int | None = None) -> None:
        timetable.run(app, job)

    return run


def _cron(seconds: int) -> str:
    """Return `seconds` as Procrastinate's cron expression; the sixth field is seconds."""
    return f"* * * * * */{seconds}" if seconds < 60 else f"*/{seconds // 60} * * * *"


def _address(app: Flask) -> str:
    address = app.config["SQLALCHEMY_DATABASE_URI"]
    if not address.startswith("postgresql"):
        raise RuntimeError("CLUSTER needs PostgreSQL: set DATABASE_URL to postgresql+psycopg://...")
    return address.replace("postgresql+psycopg://", "postgresql://", 1)


def _ensure_schema(connection: Connection[Any], address: str) -> None:
    """Create Procrastinate's tables once, whoever comes first."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_SCHEMA_LOCK])
        found = connection.execute("SELECT to_regclass('procrastinate_jobs')").fetchone()
        if found is not None and found[0] is None:
            with App(connector=SyncPsycopgConnector(conninfo=address)).open() as queue:
                queue.schema_manager.apply_schema()


if __name__ == "__main__":
    main()
