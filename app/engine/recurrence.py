"""Recurring call activities: one child per window of the college calendar.

The row, its window's child and the step to the next window are saved
together, so a scheduler killed in between leaves no window missing and none
doubled. Windows that passed during a downtime are opened in order.
"""

from sqlalchemy import bindparam, select

from app import feel
from app.engine import runtime
from app.engine.models import InstanceState, ProcessInstance, Recurrence
from app.engine.steps import Window, catalogue
from app.foundation.clock import now
from app.foundation.db import ask
from app.foundation.worklist import come_again

# Held until the window is open, so that whoever ends the parent finds the child; not waited for (see `come_again`).
_PARENT = (
    select(ProcessInstance.state, ProcessInstance.business_key)
    .where(ProcessInstance.id == bindparam("number"))
    .with_for_update(key_share=True, skip_locked=True)
)
_CHILD = select(ProcessInstance.id).where(
    ProcessInstance.parent_id == bindparam("parent"), ProcessInstance.child_key == bindparam("key")
)


def open_window(row: Recurrence) -> None:
    """Open the child of the window that is due and wait for the next; after the last, go on."""
    parent = ask(_PARENT, number=row.instance_id).one_or_none()
    if parent is None:
        come_again(row)
        return
    if parent.state is not InstanceState.RUNNING:
        return
    windows = _windows(row)
    window = next((each for each in windows if each.no == row.next_no), None)
    if window is not None and not window.skipped and not _is_skipped(row, window):
        _open(row, parent.business_key, window)
    later = [each for each in windows if each.no > row.next_no]
    if window is not None and later:
        row.next_no = later[0].no
        row.wanted_at = row.due_at = later[0].opens_at
    elif window is not None and window.due_at and window.due_at > now():
        # The last window is open; the node goes on when it has closed.
        row.next_no = window.no + 1
        row.wanted_at = row.due_at = window.due_at
    else:
        row.done_at = now()
        runtime.finish_act(row.instance_id, row.workflow_task, {})


def _windows(row: Recurrence) -> list[Window]:
    return catalogue.windows(row.frequency, row.term) if catalogue.windows else []


def _is_skipped(row: Recurrence, window: Window) -> bool:
    rule = catalogue.skip_rules.get(row.skip)
    return rule is not None and rule(window=window, **row.inputs)


def _open(row: Recurrence, business_key: str | None, window: Window) -> None:
    variables = {
        **row.inputs,
        **window.variables,
        "term": row.term,
        "window": window.no,
        "window_due": feel.to_json({"at": window.due_at, "rule": window.due_rule}),
    }
    key = f"{row.node}:{row.term}:{window.no}"
    if ask(_CHILD, parent=row.instance_id, key=key).first():
        return  # opened when a loop came by here before
    runtime.start(
        row.child,
        variables,
        business_key=business_key,
        parent={
            "parent_id": row.instance_id,
            "parent_node": row.node,
            "child_key": key,
        },
    )
