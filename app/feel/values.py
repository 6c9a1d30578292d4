"""The values of FEEL and their way from and to JSON.

number = Decimal of 34 digits; text = str; boolean = bool; null = None; date,
time, date and time = the standard library's; days and time duration =
timedelta; years and months duration = `Months`; list, context = list, dict;
range = `Range`; function = `Function`, `Builtin` or `GivenFunction`.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import (
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DecimalException,
    DivisionByZero,
    InvalidOperation,
    Overflow,
)
from typing import Any

from app.feel.budget import MAX_NESTING, tick
from app.feel.errors import FeelError, LimitExceeded

# Numbers as the standard wants them: decimal128.
NUMBERS = Context(
    prec=34,
    rounding=ROUND_HALF_EVEN,
    Emin=-6143,
    Emax=6144,
    traps=[InvalidOperation, DivisionByZero, Overflow],
)

# What an operation on well-typed values may raise; FEEL makes null of it.
VALUE_ERRORS = (DecimalException, ValueError, OverflowError, ZeroDivisionError)


class Months(int):
    """A years-and-months duration: a number of months."""

    __slots__ = ()


class Range:
    """low..high. `op` is set when it was written as a unary test such as (< 10)."""

    __slots__ = ("high", "high_included", "low", "low_included", "op")

    def __init__(
        self, low: Any, high: Any, low_included: bool, high_included: bool, op: str | None = None
    ) -> None:
        self.low, self.high = low, high
        self.low_included, self.high_included = low_included, high_included
        self.op = op

    def key(self) -> list[Any]:
        """What makes two ranges equal, as a FEEL list."""
        return [self.low, self.high, self.low_included, self.high_included, self.op]

    def __repr__(self) -> str:
        opening, closing = "[" if self.low_included else "(", "]" if self.high_included else ")"
        return f"{opening}{self.low}..{self.high}{closing}"


class Function:
    """A function made by FEEL or a decision model.

    `parameters` = [(name, type)]; `body` takes the list of arguments.
    """

    __slots__ = ("body", "parameters", "result")

    def __init__(
        self,
        parameters: list[tuple[str, Any]],
        body: Callable[[list[Any]], Any],
        result: Any = None,
    ) -> None:
        self.parameters, self.body, self.result = parameters, body, result


class Builtin:
    """A function of the standard; `overloads` = [(parameters, implementation)]."""

    __slots__ = ("name", "overloads")

    def __init__(self, name: str) -> None:
        self.name = name
        self.overloads: list[tuple[list[tuple[str, str]], Callable[..., Any]]] = []


class GivenFunction:
    """A Python function lent to expressions by the caller."""

    __slots__ = ("call", "name")

    def __init__(self, name: str, call: Callable[..., Any]) -> None:
        self.name, self.call = name, call


FUNCTIONS = (Function, Builtin, GivenFunction)
TEMPORAL = (date, time, datetime, timedelta, Months)
VALUE_TYPES = (type(None), bool, Decimal, str, list, dict, *TEMPORAL, Range, *FUNCTIONS)

# Types that need no conversion and no look inside.
READY = frozenset((str, bool, Decimal, type(None), date, datetime))
PLAIN = frozenset((*READY, time, timedelta, Months, Range, *FUNCTIONS))


def to_number(text: str) -> Decimal | None:
    """A number from its digits, rounded to 34 of them; null when it is none."""
    try:
        number = NUMBERS.create_decimal(text)
    except DecimalException:
        return None
    return number if number.is_finite() else None


def from_json(value: Any, depth: int = 0) -> Any:
    """A Python value (from JSON or a database row) as a FEEL value.

    0.1 becomes Decimal('0.1'); what is not a finite number becomes null.
    Raises `FeelError` for anything that is no FEEL value.
    """
    kind = type(value)
    if kind is int:
        return NUMBERS.create_decimal(value)
    if kind in PLAIN:
        return value
    if kind is float:
        return to_number(repr(value))
    if depth > MAX_NESTING:
        raise LimitExceeded("value nested too deep")
    if kind is list or kind is tuple:
        tick(1 + len(value) // 4)
        return [from_json(each, depth + 1) for each in value]
    if isinstance(value, Mapping):
        tick(1 + len(value) // 4)
        return {str(key): from_json(each, depth + 1) for key, each in value.items()}
    # Subclasses, such as members of a StrEnum: only what FEEL knows of them.
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return NUMBERS.create_decimal(int(value))
    if isinstance(value, list):
        return from_json(list(value), depth)
    raise FeelError(f"not a FEEL value: {kind.__name__}")


def to_json(value: Any, depth: int = 0) -> Any:
    """A FEEL value as plain JSON: whole numbers as int, others as float, times as ISO text.

    Raises `FeelError` for functions, ranges and numbers that JSON cannot hold.
    """
    from app.feel.temporal import temporal_text

    kind = type(value)
    if value is None or kind in (str, bool, int):
        return value
    if kind is float:
        return to_json(from_json(value))
    if kind is Decimal:
        if not value.is_finite() or value.adjusted() > 308:
            raise FeelError("a number too large for JSON")
        return int(value) if value == value.to_integral_value() else float(value)
    if kind in TEMPORAL:
        return temporal_text(value, named_zones=False)
    if depth > 100:
        raise LimitExceeded("value nested too deep")
    if kind in (list, tuple):
        return [to_json(each, depth + 1) for each in value]
    if isinstance(value, Mapping):
        return {str(key): to_json(each, depth + 1) for key, each in value.items()}
    raise FeelError(f"{kind_of(value)} cannot be written as JSON")


KINDS = {
    bool: "boolean",
    Decimal: "number",
    str: "text",
    list: "list",
    dict: "context",
    date: "date",
    time: "time",
    datetime: "date and time",
    timedelta: "duration",
    Months: "months duration",
    Range: "range",
    Function: "function",
    Builtin: "function",
    GivenFunction: "function",
}


def kind_of(value: Any) -> str:
    """What a value is, in the words of reasons: number, text, null ..."""
    return "null" if value is None else KINDS.get(type(value), type(value).__name__)
