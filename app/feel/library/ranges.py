"""Functions over ranges and points: before, after, includes ... A point is a range of one."""

from collections.abc import Callable
from typing import Any

from app.feel.budget import tick
from app.feel.calls import builtin
from app.feel.compiler import Compiler
from app.feel.errors import FeelSyntaxError
from app.feel.operators import eq, less
from app.feel.parser import Node, parse_expression
from app.feel.values import Range

MAKERS = ("date", "time", "date and time", "duration")


@builtin("range(from:s)")
def make_range(text: str) -> Range | None:
    """A range from its text. Its ends must be literals: nothing is evaluated."""
    tick(2 * len(text))  # reading is dearer than calculating
    try:
        tree = parse_expression(text)
    except FeelSyntaxError:
        return None
    if tree[0] != "range" or not all(_is_literal(end) for end in tree[1:3]):
        return None
    made = Compiler().compile(tree)({})
    if made is None or (made.low is None and made.high is None):
        return None
    one_ended = made.low is None or made.high is None
    return made if one_ended or type(made.low) is type(made.high) else None


def _is_literal(node: Node) -> bool:
    if node[0] == "call":
        return node[1][1] in MAKERS and all(argument[0] == "const" for argument in node[2])
    return node[0] == "const" or (node[0] == "neg" and node[1][0] == "const")


def _below(a: Any, b: Any) -> bool:
    answer = less(a, b)
    if answer is None:
        raise ValueError("the ends cannot be compared")
    return answer


def _same(a: Any, b: Any) -> bool:
    return eq(a, b) is True


def _as_range(value: Any) -> Range:
    return value if type(value) is Range else Range(value, value, True, True)


def before(a: Any, b: Any) -> bool:
    a, b = _as_range(a), _as_range(b)
    touching = _same(a.high, b.low) and not (a.high_included and b.low_included)
    return _below(a.high, b.low) or touching


def includes(a: Range, b: Any) -> bool:
    b = _as_range(b)
    starts_inside = _below(a.low, b.low) or (_same(a.low, b.low) and (a.low_included or not b.low_included))
    return starts_inside and (
        _below(b.high, a.high) or (_same(b.high, a.high) and (a.high_included or not b.high_included))
    )


def starts(a: Any, b: Range) -> bool:
    a = _as_range(a)
    return (
        _same(a.low, b.low)
        and a.low_included == b.low_included
        and (_below(a.high, b.high) or (_same(a.high, b.high) and (not a.high_included or b.high_included)))
    )


def finishes(a: Any, b: Range) -> bool:
    a = _as_range(a)
    return (
        _same(a.high, b.high)
        and a.high_included == b.high_included
        and (_below(b.low, a.low) or (_same(a.low, b.low) and (not a.low_included or b.low_included)))
    )


def meets(a: Range, b: Range) -> bool:
    return _same(a.high, b.low) and a.high_included and b.low_included


def overlaps(a: Range, b: Range) -> bool:
    return not before(a, b) and not before(b, a)


def overlaps_before(a: Range, b: Range) -> bool:
    starts_earlier = _below(a.low, b.low) or (_same(a.low, b.low) and a.low_included and not b.low_included)
    ends_no_later = starts_earlier and (
        _below(a.high, b.high) or (_same(a.high, b.high) and (not a.high_included or b.high_included))
    )
    return ends_no_later and not before(a, b)


def coincides(a: Any, b: Any) -> bool:
    a, b = _as_range(a), _as_range(b)
    _below(a.low, b.low)  # null when they cannot be compared
    return (
        _same(a.low, b.low)
        and _same(a.high, b.high)
        and a.low_included == b.low_included
        and a.high_included == b.high_included
    )


# Which parameters a function takes, by kind (r range, x range or point), under all their names.
PARAMETERS = {
    "xx": [("range1", "range2"), ("point1", "point2"), ("range", "point"), ("point", "range")],
    "rr": [("range1", "range2")],
    "rx": [("range", "point"), ("range1", "range2")],
    "xr": [("point", "range"), ("range1", "range2")],
}


def relation(name: str, kinds: str, holds: Callable[[Any, Any], bool]) -> None:
    for first, second in PARAMETERS[kinds]:
        builtin(f"{name}({first}:{kinds[0]}, {second}:{kinds[1]})")(holds)


relation("before", "xx", before)
relation("after", "xx", lambda a, b: before(b, a))
relation("includes", "rx", includes)
relation("during", "xr", lambda a, b: includes(b, a))
relation("starts", "xr", starts)
relation("started by", "rx", lambda a, b: starts(b, a))
relation("finishes", "xr", finishes)
relation("finished by", "rx", lambda a, b: finishes(b, a))
relation("meets", "rr", meets)
relation("met by", "rr", lambda a, b: meets(b, a))
relation("coincides", "xx", coincides)
relation("overlaps", "rr", overlaps)
relation("overlaps before", "rr", overlaps_before)
relation("overlaps after", "rr", lambda a, b: overlaps_before(b, a))
