"""The one time axis of an instance: acts with opinions, system steps, mails, escalations, children.

Rooms above that know of more are asked through `SOURCES`: a function from an
instance's id to entries. The board fills it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import defer

from app import engine
from app.engine import HumanTask, InstanceState, ProcessInstance, StepLog
from app.escalation import Escalation
from app.foundation.db import db
from app.notifications import OutgoingMail
from app.notifications import queries as mail_queries
from app.procedures import queries
from app.reports import forecast
from app.web.i18n import translated as _


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One thing that happened. `kind`: act, system, mail, escalation, child or ahead; `tone` colours the verb.

    `address` leads to the thing itself: what was handed in, the mail, the child.
    """

    at: datetime
    kind: str
    name: str
    verb: str = ""
    tone: str = ""
    node: str = ""
    step: str = ""
    on_behalf_of: str = ""
    opinion: str = ""
    address: str = ""

    @property
    def system(self) -> bool:
        """Whether no person stands behind it."""
        return self.kind != "act"


MOST_MAILS = 200

SOURCES: list[Callable[[int], list[Entry]]] = []

# System steps that say something to a reader; gateways and joins do not.
_TOLD = {"Act", "StartEvent", "EndEvent", "BoundaryEvent", "IntermediateCatchEvent", "Cancel"}
_GOOD = ("approve", "accept", "agree", "effective", "close", "confirm", "pass", "acknowledge")
_BACK = ("return", "reject", "refuse", "disagree", "partly", "no_", "decline")


def tone_of(verb: str | None) -> str:
    """Return the colour of a verb's badge: going back amber, agreeing green, the rest blue."""
    if not verb:
        return ""
    if verb.startswith(_BACK):
        return "mid"
    return "ok" if verb.startswith(_GOOD) else "do"


def opinions(acts: list[StepLog], labels: Mapping[tuple[str, str], str]) -> list[Entry]:
    """Return what people did, newest first."""
    known = queries.names([each for act in acts for each in (act.person_id, act.on_behalf_of)])
    return [_act(step, labels, known) for step in reversed(acts)]


def axis_of(instance: ProcessInstance, children: list[ProcessInstance], *, reader: str) -> list[Entry]:
    """Return everything that happened, newest first; mails lead on where the reader may read them."""
    steps = engine.steps_of(instance.id)
    labels = engine.verb_labels(instance.definition)
    known = queries.names([each for step in steps for each in (step.person_id, step.on_behalf_of)])
    entries = [
        _act(step, labels, known) if step.person_id else _system(step)
        for step in steps
        if step.person_id or (_is_told(step.kind) and step.name != step.node)
    ]
    entries += [_child(child) for child in children]
    entries += _mails(instance.id, reader=reader) + _escalations(instance.id)
    for source in SOURCES:
        entries += source(instance.id)
    entries.sort(key=lambda entry: entry.at)  # stable: what happened in one moment keeps its order
    return entries[::-1]


def ahead_of(instance: ProcessInstance) -> list[Entry]:
    """Return what the next fourteen days bring if nobody acts, the latest first."""
    coming = forecast.of_instance(instance)
    known = queries.names([person for each in coming for person in each.people])
    return [_expected(each, known) for each in reversed(coming)]


def _expected(each: forecast.Expected, known: Mapping[str | None, str]) -> Entry:
    names = "、".join(known.get(person, person) for person in each.people)
    said = {"due": _("到期"), "window": _("开放窗口"), "timer": _("到点")}
    return Entry(
        at=each.at, kind="ahead", name=_("邮件致%(name)s", name=names) if each.kind == "mail" else said[each.kind],
        verb=each.mail, step=each.title, node=each.node,
        address=url_for("inbox.task_page", task_id=each.task_id) if each.task_id else "",
    )  # fmt: skip


def _act(step: StepLog, labels: Mapping[tuple[str, str], str], known: Mapping[str | None, str]) -> Entry:
    verb = labels.get((step.node, step.verb or ""), step.verb or "")
    return Entry(
        at=step.at, kind="act", name=known.get(step.person_id, step.person_id or ""), verb=verb,
        tone=tone_of(step.verb), node=step.node, step=step.name, opinion=step.opinion,
        on_behalf_of=known.get(step.on_behalf_of, step.on_behalf_of or ""),
        address=url_for("inbox.task_page", task_id=step.task_id) if step.task_id and step.data else "",
    )  # fmt: skip


def _system(step: StepLog) -> Entry:
    return Entry(at=step.at, kind="system", name=_("系统"), node=step.node, step=step.name, opinion=step.opinion)


def _child(child: ProcessInstance) -> Entry:
    verb = _("发起子流程") if child.state is InstanceState.RUNNING else _("子流程已结束")
    return Entry(
        at=child.ended_at or child.started_at, kind="child", name=_("系统"), verb=verb, step=child.title,
        node=child.parent_node or "", address=url_for("procedures.show", instance_id=child.id),
    )  # fmt: skip


def _mails(instance_id: int, *, reader: str) -> list[Entry]:
    """Return the mails that went out because of the instance; what they say stays with the mail."""
    all_readable = mail_queries.sees_everybody()
    rows = db.session.scalars(
        select(OutgoingMail)
        .where(OutgoingMail.instance_id == instance_id, OutgoingMail.done_at.is_not(None))
        .options(defer(OutgoingMail.body))
        .order_by(OutgoingMail.done_at.desc())
        .limit(MOST_MAILS)
    )
    return [
        Entry(
            at=row.done_at, kind="mail", name=_("邮件致%(name)s", name=row.to_name), verb=row.kind, step=row.subject,
            address=url_for("notifications.show", mail_id=row.id) if all_readable or row.person_id == reader else "",
        )
        for row in rows
        if row.done_at
    ]  # fmt: skip


def _escalations(instance_id: int) -> list[Entry]:
    """Return the steps that were climbed after a deadline; reminders before it show as mails."""
    rows = db.session.execute(
        select(Escalation, HumanTask.node, HumanTask.name)
        .join(HumanTask, HumanTask.id == Escalation.task_id)
        .where(HumanTask.instance_id == instance_id)
        .order_by(Escalation.at)
    ).all()
    late = [row for row in rows if row.Escalation.recipients and row.Escalation.at > row.Escalation.due_at]
    known = queries.names([each for row in late for each in row.Escalation.recipients])
    return [
        Entry(
            at=row.Escalation.at, kind="escalation", name=_("逾期升级"), verb=row.Escalation.step, tone="bad",
            node=row.node, step=row.name,
            opinion=_("已告知%(people)s。", people="、".join(known.get(each, each) for each in row.Escalation.recipients)),
        )
        for row in late
    ]  # fmt: skip


def _is_told(kind: str) -> bool:
    return any(kind.endswith(each) for each in _TOLD)
