"""A small procedure to test the web rooms with: report, review, maybe back again.

It uses no step and no function of the college, so it runs whatever is plugged in.
"""

import json
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app import engine
from app.engine import HumanTask, ProcessInstance, TaskState
from app.foundation.db import db, transaction
from app.organisation import calendar

HERE = Path(__file__).parent
REPORT = {"situation": "本周完成期中教学检查，覆盖62门课程。", "done": 12, "trend": "better", "evidence": []}
TERM = "2026-2027-1"


def deploy() -> None:
    """Make the procedure known."""
    form = json.loads((HERE / "weekly_report.form").read_text())
    with transaction():
        engine.deploy((HERE / "weekly.bpmn").read_text(), forms={"weekly_report": form})


def start(
    doers: list[str],
    *,
    reviewers: tuple[str, ...] = ("E029",),
    subject: str = "OFF-JWC",
    place: str = "教务处",
    rule: dict[str, Any] | None = None,
    number: str | None = None,
    by: str | None = None,
) -> ProcessInstance:
    """Start one; its first task is the doers', the next the reviewers'."""
    rule = rule or in_week(13)
    due = {"at": calendar.deadline(rule)["at"].isoformat(), "rule": rule}
    variables = {"subject": subject, "place": place, "doers": doers, "reviewers": list(reviewers), "due": due}
    with transaction():
        return engine.start("weekly", variables, business_key=number, person_id=by)


def in_week(first: int, last: int | None = None) -> dict[str, Any]:
    """Return the rule of a deadline on the last working day of a week."""
    return {"kind": "weeks", "term": TERM, "first": first, "last": last or first, "end": "last"}


def on_day(day: str) -> dict[str, Any]:
    """Return the rule of a deadline on a day."""
    return {"kind": "day", "on": day}


def open_task(instance: ProcessInstance) -> HumanTask:
    """Return the task the instance waits for."""
    query = select(HumanTask).where(HumanTask.instance_id == instance.id, HumanTask.state == TaskState.OPEN)
    return db.session.scalars(query).one()
