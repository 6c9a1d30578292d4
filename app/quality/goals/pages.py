"""Doors for browsers: the chain of goals, one's own goals, Table 1 and its way back in."""

import math
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from app.foundation.clock import today
from app.foundation.db import db, transaction
from app.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from app.organisation import calendar
from app.organisation import queries as organisation
from app.organisation.models import Subject, SubjectState
from app.quality.goals import chain, imports, rules, service, table
from app.quality.goals.models import Goal
from app.security import current_person_id, reach_of
from app.web.i18n import translated as _

blueprint = Blueprint("goals", __name__)

WHOLE_COLLEGE = "college"


@blueprint.get("/")
def listed() -> ResponseReturnValue:
    """Show the chain of goals in reach: query `plan`, `level`, `page`."""
    plan, level = request.args.get("plan", ""), request.args.get("level", "")
    level = level if level in rules.LEVELS else ""
    found = chain.chain_of(
        current_person_id(), year=_year(), plan=plan, level=level, page=request.args.get("page", 1, type=int)
    )
    return render_template(
        "goals/chain.html",
        view=found, plan=plan, level=level, plans=chain.plans(), year=_year(), level_names=level_names(),
        status_words=status_words(), tables=_tables(),
    )  # fmt: skip


@blueprint.get("/mine")
def mine() -> ResponseReturnValue:
    """Show the goals the reader answers for, with their progress, milestones and what they rest on."""
    return _mine()


@blueprint.get("/<code>")
def show(code: str) -> ResponseReturnValue:
    """Show one goal between the goals above and those it is broken down into."""
    return _goal(code)


@blueprint.post("/<code>/progress")
def report(code: str) -> ResponseReturnValue:
    """Report what this year has brought: form field `actual`; query `on` says which page to go back to."""
    person_id = current_person_id()
    try:
        with transaction():
            percent = service.report_actual(
                _mine_to_report(code, person_id), year=_year(), actual=_number(request.form.get("actual", "")), by=person_id
            )
    except Invalid as error:
        return _again(code, error), 422
    except Conflict as error:
        return _again(code, Invalid(str(error), {"actual": str(error)})), 409
    flash(_("进度已更新为 %(n)s%%。", n=f"{percent:g}"), "ok")
    return _back(code)


@blueprint.post("/<code>/milestones")
def plan_milestones(code: str) -> ResponseReturnValue:
    """Tick and add milestones of this year: form fields `done` (positions), `text` and `due` of a new one."""
    person_id = current_person_id()
    try:
        with transaction():
            goal = _mine_to_report(code, person_id)
            year = next((each for each in goal.years if each.year == _year()), None)
            done = set(request.form.getlist("done"))
            kept = [{**each, "done": str(number) in done} for number, each in enumerate(year.milestones if year else [])]
            service.set_milestones(goal, year=_year(), milestones=kept + _new_milestone(), by=person_id)
    except Invalid as error:
        return _again(code, error), 422
    flash(_("里程碑已保存。"), "ok")
    return _back(code)


@blueprint.get("/table")
def choose_table() -> ResponseReturnValue:
    """Go to the table of the chosen unit: query `key`."""
    return redirect(url_for("goals.show_table", key=request.args.get("key") or WHOLE_COLLEGE))


@blueprint.get("/table/<key>")
def show_table(key: str) -> ResponseReturnValue:
    """Show Table 1 of a subject, or of all units in reach (`college`)."""
    return _table(key)


@blueprint.post("/table/<key>/import")
def import_table(key: str) -> ResponseReturnValue:
    """Take a workbook in the layout of Table 1: form file `file`; all of it, or the cells at fault."""
    person_id = current_person_id()
    _subjects(key)
    edits = reach_of(person_id, "goals.edit")
    given = request.files.get("file")
    if not edits:
        raise NotAllowed(_("目标由各质量主体自己填报。"))
    try:
        if given is None or not given.filename:
            raise Invalid(_("请选择要导入的 Excel 文件。"), {"file": _("请选择要导入的 Excel 文件。")})
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "table.xlsx"
            given.save(path)
            with transaction():
                done = imports.import_table(path, by=person_id, may_edit=edits.covers)
    except Invalid as error:
        return _table(key, refused=error), 422
    flash(
        _("已导入：新增%(a)s项、修改%(b)s项；须在填报任务中提交并确认后生效。", a=sum(done.added.values()), b=sum(done.changed.values()))
        if done.count else _("表中内容和系统里的一致，没有改动。"), "ok",
    )  # fmt: skip
    return redirect(url_for("goals.show_table", key=key), 303)


def level_names() -> dict[str, str]:
    """Return what each level of the chain is called."""
    return {
        "OFFICE": _("学院（处室）"), "DEPARTMENT": _("系部"), "PROGRAMME": _("专业"), "COURSE": _("课程"),
        "TEACHER": _("教师"), "STUDENT": _("学生"),
    }  # fmt: skip


