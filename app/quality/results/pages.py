"""Door for browsers: reports, published results, one's own result, proposals of reward and penalty."""

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.foundation.clock import today
from app.foundation.db import transaction
from app.foundation.errors import Invalid, NotAllowed
from app.organisation import calendar
from app.organisation.models import PersonKind
from app.quality.rectification.words import status_words as order_words
from app.quality.results import queries, rules, service
from app.quality.results.models import CollegeReport, ReportKind, ReportState
from app.quality.results.words import group_words, kind_words, layer_words, link_words, state_words
from app.security import current_person, current_person_id
from app.web.i18n import translated as _

blueprint = Blueprint("results", __name__)


@blueprint.get("/")
def listed() -> ResponseReturnValue:
    """List the reports the reader may see; a student has only his own result."""
    person = current_person()
    if person.kind is PersonKind.STUDENT:
        return redirect(url_for("results.mine"))
    return render_template(
        "results/list.html",
        reports=queries.listed(person), kinds=kind_words(), states=state_words(), startable=_startable(person.id),
        has_own=queries.has_own_result(person.id), sees_links=queries.sees_links(person.id),
    )  # fmt: skip


@blueprint.post("/")
def start() -> ResponseReturnValue:
    """Begin a report of the present term by hand: form field `kind`. Leads to the report."""
    person_id = current_person_id()
    if not queries.prepares(person_id):
        raise NotAllowed(_("诊断与改进报告由质管办编制。"))
    kind = request.form.get("kind", "")
    term = calendar.term_on(today())
    if kind not in set(ReportKind) or term is None:
        raise Invalid(_("请选择半年报告或年度报告。"))
    with transaction():
        report_id = service.start_report(ReportKind(kind), term.code, by=person_id).id
    flash(_("数据已汇总，起草任务已送质管办专员。"), "ok")
    return redirect(url_for("results.show", report_id=report_id), 303)


@blueprint.get("/<int:report_id>")
def show(report_id: int) -> ResponseReturnValue:
    """Show a report with its figures, chapters and the results that were published with it."""
    person = current_person()
    row = queries.visible_report(person, report_id)
    grades: dict[str, list] = {}
    for each in queries.published_grades(row):
        grades.setdefault(each.layer_code, []).append(each)
    named, others = rules.told(row.figures["unresolved"])
    return render_template(
        "results/report.html",
        report=row, chapters=_chapters(row), grades=grades, unresolved=named, others=rules.few(others) if others else "",
        is_draft=row.state is not ReportState.PUBLISHED,
        remarks=queries.remarks_of(row) if queries.sees_drafts(person.id) else [],
        answers=queries.answers_of(row) if row.state is not ReportState.PUBLISHED else 0,
        kinds=kind_words(), states=state_words(), layers=layer_words(), groups=group_words(), rules=rules,
        summary=row.summary or rules.first_summary(row.figures), day_of=date.fromisoformat,
    )  # fmt: skip


@blueprint.get("/mine")
def mine() -> ResponseReturnValue:
    """Show the reader's own published results, with what was found and is to be put right."""
    return render_template("results/mine.html", results=queries.own_results(current_person_id()), order_words=order_words())


@blueprint.get("/appraisal")
def appraisal() -> ResponseReturnValue:
    """Show the proposals of reward and penalty and what became of each."""
    return render_template("results/appraisal.html", lines=queries.link_lines(current_person_id()), words=link_words())


def _chapters(row: CollegeReport) -> list[tuple[str, str, dict[str, rules.Shown], int | None, str]]:
    """Return (layer, text, groups, share on time, subjects) of each chapter."""
    found = []
    for layer in rules.LAYERS:
        figures = row.figures["layers"].get(layer, {})
        found.append(
            (
                layer, row.chapters.get(layer) or rules.chapter(figures, layer), rules.shown_layer(figures, layer),
                rules.on_time_percent(figures, layer), rules.number_of_subjects(figures, layer),
            )
        )  # fmt: skip
    return found


def _startable(person_id: str) -> list[ReportKind]:
    """Return what the reader may begin now: what is due in the present term and not begun."""
    term = calendar.term_on(today())
    if term is None or not queries.prepares(person_id):
        return []
    due = (ReportKind(kind) for kind in rules.kinds_due(calendar.term_number(term.code)))
    return [kind for kind in due if queries.report_of(kind, term.code) is None]
