"""The demo's own doors: moving its clock. In a real college's database there is nothing here."""

from collections.abc import Callable
from datetime import datetime, time, timedelta

from flask import Blueprint, current_app, flash, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from app.demo import clock as demo_clock
from app.engine import HumanTask, TaskState
from app.foundation.clock import COLLEGE_ZONE, now, today
from app.foundation.db import db
from app.foundation.errors import Invalid, NotFound
from app.security import rules
from app.web import formatting
from app.web.i18n import translated as _

blueprint = Blueprint("demo", __name__)

MORNING = time(8, 30)


@blueprint.post("/clock")
def move_clock() -> ResponseReturnValue:
    """Move the clock `to` the next day, deadline or week; what is due on the way happens then."""
    if not current_app.config.get("DEMO"):
        raise NotFound(_("没有这个地址。"))
    try:
        target = _target(request.form.get("to", ""))
    except Invalid as error:
        flash(str(error), "problem")
        return redirect(_page_before(), 303)
    work: Callable[[], int] = current_app.extensions["work_off_everything"]
    done = demo_clock.advance_to(target, work=work)
    flash(_("时钟拨到%(at)s，办理了%(n)s件到期的事。", at=formatting.moment(now()), n=done), "ok")
    return redirect(_page_before(), 303)


def _target(to: str) -> datetime:
    """Return where the clock shall go. Raises `Invalid` for another word, or when no deadline is ahead."""
    on = today()
    if to == "day":
        return datetime.combine(on + timedelta(days=1), MORNING, COLLEGE_ZONE)
    if to == "week":
        return datetime.combine(on + timedelta(days=7 - on.weekday()), MORNING, COLLEGE_ZONE)
    if to != "deadline":
        raise Invalid(_("时钟只能拨到下一天、下一个期限或下周一。"))
    due_at = db.session.scalar(
        select(func.min(HumanTask.due_at)).where(HumanTask.state == TaskState.OPEN, HumanTask.due_at >= now())
    )
    if due_at is None:
        raise Invalid(_("现在没有还没到期的任务。可以先拨到下一天或下周一。"))
    return due_at + timedelta(minutes=1)


def _page_before() -> str:
    """Return the path of the page the button was on."""
    own = request.host_url.rstrip("/")
    before = request.referrer or ""
    return rules.safe_next(before.removeprefix(own)) if before.startswith(f"{own}/") else "/"
