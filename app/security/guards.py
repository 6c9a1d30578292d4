"""In front of every page: a signed-in person, or the way to the sign-in page.

A session holds the person's id, the account's generation and the second at
which it ends. The machine's own clock counts here: a demo college that moves a
week ahead must not throw everybody out.
"""

import time
from datetime import timedelta

from flask import Flask, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import bindparam, select

from app.foundation.db import db
from app.foundation.errors import AppError
from app.organisation.models import Person
from app.security.models import Account
from app.web.errors import wants_json
from app.web.i18n import translated as _

OPEN_TO_ALL = {"security.show_login", "security.sign_in", "web.healthz", "web.switch_locale", "static"}
_SIGNED_IN = (
    select(Account.generation, Account.must_change, Person)
    .join(Person)
    .where(Account.person_id == bindparam("person"), Person.active)
)
WITH_OLD_PASSWORD = {"security.show_password", "security.change_password", "security.sign_out", "web.switch_locale"}


class NotSignedIn(AppError):
    """Nobody is signed in, or the session has ended."""

    code = "not_signed_in"
    http_status = 401


def guard_pages(app: Flask) -> None:
    """Let only signed-in people past, everywhere but at the open doors."""
    hours = app.config.get("SESSION_HOURS", 12)
    # The cookie itself goes with the browser's window; how old it may be is checked here.
    app.config["PERMANENT_SESSION_LIFETIME"] = timedelta(hours=hours)
    app.before_request(_guard)


def begin_session(account: Account, *, hours: float) -> None:
    """Start a session of its own: whatever was in the cookie before is forgotten, save the language."""
    locale = session.get("locale")
    session.clear()
    session["person"], session["generation"] = account.person_id, account.generation
    session["until"] = int(time.time() + hours * 3600)
    if locale:
        session["locale"] = locale


def current_person() -> Person:
    """Return who is signed in. Raises `NotSignedIn`."""
    person: Person | None = g.get("person")
    if person is None:
        raise NotSignedIn(_("您还没有登录，或登录已经过期。"))
    return person


def current_person_id() -> str:
    """Return the id of who is signed in. Raises `NotSignedIn`."""
    return current_person().id


def _guard() -> ResponseReturnValue | None:
    g.person = g.account = None
    if request.endpoint in {"web.healthz", "static"}:
        return None
    if "person" in session:
        _recognise()
    if g.person is None:
        return None if request.endpoint in OPEN_TO_ALL else _to_the_gate()
    if g.account.must_change and request.endpoint not in WITH_OLD_PASSWORD:
        return redirect(url_for("security.show_password"))
    return None


def _recognise() -> None:
    """Set `g.person` and `g.account` (what the guard asks of it), unless the session is over or the person has left."""
    row = db.session.execute(_SIGNED_IN, {"person": session["person"]}).one_or_none()
    if row is None or row.generation != session.get("generation") or time.time() > session.get("until", 0):
        for name in ("person", "generation", "until"):
            session.pop(name, None)
        return
    g.account, g.person = row, row.Person


def _to_the_gate() -> ResponseReturnValue:
    if wants_json():
        raise NotSignedIn(_("您还没有登录，或登录已经过期。"))
    wanted = request.full_path.rstrip("?") if request.method == "GET" else "/"
    return redirect(url_for("security.show_login", next=None if wanted == "/" else wanted))
