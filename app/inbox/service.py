"""Do a task, keep its draft, take evidence, hand one's tasks to a deputy."""

from datetime import date, timedelta
from typing import Any, BinaryIO

from sqlalchemy import func, select, update

from app import engine, notifications
from app.engine import HumanTask, TaskNotOpen, TaskState
from app.foundation import audit, files
from app.foundation.clock import now, today
from app.foundation.db import db
from app.foundation.errors import Invalid, NotAllowed, NotFound
from app.inbox import queries
from app.organisation import queries as organisation
from app.organisation import service as organisation_service
from app.organisation.models import Delegation, Person
from app.web import formatting
from app.web.i18n import translated as _

LARGEST_DRAFT = 200_000


def acting_for(row: HumanTask, person_id: str) -> str | None:
    """Return on whose behalf the person acts: None for their own task.

    Raises `NotAllowed` for whoever may only look.
    """
    mine = queries.acts_for(row.id, person_id)
    if not mine:
        raise _only_read()
    return None if mine[0] == person_id else mine[0]


def complete(
    task_id: int, *, person_id: str, action: str, data: dict[str, Any], opinion: str
) -> HumanTask:
    """Hand a task in. Returns its row, with the next tasks opened.

    Raises `NotFound` for a task the person does not see, `TaskNotOpen` saying
    who was faster and when (scenario 36), `NotAllowed` for a reader, `Invalid`
    by field, `StepFailed` when a following step refuses; then nothing changed.
    A page that is merely older than a reminder or a new deadline may hand in:
    only the task's end makes it stale.
    """
    mine = queries.acts_for(task_id, person_id)
    if not mine:
        _refuse_if_closed(queries.visible_task(task_id, person_id))
        raise _only_read()
    behalf = None if mine[0] == person_id else mine[0]
    try:
        return engine.complete_task(
            task_id, data, person_id=person_id, verb=action, opinion=opinion, on_behalf_of=behalf
        )
    except TaskNotOpen:
        db.session.expire_all()  # what was read while another was about to do it does not say who that was
        _refuse_if_closed(queries.visible_task(task_id, person_id))
        raise


def _only_read() -> NotAllowed:
    return NotAllowed(_("您可以查看这项任务，但它由别人办理。"))


def keep_draft(task_id: int, *, person_id: str, data: dict[str, Any]) -> HumanTask:
    """Keep what has been typed so far. Raises like `complete`; the last to type wins."""
    row = queries.visible_task(task_id, person_id)
    _refuse_if_closed(row)
    acting_for(row, person_id)
    if len(str(data)) > LARGEST_DRAFT:
        raise Invalid(_("草稿太长，暂存不了。请把长文放进附件。"))
    # Not through the mapped object: a draft is no new version of the task.
    db.session.execute(
        update(HumanTask.__table__)  # type: ignore[arg-type]
        .where(HumanTask.__table__.c.id == task_id)
        .values(draft=data, draft_by=person_id, draft_at=now())
    )
    db.session.refresh(row)
    return row


def attach(task_id: int, stream: BinaryIO, *, name: str, person_id: str) -> files.Attachment:
    """Keep a file handed in with a task. Raises like `complete`, and `Invalid` for its kind or size."""
    row = queries.visible_task(task_id, person_id)
    _refuse_if_closed(row)
    acting_for(row, person_id)
    return files.store(stream, name=name, uploaded_by=person_id, task_id=task_id)


def attachment(attachment_id: int, *, person_id: str) -> files.Attachment:
    """Return a file to whoever sees its task. Raises `NotFound` to everybody else."""
    found = db.session.get(files.Attachment, attachment_id)
    if found is None or (found.task_id is None and found.uploaded_by != person_id):
        raise NotFound(_("没有找到这个附件。"))
    if found.task_id is not None:
        queries.visible_task(found.task_id, person_id)
    return found


