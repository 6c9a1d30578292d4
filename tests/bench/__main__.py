"""`python -m tests.bench`: measure, compare, say what falls short. Exit code 1 when a gate does."""

import argparse
import json
import os
import platform
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

from tests.bench import gates, report
from tests.bench.rounds import Bench, Cell
from tests.databases import databases_of

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "zhengai-bench"
RECORD, README = Path(__file__).with_name("results.json"), Path(__file__).resolve().parents[2] / "README.md"
# Which peers do a workload, at which size: in full, and quickly.
FULL = {
    "W1": [Cell("ours", "ours", 100), Cell("spiff", "spiff", 100), Cell("floor", "floor", 100),
           Cell("viewflow", "viewflow", 60), Cell("bpmn_engine", "bpmn_engine", 60, on="sqlite"), Cell("limits", "limits", 100)],
    "W2": [Cell("ours", "ours", 20_000), Cell("ours_many", "ours", 200_000), Cell("limits", "limits", 20_000)],
    "W3": [Cell("ours", "ours", 20_000), Cell("ours_many", "ours", 1_000_000), Cell("viewflow", "viewflow", 10_000)],
    "W4": [Cell("ours", "ours", 10_240), Cell("spiff", "spiff", 2_000), Cell("viewflow", "viewflow", 500)],
    "W5": [Cell("ours", "ours", 1_000), Cell("spiff", "spiff", 200)],
    "W6": [Cell("ours", "ours", 2_000), Cell("spiff", "spiff", 4_000), Cell("viewflow", "viewflow", 1_000),
           Cell("limits", "limits", 10_000)],
    "W7": [Cell("ours", "ours", 11_438)],
}  # fmt: skip
QUICK = {
    "W1": [Cell("ours", "ours", 15), Cell("spiff", "spiff", 15), Cell("floor", "floor", 40),
           Cell("viewflow", "viewflow", 10), Cell("bpmn_engine", "bpmn_engine", 15, on="sqlite"), Cell("limits", "limits", 40)],
    "W2": [Cell("ours", "ours", 2_000), Cell("limits", "limits", 2_000)],
    "W3": [Cell("ours", "ours", 2_000), Cell("viewflow", "viewflow", 5_000)],
    "W4": [Cell("ours", "ours", 1_000), Cell("spiff", "spiff", 300)],
    "W5": [Cell("ours", "ours", 50), Cell("spiff", "spiff", 50)],
    "W6": [Cell("ours", "ours", 600), Cell("spiff", "spiff", 1_000), Cell("viewflow", "viewflow", 300),
           Cell("limits", "limits", 2_000)],
    "W7": [Cell("ours", "ours", 60)],
}  # fmt: skip
QUICK_ROUNDS = {"W1": 3, "W6": 3}


def main() -> int:
    """Measure what the command line asks for; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--workloads", default=",".join(FULL), help="which, with commas between")
    parser.add_argument("--db", default="sqlite,postgresql", help="on which databases")
    parser.add_argument("--rounds", type=int, default=3, help="how often each peer is called")
    parser.add_argument("--quick", action="store_true", help="small sizes, SQLite, under three minutes")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    parser.add_argument("--record", action="store_true", help="keep the result beside the bench, and its table in the README")
    parser.add_argument("--install-peers", action="store_true", help="install the peers first, outside the tree")
    parser.add_argument("--cache", type=Path, default=CACHE, help="where they are installed")
    given = parser.parse_args()
    bench = Bench(given.cache)
    if given.install_peers:
        bench.install()
    result = measured(given, bench)
    if given.record:
        RECORD.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n")
        README.write_text(report.with_table(README.read_text(), result))
    print(json.dumps(result, ensure_ascii=False) if given.json else report.table(result))
    return 0 if all(each["ok"] for each in result["gates"]) else 1


def measured(given: argparse.Namespace, bench: Bench) -> dict[str, Any]:
    """Return machine, cells (workload, database, rounds) and gates."""
    cells: dict[str, dict[str, list[Any]]] = {}
    verdicts = []
    sizes, databases = (QUICK, ["sqlite"]) if given.quick else (FULL, given.db.split(","))
    for database in databases:
        with databases_of(database, durable=True) as fresh:
            for workload in given.workloads.split(","):
                rounds = QUICK_ROUNDS.get(workload, 1) if given.quick else given.rounds
                cells_here = [cell for cell in sizes[workload] if database.startswith(cell.on)]
                found = []
                for number in range(1, rounds + 1):
                    began = time.perf_counter()
                    found.append(bench.round_of(workload, cells_here, fresh))
                    spent = time.perf_counter() - began
                    print(f"{workload} on {database}, round {number} of {rounds}: {spent:.0f} s", file=sys.stderr, flush=True)
                cells.setdefault(workload, {})[database] = found
                verdicts += gates.judged(workload, database, found)
    return {
        "machine": _machine(), "on": date.today().isoformat(), "rounds": given.rounds, "load": os.getloadavg(),
        "cells": cells, "gates": verdicts, "skipped": bench.skipped,
    }  # fmt: skip


def _machine() -> str:
    with open("/proc/cpuinfo") as cpus:
        names = [line.partition(":")[2].strip() for line in cpus if line.startswith("model name")]
    return f"{len(names)} cores {names[0] if names else platform.processor()}, Python {platform.python_version()}"


if __name__ == "__main__":
    sys.exit(main())
