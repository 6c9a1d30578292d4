"""People of the made-up college who act through the doors, and the states they bring about.

`college` (a fixture) is the whole house with its clock held: `college.work()`
lets the scheduler act, `college.at(...)` moves on, `college.does(...)` lets
whoever has a task hand it in as a browser would.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from app import engine, notifications
from app.demo import college as made_up
from app.foundation import clock
from app.foundation.db import db, transaction
from app.organisation import queries as organisation
from app.organisation.models import Subject
from app.quality import cycles
from app.quality.assessment.models import Assessment, Finding, Severity
from app.quality.cycles import launching
from app.quality.rectification import service as rectification
from app.quality.rectification.models import RectificationOrder
from app.quality.standards import service as standards
from scheduler import timetable
from tests.doors import signed_in
from tests.engine import diagrams as d

TERM = "2026-2027-1"
# What a term's procedure does with its windows, and nothing else.
WINDOWS_ONLY = d.process(
    d.START,
    d.call("cycle", "self_diagnosis", *(d.put(name, name) for name in ("subject", "subject_name", "unit", "layer", "year")),
           mode="recurring", frequency="WEEKLY", term="term", skip="inactive"),
    d.END, d.chain("start", "cycle", "end"), key="windows_only", variables="subject subject_name unit layer year term",
)  # fmt: skip
# Two acts of whoever answers for a subject, one after the other.
TWO_TASKS = d.process(
    d.START, d.task("a", performer="responsible(subject)"), d.task("b", performer="responsible(subject)"), d.END,
    d.chain("start", "a", "b", "end"), key="two", variables="subject",
)  # fmt: skip
GOAL = {
    "task_zh": "教学运行日常管理", "task_type": "C", "basis": "教务处岗位职责第3条", "observation_point": "调停课率",
    "year_1": "≤3%", "year_2": "≤2.5%", "year_3": "≤2%", "post": "P-JW1-GW", "responsible": "E042",
    "indicator": "IC10",
}  # fmt: skip
FINDING = {
    "point": "DC02", "problem": "调停课审批超时", "evidence": "抽查20件有6件超过1个工作日", "severity": "MINOR",
    "requirement": "办结时限1个工作日内", "measurable_target": "超时件数=0/20",
}  # fmt: skip

PERSONAL_GOAL = {
    "task_zh": "取得职业技能等级证书", "observation_point": "证书数", "year_1": "1项", "year_2": "1项", "year_3": "2项",
}  # fmt: skip
# One subject of each layer beside the offices, with a goal that its people can answer for.
OTHER_LAYERS = {
    "PROGRAMME": ("PG08", {**GOAL, "post": "P-PG08", "responsible": "E059", "indicator": "IG12"}),
    "COURSE": ("KC16", {**GOAL, "post": "P-T02", "responsible": "E065", "indicator": "IK14"}),
    "TEACHER": ("E065", {**PERSONAL_GOAL, "indicator": "IT11"}),
    "STUDENT": ("S008", {**PERSONAL_GOAL, "indicator": "IS16"}),
}


def load_college(data: dict[str, Any] | None = None) -> None:
    """Make the tables of the application's empty database and load the made-up college, or other data of its shape."""
    with transaction():
        db.create_all()
    with transaction():
        made_up.load(made_up.read() if data is None else data)


def start_windows(subjects: Iterable[Subject]) -> None:
    """Let subjects live through the windows of the term and nothing else, in the caller's transaction."""
    for each in subjects:
        standards.bind(each.code, layer_code=each.layer_code, year=2026, goals={}, by=None)
        engine.start(
            "windows_only",
            {
                "subject": each.code, "subject_name": each.name_zh, "unit": each.unit_code, "layer": each.layer_code,
                "year": 2026, "term": TERM,
            },
            business_key=f"{TERM}:{each.code}",
        )  # fmt: skip


