"""Text to tokens, in one scan. A token is (kind, text, offset)."""

import re

from app.feel.budget import MAX_SOURCE
from app.feel.errors import FeelSyntaxError, LimitExceeded

Token = tuple[str, str, int]

# Characters that end a name; digits may stand inside one.
_STOP = r"""\s\d"'()\[\]{}<>=!+\-*/,.:;?|@"""
TOKEN = re.compile(
    rf"""(?P<skip>(?:\s|\ufeff|//[^\n]*|/\*.*?\*/)+)
    |(?P<at>@"(?:[^"\\]|\\.)*")
    |(?P<str>"(?:[^"\\]|\\.)*")
    |(?P<num>(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?)
    |(?P<name>[^{_STOP}](?:[^{_STOP}]|\d)*|\?)
    |(?P<op>\.\.|->|<=|>=|!=|\*\*|[-+*/=<>(),.:;\[\]{{}}'|])""",
    re.DOTALL | re.VERBOSE,
)
ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{6})|(.))", re.DOTALL)
ESCAPED = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\", "'": "'"}

KEYWORDS = frozenset(
    [
        "if",
        "then",
        "else",
        "for",
        "in",
        "return",
        "some",
        "every",
        "satisfies",
        "between",
        "and",
        "or",
        "instance",
        "of",
        "function",
        "external",
        "true",
        "false",
        "null",
    ]
)


def tokenize(text: str) -> list[Token]:
    """Raises `FeelSyntaxError` at a character that starts nothing, `LimitExceeded` when too long."""
    if len(text) > MAX_SOURCE:
        raise LimitExceeded("expression too long")
    tokens: list[Token] = []
    at = 0
    while at < len(text):
        found = TOKEN.match(text, at)
        if not found:
            raise FeelSyntaxError(f"unexpected {text[at]!r} at {at}", at)
        if found.lastgroup != "skip":
            tokens.append((found.lastgroup or "", found.group(), at))
        at = found.end()
    return tokens


def unescape(text: str) -> str:
    """The inside of a quoted text, with its escapes resolved."""
    if "\\" in text:
        text = ESCAPE.sub(_character, text)
    if any("\ud800" <= character <= "\udfff" for character in text):
        # two \\u escapes that stand for one character; a lone half becomes a question mark
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _character(found: re.Match[str]) -> str:
    if code := found[1] or found[2]:
        return chr(min(int(code, 16), 0x10FFFF))
    return ESCAPED.get(found[3], "\\" + found[3])
