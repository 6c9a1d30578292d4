"""The pages of the desk: lists, the side pane, search, delegations."""

from datetime import date, timedelta
from math import ceil

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.foundation.clock import today
from app.foundation.db import transaction
from app.foundation.errors import Invalid, NotAllowed
from app.inbox import queries, service, sheet, task_pages
from app.inbox.doors import blueprint
from app.inbox.queries import View
from app.organisation import calendar
from app.organisation.due import due_words
from app.security import current_person_id, reach_of
from app.web.i18n import translated as _

__all__ = ["blueprint", "task_pages"]


@blueprint.get("/")
def desk() -> ResponseReturnValue:
    """Show one of the lists; at the first row's side lies its pane."""
    person_id = current_person_id()
    view = _view(request.args.get("view", ""))
    page = max(request.args.get("page", 1, type=int), 1)
    week = calendar.week_on(today())
    numbers = queries.counts(person_id, window_ends_on=week.end_on if week else _sunday())
    started = queries.started_rows(person_id, page=page) if view is View.STARTED else []
    rows = queries.desk_rows(person_id, view, page=page) if view is not View.STARTED else []
    return render_template(
        "inbox/desk.html",
        view=view,
        names=_view_names(),
        numbers=numbers,
        week=week,
        rows=rows,
        started=started,
        pane=sheet.summary_of(rows[0].task, person_id) if rows else None,
        page=page,
        pages=ceil(numbers[view.value] / queries.PAGE_SIZE),
        due_words=due_words,
        window_of=sheet.window_of,
    )


@blueprint.get("/tasks/<int:task_id>/pane")
def pane(task_id: int) -> ResponseReturnValue:
    """Return a task's essentials for the side of the list."""
    person_id = current_person_id()
    task = queries.visible_task(task_id, person_id)
    return render_template("inbox/_pane.html", pane=sheet.summary_of(task, person_id))


@blueprint.get("/search")
def search() -> ResponseReturnValue:
    """Find tasks and procedures by title, number or subject."""
    text = request.args.get("q", "").strip()[:80]
    tasks, instances = queries.found(current_person_id(), text) if text else ([], [])
    return render_template(
        "inbox/search.html", text=text, tasks=tasks, instances=instances, most=queries.MOST_FOUND, due_words=due_words
    )


@blueprint.get("/delegations")
def delegations() -> ResponseReturnValue:
    """List who stands in for the reader and for whom the reader stands in."""
    return _delegations_page({}, {})


@blueprint.post("/delegations")
def delegate() -> ResponseReturnValue:
    """Hand one's tasks to a deputy for some days."""
    person_id = current_person_id()
    _check_may_delegate(person_id)
    given = {name: request.form.get(name, "") for name in ("to", "from_on", "to_on", "reason")}
    try:
        with transaction():
            service.delegate(person_id, **given)
    except Invalid as error:
        return _delegations_page(given, error.problems), 422
    flash(_("授权已保存。到期后任务自动回到您这里。"), "ok")
    return redirect(url_for("inbox.delegations"), 303)


@blueprint.post("/delegations/<int:delegation_id>/end")
def end_delegation(delegation_id: int) -> ResponseReturnValue:
    """End one's own delegation at once."""
    person_id = current_person_id()
    with transaction():
        service.end_delegation(delegation_id, person_id=person_id)
    flash(_("授权已结束，任务回到您这里。"), "ok")
    return redirect(url_for("inbox.delegations"), 303)


def _delegations_page(given: dict[str, str], problems: dict[str, str]) -> str:
    person_id = current_person_id()
    on = today()
    rows = queries.delegations_of(person_id)
    return render_template(
        "inbox/delegations.html",
        given=[row for row in rows if row[0].from_person_id == person_id],
        taken=[row for row in rows if row[0].to_person_id == person_id],
        typed={"to": "", "from_on": on.isoformat(), "to_on": "", "reason": "", **given},
        problems=problems,
        on=on,
        may=_may_delegate(person_id),
    )


def _check_may_delegate(person_id: str) -> None:
    if not _may_delegate(person_id):
        raise NotAllowed(_("您的角色不能把任务授权给别人。"))


def _may_delegate(person_id: str) -> bool:
    return bool(reach_of(person_id, "inbox.delegate"))


def _view(text: str) -> View:
    return View(text) if text in set(View) else View.OPEN


def _view_names() -> dict[View, str]:
    return {
        View.OPEN: _("待办"),
        View.DONE: _("已办"),
        View.STARTED: _("我发起的"),
        View.DRAFTS: _("草稿"),
        View.TODAY: _("今日到期"),
        View.LATE: _("已逾期"),
    }


def _sunday() -> date:
    on = today()
    return on + timedelta(days=6 - on.weekday())
