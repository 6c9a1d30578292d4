"""Change who is who: move people between posts, delegate tasks, close subjects."""

from datetime import date, timedelta

from sqlalchemy import select

from app.foundation import audit
from app.foundation.db import db
from app.foundation.errors import Invalid
from app.organisation import queries
from app.organisation.models import Assignment, Delegation, Post


def assign(person_id: str, *, post_code: str, from_on: date, by: str | None = None) -> Assignment:
    """Give a person a primary post from a day on; the post held before ends the day before.

    Open tasks stay with the person; superior and escalation follow the new
    post from that day (scenario 34). Raises `Invalid` for an unknown post.
    """
    queries.person(person_id)
    if db.session.get(Post, post_code) is None:
        raise Invalid(f"没有编码为“{post_code}”的岗位。", {"post": "岗位不存在"})
    held = db.session.scalars(
        select(Assignment).where(
            Assignment.person_id == person_id, Assignment.is_primary, Assignment.to_on.is_(None)
        )
    ).all()
    for each in held:
        each.to_on = from_on - timedelta(days=1)
    row = Assignment(person_id=person_id, post_code=post_code, from_on=from_on, is_primary=True)
    db.session.add(row)
    audit.record(
        "organisation.assign", f"person:{person_id}", person_id=by,
        before=[each.post_code for each in held], after=post_code, from_on=from_on.isoformat(),
    )  # fmt: skip
    db.session.flush()
    return row


def delegate(
    from_person_id: str, *, to_person_id: str, from_on: date, to_on: date, reason: str
) -> Delegation:
    """Let a deputy do a person's tasks from a day to a day, both included.

    Raises `Invalid` for a span that ends before it begins, for oneself, and
    without a reason.
    """
    problems = {}
    if to_on < from_on:
        problems["to_on"] = "结束日期不能早于开始日期。"
    if from_person_id == to_person_id:
        problems["to_person_id"] = "不能授权给自己。"
    if not reason.strip():
        problems["reason"] = "请写明授权原因。"
    if problems:
        raise Invalid("授权没有保存。", problems)
    queries.person(to_person_id)
    row = Delegation(
        from_person_id=from_person_id, to_person_id=to_person_id, from_on=from_on, to_on=to_on,
        reason=reason,
    )  # fmt: skip
    db.session.add(row)
    audit.record(
        "organisation.delegate", f"person:{from_person_id}", person_id=from_person_id,
        to=to_person_id, from_on=from_on.isoformat(), to_on=to_on.isoformat(), reason=reason,
    )  # fmt: skip
    db.session.flush()
    return row
