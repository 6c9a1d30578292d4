"""The built-in mail view: a person's mails, in a demo everybody's, and the queue for its keeper."""

from math import ceil
from typing import Any

from flask import Blueprint, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.foundation.errors import NotAllowed
from app.notifications import queries
from app.notifications.kinds import KINDS
from app.notifications.queries import Wanted
from app.notifications.reading import preview, reading
from app.security import current_person_id
from app.web.formatting import is_english
from app.web.i18n import translated as _

blueprint = Blueprint("notifications", __name__)


@blueprint.get("/")
def listed() -> ResponseReturnValue:
    """List the mails the reader may read, newest first."""
    person_id, everybody = current_person_id(), queries.sees_everybody()
    wanted = _wanted(whose=request.args.get("whose", "all") if everybody else "mine")
    page = _page()
    mails, total = queries.found_mails(person_id, wanted, page=page)
    return render_template(
        "notifications/list.html", mails=mails, total=total, page=page, pages=ceil(total / queries.PAGE_SIZE),
        wanted=wanted, everybody=everybody, kinds=_kinds(), preview=preview,
        people=queries.people_with_mails() if everybody else [], sees_queue=queries.sees_queue(person_id),
        pager_url=_pager_url("notifications.listed", wanted),
    )  # fmt: skip


@blueprint.get("/<int:mail_id>")
def show(mail_id: int) -> ResponseReturnValue:
    """Show one mail as a mail program would."""
    mail = queries.readable_mail(mail_id, current_person_id())
    return render_template(
        "notifications/mail.html", mail=mail, kinds=_kinds(), sender=current_app.config["MAIL_SENDER"],
        reading=reading(mail.body, base_url=current_app.config["BASE_URL"]),
    )  # fmt: skip


@blueprint.get("/queue")
def queue() -> ResponseReturnValue:
    """Show the keeper of the queue which mails wait, left or fail, without what they say."""
    if not queries.sees_queue(current_person_id()):
        raise NotAllowed(_("发送队列只有系统管理员能看。"))
    wanted, page = _wanted(whose="all"), _page()
    mails, total = queries.queue(wanted, page=page)
    return render_template(
        "notifications/queue.html", mails=mails, total=total, page=page, pages=ceil(total / queries.PAGE_SIZE),
        wanted=wanted, kinds=_kinds(), counts=queries.counts(), server=current_app.config["MAIL_SERVER"],
        pager_url=_pager_url("notifications.queue", wanted),
    )  # fmt: skip


def _wanted(*, whose: str) -> Wanted:
    return Wanted(
        whose=whose,
        state=request.args.get("state", "").upper(),
        kind=request.args.get("kind", ""),
        person=request.args.get("person", ""),
        text=request.args.get("q", "").strip()[:80],
    )


def _page() -> int:
    return max(request.args.get("page", 1, type=int), 1)


def _kinds() -> dict[str, str]:
    return {code: kind.english if is_english() else kind.chinese for code, kind in KINDS.items()}


def _pager_url(endpoint: str, wanted: Wanted) -> str:
    given: dict[str, Any] = {
        "whose": wanted.whose, "state": wanted.state.lower(), "kind": wanted.kind, "person": wanted.person,
        "q": wanted.text,
    }  # fmt: skip
    address = url_for(endpoint, **{name: value for name, value in given.items() if value})
    return f"{address}{'&' if '?' in address else '?'}page={{page}}"
