"""Posts a list of requests to web processes, once each, over four connections that stay open.

`wrk` does it where it is installed. Where it is not, a client of our own
does: it needs more of the machine itself, so the rates are lower for all.
"""

import http.client
import json
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from tests.bench.measuring import spread

SCRIPT = Path(__file__).with_name("load.lua")
CONNECTIONS, PATIENCE_SECONDS = 4, 300


class Post(NamedTuple):
    """A request: its path and its body, a single line."""

    path: str
    body: str


# What each port shall get, in order.
Lists = dict[int, list[Post]]


def loaded(lists: Lists, headers: dict[str, str]) -> dict[str, Any]:
    """Post everything; returns `n`, `per_second`, `p50_ms`, `p99_ms` and the `client`. Raises unless each was done."""
    wrk = shutil.which("wrk")
    found = by_wrk(wrk, lists, headers) if wrk else by_ourselves(lists, headers)
    wanted = sum(len(each) for each in lists.values())
    assert (found["ok"], found["bad"]) == (wanted, 0), f"of {wanted} requests {found['ok']} were done, {found['bad']} refused"
    return {
        "n": wanted, "per_second": wanted / found["seconds"], "p50_ms": found["p50_ms"], "p99_ms": found["p99_ms"],
        "client": "wrk" if wrk else "a client of our own",
    }  # fmt: skip


def by_wrk(wrk: str, lists: Lists, headers: dict[str, str]) -> dict[str, Any]:
    """Return `{seconds, ok, bad, p50_ms, p99_ms}` as wrk measures it, with a thread for each port."""
    with tempfile.TemporaryDirectory(prefix="zhengai-bench-") as folder:
        for number, posts in enumerate(lists.values()):
            Path(folder, str(number)).write_text("".join(f"{each.path}\t{each.body}\n" for each in posts))
        ports = [str(port) for port in lists]
        sizes = [f"-t{len(ports)}", f"-c{CONNECTIONS}", f"-d{PATIENCE_SECONDS}", "--timeout", "60s"]
        said = [f"-H{name}: {value}" for name, value in headers.items()]
        command = [wrk, *sizes, *said, "-s", str(SCRIPT), f"http://127.0.0.1:{ports[0]}", "--", folder, *ports]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            spent = 0
            for line in process.stdout:
                spent += line == "spent\n"
                if line == "spent\n" and spent == len(ports):
                    process.send_signal(signal.SIGINT)  # otherwise it would wait for the end of its time
                if line.startswith("{"):
                    return json.loads(line)
    raise RuntimeError("wrk ended without a result")


def by_ourselves(lists: Lists, headers: dict[str, str], *, connections: int = CONNECTIONS) -> dict[str, Any]:
    """Return `{seconds, ok, bad, p50_ms, p99_ms}`, with a thread for each connection."""
    walls: list[float] = []
    refused: list[int] = []
    waiting = {port: deque(posts) for port, posts in lists.items()}
    ports = [port for port in lists for _ in range(max(connections // len(lists), 1))]
    threads = [threading.Thread(target=_post_all, args=(port, waiting[port], headers, walls, refused)) for port in ports]
    began = time.perf_counter()
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    seconds = time.perf_counter() - began
    return {"seconds": seconds, "ok": len(walls) - len(refused), "bad": len(refused)} | spread(walls)


def _post_all(port: int, waiting: deque[Post], headers: dict[str, str], walls: list[float], refused: list[int]) -> None:
    """Post what still waits for a port, over one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for post in _taken_from(waiting):
        wall = time.perf_counter()
        connection.request("POST", post.path, post.body.encode(), headers)
        answer = connection.getresponse()
        answer.read()
        walls.append((time.perf_counter() - wall) * 1e3)
        if answer.status >= 400:
            refused.append(answer.status)
    connection.close()


def _taken_from(waiting: deque[Post]) -> Iterable[Post]:
    while True:
        try:
            yield waiting.popleft()
        except IndexError:
            return
