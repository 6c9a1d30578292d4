"""Two web processes and three workers share a PostgreSQL database, and are killed again and again."""

import http.cookiejar
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import engine, notifications
from app.application import create_app
from app.config import ROOT
from app.demo import college as made_up
from app.foundation.db import db, transaction
from tests.builders import load_college
from tests.databases import Database, PostgresqlDatabases, embedded_server
from tests.engine import diagrams as d
from tests.free_port import free_port

HEAD = "E011"
# How many rounds are played (three acts each), how many processes are killed meanwhile, within how many seconds.
CI_SIZE, RELEASE_SIZE = (12, 8, 150), (500, 40, 1_500)
ANSWER_WITHIN_SECONDS = 150
LETTER = d.process(d.START, d.task("c", performer="responsible(subject)"), d.END, d.chain("start", "c", "end"),
                   key="letter", variables="subject")  # fmt: skip
ROUND = d.process(
    d.START, d.task("a", performer="responsible(subject)"), d.call("write", "letter", d.put("subject", "subject")),
    d.task("b", performer="responsible(subject)"), d.END, d.chain("start", "a", "write", "b", "end"),
    key="round", variables="subject",
)  # fmt: skip


@pytest.fixture
def size(request: pytest.FixtureRequest) -> tuple[int, int, int]:
    return RELEASE_SIZE if request.config.getoption("--release") else CI_SIZE


@pytest.fixture
def shared(tmp_path: Path, size: tuple[int, int, int]) -> Iterator[tuple[Flask, Database]]:
    """A college on PostgreSQL with some procedures begun, and the application that looks at it."""
    with embedded_server() as address:
        database = PostgresqlDatabases(address).empty(tmp_path)
        app = create_app(**database, TESTING=True, SECRET_KEY="test")
        with app.app_context():
            load_college()
            with transaction():
                engine.deploy(LETTER)
                engine.deploy(ROUND)
            with transaction():
                for _ in range(size[0]):
                    engine.start("round", {"subject": "OFF-JWC"})
            yield app, database
            db.session.remove()
            db.engine.dispose()


