"""What nobody can beat here: a bare durable commit of the same bytes, a bare indexed query, an empty view."""

import json
import random
from typing import Any

from flask import Flask
from flask.typing import ResponseReturnValue

from tests.bench import model
from tests.bench.loading import Post
from tests.bench.measuring import Stopwatch, main
from tests.bench.peers import plain
from tests.bench.web import WARM_UP, served

STATE, EVENT = "x" * 450, "x" * 750


def w1(address: str, n: int) -> dict[str, Any]:
    """Write the bytes of a completion and commit, `5 * n` times."""
    database, acts, chance = plain.connected(address), Stopwatch(), random.Random(1)
    database.run(f"CREATE TABLE instance (id {database.key}, state TEXT, version INTEGER)")
    database.run(f"CREATE TABLE event (id {database.key}, instance INTEGER, body TEXT)")
    with database.transaction():
        for _ in range(1000):
            database.run("INSERT INTO instance (state, version) VALUES (?, 0)", STATE)
    for _ in range(5 * n):
        number = chance.randint(1, 1000)
        with acts.lap(), database.transaction():
            database.run("UPDATE instance SET state = ?, version = version + 1 WHERE id = ?", STATE, number)
            database.run("INSERT INTO event (instance, body) VALUES (?, ?)", number, EVENT)
    return acts.found()


def w2(address: str, n: int) -> dict[str, Any]:
    """Read ten of `n` open tasks by an index that was made for it."""
    database, visits = plain.connected(address), Stopwatch()
    database.run(f"CREATE TABLE task (id {database.key}, owner INTEGER, done INTEGER, due TEXT, title TEXT, body TEXT)")
    people = max(n // 10, 1)
    with database.transaction():
        for number in range(n):
            database.run(
                "INSERT INTO task (owner, done, due, title, body) VALUES (?, 0, ?, ?, ?)",
                number % people, f"2026-{1 + number % 12:02d}", f"goals of office {number}", "x" * 200,
            )  # fmt: skip
    database.run("CREATE INDEX mine ON task (owner, due) WHERE done = 0")
    database.run("ANALYZE")
    for number in range(200):
        with visits.lap():
            query = "SELECT id, due, title, body FROM task WHERE owner = ? AND done = 0 ORDER BY due LIMIT 50"
            rows = database.run(query, number * 7 % people).fetchall()
        assert len(rows) == 10
    return visits.found()


def view() -> Flask:
    """Return an application that takes what is typed and does nothing with it."""
    app = Flask("empty")

    @app.post("/instances/<int:instance>/<node>")
    def complete(instance: int, node: str) -> ResponseReturnValue:
        return "done"

    return app


def w6(address: str, n: int) -> dict[str, Any]:
    """Post the same bytes to an empty view, `n` times."""
    numbers = range(n + WARM_UP)
    posts = [Post(f"/instances/{each}/goals", json.dumps(model.payload("goals", each))) for each in numbers]
    with served("tests.bench.peers.limits:view()") as web:
        return web.measured(posts, {"Content-Type": "application/json"})


if __name__ == "__main__":
    main({"W1": w1, "W2": w2, "W6": w6})
