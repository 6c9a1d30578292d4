"""What every peer written in Python measures with, and how it says what it found."""

import argparse
import json
import os
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any


class Stopwatch:
    """Times single operations: wall milliseconds of each, CPU milliseconds of all."""

    def __init__(self) -> None:
        self.walls: list[float] = []
        self.cpu = 0.0

    @contextmanager
    def lap(self) -> Iterator[None]:
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.walls.append((time.perf_counter() - wall) * 1e3)
        self.cpu += (time.process_time() - cpu) * 1e3

    def found(self) -> dict[str, float]:
        """Return `n`, `per_second`, `p50_ms`, `p99_ms` and `cpu_ms` of one operation."""
        count = len(self.walls)
        return {"n": count, "per_second": count / (sum(self.walls) / 1e3), "cpu_ms": self.cpu / count} | spread(self.walls)


def spread(walls: list[float]) -> dict[str, float]:
    """Return `p50_ms` and `p99_ms` of wall milliseconds."""
    ordered = sorted(walls)
    return {"p50_ms": median(ordered), "p99_ms": ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]}


def memory_mb() -> float:
    """Return the most memory this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def cpu_ms_of(process_ids: list[int]) -> float:
    """Return the CPU milliseconds other processes (a database's, a web server's) have spent so far."""
    ticks = 0
    for each in process_ids:
        try:
            with open(f"/proc/{each}/stat") as stat:
                fields = stat.read().rsplit(")", 1)[1].split()
        except OSError:
            continue
        ticks += int(fields[11]) + int(fields[12])
    return ticks * 1e3 / os.sysconf("SC_CLK_TCK")


def main(workloads: dict[str, Callable[[str, int], dict[str, Any]]]) -> None:
    """Run the workload the command line names on the database it names, and print what was found as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("workload", choices=sorted(workloads))
    parser.add_argument("--address", required=True, help="SQLAlchemy address of an empty database")
    parser.add_argument("--n", type=int, required=True)
    given = parser.parse_args()
    found = workloads[given.workload](given.address, given.n)
    print(json.dumps({"memory_mb": memory_mb()} | found))
