"""Buttons that other rooms add to a task's page, such as 申请延期 on a rectification.

The board fills `EXTRAS`: from (procedure's key, node) to a function that gets
the task and returns (label, address) pairs; an empty list shows nothing.
"""

from collections.abc import Callable

from app.engine import HumanTask

EXTRAS: dict[tuple[str, str], Callable[[HumanTask], list[tuple[str, str]]]] = {}


def extras_of(task: HumanTask) -> list[tuple[str, str]]:
    """Return the further buttons of an open task."""
    offered = EXTRAS.get((task.process_key, task.node))
    return offered(task) if offered else []
