"""`flask demo`: starts, says where, stops on Ctrl-C, keeps its data."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.databases import SqliteFiles
from tests.free_port import free_port

ROOT = Path(__file__).resolve().parents[2]


def start(folder: Path, port: int) -> subprocess.Popen:
    """Start the demo on an existing college and wait until it answers."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "DATA_DIR": str(folder / "unused")}
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "demo", "--data", str(folder), "--port", str(port)],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    for _ in range(150):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1)
            return process
        except OSError:
            assert process.poll() is None, process.stdout.read()
            time.sleep(0.1)
    raise AssertionError("the demo does not answer")


@pytest.fixture
def folder(databases, migrated_college, tmp_path):
    """A folder that holds a whole college, which is what `--data` names: SQLite, whatever the suite runs on."""
    if not isinstance(databases, SqliteFiles):
        pytest.skip("a demo in a folder is an SQLite file")
    databases.copy(migrated_college, tmp_path)
    return tmp_path


def test_the_demo_serves_says_where_and_stops_on_ctrl_c(folder):
    port = free_port()
    process = start(folder, port)

    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=20)

    assert process.returncode == 0
    assert f"http://127.0.0.1:{port}" in said
    assert re.search(r"201029\s+封以宁", said)
    assert "已停止。" in said


def test_a_second_start_keeps_what_was_done(folder):
    first = start(folder, port := free_port())
    first.send_signal(signal.SIGTERM)
    first.communicate(timeout=20)
    size = (folder / "zhengai.db").stat().st_size

    second = start(folder, port)
    page = urllib.request.urlopen(f"http://127.0.0.1:{port}/login", timeout=5).read().decode()
    second.send_signal(signal.SIGINT)
    second.communicate(timeout=20)

    assert "演示账号" in page
    assert (folder / "zhengai.db").stat().st_size >= size
