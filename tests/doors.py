"""Come in through the doors as somebody: a test client with a session, and the browser's fixtures."""

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.serving import make_server

from app.foundation import reference
from app.foundation.db import db
from app.web import assets

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
FAR_AHEAD = 2**33


def signed_in(app: Flask, person_id: str) -> FlaskClient:
    """Return a client in which this person has signed in, without typing a password."""
    client = app.test_client()
    with client.session_transaction() as session:
        session.update(person=person_id, generation=0, until=FAR_AHEAD)
    return client


@contextmanager
def statements(*, warm: bool = False) -> Iterator[list[str]]:
    """Collect the SQL statements of a block; unless `warm`, as a process issues them that remembers nothing yet."""
    seen: list[str] = []
    if not warm:
        reference.forget()

    def note(connection, cursor, statement, *_):
        if not statement.startswith(("BEGIN", "PRAGMA", "SAVEPOINT")):
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def skip_without_browser(items):
    """Skip browser tests with a reason; CI sets APP_REQUIRE_BROWSER, so there is no silent skip there."""
    if os.environ.get("APP_REQUIRE_BROWSER"):
        return
    missing = "needs Debian's chromium" if not CHROMIUM else "needs the built front end" if not assets.built() else ""
    for item in items:
        if missing and "page" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.skip(reason=missing))


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve an application on this machine and return its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": FLAGS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return {
        **browser_context_args,
        "locale": "zh-CN",
        "timezone_id": "Asia/Shanghai",
        "viewport": {"width": 1440, "height": 900},
    }


@pytest.fixture
def page(page):
    """A page that fails its test on a script error, a policy violation or a request that leaves this machine.

    Chromium reports every answer of 400 and above as an error; a test that provokes some names their status in `page.expected`.
    """
    page.problems, page.expected = [], set()
    page.on("pageerror", lambda error: page.problems.append(f"page: {error}"))
    page.on("console", lambda message: page.problems.append(message.text) if message.type == "error" else None)
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith(("http://127.0.0.1:", "data:", "blob:"))
            else page.problems.append(f"left: {request.url}")
        ),
    )
    yield page
    unexpected = [text for text in page.problems if not any(f"status of {status}" in text for status in page.expected)]
    assert unexpected == [], unexpected
