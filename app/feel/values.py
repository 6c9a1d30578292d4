"""The values of FEEL.

number = Decimal of 34 digits; text = str; boolean = bool; null = None; date,
time, date and time = the standard library's; days and time duration =
timedelta; years and months duration = `Months`; list, context = list, dict;
range = `Range`; function = `Function`, `Builtin` or `GivenFunction`.
"""

from collections.abc import Callable
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

    def __init__(self, low: Any, high: Any, low_included: bool, high_included: bool, op: str | None = None) -> None:
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
