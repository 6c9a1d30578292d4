"""The values of FEEL, from and to JSON."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from app.feel.budget import MAX_NESTING, tick
from app.feel.errors import FeelError, LimitExceeded
from app.feel.temporal import temporal_text
from app.feel.values import NUMBERS, PLAIN, TEMPORAL, kind_of, to_number


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