def delegate(person_id: str, *, to: str, from_on: str, to_on: str, reason: str) -> Delegation:
    """Hand one's tasks to a deputy, named by staff number or name; both are told (M04). Raises `Invalid` by field."""
    days = {"from_on": _day(from_on), "to_on": _day(to_on)}
    problems = {name: _("请填写日期。") for name, day in days.items() if day is None}
    deputy = _person(to)
    if deputy is None:
        problems["to"] = _("没有唯一符合的在岗人员，请填工号。")
    elif deputy.id == person_id:
        problems["to"] = _("不能授权给自己。")
    if days["from_on"] and days["from_on"] < today():
        problems["from_on"] = _("开始日期不能早于今天。")
    if days["from_on"] and days["to_on"] and days["to_on"] < days["from_on"]:
        problems["to_on"] = _("结束日期不能早于开始日期。")
    if not reason.strip():
        problems["reason"] = _("请写明授权原因。")
    if problems or deputy is None or days["from_on"] is None or days["to_on"] is None:
        raise Invalid(_("授权没有保存。"), problems)
    _refuse_overlap(person_id, days["from_on"], days["to_on"])
    row = organisation_service.delegate(
        person_id, to_person_id=deputy.id, from_on=days["from_on"], to_on=days["to_on"], reason=reason.strip()
    )
    notifications.enqueue(
        [person_id, deputy.id], kind="M04", template="notifications/mail/delegation",
        values={
            "from_name": organisation.person(person_id).name_zh, "to_name": deputy.name_zh,
            "from_on": row.from_on.isoformat(), "to_on": row.to_on.isoformat(), "reason": row.reason,
        },
    )  # fmt: skip
    return row


def end_delegation(delegation_id: int, *, person_id: str) -> Delegation:
    """End one's own delegation: from now on the tasks are one's own again.

    Raises `NotFound` for somebody else's.
    """
    row = db.session.get(Delegation, delegation_id)
    if row is None or row.from_person_id != person_id or row.to_on < today():
        raise NotFound(_("没有找到这项授权，或者它已经结束。"))
    audit.record(
        "organisation.end_delegation", f"person:{person_id}", person_id=person_id,
        to=row.to_person_id, before=row.to_on.isoformat(),
    )  # fmt: skip
    row.to_on = today() - timedelta(days=1)
    row.from_on = min(row.from_on, row.to_on)
    return row


def who_closed(row: HumanTask) -> str:
    """Say in words who ended a task and when: `宣知白（代李四）11月23日（周一）14:01 已办理`."""
    at = formatting.moment(row.closed_at)
    if row.state is TaskState.WITHDRAWN:
        return _("这项任务已于%(at)s撤回，不需要再办理。", at=at)
    known = organisation.people([each for each in (row.closed_by, row.on_behalf_of) if each])
    name = known[row.closed_by].name_zh if row.closed_by in known else _("系统")
    if row.on_behalf_of in known:
        name = _("%(name)s（代%(whom)s）", name=name, whom=known[row.on_behalf_of].name_zh)
    return _("%(name)s已于%(at)s办理了这项任务。", name=name, at=at)


def _refuse_if_closed(row: HumanTask) -> None:
    if row.state is not TaskState.OPEN:
        raise TaskNotOpen(who_closed(row) + _("您的内容没有提交，也没有产生重复记录。"))


def _refuse_overlap(person_id: str, from_on: date, to_on: date) -> None:
    """Two deputies at once would both have the tasks without knowing of each other."""
    other = db.session.scalar(
        select(func.count(Delegation.id)).where(
            Delegation.from_person_id == person_id, Delegation.from_on <= to_on, Delegation.to_on >= from_on
        )
    )
    if other:
        raise Invalid(_("授权没有保存。"), {"from_on": _("这段时间已经有一项授权，请先结束它。")})


def _person(text: str) -> Person | None:
    """Return the one active person with this staff number or name."""
    text = text.strip().split(" ")[0]
    people = db.session.scalars(
        select(Person).where(Person.active, (Person.staff_no == text) | (Person.name_zh == text)).limit(2)
    ).all()
    return people[0] if len(people) == 1 else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
