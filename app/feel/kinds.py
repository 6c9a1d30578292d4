"""Types as expressions and decision models name them, and what fits into which.

A type is a name ("number", "Any" ...) or a tuple: ("list", T), ("range", T),
("context", {field: T}), ("function", [T ...], T) or ("allowed", T, test), where
test(value) says whether a value is among the allowed ones. None is any type.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from app.feel.budget import tick
from app.feel.temporal import as_datetime
from app.feel.values import FUNCTIONS, Builtin, Function, GivenFunction, Months, Range

SCALARS: dict[str, type] = {
    "number": Decimal,
    "string": str,
    "boolean": bool,
    "date": date,
    "time": time,
    "date and time": datetime,
    "dateTime": datetime,
    "days and time duration": timedelta,
    "day and time duration": timedelta,
    "dayTimeDuration": timedelta,
    "years and months duration": Months,
    "year and month duration": Months,
    "yearMonthDuration": Months,
}
GENERAL: dict[str, tuple[type, ...]] = {
    "list": (list,),
    "context": (dict,),
    "range": (Range,),
    "function": FUNCTIONS,
}
ANY = (None, "Any", "any")
TYPE_PHRASES = tuple(name for name in SCALARS if " " in name)
DATE_AND_TIME = ("date and time", "dateTime")


def conforms(value: Any, kind: Any) -> bool:
    """Does the value belong to the type?"""
    if kind in ANY:
        return True
    if value is None:
        return kind == "Null" or (not isinstance(kind, str) and kind[0] == "allowed" and kind[2](value))
    if isinstance(kind, str):
        if kind in SCALARS:
            return type(value) is SCALARS[kind]
        return type(value) in GENERAL.get(kind, ())
    tick()
    shape = kind[0]
    if shape == "list":
        tick(len(value) if type(value) is list else 1)
        return type(value) is list and all(x is None or conforms(x, kind[1]) for x in value)
    if shape == "context":
        return type(value) is dict and all(
            name in value and (value[name] is None or conforms(value[name], field)) for name, field in kind[1].items()
        )
    if shape == "range":
        return type(value) is Range and all(end is None or conforms(end, kind[1]) for end in (value.low, value.high))
    if shape == "allowed":
        return conforms(value, kind[1]) and kind[2](value)
    if shape == "function":
        return _function_conforms(value, kind[1], kind[2])
    return False


def _function_conforms(value: Any, parameters: list[Any], result: Any) -> bool:
    if type(value) in (Builtin, GivenFunction):
        return True
    if type(value) is not Function or len(value.parameters) != len(parameters):
        return False
    if not all(
        want in ANY or same_kind(want, has) for (_, has), want in zip(value.parameters, parameters, strict=True)
    ):
        return False
    return value.result in ANY or result in ANY or same_kind(value.result, result)


def same_kind(a: Any, b: Any) -> bool:
    """Are two types the same? Charged: types of a model may share parts without end."""
    tick()
    if a is b:
        return True
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same_kind(kind, b[name]) for name, kind in a.items())
    if isinstance(a, (tuple, list)) and type(a) is type(b):
        return len(a) == len(b) and all(map(same_kind, a, b))
    return bool(a == b)


def coerce(value: Any, kind: Any) -> Any:
    """FEEL's implicit conversions; null when the value does not fit.

    To and from a list of one, and a date to a date and time.
    """
    if kind in ANY or value is None or conforms(value, kind):
        return value
    if type(value) is list and len(value) == 1 and conforms(value[0], kind):
        return value[0]
    if isinstance(kind, tuple) and kind[0] == "list" and type(value) is not list:
        return [value] if conforms(value, kind[1]) else None
    if type(value) is date and kind in DATE_AND_TIME:
        return as_datetime(value)
    return None


def resolved(kind: Any, types: Mapping[str, Any]) -> Any:
    """A type as written in `instance of`, with the model's own types put in; "unknown" if none."""
    if isinstance(kind, tuple):
        if kind[0] == "context":
            return ("context", {name: resolved(t, types) for name, t in kind[1].items()})
        if kind[0] == "function":
            return ("function", [resolved(t, types) for t in kind[1]], resolved(kind[2], types))
        return (kind[0], resolved(kind[1], types))
    if types.get(kind):
        return bare(types[kind])
    known = kind in SCALARS or kind in GENERAL or kind in ("Any", "Null")
    return kind if known else "unknown"


def bare(kind: Any) -> Any:
    """A type without its allowed values, which `instance of` does not look at."""
    while type(kind) is tuple and kind[0] == "allowed":
        kind = kind[1]
    return kind


def kind_text(kind: Any) -> str:
    """A type in the words of reasons."""
    if isinstance(kind, tuple):
        if kind[0] == "allowed":
            return f"{kind_text(kind[1])} among the allowed values"
        return f"list of {kind_text(kind[1])}" if kind[0] == "list" else str(kind[0])
    return str(kind)
