"""Doors for browsers: what the quality office assessed by programme; an assessment outside the plan."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.foundation.clock import today
from app.foundation.db import transaction
from app.foundation.errors import NotAllowed, NotFound
from app.organisation import calendar
from app.organisation import queries as organisation
from app.organisation.calendar import Term
from app.quality.assessment import batches, queries, service
from app.quality.assessment.words import status_words
from app.security import current_person_id
from app.web.i18n import translated as _

blueprint = Blueprint("assessment", __name__)


@blueprint.post("/")
def start_extra() -> ResponseReturnValue:
    """Begin an assessment of a unit: form field `subject`. Leads to its procedure."""
    person_id = current_person_id()
    if not queries.may_start_extra(person_id):
        raise NotAllowed(_("临时考核由质管办发起。"))
    with transaction():
        instance = service.start_extra(request.form.get("subject", ""), by=person_id)
        instance_id = instance.id
        name = organisation.subject(request.form["subject"]).name_zh
    flash(_("已发起%(name)s的临时考核，下一步由考核组织者安排日期和考核人员。", name=name), "ok")
    return redirect(url_for("procedures.show", instance_id=instance_id), 303)


@blueprint.get("/programmes/")
def programmes() -> ResponseReturnValue:
    """List the programmes the reader may look at with what was assessed of them: query `term`."""
    term = _term()
    return render_template(
        "assessment/programmes.html",
        lines=batches.listed(current_person_id(), term.code), term=term, terms=calendar.terms_until(today()),
    )  # fmt: skip


@blueprint.get("/programmes/<code>")
def programme(code: str) -> ResponseReturnValue:
    """Show what the quality office assessed of a programme: query `term`."""
    term = _term()
    return render_template(
        "assessment/programme.html",
        batch=batches.batch(current_person_id(), code, term.code), term=term, terms=calendar.terms_until(today()),
        layers=batches.LAYERS, words=status_words(),
    )  # fmt: skip


def _term() -> Term:
    """Return the term that is asked for, or the present one. Raises `NotFound`."""
    code = request.args.get("term")
    found = calendar.term(code) if code else calendar.term_on(today())
    if found is None:
        raise NotFound(_("校历里没有当前学期。"))
    return found
