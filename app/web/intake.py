"""What no page takes in: a zero character, which PostgreSQL cannot keep and nobody can type."""

from collections.abc import Iterator
from typing import Any

from flask import Flask, request

from app.foundation.errors import Invalid
from app.web.i18n import translated as _

ZERO = "\0"


def refuse_zero_characters(app: Flask) -> None:
    """Answer 422 to a request with one in its path, its query, its fields or its JSON."""
    app.before_request(_look)


def _look() -> None:
    fields = [
        request.path,
        *(text for given in (request.args, request.form) for name, values in given.lists() for text in (name, *values)),
        *(str(file.filename) for _name, files in request.files.lists() for file in files),
    ]
    # Escaped, it stands in the body as six plain bytes: without them there is nothing to look through.
    body = request.get_json(silent=True) if request.is_json and rb"\u0000" in request.get_data() else None
    if any(ZERO in text for text in [*fields, *_texts(body)]):
        raise Invalid(_("提交的内容里有无法保存的字符，请删去后再提交。"))


def _texts(value: Any) -> Iterator[str]:
    waiting = [value]
    while waiting:
        match waiting.pop():
            case str() as text:
                yield text
            case dict() as inside:
                waiting += [*inside.keys(), *inside.values()]
            case list() as inside:
                waiting += inside
