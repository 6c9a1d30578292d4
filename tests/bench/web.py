"""Two web processes of an application, as the product is served, and what a request costs them."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.bench.loading import Post, by_ourselves, loaded
from tests.bench.measuring import cpu_ms_of
from tests.free_port import free_port

WORKERS, PATIENCE_SECONDS = 2, 60
# Requests to which nobody listens: each process has loaded and remembered what it needs when measuring begins.
WARM_UP = 40


@dataclass(frozen=True)
class Web:
    """The processes' numbers and their ports."""

    process_ids: list[int]
    ports: list[int]

    def measured(self, posts: list[Post], headers: dict[str, str]) -> dict[str, Any]:
        """Post all but the first `WARM_UP` under measurement: what `loaded` returns, and `cpu_ms` of the servers for each."""
        warm = by_ourselves(self._dealt(posts[:WARM_UP]), headers)
        assert not warm["bad"], f"{warm['bad']} of the first {WARM_UP} requests were refused"
        before = cpu_ms_of(self.process_ids)
        found = loaded(self._dealt(posts[WARM_UP:]), headers)
        return found | {"cpu_ms": (cpu_ms_of(self.process_ids) - before) / found["n"]}

    def _dealt(self, posts: list[Post]) -> dict[int, list[Post]]:
        return {port: posts[number :: len(self.ports)] for number, port in enumerate(self.ports)}


@contextmanager
def served(application: str, **environment: str) -> Iterator[Web]:
    """Serve `module:application`, or what a `module:function()` makes, by waitress as the README has it."""
    name, call, _ = application.partition("()")
    ports = [free_port() for _ in range(WORKERS)]
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "waitress", f"--listen=127.0.0.1:{port}", *(["--call"] if call else []), name],
            env={**os.environ, **environment}, stdout=subprocess.DEVNULL,
        )
        for port in ports
    ]  # fmt: skip
    try:
        for process, port in zip(started, ports, strict=True):
            _wait_for(process, port)
        yield Web([each.pid for each in started], ports)
    finally:
        for each in started:
            each.terminate()
        for each in started:
            each.wait()


def _wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    patience = time.monotonic() + PATIENCE_SECONDS
    while process.poll() is None and time.monotonic() < patience:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("a web process does not answer")
