"""Doors for browsers: an order's own page, with the evidence from the finding to the close; the calendar of visits."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app.foundation.clock import today
from app.organisation import calendar
from app.organisation import queries as organisation
from app.organisation.due import due_words
from app.quality.rectification import queries as rectification
from app.quality.rectification.models import RectificationOrder
from app.quality.rectification.rules import CONCLUSIONS, RESULTS
from app.quality.rectification.words import status_words
from app.quality.review import queries, rules, visits
from app.quality.review.story import Chapter, story_of
from app.security import current_person_id, reach_of

blueprint = Blueprint("review", __name__)


@blueprint.get("/<no>")
def order_page(no: str) -> ResponseReturnValue:
    """Show an order with all that led to it and all that followed."""
    person_id = current_person_id()
    order = rectification.visible_order(person_id, no)
    story = story_of(order)
    held = {part.row.meeting_id for part in story.parts if part.chapter is Chapter.ITEM and part.row.meeting_id}
    return render_template(
        "review/order.html",
        story=story,
        meetings=queries.listed_among(person_id, held),
        assessed=_assessed(order, person_id),
        order=order,
        late_workdays=rectification.late_workdays(order),
        age_workdays=rectification.age_workdays(order),
        awaits=order.status in rectification.AWAITING_SUBMISSION,
        due=due_words(order.due_at),
        explanation=calendar.explain(order.due_rule),
        may_open_files=_may_open_files(order, person_id),
        may_extend=_may_extend(order, person_id),
        status_words=status_words(),
        conclusions=CONCLUSIONS, results=RESULTS, categories=rules.CATEGORIES, severities=rules.SEVERITIES,
    )  # fmt: skip


@blueprint.get("/verifications")
def verifications() -> ResponseReturnValue:
    """Show the month's on-site verifications: query `month` (2026-10), `mine` (1: only one's own)."""
    person_id, on = current_person_id(), today()
    mine = request.args.get("mine") == "1"
    return render_template(
        "review/verifications.html",
        month=visits.month(person_id, visits.month_of(request.args.get("month", ""), on=on), mine=mine),
        mine=mine, on=on, unappointed=visits.unappointed(person_id), conclusions=CONCLUSIONS,
    )  # fmt: skip


def _assessed(order: RectificationOrder, person_id: str) -> str:
    """Return with whom a common finding was found, for those who may read it (I-14)."""
    code = order.finding.assessment.subject_code
    if not order.finding.common or not reach_of(person_id, "diagnosis.read").covers(code):
        return ""
    return organisation.subject(code).name_zh


def _may_open_files(order: RectificationOrder, person_id: str) -> bool:
    """Files go to whoever sees the task they came with: by reach, or as the one who did it."""
    return order.responsible_id == person_id or reach_of(person_id, "diagnosis.read").covers(order.subject_code)


def _may_extend(order: RectificationOrder, person_id: str) -> bool:
    return (
        order.responsible_id == person_id
        and order.status in rectification.AWAITING_SUBMISSION
        and rectification.late_workdays(order) is None
        and rectification.extension_of(order.no) is None
    )
