"""Plain SpiffWorkflow that stores its own JSON, as its documentation shows: no tasks, no log, no people beside it."""

import json
import os
import threading
import time
from datetime import UTC, datetime
from typing import Any

from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue
from lxml import etree
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.util.task import TaskState

from tests.bench import model
from tests.bench.loading import Post
from tests.bench.measuring import Stopwatch, cpu_ms_of, main
from tests.bench.peers import plain
from tests.bench.web import WARM_UP, served

ROUNDS = (1, 10, 50, 200)


class Store:
    """Instances as rows of JSON on a database driver, one commit per act."""

    def __init__(self, address: str) -> None:
        self.database = plain.connected(address)
        self.serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure())
        self.specs: dict[str, Any] = {}
        columns = f"id {self.database.key}, state TEXT NOT NULL, done INTEGER NOT NULL"
        self.database.run(f"CREATE TABLE IF NOT EXISTS instance ({columns})")

    def spec(self, key: str) -> Any:
        if key not in self.specs:
            parser = BpmnParser()
            parser.add_bpmn_xml(etree.fromstring(model.spiff(key).encode()))
            self.specs[key] = parser.get_spec(key)
        return self.specs[key]

    def start(self, key: str = "review") -> int:
        """Start an instance inside the caller's transaction."""
        workflow = BpmnWorkflow(self.spec(key))
        workflow.do_engine_steps()
        workflow.refresh_waiting_tasks()
        return self.keep(self.serializer.serialize_json(workflow))

    def keep(self, state: str) -> int:
        return self.database.number_of("INSERT INTO instance (state, done) VALUES (?, 0)", state)

    def load(self, instance: int) -> Any:
        row = self.database.run(f"SELECT state FROM instance WHERE id = ?{self.database.locked}", instance).fetchone()
        return self.serializer.deserialize_json(row[0])

    def save(self, instance: int, workflow: Any) -> None:
        state, done = self.serializer.serialize_json(workflow), int(workflow.completed)
        self.database.run("UPDATE instance SET state = ?, done = ? WHERE id = ?", state, done, instance)

    def complete(self, instance: int, node: str, typed: dict[str, Any]) -> Any:
        with self.database.transaction():
            workflow = self.load(instance)
            ready = workflow.get_tasks(state=TaskState.READY, manual=True)
            task = next(each for each in ready if each.task_spec.name == node)
            task.data.update(typed)
            task.run()
            workflow.do_engine_steps()
            workflow.refresh_waiting_tasks()
            self.save(instance, workflow)
        return workflow

    def bytes_of(self, instance: int) -> int:
        return self.database.run("SELECT length(state) FROM instance WHERE id = ?", instance).fetchone()[0]


def w1(address: str, n: int) -> dict[str, Any]:
    """Start an instance and complete its five tasks, `n` times."""
    store, starts, acts = Store(address), Stopwatch(), Stopwatch()
    backend = cpu_ms_of(store.database.backends)
    for _ in range(n):
        with starts.lap(), store.database.transaction():
            instance = store.start()
        for node in model.TASKS:
            with acts.lap():
                workflow = store.complete(instance, node, model.payload(node, instance))
        assert workflow.completed
    backend = (cpu_ms_of(store.database.backends) - backend) / len(acts.walls)
    return acts.found() | {"start_ms": starts.found()["p50_ms"], "backend_cpu_ms": backend}


def w3(address: str, n: int) -> dict[str, Any]:
    """Look for due timers in `n` open instances, read one by one: the library keeps no list."""
    store = Store(address)
    workflow = BpmnWorkflow(store.spec("review"))
    workflow.do_engine_steps()
    for node in model.TASKS[:3]:
        task = next(iter(workflow.get_tasks(state=TaskState.READY, manual=True)))
        task.data.update(model.payload(node, 1))
        task.run()
        workflow.do_engine_steps()
        workflow.refresh_waiting_tasks()
    state = store.serializer.serialize_json(workflow)
    with store.database.transaction():
        numbers = [store.keep(state) for _ in range(n)]
    wall, cpu = time.perf_counter(), time.process_time()
    for number in numbers:
        loaded = store.load(number)
        loaded.refresh_waiting_tasks()
        assert not loaded.get_tasks(state=TaskState.READY, manual=False), datetime.now(UTC)
    return {"idle_ms": (time.perf_counter() - wall) * 1e3, "idle_cpu_ms": (time.process_time() - cpu) * 1e3}


def w4(address: str, n: int) -> dict[str, Any]:
    """Launch `n` instances, a hundred in a transaction."""
    store = Store(address)
    wall, cpu = time.perf_counter(), time.process_time()
    for first in range(0, n, 100):
        with store.database.transaction():
            for _ in range(first, min(first + 100, n)):
                instance = store.start()
    seconds, spent = time.perf_counter() - wall, time.process_time() - cpu
    return {"per_second": n / seconds, "cpu_ms": spent * 1e3 / n, "bytes_each": store.bytes_of(instance)}


def w5(address: str, n: int) -> dict[str, Any]:
    """Repeat one round of an instance up to `n` times."""
    store = Store(address)
    with store.database.transaction():
        instance = store.start("loop")
    store.complete(instance, "goals", model.payload("goals", instance))
    found, spent = {}, []
    for number in range(1, n + 1):
        cpu = time.process_time()
        store.complete(instance, "self_diagnosis", model.payload("self_diagnosis", instance, again=True))
        spent.append((time.process_time() - cpu) * 1e3)
        if number in ROUNDS:
            recent = sorted(spent[-9:])
            found |= {f"cpu_{number}": recent[len(recent) // 2], f"bytes_{number}": store.bytes_of(instance)}
    return found


def view() -> Flask:
    """Return the least application that completes a task: no sign-in, no check of who may or of what was typed."""
    app, own = Flask("bare"), threading.local()

    @app.post("/instances/<int:instance>/<node>")
    def complete(instance: int, node: str) -> ResponseReturnValue:
        if not hasattr(own, "store"):
            own.store = Store(os.environ["DATABASE_URL"])  # drivers lend a connection to one thread
        workflow = own.store.complete(instance, node, request.get_json())
        return jsonify(done=workflow.completed)

    return app


def w6(address: str, n: int) -> dict[str, Any]:
    """Complete the first task of `n` instances over HTTP."""
    store = Store(address)
    with store.database.transaction():
        instances = [store.start() for _ in range(n + WARM_UP)]
    posts = [Post(f"/instances/{each}/goals", json.dumps(model.payload("goals", each))) for each in instances]
    with served("tests.bench.peers.spiff:view()", DATABASE_URL=address) as web:
        found = web.measured(posts, {"Content-Type": "application/json"})
    ready = store.load(instances[-1]).get_tasks(state=TaskState.READY, manual=True)
    assert [each.task_spec.name for each in ready] == ["self_diagnosis"]
    return found


if __name__ == "__main__":
    main({"W1": w1, "W3": w3, "W4": w4, "W5": w5, "W6": w6})
