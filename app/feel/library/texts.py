"""Functions over texts, conversion to text, and the two that take anything."""

import re
from datetime import datetime, time
from decimal import Decimal
from typing import Any

from app.feel.budget import MAX_LIST, MAX_STRING, list_of, text_of, tick
from app.feel.calls import builtin
from app.feel.errors import LimitExceeded
from app.feel.operators import eq, negated
from app.feel.patterns import compile_pattern
from app.feel.temporal import temporal_text, zone_offset
from app.feel.values import FUNCTIONS, Range, to_number

NUMBER_FORM = re.compile(r"-?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
PLAIN_KEY = re.compile(r"[\w ]+")
MATCH_COST = 100  # steps for one use of a pattern, whose work is bounded by its own limit

builtin("not(negand:x)")(negated)


@builtin("is(value1:x?, value2:x?)")
def is_same(a: Any, b: Any) -> bool:
    if type(a) in (time, datetime) and type(a) is type(b):
        same_clock = a.replace(tzinfo=None) == b.replace(tzinfo=None)
        same_zone = zone_offset(a) == zone_offset(b) and str(a.tzinfo) == str(b.tzinfo)
        return same_clock and same_zone
    return type(a) is type(b) and eq(a, b) is True


@builtin("number(from:s, grouping separator:s?, decimal separator:s?)")
def number(text: str, group: str | None, point: str | None) -> Decimal | None:
    if group not in (None, " ", ",", ".") or point not in (None, ".", ","):
        return None
    if group is not None and group == point:
        return None
    text = text.replace(group, "") if group else text
    text = text.replace(point, ".") if point else text
    return to_number(text) if NUMBER_FORM.fullmatch(text) else None


builtin("number(from:n)")(lambda number: number)


@builtin("string(from:x)")
def string(value: Any) -> str | None:
    return None if value is None else to_text(value)


def to_text(value: Any, inner: bool = False) -> str:
    """A value as text; inside a list or context texts are quoted. Charged to the budget."""
    tick()
    kind = type(value)
    if kind is str:
        return _quoted(value) if inner else text_of(value)
    if value is None:
        return "null"
    if kind is bool:
        return "true" if value else "false"
    if kind is Decimal:
        return text_of(format(value, "f"))
    if kind is list:
        return text_of("[" + _joined(to_text(each, True) for each in value) + "]")
    if kind is dict:
        return text_of(
            "{"
            + _joined(
                (key if PLAIN_KEY.fullmatch(key) else _quoted(key)) + ": " + to_text(each, True)
                for key, each in value.items()
            )
            + "}"
        )
    if kind is Range:
        opening, closing = "[" if value.low_included else "(", "]" if value.high_included else ")"
        return f"{opening}{to_text(value.low, True)}..{to_text(value.high, True)}{closing}"
    if kind in FUNCTIONS:
        return "function"
    text = temporal_text(value)
    return f'@"{text}"' if inner else text


def _joined(parts: Any) -> str:
    """Join while watching the length, so that nested lists cannot grow without bound."""
    made: list[str] = []
    length = 0
    for part in parts:
        length += len(part) + 2
        if length > MAX_STRING or len(made) > MAX_LIST:
            raise LimitExceeded("text too long")
        made.append(part)
    return ", ".join(made)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@builtin("substring(string:s, start position:n, length:n?)")
def substring(text: str, start: Decimal, length: Decimal | None) -> str | None:
    if length is not None and length < 1:
        return None
    if abs(start) > len(text):
        return ""
    first = int(start)
    if first == 0:
        return None
    first = first - 1 if first > 0 else len(text) + first
    if length is None or length >= len(text):
        return text[first:]
    return text[first : first + int(length)]


builtin("string length(string:s)")(lambda text: Decimal(len(text)))
builtin("upper case(string:s)")(lambda text: text_of(text.upper()))
builtin("lower case(string:s)")(lambda text: text_of(text.lower()))
builtin("starts with(string:s, match:s)")(lambda text, match: text.startswith(match))
builtin("ends with(string:s, match:s)")(lambda text, match: text.endswith(match))


@builtin("substring before(string:s, match:s)")
def substring_before(text: str, match: str) -> str:
    return text.partition(match)[0] if match and match in text else ""


@builtin("substring after(string:s, match:s)")
def substring_after(text: str, match: str) -> str:
    return text.partition(match)[2] if match else text


@builtin("contains(string:s, match:s)")
def contains(text: str, match: str) -> bool:
    tick(1 + len(text) // 50)
    return match in text


@builtin("string join(list:l, delimiter:s?)")
def string_join(items: list[Any], delimiter: str | None) -> str | None:
    tick(1 + len(items) // 10)
    if any(type(each) not in (str, type(None)) for each in items):
        return None
    texts, between = [each for each in items if each is not None], delimiter or ""
    if sum(map(len, texts)) + len(between) * len(texts) > MAX_STRING:
        raise LimitExceeded("text too long")
    return text_of(between.join(texts))


@builtin("matches(input:s, pattern:s, flags:s?)")
def matches(text: str, pattern: str, flags: str | None) -> bool:
    tick(MATCH_COST)
    return compile_pattern(pattern, flags, text).search(text) is not None


@builtin("replace(input:s, pattern:s, replacement:s, flags:s?)")
def replace(text: str, pattern: str, new: str, flags: str | None) -> str | None:
    tick(MATCH_COST)
    compiled = compile_pattern(pattern, flags, text)
    if compiled.search("") is not None:
        raise ValueError("the pattern fits the empty text")
    if re.search(r"(?<!\\)(?:\\\\)*\$(?!\d)|\\(?![\\$])", new):
        raise ValueError("a lone $ or \\ in the replacement")

    def python_form(found: re.Match[str]) -> str:
        if found[1]:
            return "\\\\" if found[1] == "\\" else "$"
        return f"\\g<{found[2]}>" if int(found[2]) <= compiled.groups else ""

    new = re.sub(r"\\([\\$])|\$(\d)", python_form, new)
    if (len(text) + 1) * (len(new) + 1) > MAX_STRING * 10:
        raise LimitExceeded("text too long")
    return text_of(compiled.sub(new, text))


@builtin("split(string:s, delimiter:s)")
def split(text: str, pattern: str) -> list[str]:
    tick(MATCH_COST)
    parts, at = [], 0
    for found in compile_pattern(pattern, "", text).finditer(text):
        parts.append(text[at : found.start()])
        at = found.end()
    result: list[str] = list_of([*parts, text[at:]])
    return result
