"""Doors for browsers: the quality office starts the procedures of a term, layer by layer."""

from math import ceil

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.foundation.db import db, locked, transaction
from app.foundation.errors import Invalid, NotAllowed
from app.organisation import calendar
from app.organisation.models import Layer
from app.quality.cycles import jobs, launching, queries
from app.quality.cycles.models import CohortLaunch, Doubt, LaunchState
from app.security import current_person_id, reach_of
from app.web.i18n import translated as _

blueprint = Blueprint("launches", __name__)

PAGE_SIZE = 50
# Portions that the door itself deals with: a small launch is done before its page shows.
AT_ONCE = 1


@blueprint.get("/")
def listed() -> ResponseReturnValue:
    """List the latest launches, with the form that prepares one."""
    _check_right()
    return _list()


@blueprint.post("/")
def look() -> ResponseReturnValue:
    """Prepare a launch: form fields `term`, `layer`, `scope`. Leads to its preview."""
    person_id = _check_right()
    try:
        with transaction():
            launch_id = launching.look(
                request.form.get("term", ""), request.form.get("layer", ""), scope=request.form.get("scope", ""),
                by=person_id,
            ).id  # fmt: skip
    except Invalid as error:
        return _list(problem=str(error)), 422
    jobs.work_off_launch(launch_id, most=AT_ONCE)
    return redirect(url_for("launches.show", launch_id=launch_id), 303)


@blueprint.get("/<int:launch_id>")
def show(launch_id: int) -> ResponseReturnValue:
    """Show a launch: who would do what, how far it is, what it has started: query `doubt`, `page`."""
    _check_right()
    launch = queries.launch(launch_id)
    figures = queries.figures(launch_id)
    doubt = next((each for each in Doubt if each.value == request.args.get("doubt")), None)
    page = max(request.args.get("page", 1, type=int), 1)
    total = figures.doubts.get(doubt, 0) if doubt else figures.total
    return render_template(
        "cycles/launch.html",
        launch=launch, term=calendar.term(launch.term_code), layer=db.session.get_one(Layer, launch.layer_code),
        scope=queries.scope_name(launch.scope), figures=figures, doubt=doubt, doubt_words=_doubt_words(),
        steps=queries.step_names(launch_id), page=page, pages=ceil(total / PAGE_SIZE), total=total,
        lines=queries.lines(launch_id, doubt=doubt, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE),
        first_act=launching.first_act(launch) if launch.state is LaunchState.DONE else None,
        state_words=_state_words(), under_way=launch.state in jobs.UNDER_WAY,
    )  # fmt: skip


@blueprint.post("/<int:launch_id>/start")
def start(launch_id: int) -> ResponseReturnValue:
    """Start what was looked at."""
    person_id = _check_right()
    with transaction():
        launching.begin(_locked(launch_id), by=person_id)
    jobs.work_off_launch(launch_id, most=AT_ONCE)
    flash(_("已开始启动，任务会随即送达办理人。"), "ok")
    return redirect(url_for("launches.show", launch_id=launch_id), 303)


@blueprint.post("/<int:launch_id>/undo")
def undo(launch_id: int) -> ResponseReturnValue:
    """Take a launch back before anybody has acted."""
    person_id = _check_right()
    with transaction():
        launching.undo(_locked(launch_id), by=person_id)
    jobs.work_off_launch(launch_id, most=AT_ONCE)
    flash(_("正在撤销，已送达的任务会收回并通知办理人。"), "ok")
    return redirect(url_for("launches.show", launch_id=launch_id), 303)


def _locked(launch_id: int) -> CohortLaunch:
    queries.launch(launch_id)
    launch = locked(CohortLaunch, launch_id)
    assert launch is not None
    return launch


def _check_right() -> str:
    """Return who asks. Raises `NotAllowed` for whoever does not start terms."""
    person_id = current_person_id()
    if not reach_of(person_id, "terms.launch"):
        raise NotAllowed(_("学期流程由质管办或质量保证委员会启动。"))
    return person_id


def _list(problem: str = "") -> str:
    return render_template(
        "cycles/launches.html",
        launches=queries.latest(), terms=queries.terms_ahead(), layers=queries.layers(), scopes=queries.scopes(),
        asked=request.form, problem=problem, state_words=_state_words(),
    )  # fmt: skip


def _state_words() -> dict[LaunchState, tuple[str, str]]:
    """Return (words, tone) of each state."""
    return {
        LaunchState.RESOLVING: (_("正在核对办理人"), "do"),
        LaunchState.READY: (_("待启动"), "mid"),
        LaunchState.STARTING: (_("启动中"), "do"),
        LaunchState.DONE: (_("已启动"), "ok"),
        LaunchState.UNDOING: (_("撤销中"), "do"),
        LaunchState.UNDONE: (_("已撤销"), ""),
    }


def _doubt_words() -> dict[Doubt, tuple[str, str, str]]:
    """Return (name, tone, what it means) of each doubt."""
    return {
        Doubt.RUNNING: (_("本学期已启动"), "", _("同一学期、层面、主体只启动一次，本次跳过。")),
        Doubt.SUSPENDED: (_("休学或暂停"), "mid", _("不启动；恢复后自动补上。")),
        Doubt.VACANT: (_("空岗"), "bad", _("有环节按流程图找不到办理人，任务会落到兜底人员。")),
        Doubt.AWAY: (_("请假代办"), "mid", _("办理人今天由他人代办，或已离校。")),
        Doubt.NO_GOALS: (_("尚无目标"), "", _("启动后第一步就是填报目标。")),
    }