class Machines:
    """Processes of a cluster: `web:<port>` and `worker:<number>`."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.environment = {
            **os.environ, "DATA_DIR": str(database["DATA_DIR"]), "DATABASE_URL": database["DATABASE_URL"],
            "SECRET_KEY": "test", "CLUSTER": "1", "PYTHONPATH": str(ROOT),
        }  # fmt: skip
        self.log = folder / "machines.log"
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str) -> None:
        kind, _, number = name.partition(":")
        what = ["scheduler.cluster"] if kind == "worker" else ["waitress", f"--listen=127.0.0.1:{number}", "wsgi:app"]
        with self.log.open("ab") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, "-m", *what], env=self.environment, cwd=ROOT, stdout=log, stderr=log
            )

    def kill(self, name: str) -> None:
        self.running[name].send_signal(signal.SIGKILL)
        self.running[name].wait()

    def stop(self) -> None:
        for process in self.running.values():
            process.kill()
            process.wait()


class Browser:
    """Somebody who has signed in at one of the web processes and whose session holds at all of them."""

    def __init__(self, ports: list[int]) -> None:
        self.ports = ports
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        self.token = ""

    def sign_in(self) -> None:
        page = self._ask("/login").decode()
        self.token = re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)
        form = {"csrf_token": self.token, "staff_no": _number_of(HEAD), "password": "zhengai"}
        self._ask("/login", urllib.parse.urlencode(form).encode())
        self.token = re.search(r'name="csrf-token" content="([^"]+)"', self._ask("/").decode()).group(1)

    def hands_in(self, task_id: int) -> None:
        """Hand a task in; who gets no answer tries again, and being too late is an answer."""
        body = json.dumps({"action": "submit", "data": {}, "opinion": ""}).encode()
        headers = {"Content-Type": "application/json", "Accept": "application/json", "X-CSRFToken": self.token}
        self._ask(f"/tasks/{task_id}/submit", body, headers)

    def _ask(self, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> bytes:
        patience = time.monotonic() + ANSWER_WITHIN_SECONDS
        while time.monotonic() < patience:
            port = random.choice(self.ports)
            request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body, headers or {})
            try:
                return self.opener.open(request, timeout=30).read()
            except urllib.error.HTTPError as error:
                if error.code != 409:
                    raise AssertionError(f"{path}: {error.code} {error.read().decode()[:300]}") from error
                return b""
            except OSError:
                time.sleep(0.1)  # the machine has died; another answers, or this one is back soon
        raise AssertionError("nobody answers")


def _number_of(person_id: str) -> str:
    return next(each["staff_no"] for each in made_up.read()["people"] if each["id"] == person_id)


def _open_tasks() -> list[int]:
    db.session.rollback()
    return list(db.session.scalars(select(engine.HumanTask.id).where(engine.HumanTask.state == engine.TaskState.OPEN)))


def _running() -> int:
    which = engine.ProcessInstance.state == engine.InstanceState.RUNNING
    return db.session.scalar(select(func.count(engine.ProcessInstance.id)).where(which)) or 0


def test_nothing_is_lost_or_done_twice_on_a_cluster_whose_machines_die(shared, size, tmp_path):
    _app, database = shared
    instances, most_kills, seconds = size
    chance = random.Random(20261126)
    ports = [free_port(), free_port()]
    machines = Machines(database, tmp_path)
    names = [*(f"web:{port}" for port in ports), *(f"worker:{number}" for number in range(3))]
    try:
        for name in names:
            machines.start(name)
        browser = Browser(ports)
        browser.sign_in()

        kills, patience = 0, time.monotonic() + seconds
        while _running() and time.monotonic() < patience:
            for task_id in _open_tasks():
                browser.hands_in(task_id)
                if kills < most_kills and chance.random() < most_kills / instances / 2:
                    victim = chance.choice(names)
                    machines.kill(victim)
                    machines.start(victim)
                    kills += 1
            time.sleep(0.1)
        _wait_for_mails()
    finally:
        machines.stop()

    assert kills == most_kills
    db.session.rollback()
    states = Counter(db.session.scalars(select(engine.ProcessInstance.state)))
    assert states == {engine.InstanceState.COMPLETED: 2 * instances}, machines.log.read_text()[-3000:]
    parents = db.session.scalars(
        select(engine.ProcessInstance.parent_id).where(engine.ProcessInstance.parent_id.is_not(None))
    ).all()
    assert set(Counter(parents).values()) == {1}, "each round has written one letter"
    tasks = db.session.scalars(select(engine.HumanTask)).all()
    assert Counter(task.node for task in tasks) == dict.fromkeys("abc", instances)
    acts = db.session.scalars(select(engine.StepLog.task_id).where(engine.StepLog.person_id.is_not(None))).all()
    assert Counter(acts) == dict.fromkeys((task.id for task in tasks), 1)
    mails = db.session.scalars(select(notifications.OutgoingMail).where(notifications.OutgoingMail.kind == "M01")).all()
    assert Counter(mail.task_id for mail in mails) == dict.fromkeys((task.id for task in tasks), 1)
    assert all(mail.done_at is not None for mail in mails)


def _wait_for_mails() -> None:
    waiting = select(func.count(notifications.OutgoingMail.id)).where(notifications.OutgoingMail.done_at.is_(None))
    patience = time.monotonic() + 40
    while db.session.scalar(waiting) and time.monotonic() < patience:
        time.sleep(0.3)
        db.session.rollback()


def test_a_job_is_enqueued_with_the_rows_it_serves_or_not_at_all(shared):
    _app, database = shared
    joined = create_app(**database, TESTING=True, SECRET_KEY="test", CLUSTER=True)
    with joined.app_context():
        with transaction():
            engine.post("a fact", {})
        with pytest.raises(ZeroDivisionError), transaction():
            engine.post("another", {})
            raise ZeroDivisionError

        enqueued = db.session.connection().exec_driver_sql("SELECT task_name, status FROM procrastinate_jobs").all()
        db.session.remove()
        db.engine.dispose()

    assert enqueued == [("deliver_messages", "todo")]
