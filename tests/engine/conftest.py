"""The machine room alone: an empty database, a few steps of the tests' own, the clock held still."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import engine, step_catalogue
from app.application import create_app
from app.engine import store
from app.foundation import clock
from app.foundation.db import db, transaction
from app.foundation.errors import Conflict
from tests.databases import Database, Databases


class Machine:
    """The engine under test: deploy, start, complete, let the clock work."""

    def __init__(self, app: Flask, at: Callable[[str], None]) -> None:
        self.app, self._at = app, at
        self.heard: list[tuple[str, list[str], str]] = []
        self.called: list[tuple[str, dict[str, Any]]] = []
        self.windows: list[engine.Window] = []
        self.plug()

    def plug(self) -> None:
        """Connect the steps that the tests' diagrams call."""
        engine.plug(
            steps=[
                engine.Step("test.note", self._note, "记下"),
                engine.Step("test.refuse", self._refuse, "拒绝"),
                engine.Step("test.break", self._break, "出错"),
                engine.Step("test.give", self._give, "给出"),
            ],
            functions={"at": lambda text: {"at": text, "rule": {"kind": "day", "on": text[:10]}}},
            windows=lambda frequency, term: self.windows,
            skip_rules={"odd": lambda *, window, **_: window.no % 2 == 1},
            observer=self,
        )

    def _note(self, run: engine.Run, *, value: Any = None, **_: Any) -> dict[str, Any]:
        self.called.append((run.node, {"value": value, "by": run.person_id}))
        return {}

    def _refuse(self, run: engine.Run) -> None:
        raise Conflict("现在不行。")

    def _break(self, run: engine.Run) -> None:
        raise ZeroDivisionError

    def _give(self, run: engine.Run, *, value: Any) -> dict[str, Any]:
        return {"given": value}

    def opening(self, tasks: list[engine.HumanTask]) -> None:
        pass

    def opened(self, tasks: list[tuple[engine.HumanTask, list[str]]], *, verb: str | None, opinion: str) -> None:
        self.heard.append(("opened", [task.node for task, _people in tasks], opinion))

    def withdrawn(self, tasks: list[engine.HumanTask], *, reason: str) -> None:
        self.heard.append(("withdrawn", [task.node for task in tasks], reason))

    # Acts.

    def deploy(self, xml: str, **given: Any) -> engine.ProcessDefinition:
        with transaction():
            return engine.deploy(xml, **given)

    def start(self, key: str = "small", **variables: Any) -> engine.ProcessInstance:
        with transaction():
            return engine.start(key, variables, business_key=variables.get("business_key"))

    def runs(self, xml: str, **variables: Any) -> engine.ProcessInstance:
        """Deploy a diagram and start an instance of it."""
        return self.start(self.deploy(xml).key, **variables)

    def does(self, node: str, verb: str = "submit", *, by: str = "P1", opinion: str = "", **data: Any) -> engine.HumanTask:
        """Complete the oldest open task at a node."""
        found = next(task for task in self.tasks() if task.node == node)
        with transaction():
            return engine.complete_task(found.id, data, person_id=by, verb=verb, opinion=opinion)

    def at(self, text: str) -> int:
        """Move to a college time and let the clock's jobs work."""
        self._at(text)
        return self.work()

    def work(self) -> int:
        done = 0
        while count := engine.fire_due_timers() + engine.open_windows() + engine.deliver_messages():
            done += count
        return done

    # Looks.

    def tasks(self) -> list[engine.HumanTask]:
        db.session.rollback()
        query = select(engine.HumanTask).where(engine.HumanTask.state == engine.TaskState.OPEN)
        return list(db.session.scalars(query.order_by(engine.HumanTask.id)))

    def nodes(self) -> list[str]:
        """Return where tasks are open."""
        return [task.node for task in self.tasks()]

    def instance(self, instance_id: int) -> engine.ProcessInstance:
        db.session.rollback()
        return db.session.get_one(engine.ProcessInstance, instance_id)

    def state(self, instance_id: int) -> str:
        return self.instance(instance_id).state.value

    def children(self, parent_id: int) -> list[engine.ProcessInstance]:
        query = select(engine.ProcessInstance).where(engine.ProcessInstance.parent_id == parent_id)
        return list(db.session.scalars(query.order_by(engine.ProcessInstance.id)))

    def timers(self) -> dict[str, str]:
        """Return the armed timers: element to college time."""
        db.session.rollback()
        rows = db.session.scalars(select(engine.Timer).where(engine.Timer.done_at.is_(None)))
        return {row.node: f"{row.due_at.astimezone(clock.COLLEGE_ZONE):%Y-%m-%d %H:%M}" for row in rows}

    def log(self, instance_id: int) -> list[str]:
        """Return the elements that were passed, in order."""
        return [step.node for step in engine.steps_of(instance_id)]

    def variables(self, instance_id: int) -> dict[str, Any]:
        """Return an instance's variables as its open tasks see them, merged."""
        found: dict[str, Any] = {}
        for task in store.peek(instance_id).workflow.all_tasks():
            found.update(task.data)
        db.session.rollback()
        return found


@pytest.fixture(scope="session")
def empty_database(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A database with tables and nothing in them."""
    database = databases.empty(tmp_path_factory.mktemp("empty"))
    app = create_app(**database, TESTING=True, SECRET_KEY="test")
    with app.app_context():
        with transaction():
            db.create_all()
        db.session.remove()
        db.engine.dispose()
    yield database
    databases.drop(database)


@pytest.fixture
def machine(
    databases: Databases, empty_database: Database, tmp_path: Path, at: Callable[[str], None]
) -> Iterator[Machine]:
    database = databases.copy(empty_database, tmp_path)
    app = create_app(**database, TESTING=True, SECRET_KEY="test")
    engine.forget_parsed()
    at("2026-09-07 09:00")
    with app.app_context():
        yield Machine(app, at)
        db.session.remove()
        db.engine.dispose()
    databases.drop(database)
    step_catalogue.plug_in()


@pytest.fixture
def moment() -> Callable[[str], datetime]:
    """Read a college time."""
    return lambda text: datetime.fromisoformat(text).replace(tzinfo=clock.COLLEGE_ZONE)
