"""Door for browsers: the quality office's overview of a term."""

from math import ceil

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app.foundation.clock import now, today
from app.foundation.errors import NotFound
from app.organisation import calendar
from app.organisation.due import due_words
from app.quality.monitoring.words import status_words as warning_words
from app.quality.rectification.words import status_words as order_words
from app.reports import board, queries
from app.reports.rules import Standing
from app.security import current_person_id, reach_of
from app.web.i18n import translated as _

blueprint = Blueprint("overview", __name__)

# The mark of each state in the grid: never colour alone.
MARKS = {
    Standing.ON_TIME: "✓",
    Standing.LATE: "◐",
    Standing.MISSED: "✕",
    Standing.OVERDUE: "!",
    Standing.WAITING: "○",
    Standing.EXCUSED: "免",
    Standing.SKIPPED: "–",
    Standing.NONE: "",
}


@blueprint.get("/")
def show() -> ResponseReturnValue:
    """Show units by teaching weeks, warnings, orders and the next meeting: query `term`."""
    person_id = current_person_id()
    found = queries.overview(person_id, term_code=request.args.get("term"), on=today())
    return render_template(
        "reports/overview.html",
        view=found, board=board.board(found.term, reach=reach_of(person_id, "diagnosis.read"), on=now()),
        may_launch=bool(reach_of(person_id, "terms.launch")), marks=MARKS, words=standing_words(), steps=_steps(found.late_tasks), bands=_bands(),
        warning_words=warning_words(), order_words=order_words(), due_words=due_words,
    )  # fmt: skip


@blueprint.get("/layers/<code>")
def show_layer(code: str) -> ResponseReturnValue:
    """Show a layer in one window by units, or the subjects of a unit: query `term`, `window`, `unit`, `page`."""
    reach = reach_of(current_person_id(), "diagnosis.read")
    layer = board.layer(code)
    term = calendar.term(request.args["term"]) if request.args.get("term") else calendar.term_on(today())
    windows = board.windows_of(layer, term) if term else []
    if not windows or not reach:
        raise NotFound(_("这个层面在本学期还没有开放的窗口，或者不在您的职责范围内。"))
    number = request.args.get("window", type=int)
    window = next((each for each in windows if each.no == number), windows[-1])
    unit, page = request.args.get("unit", ""), max(request.args.get("page", 1, type=int), 1)
    lines, total = board.by_subject(layer, window, unit=unit, reach=reach, page=page) if unit else ([], 0)
    return render_template(
        "reports/layer.html",
        layer=layer, term=term, windows=windows, window=window, units=board.by_unit(layer, window, reach=reach),
        unit=unit, lines=lines, total=total, page=page, pages=ceil(total / board.PAGE_SIZE), marks=MARKS,
        words=standing_words(), due_words=due_words,
    )  # fmt: skip


def standing_words() -> dict[Standing, str]:
    """Return what each state of the grid is called."""
    return {
        Standing.ON_TIME: _("按时提交"),
        Standing.LATE: _("逾期提交"),
        Standing.MISSED: _("缺失"),
        Standing.OVERDUE: _("逾期未交"),
        Standing.WAITING: _("待办，未到期"),
        Standing.EXCUSED: _("免于提交"),
        Standing.SKIPPED: _("没有工作日，跳过"),
        Standing.NONE: _("未开窗口"),
    }


def _bands() -> dict[str, tuple[str, str]]:
    """Return (words, fill) of the ledger's bands of age, youngest first."""
    return {
        "ON_TIME": (_("未到期"), "done"),
        "LATE_3": (_("逾期3日内"), "late"),
        "LATE_5": (_("逾期4—5日"), "late"),
        "LATE_10": (_("逾期6—10日"), "missing"),
        "LATE_MORE": (_("逾期超10日"), "missing"),
        "IN_REVIEW": (_("审核或复核中"), "wait"),
        "REFERRED": (_("已转专题会"), "referred"),
    }


def _steps(late: queries.LateTasks) -> list[tuple[str, int]]:
    """Return how many overdue tasks reached which step, highest first."""
    told = {
        0: _("刚逾期"),
        1: _("已催办本人"),
        3: _("已报上级"),
        5: _("已报部门和质管办"),
        10: _("已报分管领导"),
    }
    return [
        (told.get(step, _("逾期%(n)s日已催办", n=step)), late.by_step[step])
        for step in sorted(late.by_step, reverse=True)
    ]
