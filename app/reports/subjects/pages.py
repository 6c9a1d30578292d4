"""Doors for browsers: the quality subjects a person may see, and the page of one."""

from math import ceil

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.foundation import audit
from app.foundation.clock import now, today
from app.foundation.db import transaction
from app.foundation.errors import NotFound
from app.organisation import calendar
from app.organisation.due import due_words
from app.quality.assessment import queries as assessments
from app.quality.monitoring.words import status_words as warning_words
from app.quality.rectification.words import status_words as order_words
from app.reports.pages import MARKS, standing_words
from app.reports.rules import standing
from app.reports.subjects import queries, spiral
from app.security import current_person_id
from app.web.i18n import translated as _

blueprint = Blueprint("subjects", __name__)


@blueprint.get("/")
def listed() -> ResponseReturnValue:
    """List the subjects whose diagnoses the reader may see: query `layer`, `q`, `page`."""
    person_id = current_person_id()
    layer, text = request.args.get("layer", ""), request.args.get("q", "").strip()
    page = max(request.args.get("page", 1, type=int), 1)
    rows, total = queries.listed(person_id, layer=layer, text=text, page=page)
    if total == 1 and not (layer or text):
        return redirect(url_for("subjects.show", code=rows[0][0].code))  # whoever has only himself need not choose
    return render_template(
        "reports/subjects.html",
        rows=rows, total=total, page=page, pages=ceil(total / queries.PAGE_SIZE), layer=layer, text=text,
        layers=queries.layers_seen(person_id),
    )  # fmt: skip


@blueprint.get("/<code>")
def show(code: str) -> ResponseReturnValue:
    """Show a subject: spiral, indicators, windows, warnings, measures, assessments, orders: query `term`."""
    person_id = current_person_id()
    term = calendar.term(request.args["term"]) if request.args.get("term") else calendar.term_on(today())
    if term is None:
        raise NotFound(_("校历里没有当前学期。"))
    found = queries.view(person_id, code, term=term)
    page = render_template(
        "reports/subject.html",
        view=found, stations=(spiral.STATIC, spiral.DYNAMIC), counts=spiral.counts(found.facts),
        states=spiral.states(found.facts), here=spiral.present(found.facts), curves=spiral.curves(),
        crossing=spiral.CROSSING, anchors=ANCHORS, is_out=assessments.is_out, warning_words=warning_words(),
        order_words=order_words(), standing=_standing, marks=MARKS, standing_words=standing_words(), due_words=due_words,
    )  # fmt: skip
    # After the page is drawn: the trace is a transaction, and what was read before one is read again after it.
    _leave_a_trace(found, person_id)
    return page


# The part of the page that lists what a station counts.
ANCHORS = {
    "goals": "goals", "standards": "standards", "plan": "goals", "organise": "team", "carry_out": "windows",
    "diagnosis": "windows", "assessment": "assessments", "learning": "measures", "improvement": "measures",
    "monitoring": "indicators", "warnings": "warnings", "adjustment": "measures",
}  # fmt: skip


def _standing(line: queries.WindowLine) -> object:
    record = line.record
    return standing(
        skipped=line.window.skipped, record=record.status.value if record else None,
        due_at=record.due_at if record else None, now=now(),
    )  # fmt: skip


def _leave_a_trace(found: queries.View, person_id: str) -> None:
    """Write down who else read somebody's sensitive points (I-14)."""
    if found.subject.ref_type != "PERSON" or person_id == found.subject.responsible_id:
        return
    if queries.has_sensitive(found):
        code = found.subject.code
        with transaction():
            audit.record("subject.read_sensitive", f"subject:{code}", person_id=person_id, subject=code)
