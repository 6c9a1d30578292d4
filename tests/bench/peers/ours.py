"""The product, through its real services and in the transactions of its doors."""

import http.cookiejar
import json
import re
import tempfile
import time
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import bindparam, delete, event, func, select, update

from app import engine
from app.application import create_app
from app.config import shipped
from app.demo import college as made_up
from app.demo import growth
from app.foundation import clock, memory
from app.foundation.clock import now, today
from app.foundation.db import add_numbered_rows, add_rows, ask, db, transaction
from app.inbox import queries as desk
from app.inbox import service as inbox
from app.organisation import calendar
from app.organisation import queries as organisation
from app.organisation.models import Subject, SubjectState
from app.quality.monitoring.models import QualityWarning
from tests.bench import model
from tests.bench.loading import Post
from tests.bench.measuring import Stopwatch, main, memory_mb
from tests.bench.web import WARM_UP, served
from tests.builders import TERM, WINDOWS_ONLY, load_college, start_windows

SUBJECT = "OFF-JWC"
ROUNDS = (1, 10, 50, 200, 1000)
SECRET = "bench"


@contextmanager
def college(address: str, *, grown: bool = False) -> Iterator[Flask]:
    """A college with the bench's processes on the database at an address."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(DATA_DIR=Path(folder), DATABASE_URL=address, SECRET_KEY=SECRET, MAIL_SERVER="")
        memory.settle()  # as each process of the product does
        with app.app_context():
            load_college(growth.grown(made_up.read()) if grown else None)
            with transaction():
                for key in ("review", "loop"):
                    engine.deploy(model.ours(key), forms={"bench": model.FORM})
            yield app
            db.session.remove()
            db.engine.dispose()


@contextmanager
def counted() -> Iterator[Counter[str]]:
    """Count `statements` and `commits` of a block."""
    seen: Counter[str] = Counter()

    def statement(connection: Any, cursor: Any, text: str, *_: Any) -> None:
        if not text.startswith("BEGIN"):
            seen["statements"] += 1

    def commit(connection: Any) -> None:
        seen["commits"] += 1

    event.listen(db.engine, "before_cursor_execute", statement)
    event.listen(db.engine, "commit", commit)
    yield seen
    event.remove(db.engine, "before_cursor_execute", statement)
    event.remove(db.engine, "commit", commit)


def start(key: str = "review") -> int:
    with transaction():
        return engine.start(key, {"subject": SUBJECT}, person_id=_performer()).id


def complete(instance_id: int, node: str, *, action: str = "submit") -> None:
    """Hand in the open task of an instance, as the door does."""
    with transaction():
        inbox.complete(
            _task(instance_id), person_id=_performer(), action=action, data=model.typed_into_form(node, instance_id),
            opinion="",
        )  # fmt: skip


def w1(address: str, n: int) -> dict[str, Any]:
    """Start an instance and complete its five tasks, `n` times."""
    with college(address):
        _pass_through(start())
        with counted() as most:
            probe = start()
        counts = {"start": most.total() - most["commits"], "start_commits": most["commits"]}
        with counted() as each:
            complete(probe, "goals")
        counts |= {"statements": each["statements"] - 1, "commits": each["commits"]}  # one looks the task's number up
        starts, acts = Stopwatch(), Stopwatch()
        for _ in range(n):
            with starts.lap():
                instance = start()
            for node in model.TASKS:
                with acts.lap():
                    complete(instance, node)
            assert _state(instance) is engine.InstanceState.COMPLETED
        return acts.found() | {"start_ms": starts.found()["p50_ms"], **counts}


def w2(address: str, n: int) -> dict[str, Any]:
    """Show the first page of a desk with ten open tasks where `n` are open in all, and four times as many closed."""
    with college(address):
        people, per_person = max(n // 10, 1), 10
        instance = start()
        _fill(instance, people=people, per_person=per_person, closed=4)
        visits = Stopwatch()
        _visit(0)
        with counted() as seen:
            _visit(0)
        for number in range(200):
            with visits.lap():
                rows, counts = _visit(number * 7 % people)
            assert len(rows) == per_person == counts["open"], (len(rows), counts)
        return visits.found() | {"statements": seen["statements"]}


def w3(address: str, n: int) -> dict[str, Any]:
    """Look for due timers among `n` armed ones, then fire two hundred that are due."""
    with college(address):
        instance = start()
        later = now() + timedelta(days=30)
        for first in range(0, n, 10_000):
            with transaction():
                add_rows(engine.Timer, [
                    {"instance_id": instance, "workflow_task": f"{number:032x}", "node": "late", "wanted_at": later,
                     "due_at": later, "due_rule": None}
                    for number in range(first, min(first + 10_000, n))
                ])  # fmt: skip
        _analyze()
        idle = Stopwatch()
        for _ in range(50):
            with idle.lap():
                assert engine.fire_due_timers() == 0
        due = _bring_to_rectify(200)
        with transaction():
            db.session.execute(update(engine.Timer).where(engine.Timer.instance_id.in_(due)).values(due_at=now()))
        wall, cpu = time.perf_counter(), time.process_time()
        assert engine.fire_due_timers() == len(due)
        fired = {"fired_per_second": len(due) / (time.perf_counter() - wall),
                 "fired_cpu_ms": (time.process_time() - cpu) * 1e3 / len(due)}  # fmt: skip
        assert all(_state(each) is engine.InstanceState.COMPLETED for each in due)
        return {"idle_ms": idle.found()["p50_ms"], "idle_cpu_ms": idle.found()["cpu_ms"], **fired}


def w4(address: str, n: int) -> dict[str, Any]:
    """Launch `n` instances, a hundred in a transaction, each with its task and its performer."""
    with college(address):
        start()
        before, memory, wall, cpu = _size(), memory_mb(), time.perf_counter(), time.process_time()
        _launch(n)
        seconds, spent = time.perf_counter() - wall, time.process_time() - cpu
        open_tasks = select(func.count(engine.HumanTask.id)).where(engine.HumanTask.state == engine.TaskState.OPEN)
        assert db.session.scalar(open_tasks) == n + 1
        return {
            "per_second": n / seconds, "cpu_ms": spent * 1e3 / n, "bytes_each": (_size() - before) / n,
            "memory_growth_mb": memory_mb() - memory,
        }  # fmt: skip


def w5(address: str, n: int) -> dict[str, Any]:
    """Repeat one round of an instance up to `n` times; say what it costs on the way."""
    with college(address):
        instance = start("loop")
        complete(instance, "goals")
        found: dict[str, Any] = {}
        spent: list[float] = []
        history = _history(instance)
        for number in range(1, n + 1):
            cpu = time.process_time()
            complete(instance, "self_diagnosis", action="again")
            spent.append((time.process_time() - cpu) * 1e3)
            if number in ROUNDS:
                recent = sorted(spent[-9:])
                found[f"cpu_{number}"] = recent[len(recent) // 2]
                found[f"bytes_{number}"] = len(db.session.get_one(engine.ProcessInstance, instance).blob or b"")
        return found | {"history_bytes_a_round": (_history(instance) - history) / n}


def w6(address: str, n: int) -> dict[str, Any]:
    """Hand in the first task of `n` instances as a browser does: signed in, with its token, at two web processes."""
    with college(address) as app:
        _launch(n + WARM_UP)
        first_tasks = select(engine.HumanTask.id, engine.HumanTask.instance_id).where(engine.HumanTask.node == "goals")
        posts = [
            Post(f"/tasks/{task}/submit", json.dumps({
                "action": "submit", "data": model.typed_into_form("goals", instance), "opinion": "",
            }))
            for task, instance in db.session.execute(first_tasks.order_by(engine.HumanTask.id))
        ]  # fmt: skip
        staff_no = organisation.person(_performer()).staff_no
        db.session.rollback()
        settings = {"DATA_DIR": str(app.config["DATA_DIR"]), "DATABASE_URL": address, "SECRET_KEY": SECRET}
        with served("wsgi:app", **settings) as web:
            found = web.measured(posts, _signed_in(f"http://127.0.0.1:{web.ports[0]}", staff_no))
        completed = engine.HumanTask.state == engine.TaskState.COMPLETED
        assert db.session.scalar(select(func.count(engine.HumanTask.id)).where(completed)) == n + WARM_UP
        return found


def w7(address: str, n: int) -> dict[str, Any]:
    """Open the windows of a week for `n` subjects of all layers: measure, evaluate, warn, give the tasks.

    Up to the 128 subjects of the made-up college; beyond that it is grown to a real one's size.
    """
    with college(address, grown=n > 128):
        with transaction():
            engine.deploy_folder(shipped("processes"), shipped("forms"))
            engine.deploy(WINDOWS_ONLY)
        subjects = db.session.scalars(select(Subject).where(Subject.state == SubjectState.ACTIVE).order_by(Subject.code))
        chosen = list(subjects)[:n]
        db.session.expunge_all()  # read once, however many transactions follow
        clock.hold(calendar.opening(TERM, 1) - timedelta(hours=1))
        for first in range(0, len(chosen), 200):
            with transaction():
                start_windows(chosen[first : first + 200])
        clock.hold(calendar.opening(TERM, 2) + timedelta(minutes=1))  # the first window is over, a week's data is missing
        before = memory_mb()
        first_week = engine.open_windows()
        clock.hold(calendar.opening(TERM, 3) + timedelta(minutes=1))
        wall, cpu = time.perf_counter(), time.process_time()
        opened = engine.open_windows()
        seconds, spent = time.perf_counter() - wall, time.process_time() - cpu
        warnings = db.session.scalar(select(func.count(QualityWarning.id))) or 0
        clock.hold(None)
        assert first_week >= opened == len(chosen), (first_week, opened, len(chosen))
        assert warnings, "nothing was evaluated"
        return {
            "windows": opened, "seconds": seconds, "cpu_seconds": spent, "cpu_ms": spent * 1e3 / opened,
            "warnings": warnings, "memory_growth_mb": memory_mb() - before,
        }  # fmt: skip


def _visit(number: int) -> tuple[list[Any], dict[str, int]]:
    """Ask what the first page of a desk asks: who it is, the rows, the counts."""
    db.session.rollback()
    person = f"B{number}"
    organisation.people([person])
    return desk.desk_rows(person, desk.View.OPEN, page=1), desk.counts(person, window_ends_on=today())


def _performer() -> str:
    return organisation.responsible_for(SUBJECT)[0]


_OPEN_TASK = select(engine.HumanTask.id).where(
    engine.HumanTask.instance_id == bindparam("instance"), engine.HumanTask.state == engine.TaskState.OPEN
)


def _task(instance_id: int) -> int:
    """Return the number of an instance's open task: what the page's address says."""
    return ask(_OPEN_TASK, instance=instance_id).scalar_one()


def _state(instance_id: int) -> engine.InstanceState:
    return db.session.scalar(select(engine.ProcessInstance.state).where(engine.ProcessInstance.id == instance_id))


def _pass_through(instance: int) -> None:
    for node in model.TASKS:
        complete(instance, node)


def _launch(n: int) -> None:
    """Start `n` instances, a hundred in a transaction."""
    for first in range(0, n, 100):
        with transaction():
            begins = [engine.Start({"subject": SUBJECT}, business_key=f"bench:{k}") for k in range(first, min(first + 100, n))]
            engine.start_many("review", begins)


def _signed_in(address: str, staff_no: str) -> dict[str, str]:
    """Sign in at a web process; returns the headers that a page's script sends from then on."""
    cookies = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(cookies))
    page = browser.open(f"{address}/login").read().decode()
    form = {"csrf_token": _token(page, "csrf_token"), "staff_no": staff_no, "password": made_up.PASSWORD}
    desk_page = browser.open(f"{address}/login", urllib.parse.urlencode(form).encode()).read().decode()
    return {
        "Cookie": "; ".join(f"{each.name}={each.value}" for each in cookies), "X-CSRFToken": _token(desk_page, "csrf-token"),
        "Content-Type": "application/json", "Accept": "application/json",
    }  # fmt: skip