def status_words() -> dict[str, tuple[str, str]]:
    """Return (words, tone) of each state of a goal."""
    return {"SUBMITTED": (_("待确认"), "mid"), "ACTIVE": (_("执行中"), "ok"), "CLOSED": (_("已停用"), "")}


def _year() -> int:
    """Return the plan year that the present term's procedures report on."""
    term = calendar.term_on(today())
    return calendar.plan_years(term)[0] if term else today().year


def _units() -> list[Subject]:
    """Return the units in reach whose table may be opened."""
    reach = reach_of(current_person_id(), "goals.view", reading=True)
    return list(
        db.session.scalars(
            select(Subject)
            .where(reach.condition(Subject.code), Subject.layer_code == "COLLEGE", Subject.state == SubjectState.ACTIVE)
            .order_by(Subject.code)
        )
    )


def _tables() -> str:
    """Return the key of the widest table the reader may open, or nothing."""
    units = _units()
    return WHOLE_COLLEGE if len(units) > 1 else units[0].code if units else ""


def _subjects(key: str) -> list[Subject]:
    """Return whose table a key opens. Raises `NotFound` for what is absent or not for the reader."""
    if key == WHOLE_COLLEGE:
        if found := _units():
            return found
    elif reach_of(current_person_id(), "goals.view", reading=True).covers(key):
        return [organisation.subject(key)]
    raise NotFound(_("没有这张分解表，或者您无权查看。"))


def _table(key: str, refused: Invalid | None = None) -> str:
    subjects, years = _subjects(key), table.plan_years()
    codes = [each.code for each in subjects if each.ref_type != "PERSON"]
    edits = reach_of(current_person_id(), "goals.edit").condition(Subject.code)
    own = set(db.session.scalars(select(Subject.code).where(Subject.code.in_(codes), edits)))
    return render_template(
        "goals/table.html",
        key=key, title=table.TITLE, about=_("全部部门") if key == WHOLE_COLLEGE else subjects[0].name_zh,
        headings=table.headings(years), years=years, rows=table.rows(subjects, years), note=table.TYPES_EXPLAINED,
        may_import=bool(own - imports.handed_in(own)),
        edits=bool(own), refused=refused, units=_units(), whole=WHOLE_COLLEGE,
        subject=subjects[0] if key != WHOLE_COLLEGE else None,
    )  # fmt: skip


def _mine(code: str = "", problems: dict[str, str] | None = None, typed: dict[str, str] | None = None) -> str:
    person_id = current_person_id()
    return render_template(
        "goals/mine.html",
        cards=chain.cards(chain.own_goals(person_id), person_id, year=_year()), year=_year(), code=code,
        problems=problems or {}, typed=typed or {}, status_words=status_words(),
    )  # fmt: skip


def _goal(code: str, problems: dict[str, str] | None = None, typed: dict[str, str] | None = None) -> str:
    person_id = current_person_id()
    found = chain.visible_goal(person_id, code)
    return render_template(
        "goals/goal.html",
        card=chain.cards([found], person_id, year=_year())[0], year=_year(), code=code,
        problems=problems or {}, typed=typed or {}, status_words=status_words(),
    )  # fmt: skip


def _again(code: str, error: Invalid) -> str:
    """Show the page the form stood on, with what was typed and what is wrong with it."""
    problems = error.problems or {"actual": str(error)}
    shown = _mine if request.args.get("on") == "mine" else _goal
    return shown(code, problems=problems, typed=request.form.to_dict())


def _back(code: str) -> ResponseReturnValue:
    address = url_for("goals.mine") if request.args.get("on") == "mine" else url_for("goals.show", code=code)
    return redirect(f"{address}#{code}", 303)


def _mine_to_report(code: str, person_id: str) -> Goal:
    """Return the goal. Raises `NotFound` when it is not visible, `NotAllowed` when it is only visible."""
    goal = chain.visible_goal(person_id, code)
    if not chain.may_report(person_id, goal):
        raise NotAllowed(_("这项目标的进度由具体负责人或质量主体负责人填报。"))
    return goal


def _number(text: str) -> float:
    try:
        value = float(text.strip())
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or abs(value) > 1e12:
        raise Invalid(_("进度没有保存。"), {"actual": _("请填写数字。")})
    return value


def _new_milestone() -> list[dict[str, Any]]:
    text, due = request.form.get("text", "").strip(), request.form.get("due", "").strip()
    if not text and not due:
        return []
    try:
        date.fromisoformat(due)
    except ValueError:
        raise Invalid(_("里程碑没有保存。"), {"milestone": _("请写明里程碑和日期。")}) from None
    return [{"text": text[:60], "due": due, "done": False}]
