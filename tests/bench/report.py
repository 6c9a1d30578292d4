"""Shows what was measured: as a table for the README."""

from collections.abc import Mapping
from statistics import median
from typing import Any

# What of each workload: its name in what a peer says, and how the table calls it.
SHOWN = (
    ("W1", "cpu_ms", "CPU of a completion, ms"),
    ("W2", "p50_ms", "first page of the desk, ms"),
    ("W3", "fired_per_second", "due timers fired a second"),
    ("W4", "per_second", "instances launched a second"),
    ("W5", "cpu_50", "CPU of the fiftieth round, ms"),
    ("W6", "per_second", "completions a second over HTTP"),
    ("W6", "cpu_ms", "CPU of a request, ms"),
    ("W6", "p50_ms", "answered within, median, ms"),
    ("W6", "p99_ms", "answered within, 99 of 100, ms"),
    ("W7", "cpu_ms", "CPU of a window, ms"),
)
BEGIN, END = "<!-- bench -->", "<!-- /bench -->"
HEADINGS = {
    "ours": "ours", "ours_many": "ours, full", "spiff": "SpiffWorkflow", "viewflow": "viewflow", "bpmn_engine": "bpmn-engine",
    "floor": "floor", "limits": "limit",
}  # fmt: skip


def table(result: Mapping[str, Any]) -> str:
    """Return the Markdown of a result: medians by workload and peer, then the gates."""
    on_web = (found for rounds in result["cells"].get("W6", {}).values() for each in rounds for found in each.values())
    clients = sorted({found["client"] for found in on_web})
    driven = f" Requests of W6 come from {' and '.join(clients)}." if clients else ""
    lines = [f"{result['machine']}, {result['on']}; medians of {result['rounds']} rounds.{driven}", ""]
    lines += ["| | database | " + " | ".join(HEADINGS.values()) + " |", "|---|---|" + "---|" * len(HEADINGS)]
    for workload, name, label in SHOWN:
        for database, rounds in result["cells"].get(workload, {}).items():
            figures = [_figure([each[peer][name] for each in rounds if name in each.get(peer, {})]) for peer in HEADINGS]
            lines.append(f"| {workload} {label} | {database} | " + " | ".join(figures) + " |")
    lines += ["", "| gate | database | value | limit | |", "|---|---|---|---|---|"]
    for gate in result["gates"]:
        mark = "✓" if gate["ok"] else "falls short"
        lines.append(f"| {gate['id']} | {gate['database']} | {gate['value']:g} | {gate['limit']:g} | {mark} |")
    return "\n".join(lines) + "\n"


def with_table(readme: str, result: Mapping[str, Any]) -> str:
    """Return the README with the table of a result between its marks."""
    before, _, rest = readme.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table(result)}{END}{after}"


def _figure(values: list[float]) -> str:
    return f"{median(values):.3g}" if values else ""
