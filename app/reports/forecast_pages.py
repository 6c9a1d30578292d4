"""Door for browsers: what the next fourteen days bring, for oneself and for the college."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app.foundation.clock import today
from app.notifications.kinds import KINDS
from app.organisation import queries as organisation
from app.reports import forecast
from app.security import current_person_id, reach_of
from app.web.formatting import is_english

blueprint = Blueprint("forecast", __name__)


@blueprint.get("/")
def show() -> ResponseReturnValue:
    """Show the reader's own next fourteen days, or with `whose=college` four weeks of what he reaches, by day."""
    person_id = current_person_id()
    reach = reach_of(person_id, "diagnosis.read")
    sees_more = any(area.person is None for area in reach.areas)
    of_college = sees_more and request.args.get("whose") == "college"
    mine = [] if of_college else forecast.of_person(person_id)
    return render_template(
        "reports/forecast.html",
        of_college=of_college, sees_more=sees_more, mine=mine, days=forecast.of_college(reach) if of_college else [],
        today=today(), mail_names={kind: names.english if is_english() else names.chinese for kind, names in KINDS.items()},
        people=organisation.people(sorted({person for each in mine for person in each.people})),
    )  # fmt: skip
