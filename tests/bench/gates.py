"""What the product promises of its speed, from the firmest kind of figure to the softest.

Counters are exact. Ratios of CPU time are formed within one round, where the
machine's mood is the same for all, and their median counts.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

# A round's results of one workload on one database: by peer, what its line of JSON said.
Round = Mapping[str, Mapping[str, Any]]
SUBJECTS_OF_A_COLLEGE = 11_438  # 10,240 students, 612 teachers, 512 courses, 40 programmes, 34 units


@dataclass(frozen=True)
class Gate:
    """A promise: `value(round)` is at most (`upto`) or at least its limit. None where a peer is missing.

    Some hold only on one database (`on`).
    """

    id: str
    limit: float
    value: Callable[[Round], float | None]
    upto: bool = True
    on: str = ""

    @property
    def workload(self) -> str:
        return self.id.partition(".")[0]

    def judged(self, rounds: list[Round]) -> dict[str, Any] | None:
        """Return `{id, value, limit, ok, lowest, highest}`; None when nothing can be said."""
        values = [value for each in rounds if (value := self.value(each)) is not None]
        if not values:
            return None
        middle = median(values)
        ok = middle <= self.limit if self.upto else middle >= self.limit
        return {"id": self.id, "value": round(middle, 3), "limit": self.limit, "ok": ok,
                "lowest": round(min(values), 3), "highest": round(max(values), 3)}  # fmt: skip


def of(peer: str, name: str) -> Callable[[Round], float | None]:
    return lambda found: found.get(peer, {}).get(name)


def ratio(peer: str, other: str, name: str) -> Callable[[Round], float | None]:
    """Return `name` of one peer by that of another."""

    def value(found: Round) -> float | None:
        above, below = found.get(peer, {}).get(name), found.get(other, {}).get(name)
        return above / below if above is not None and below else None

    return value


def growth(name: str, later: int, earlier: int) -> Callable[[Round], float | None]:
    """Return how much `name_<later>` of ours is of `name_<earlier>`."""

    def value(found: Round) -> float | None:
        ours = found.get("ours", {})
        after, before = ours.get(f"{name}_{later}"), ours.get(f"{name}_{earlier}")
        return after / before if after is not None and before else None

    return value


def week(found: Round) -> float | None:
    """Return the CPU seconds of a whole college's week, by the cost of one of its windows."""
    each = found.get("ours", {}).get("cpu_ms")
    return each and each * SUBJECTS_OF_A_COLLEGE / 1e3


GATES = [
    Gate("W1.statements_start", 12, of("ours", "start")),
    Gate("W1.statements_completion", 12, of("ours", "statements")),
    Gate("W1.commits_completion", 1, of("ours", "commits")),
    Gate("W1.cpu_vs_spiff_json", 0.85, ratio("ours", "spiff", "cpu_ms")),
    Gate("W1.cpu_vs_floor", 1.8, ratio("ours", "floor", "cpu_ms")),
    Gate("W1.rate_vs_viewflow", 3.0, ratio("ours", "viewflow", "per_second"), upto=False),
    Gate("W2.statements", 3, of("ours", "statements")),
    Gate("W2.p50_vs_bare_query", 10, ratio("ours", "limits", "p50_ms")),
    Gate("W2.many_vs_few_tasks", 1.3, ratio("ours_many", "ours", "p50_ms")),
    Gate("W3.idle_many_vs_few_timers", 1.5, ratio("ours_many", "ours", "idle_ms")),
    Gate("W3.fired_vs_viewflow", 6.0, ratio("ours", "viewflow", "fired_per_second"), upto=False),
    Gate("W4.rate_vs_spiff_json", 8.0, ratio("ours", "spiff", "per_second"), upto=False),
    Gate("W4.bytes_each", 2048, of("ours", "bytes_each"), on="sqlite"),
    Gate("W4.bytes_each", 1536, of("ours", "bytes_each"), on="postgresql"),
    Gate("W4.memory_growth_mb", 16, of("ours", "memory_growth_mb")),
    Gate("W5.cpu_200_vs_10", 1.2, growth("cpu", 200, 10)),
    Gate("W5.cpu_1000_vs_10", 1.2, growth("cpu", 1000, 10)),
    Gate("W5.bytes_50_vs_10", 1.2, growth("bytes", 50, 10)),
    Gate("W5.bytes_1000_vs_10", 1.2, growth("bytes", 1000, 10)),
    Gate("W5.history_bytes_a_round", 1024, of("ours", "history_bytes_a_round")),
    Gate("W6.rate_vs_spiff_view", 1.0, ratio("ours", "spiff", "per_second"), upto=False),
    Gate("W6.rate_vs_viewflow", 4.0, ratio("ours", "viewflow", "per_second"), upto=False),
    Gate("W6.cpu_ms", 3.5, of("ours", "cpu_ms")),
    Gate("W6.p99_ms", 100, of("ours", "p99_ms"), on="sqlite"),
    Gate("W7.college_week_cpu_seconds", 60, week),
    Gate("W7.memory_growth_mb", 32, of("ours", "memory_growth_mb")),
]


def judged(workload: str, database: str, rounds: list[Round]) -> list[dict[str, Any]]:
    """Return the verdicts on a workload's rounds on a database, given as `sqlite`, `postgresql` or a server's address."""
    wanted = [gate for gate in GATES if gate.workload == workload and database.startswith(gate.on)]
    verdicts = (gate.judged(rounds) for gate in wanted)
    return [{**each, "database": database} for each in verdicts if each is not None]
