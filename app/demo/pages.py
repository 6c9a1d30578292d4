"""The demo's own doors: moving its clock. In a real college's database there is nothing here."""

from collections.abc import Callable

from flask import Blueprint, current_app, flash, redirect, request
from flask.typing import ResponseReturnValue

from app.demo import clock as demo_clock
from app.foundation.clock import now
from app.foundation.errors import Invalid, NotFound
from app.security import rules
from app.web import formatting
from app.web.i18n import translated as _

blueprint = Blueprint("demo", __name__)


@blueprint.post("/clock")
def move_clock() -> ResponseReturnValue:
    """Move the clock `to` the next day, deadline or week; what is due on the way happens then."""
    if not current_app.config.get("DEMO"):
        raise NotFound(_("没有这个地址。"))
    try:
        target = demo_clock.target(request.form.get("to", ""))
    except Invalid as error:
        flash(str(error), "problem")
        return redirect(_page_before(), 303)
    work: Callable[[], int] = current_app.extensions["work_off_everything"]
    done = demo_clock.advance_to(target, work=work)
    flash(_("时钟拨到%(at)s，办理了%(n)s件到期的事。", at=formatting.moment(now()), n=done), "ok")
    return redirect(_page_before(), 303)


def _page_before() -> str:
    """Return the path of the page the button was on."""
    own = request.host_url.rstrip("/")
    before = request.referrer or ""
    return rules.safe_next(before.removeprefix(own)) if before.startswith(f"{own}/") else "/"