def _token(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" (?:value|content)="([^"]+)"', page)
    assert found is not None, f"no {name} on the page"
    return found.group(1)


def _bring_to_rectify(count: int) -> list[int]:
    found = []
    for _ in range(count):
        instance = start()
        for node in model.TASKS[:3]:
            complete(instance, node)
        found.append(instance)
    return found


def _fill(instance: int, *, people: int, per_person: int, closed: int) -> None:
    """Write tasks as they would lie there after some terms; each person has `per_person` open ones."""
    now_, total = now(), people * per_person * (1 + closed)
    with transaction():
        db.session.execute(delete(engine.TaskPerformer))
        db.session.execute(delete(engine.HumanTask))
    for first in range(0, total, 5_000):
        numbers = range(first, min(first + 5_000, total))
        with transaction():
            ids = add_numbered_rows(engine.HumanTask, [
                {"instance_id": instance, "workflow_task": f"{number:032x}", "node": "goals", "name": "goals",
                 "title": f"goals of office {number}", "process_key": "review", "layer": "COLLEGE", "subject": SUBJECT,
                 "state": engine.TaskState.OPEN if number < people * per_person else engine.TaskState.COMPLETED,
                 "due_at": now_ + timedelta(hours=number % 2_000), "opened_at": now_,
                 "closed_by": None if number < people * per_person else f"B{number % people}"}
                for number in numbers
            ])  # fmt: skip
            add_rows(engine.TaskPerformer, [
                {"person_id": f"B{number % people}", "task_id": task} for number, task in zip(numbers, ids, strict=True)
            ])  # fmt: skip
    _analyze()


def _analyze() -> None:
    with transaction():
        db.session.connection().exec_driver_sql("ANALYZE")


def _size() -> int:
    """Return the bytes of the engine's tables with their indexes."""
    db.session.rollback()
    connection = db.session.connection()
    if connection.dialect.name == "sqlite":
        names = "'process_instance','human_task','task_performer','timer'"
        query = f"SELECT sum(pgsize) FROM dbstat WHERE name IN ({names}) OR name IN (SELECT name FROM sqlite_master WHERE tbl_name IN ({names}))"
    else:
        query = "SELECT sum(pg_total_relation_size(t)) FROM unnest('{process_instance,human_task,task_performer,timer}'::regclass[]) t"
    return int(connection.exec_driver_sql(query).scalar())


def _history(instance: int) -> int:
    """Return the bytes of an instance's rows of the step log, by their texts."""
    log = engine.StepLog.__table__.c
    texts = [log.node, log.name, log.kind, log.person_id, log.verb, log.opinion]
    rows = db.session.execute(select(*texts, log.data).where(log.instance_id == instance))
    return sum(len(str(value)) for row in rows for value in row if value is not None) + 40 * _rows(instance)


def _rows(instance: int) -> int:
    return db.session.scalar(select(func.count(engine.StepLog.id)).where(engine.StepLog.instance_id == instance)) or 0


if __name__ == "__main__":
    main({"W1": w1, "W2": w2, "W3": w3, "W4": w4, "W5": w5, "W6": w6, "W7": w7})
