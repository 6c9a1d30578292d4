"""A mail as a mail program shows it: text with its links, the signature apart."""

import re
from typing import NamedTuple

_LINK = re.compile(r"https?://[^\s<>\"]+")
_SIGNATURE = "\n-- \n"


class Piece(NamedTuple):
    """A run of text; a link when `address` is set."""

    text: str
    address: str = ""


class Reading(NamedTuple):
    pieces: list[Piece]
    signature: str


def reading(body: str, *, base_url: str) -> Reading:
    """Return a mail's text in pieces; links into this application lead there by their path."""
    text, _, signature = body.partition(_SIGNATURE)
    pieces, end = [], 0
    for match in _LINK.finditer(text):
        pieces += [Piece(text[end : match.start()]), Piece(match[0], _address(match[0], base_url))]
        end = match.end()
    pieces.append(Piece(text[end:].rstrip()))
    return Reading([piece for piece in pieces if piece.text], signature.strip())


def preview(body: str) -> str:
    """Return the first line after the greeting."""
    lines = [line.strip() for line in body.splitlines() if line.strip()]
    return lines[1] if len(lines) > 1 else ""


def _address(link: str, base_url: str) -> str:
    base = base_url.rstrip("/")
    return link.removeprefix(base) if link.startswith(f"{base}/") else link
