"""The scheduler is killed again and again while it opens the windows of a whole layer."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import time_machine
from sqlalchemy import func, select

from app import engine
from app.config import ROOT
from app.demo.clock import DemoClock
from app.foundation import clock
from app.foundation.db import db, transaction
from app.organisation import queries as organisation
from app.quality.cycles.models import CohortLaunch, LaunchState
from app.quality.diagnosis.models import SelfDiagnosis
from tests.builders import TERM, WINDOWS_ONLY, start_windows
from tests.databases import Database

KILLS = 4
# Each life writes some portions of windows (`worklist.PORTION`) before it ends, so there must be enough of them.
LAYERS = ("COLLEGE", "PROGRAMME", "COURSE", "TEACHER")
PATIENCE_SECONDS = 45


def let_windows_fall_due(college) -> list[str]:
    """Bring every subject but the students before its first window; returns their codes."""
    college._at("2026-09-01 09:00")
    subjects = [each for layer in LAYERS for each in organisation.subjects(layer)]
    with transaction():
        engine.deploy(WINDOWS_ONLY)
        db.session.add(
            CohortLaunch(term_code=TERM, layer_code="COLLEGE", state=LaunchState.DONE, started_at=clock.now())
        )
        start_windows(subjects)
    assert db.session.scalars(select(SelfDiagnosis)).all() == []
    return [subject.code for subject in subjects]


def live_from_now_on(traveller_moment: datetime) -> None:
    """Let the demo's clock show this moment to processes that run by the machine's."""
    with transaction():
        machine_now = datetime.fromtimestamp(time_machine.escape_hatch.time.time(), UTC)
        db.session.add(DemoClock(id=1, shift_seconds=round((traveller_moment - machine_now).total_seconds())))
    db.session.remove()


@contextmanager
def scheduler(database: Database) -> Iterator[subprocess.Popen]:
    """Run the clock as a process of its own; killed at the end if it still lives."""
    folder = database["DATA_DIR"]
    settings = {
        "DATA_DIR": str(folder), "DATABASE_URL": database["DATABASE_URL"], "DEMO": "1", "SECRET_KEY": "test",
        "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    with (folder / "scheduler.log").open("ab") as log:
        process = subprocess.Popen([sys.executable, "-m", "scheduler"], env={**os.environ, **settings}, cwd=folder, stderr=log)
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def opened() -> int:
    """Count the windows in a transaction of its own: the other process goes on meanwhile."""
    with db.engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(SelfDiagnosis)) or 0


def kill_while_it_works(database: Database, *, after: int, chance: random.Random) -> None:
    """Start the scheduler and kill it at a random moment after it has opened some windows."""
    before, patience = opened(), time.perf_counter() + PATIENCE_SECONDS
    with scheduler(database) as process:
        while opened() < before + after and time.perf_counter() < patience:
            time.sleep(0.01)
        time.sleep(chance.random() * 0.05)
        process.send_signal(signal.SIGKILL)


def work_to_the_end(database: Database, *, windows: int) -> None:
    """Let the scheduler live until all windows are open and nothing that is due is left."""
    patience = time.perf_counter() + PATIENCE_SECONDS
    with scheduler(database) as process:
        while opened() < windows and time.perf_counter() < patience:
            time.sleep(0.05)
        time.sleep(1)  # one window too many would show now
        process.terminate()
        process.wait(timeout=20)


def test_no_window_is_missing_and_none_is_doubled(college):
    config = college.app.config
    database = Database(DATA_DIR=config["DATA_DIR"], DATABASE_URL=config["DATABASE_URL"])
    subjects = let_windows_fall_due(college)
    live_from_now_on(clock.now())
    chance = random.Random(20260901)

    for _ in range(KILLS):
        kill_while_it_works(database, after=chance.randint(1, 3), chance=chance)
    assert 0 < opened() < len(subjects), "the scheduler was not killed in the middle of its work"
    work_to_the_end(database, windows=len(subjects))

    each_once = Counter(subjects)
    children = db.session.scalars(
        select(engine.ProcessInstance.subject).where(engine.ProcessInstance.child_key == f"cycle:{TERM}:1")
    )
    assert Counter(children) == each_once
    assert Counter(db.session.scalars(select(SelfDiagnosis.subject_code))) == each_once
    tasks = select(engine.HumanTask).where(engine.HumanTask.process_key == "self_diagnosis")
    assert Counter(task.subject for task in db.session.scalars(tasks)) == each_once
    performers = db.session.execute(select(engine.TaskPerformer.task_id, engine.TaskPerformer.person_id)).all()
    assert Counter((mail.task_id, mail.person_id) for mail in college.mails("M01")) == Counter(map(tuple, performers))
