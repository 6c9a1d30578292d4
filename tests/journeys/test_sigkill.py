"""The scheduler is killed again and again: while it opens the windows of whole layers, while it sends the mails of people's acts."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
import time_machine
from sqlalchemy import func, select, text

from app import engine, notifications
from app.config import ROOT
from app.demo.clock import DemoClock
from app.foundation import clock, worklist
from app.foundation.db import db, transaction
from app.organisation import queries as organisation
from app.quality.cycles.models import CohortLaunch, LaunchState
from app.quality.diagnosis.models import SelfDiagnosis
from tests.builders import TERM, TWO_TASKS, WINDOWS_ONLY, start_windows
from tests.databases import Database
from tests.mail_server import MailServer

KILLS = 4
# How many tasks are done while the mails of doing them are sent, and how often the sender is killed.
CI_SIZE, RELEASE_SIZE = (40, 6), (1_500, 40)
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


def database_of(college) -> Database:
    config = college.app.config
    return Database(DATA_DIR=config["DATA_DIR"], DATABASE_URL=config["DATABASE_URL"])


def live_from_now_on(traveller_moment: datetime) -> None:
    """Let the demo's clock show this moment to processes that run by the machine's."""
    with transaction():
        machine_now = datetime.fromtimestamp(time_machine.escape_hatch.time.time(), UTC)
        db.session.add(DemoClock(id=1, shift_seconds=round((traveller_moment - machine_now).total_seconds())))
    db.session.remove()


@contextmanager
def scheduler(database: Database, **more: str) -> Iterator[subprocess.Popen]:
    """Run the clock as a process of its own, with these settings besides; killed at the end if it still lives."""
    folder = database["DATA_DIR"]
    settings = {
        "DATA_DIR": str(folder), "DATABASE_URL": database["DATABASE_URL"], "DEMO": "1", "SECRET_KEY": "test",
        "PYTHONPATH": str(ROOT), **more,
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


def wait_until(holds) -> bool:
    patience = time.perf_counter() + PATIENCE_SECONDS
    while not holds() and time.perf_counter() < patience:
        time.sleep(0.01)
    return bool(holds())


def kill_while_it_works(database: Database, *, after: int, chance: random.Random) -> None:
    """Start the scheduler and kill it at a random moment after it has opened some windows."""
    before = opened()
    with scheduler(database) as process:
        wait_until(lambda: opened() >= before + after)
        time.sleep(chance.random() * 0.05)
        process.send_signal(signal.SIGKILL)


def work_to_the_end(database: Database, *, windows: int) -> None:
    """Let the scheduler live until all windows are open and nothing that is due is left."""
    with scheduler(database) as process:
        wait_until(lambda: opened() >= windows)
        time.sleep(1)  # one window too many would show now
        process.terminate()
        process.wait(timeout=20)


def test_no_window_is_missing_and_none_is_doubled(college):
    database = database_of(college)
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


@pytest.fixture
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    return RELEASE_SIZE if request.config.getoption("--release") else CI_SIZE


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    server = MailServer()
    server.up()
    yield server
    server.down()


class Person(threading.Thread):
    """Does one task after the other and keeps an account of those the college has confirmed."""

    def __init__(self, app, tasks: list[tuple[int, str]]) -> None:
        super().__init__()
        self.app, self.tasks = app, tasks
        self.confirmed: list[int] = []

    def run(self) -> None:
        with self.app.app_context():
            for task_id, person_id in self.tasks:
                with transaction():
                    engine.complete_task(task_id, {}, person_id=person_id)
                self.confirmed.append(task_id)
            db.session.remove()


def waiting_mails() -> int:
    with db.engine.connect() as connection:
        return connection.scalar(
            select(func.count()).select_from(notifications.OutgoingMail).where(notifications.OutgoingMail.done_at.is_(None))
        ) or 0  # fmt: skip


def test_no_mail_is_missing_and_one_sent_again_is_known_by_its_number(college, mail_server, size):
    """Half the kills fall between a mail server's taking a mail and its saying so, when it must be sent again."""
    acts, kills = size
    college._at("2026-09-01 09:00")
    with transaction():
        engine.deploy(TWO_TASKS)
        for _ in range(acts):
            engine.start("two", {"subject": "OFF-JWC"})
    tasks = db.session.execute(
        select(engine.TaskPerformer.task_id, engine.TaskPerformer.person_id)
        .join(engine.HumanTask, engine.HumanTask.id == engine.TaskPerformer.task_id)
        .where(engine.HumanTask.process_key == "two").order_by(engine.HumanTask.id)
    ).all()  # fmt: skip
    live_from_now_on(clock.now())
    database = database_of(college)
    server = {"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": str(mail_server.port)}
    chance = random.Random(20260902)
    person = Person(college.app, [(task, who) for task, who in tasks])
    person.start()

    for number in range(kills):
        mail_server.seconds_to_answer = 0.05 if number % 2 else 0.0
        with scheduler(database, **server) as process:
            taken = len(mail_server.received) + chance.randint(1, 4)
            assert wait_until(lambda taken=taken: len(mail_server.received) >= taken), "no mail was on its way"
            if number % 2:
                wait_until(lambda: mail_server.taken_unanswered)
            else:
                time.sleep(chance.random() * 0.02)
            process.send_signal(signal.SIGKILL)
            process.wait()
    person.join()
    mail_server.seconds_to_answer = 0.0
    with transaction():  # by now it shows that whoever had taken a mail to send it is no more
        db.session.get_one(DemoClock, 1).shift_seconds += round(worklist.LEASE.total_seconds()) + 1
    with scheduler(database, **server) as process:
        assert wait_until(lambda: waiting_mails() == 0)
        process.terminate()
        process.wait(timeout=20)

    done = select(engine.HumanTask.id).where(engine.HumanTask.node == "a", engine.HumanTask.state == engine.TaskState.COMPLETED)
    assert sorted(person.confirmed) == sorted(db.session.scalars(done)) == sorted(task for task, _ in tasks)
    log = select(engine.StepLog.task_id).where(engine.StepLog.person_id.is_not(None))
    assert Counter(db.session.scalars(log)) == Counter(person.confirmed)
    written = db.session.scalars(select(notifications.OutgoingMail.message_id).where(notifications.OutgoingMail.to_address != ""))
    arrived = Counter(message["Message-ID"] for message in mail_server.received)
    assert set(arrived) == set(written)
    assert arrived.total() - len(arrived) <= kills
    if db.engine.dialect.name == "sqlite":
        assert db.session.scalar(text("PRAGMA integrity_check")) == "ok"
