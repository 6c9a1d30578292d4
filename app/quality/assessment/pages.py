"""Door for browsers: the quality office begins an assessment outside the plan."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.foundation.db import transaction
from app.foundation.errors import NotAllowed
from app.organisation import queries as organisation
from app.quality.assessment import queries, service
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
