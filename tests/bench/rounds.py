"""Calls the peers in turn, each on a fresh database, again and again: A B A B, so that the machine's mood hits all."""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.databases import Databases

ROOT = Path(__file__).resolve().parents[2]
PEERS = {"viewflow": ("django==5.2.19", "django-viewflow==2.4.0", "psycopg[binary]")}
PATIENCE_SECONDS = 3_600


@dataclass(frozen=True)
class Cell:
    """A peer at a workload: which size, and under which name its result is kept."""

    name: str
    peer: str
    n: int


@dataclass
class Bench:
    """Where peers of other environments live, and what is skipped, with the reason."""

    cache: Path
    skipped: dict[str, str] = field(default_factory=dict)

    def python_of(self, peer: str) -> str | None:
        """Return the interpreter of a peer; None when it is not installed."""
        if peer not in PEERS:
            return sys.executable
        python = self.cache / peer / "bin" / "python"
        if not python.exists():
            self.skipped[peer] = "not installed: python -m tests.bench --install-peers"
            return None
        return str(python)

    def install(self) -> None:
        """Install the peers that need an environment of their own, outside the tree."""
        for peer, packages in PEERS.items():
            _say(f"installing {peer} into {self.cache / peer}")
            subprocess.run([sys.executable, "-m", "venv", str(self.cache / peer)], check=True)
            subprocess.run([str(self.cache / peer / "bin" / "pip"), "install", "-q", *packages], check=True)

    def round_of(self, workload: str, cells: list[Cell], databases: Databases) -> dict[str, dict[str, Any]]:
        """Run each cell once on a database of its own; returns what each said, by its name."""
        found = {}
        for cell in cells:
            python = self.python_of(cell.peer)
            if python is None:
                continue
            with tempfile.TemporaryDirectory(prefix="zhengai-bench-") as folder:
                database = databases.empty(Path(folder))
                address = ["--address", database["DATABASE_URL"]]
                done = subprocess.run(
                    [python, "-m", f"tests.bench.peers.{cell.peer}", workload, "--n", str(cell.n), *address],
                    cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
                    timeout=PATIENCE_SECONDS, check=False,
                )  # fmt: skip
                databases.drop(database)
            if done.returncode:
                self.skipped[cell.name] = f"{workload}: {done.stderr.strip().splitlines()[-1][:300]}"
                _say(f"{workload} {cell.name} failed: {self.skipped[cell.name]}")
                continue
            found[cell.name] = json.loads(done.stdout.strip().splitlines()[-1])
        return found


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
