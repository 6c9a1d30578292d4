"""Door for browsers: the organisation chain, for everybody."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.reports import chain
from app.security import current_person_id

blueprint = Blueprint("organisation", __name__)


@blueprint.get("/")
def show() -> ResponseReturnValue:
    """Show who decides and assesses, and the five systems by the five layers."""
    current_person_id()
    return render_template("reports/organisation.html", chain=chain.chain())
