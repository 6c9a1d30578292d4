"""Door for browsers: the quality office's overview of a term."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app.foundation.clock import today
from app.organisation.due import due_words
from app.quality.monitoring.words import status_words as warning_words
from app.quality.rectification.words import status_words as order_words
from app.reports import queries
from app.reports.rules import Standing
from app.security import current_person_id
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
    found = queries.overview(current_person_id(), term_code=request.args.get("term"), on=today())
    return render_template(
        "reports/overview.html",
        view=found, marks=MARKS, words=standing_words(), steps=_steps(found.late_tasks), bands=_bands(),
        warning_words=warning_words(), order_words=order_words(), due_words=due_words,
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