class College:
    """The college under test."""

    def __init__(self, app: Flask, at: Callable[[str], None]) -> None:
        self.app, self._at = app, at

    def at(self, text: str) -> None:
        """Move the clock to a college time and let the scheduler do what is due by then."""
        self._at(text)
        self.work()

    def work(self) -> int:
        """Let the scheduler work off everything that is due."""
        return timetable.work_off_everything()

    def live_until(self, text: str) -> None:
        """Go through time day by day at 8:35 up to a college day, the scheduler acting each morning."""
        end = datetime.fromisoformat(text).date()
        day = clock.today() + timedelta(days=1)
        while day <= end:
            self.at(f"{day} 08:35")
            day += timedelta(days=1)

    def tasks(self, node: str | None = None, *, subject: str | None = None) -> list[engine.HumanTask]:
        """Return the open tasks, oldest first."""
        db.session.rollback()  # what a served page has written since is in a later snapshot
        query = select(engine.HumanTask).where(engine.HumanTask.state == engine.TaskState.OPEN)
        if node:
            query = query.where(engine.HumanTask.node == node)
        if subject:
            query = query.where(engine.HumanTask.subject == subject)
        return list(db.session.scalars(query.order_by(engine.HumanTask.id)))

    def task(self, node: str, *, subject: str | None = None) -> engine.HumanTask:
        """Return the one open task at a node."""
        found = self.tasks(node, subject=subject)
        assert len(found) == 1, f"{len(found)} open tasks at {node}"
        return found[0]

    def performers(self, task: engine.HumanTask) -> list[str]:
        """Return who may act on a task."""
        query = select(engine.TaskPerformer.person_id).where(engine.TaskPerformer.task_id == task.id)
        return sorted(db.session.scalars(query))

    def hands_in(
        self, task: engine.HumanTask, *, by: str | None = None, action: str = "submit", opinion: str = "", **typed: Any
    ) -> TestResponse:
        """Let a performer hand a task in through the door: the form as shown, with what was typed."""
        person = by or self.performers(task)[0]
        shown = engine.prefill(task)
        schema, _, _ = engine.task_form(task)
        data = only_fields((schema or {}).get("components", []), {**shown, **typed})
        db.session.rollback()
        client = signed_in(self.app, person)
        return client.post(
            f"/tasks/{task.id}/submit", json={"action": action, "data": data, "opinion": opinion}
        )

    def does(self, node: str, *, subject: str | None = None, **given: Any) -> engine.HumanTask:
        """Let whoever has the task at a node hand it in, and let what follows happen."""
        task = self.task(node, subject=subject)
        answer = self.hands_in(task, **given)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        self.work()
        return task

    def mails(self, kind: str | None = None, *, to: str | None = None) -> list[Any]:
        """Return the mails written so far, oldest first."""
        query = select(notifications.OutgoingMail).order_by(notifications.OutgoingMail.id)
        if kind:
            query = query.where(notifications.OutgoingMail.kind == kind)
        if to:
            query = query.where(notifications.OutgoingMail.person_id == to)
        return list(db.session.scalars(query))

    def local(self, moment: datetime) -> str:
        """Write a moment as college time: `2026-09-11 17:30`."""
        return f"{moment.astimezone(clock.COLLEGE_ZONE):%Y-%m-%d %H:%M}"

    # States that tests begin with.

    def starts_term(self) -> None:
        """The term begins for the whole layer."""
        self.at("2026-08-31 08:00")

    def begins(self, layer: str, *subjects: str, on: str = "2026-08-31 08:00") -> None:
        """The term begins for some subjects of a layer, or for all of it."""
        self.at(on)
        with transaction():
            if subjects:
                cycles.start_term(TERM, layer, only=subjects)
            else:
                launching.order(TERM, layer)
        self.work()

    def sets_goals(self, subject: str, goal: dict[str, Any]) -> None:
        """A subject of any layer enters a goal, and whoever has to confirms it."""
        self.does("enter_goals", subject=subject, goals=[goal])
        if self.tasks("confirm_programme", subject=subject):
            self.does("confirm_programme", subject=subject, action="approve")
        self.does("confirm_goals", subject=subject, action="approve")

    def runs(self, layer: str) -> str:
        """One subject of another layer is under way with its goals confirmed; returns its code."""
        subject, goal = OTHER_LAYERS[layer]
        self.begins(layer, subject)
        self.sets_goals(subject, goal)
        return subject

    def confirms_goals(self, subject: str = "OFF-JWC", *, goal: dict[str, Any] | None = None) -> None:
        """The subject's goals are entered and confirmed, and its windows open."""
        if not self.tasks("enter_goals", subject=subject):
            self.starts_term()
        self.does("enter_goals", subject=subject, goals=[goal or GOAL])
        self.does("confirm_goals", subject=subject, action="approve")

    def binds(self, subject: str = "OFF-JWC", *, layer: str = "COLLEGE", year: int = 2026) -> None:
        """The layer's indicators are bound to the subject without going through its procedure."""
        with transaction():
            standards.bind(subject, layer_code=layer, year=year, goals={}, by=None)

    def issues_order(self, *, subject: str = "OFF-JWC", on: str = "2026-09-28 10:00", cosigned_by: str | None = None, **finding: Any) -> RectificationOrder:
        """An assessment has found one problem; its order is issued that day."""
        facts = {**FINDING, **finding}
        self._at(on)
        with transaction():
            row = Assessment(
                subject_code=subject, term_code=TERM, assessor_unit="OFF-ZGB", assessors=["E038"],
                held_on=clock.today(), grade="B",
            )  # fmt: skip
            row.findings = [Finding(point_code=facts.pop("point"), severity=Severity(facts.pop("severity")), **facts)]
            db.session.add(row)
            db.session.flush()
            order = rectification.issue_orders(row)[0]
            variables = {
                "order": order.no, "subject": subject, "subject_name": organisation.subject(subject).name_zh,
                "unit": organisation.subject(subject).unit_code, "order_due": rectification.due_of(order),
                "cosigned_by": cosigned_by,
            }  # fmt: skip
            engine.start("rectification", variables, business_key=order.no)
        self.work()
        return db.session.get_one(RectificationOrder, order.no)


def only_fields(components: list[dict[str, Any]], data: dict[str, Any]) -> dict[str, Any]:
    """Return what a browser sends: the form's fields, and no other key."""
    kept: dict[str, Any] = {}
    for component in components:
        if component["type"] == "dynamiclist":
            rows = data.get(component["path"]) or []
            kept[component["path"]] = [only_fields(component["components"], row) for row in rows]
        elif (key := component.get("key")) and data.get(key) is not None:
            kept[key] = data[key]
    return kept

