"""Tasks of the small weekly procedure, and a clock that stops wherever a ladder has a step."""

import json
from datetime import date
from typing import NamedTuple

import pytest
from sqlalchemy import func, select

from app import engine, escalation
from app.engine import HumanTask
from app.escalation import Escalation
from app.foundation.clock import COLLEGE_ZONE
from app.foundation.db import db, transaction
from app.notifications import OutgoingMail
from tests import weekly

# 崔砚秋 heads 教务处 (OFF-JWC); 温若涵 is above her; 封以宁 directs the quality office, three people work in it.
HEAD, LEADER, DIRECTOR, PRESIDENT = "E011", "E003", "E029", "E002"
SECTION_HEAD = "E032"
OFFICERS = ["E038", "E039", "E041"]


class Step(NamedTuple):
    """An entry of the ledger: the day it happened, the step, who was told."""

    on: str
    step: str
    told: list[str]


def draw(escalation: str | None = None, *, due: bool = True) -> None:
    """Deploy the weekly procedure with its report on another ladder, or without a deadline."""
    xml = (weekly.HERE / "weekly.bpmn").read_text()
    attribute = f'qa:escalation="{escalation}" ' if escalation else ""
    xml = xml.replace('id="report" ', f'id="report" {attribute}', 1)
    if not due:
        xml = xml.replace('qa:due="due" ', "")
    form = json.loads((weekly.HERE / "weekly_report.form").read_text())
    with transaction():
        engine.deploy(xml, forms={"weekly_report": form})


def opened(*performers: str, rule: dict, escalation: str | None = None, **more) -> HumanTask:
    """Open a task due by a rule, climbing the ladder named."""
    draw(escalation)
    return weekly.open_task(weekly.start(list(performers), rule=rule, **more))


def ledger(task: HumanTask) -> list[Step]:
    rows = db.session.scalars(select(Escalation).where(Escalation.task_id == task.id).order_by(Escalation.id))
    return [Step(f"{row.at.astimezone(COLLEGE_ZONE):%m-%d}", row.step, row.recipients) for row in rows]


def mails(*kinds: str) -> list[OutgoingMail]:
    """Return the mails of some kinds (or all), in the order they were written."""
    query = select(OutgoingMail).order_by(OutgoingMail.id)
    return list(db.session.scalars(query.where(OutgoingMail.kind.in_(kinds)) if kinds else query))


def told(*kinds: str) -> list[tuple[str, str]]:
    return [(mail.kind, mail.person_id) for mail in mails(*kinds)]


@pytest.fixture
def deployed(app, at):
    """The clock stands before the term; the weekly procedure is known."""
    weekly.deploy()
    return at


@pytest.fixture
def live_until(deployed):
    """Go through the days to one, stopping wherever a step is due: `live_until("2026-10-24")`."""

    def live(day: str) -> None:
        end = date.fromisoformat(day)
        while (stop := db.session.scalar(select(func.min(HumanTask.nudge_at)))) is not None:
            local = stop.astimezone(COLLEGE_ZONE)
            if local.date() > end:
                break
            deployed(local.replace(tzinfo=None).isoformat())
            escalation.remind_and_escalate()
        deployed(f"{day} 18:00")
        escalation.remind_and_escalate()

    return live
