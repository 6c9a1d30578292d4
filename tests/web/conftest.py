"""A browser for the tests that need one, and the tiny sample application they drive."""

import os
import shutil
import threading

import pytest
from werkzeug.serving import make_server

from app.web import assets
from tests.web.sample import create_sample

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


def pytest_collection_modifyitems(items):
    """Skip browser tests with a reason; CI sets APP_REQUIRE_BROWSER, so there is no silent skip there."""
    if os.environ.get("APP_REQUIRE_BROWSER"):
        return
    missing = "needs Debian's chromium" if not CHROMIUM else "needs the built front end" if not assets.built() else ""
    for item in items:
        if missing and "page" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.skip(reason=missing))


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
def sample():
    return create_sample()


@pytest.fixture
def client(sample):
    sample.config["WTF_CSRF_ENABLED"] = False
    return sample.test_client()


@pytest.fixture
def site(sample):
    """Serve the sample application and return its address; what it received is in `sample.extensions["seen"]`."""
    server = make_server("127.0.0.1", 0, sample, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


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
    assert unexpected == []
