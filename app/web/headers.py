"""Security headers of every answer."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import Flask, Response, g, request

P = ParamSpec("P")
R = TypeVar("R")

POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "worker-src": "'self' blob:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
# The designers need more: the modeler sets style attributes, the FEEL editor adds style elements.
STYLE_ATTRIBUTES = {"style-src-attr": "'unsafe-inline'"}
STYLE_ELEMENTS = {"style-src": "'self' 'unsafe-inline'"}


def add_security_headers(app: Flask) -> None:
    """Send the policy with every answer; a header that a view set itself is kept."""
    app.after_request(_add)


def relax_styles(*, elements: bool = False) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let one view's page use style attributes, and style elements when asked."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def relaxed(*args: P.args, **kwargs: P.kwargs) -> R:
            g.relaxed_policy = STYLE_ATTRIBUTES | (STYLE_ELEMENTS if elements else {})
            return view(*args, **kwargs)

        return relaxed

    return decorate


def _add(response: Response) -> Response:
    policy = POLICY | g.get("relaxed_policy", {})
    for name, value in {
        "Content-Security-Policy": "; ".join(f"{part} {allowed}" for part, allowed in policy.items()),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "geolocation=(), microphone=(), payment=(), usb=()",
    }.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if response.mimetype == "text/html":
        response.headers.setdefault("Cache-Control", "no-store")
    return response
