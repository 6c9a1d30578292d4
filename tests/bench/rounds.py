"""Calls the peers in turn, each on a fresh database, again and again: A B A B, so that the machine's mood hits all."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.databases import Databases

ROOT = Path(__file__).resolve().parents[2]
# What peers need that is not the product's: packages of Python, or of Node (better-sqlite3 stays at 12 for the sake of Node 20).
PYTHON_PEERS = {"viewflow": ("django==5.2.19", "django-viewflow==2.4.0", "psycopg[binary]", "waitress==3.0.2")}
NODE_PEERS = {"bpmn_engine": ("bpmn-engine@25.0.1", "better-sqlite3@12.11.1")}
PATIENCE_SECONDS = 3_600


@dataclass(frozen=True)
class Cell:
    """A peer at a workload: which size, under which name its result is kept, on which database if not on all."""

    name: str
    peer: str
    n: int
    on: str = ""


@dataclass
class Bench:
    """Where peers of other environments live, and what is skipped, with the reason."""

    cache: Path
    skipped: dict[str, str] = field(default_factory=dict)

    def python_of(self, peer: str) -> str | None:
        """Return the interpreter that a peer's module runs in; None when what it needs is not installed."""
        home = self.cache / peer
        python = home / "bin" / "python" if peer in PYTHON_PEERS else Path(sys.executable)
        modules = [home / "node_modules" / each.partition("@")[0] for each in NODE_PEERS.get(peer, ())]
        if not python.exists() or not all(each.exists() for each in modules):
            self.skipped[peer] = "not installed: python -m tests.bench --install-peers"
            return None
        return str(python)

    def install(self) -> None:
        """Install the peers that need an environment of their own, outside the tree."""
        for peer, packages in PYTHON_PEERS.items():
            home = self._home_for(peer)
            subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
            subprocess.run([str(home / "bin" / "pip"), "install", "-q", *packages], check=True)
        for peer, packages in NODE_PEERS.items():
            npm = shutil.which("npm")
            if npm is None:
                _say(f"{peer} is not installed: there is no npm here")
                continue
            subprocess.run([npm, "install", "--silent", "--prefix", str(self._home_for(peer)), *packages], check=True)

    def round_of(self, workload: str, cells: list[Cell], databases: Databases) -> dict[str, dict[str, Any]]:
        """Run each cell once on a database of its own; returns what each said, by its name."""
        found = {}
        for cell in cells:
            python = self.python_of(cell.peer)
            if python is None:
                continue
            environment = {**os.environ, "PYTHONPATH": str(ROOT), "PEER_HOME": str(self.cache / cell.peer)}
            with tempfile.TemporaryDirectory(prefix="zhengai-bench-") as folder:
                database = databases.empty(Path(folder))
                address = ["--address", database["DATABASE_URL"]]
                done = subprocess.run(
                    [python, "-m", f"tests.bench.peers.{cell.peer}", workload, "--n", str(cell.n), *address],
                    cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False,
                )  # fmt: skip
                databases.drop(database)
            if done.returncode:
                self.skipped[cell.name] = f"{workload}: {done.stderr.strip().splitlines()[-1][:300]}"
                _say(f"{workload} {cell.name} failed: {self.skipped[cell.name]}")
                continue
            found[cell.name] = json.loads(done.stdout.strip().splitlines()[-1])
        return found

    def _home_for(self, peer: str) -> Path:
        _say(f"installing {peer} into {self.cache / peer}")
        return self.cache / peer


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
