"""Doors that belong to no room: the language switch and the health check."""

from urllib.parse import urlsplit

from flask import Blueprint, current_app, redirect, request, session
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from app.foundation.errors import NotFound
from app.web.i18n import BABEL_NAMES

blueprint = Blueprint("web", __name__)


@blueprint.post("/locale/<code>")
def switch_locale(code: str) -> ResponseReturnValue:
    """Remember the language and go back to the page the reader was on."""
    if code not in BABEL_NAMES:
        raise NotFound(f"没有这种语言：{code}。")
    session["locale"] = code
    return redirect(_page_before(), 303)


@blueprint.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Answer that this process takes requests; it asks nothing of the database."""
    return {"status": "ok"}


def _page_before() -> str:
    """Return the path of the referring page, when it is one of ours."""
    before = urlsplit(request.referrer or "")
    if before.netloc != request.host or before.path.startswith("//") or not _can_be_shown(before.path):
        return "/"
    return (before.path or "/") + (f"?{before.query}" if before.query else "")


def _can_be_shown(path: str) -> bool:
    """Say whether a path answers to GET: the page before may have been the refusal of something sent."""
    try:
        current_app.create_url_adapter(request).match(path or "/", method="GET")  # type: ignore[union-attr]
    except HTTPException:
        return False
    return True
