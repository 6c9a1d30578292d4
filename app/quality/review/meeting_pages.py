"""Doors for browsers: the special meetings, and one with its agenda, resolutions and their tasks."""

from math import ceil

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app.quality.rectification.rules import CONCLUSIONS
from app.quality.review import meetings, rules
from app.quality.review.words import meeting_words, resolution_words
from app.security import current_person_id

blueprint = Blueprint("meetings", __name__)


@blueprint.get("/")
def listed() -> ResponseReturnValue:
    """List the special meetings the reader may see, those to come first: query `page`."""
    page = max(request.args.get("page", 1, type=int), 1)
    lines, total = meetings.listed(current_person_id(), page=page)
    return render_template(
        "review/meetings.html",
        lines=lines, total=total, page=page, pages=ceil(total / meetings.PAGE_SIZE), words=meeting_words(),
    )  # fmt: skip


@blueprint.get("/<int:meeting_id>")
def show(meeting_id: int) -> ResponseReturnValue:
    """Show a meeting; to somebody who only has a task from it, that resolution and where it comes from."""
    return render_template(
        "review/meeting.html",
        view=meetings.view_of(current_person_id(), meeting_id),
        words=meeting_words(), states=resolution_words(), conclusions=CONCLUSIONS,
        categories=rules.CATEGORIES, severities=rules.SEVERITIES,
    )  # fmt: skip
