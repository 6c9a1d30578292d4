"""Functions over numbers."""

from collections.abc import Callable
from datetime import timedelta
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Context,
    Decimal,
)
from typing import Any

from app.feel.budget import tick
from app.feel.calls import builtin
from app.feel.values import NUMBERS, Months

# decimal() of a number such as 1e3000 has thousands of digits on the way.
WIDE = Context(prec=7000)


def rounding(mode: str) -> Callable[..., Decimal | None]:
    def run(number: Decimal, scale: Decimal | None = None) -> Decimal | None:
        places = int(scale) if scale is not None and abs(scale) < 10_000 else 0
        if scale is not None and not -6111 <= scale <= 6176:
            return None
        if -places < number.adjusted() - 33 or not number:  # already that coarse
            return number
        if abs(places) >= 3000:
            return None
        step = Decimal(1).scaleb(-places)
        return NUMBERS.plus(number.quantize(step, rounding=mode, context=WIDE))

    return run


for _name, _mode in (
    ("decimal", ROUND_HALF_EVEN),
    ("round up", ROUND_UP),
    ("round down", ROUND_DOWN),
    ("round half up", ROUND_HALF_UP),
    ("round half down", ROUND_HALF_DOWN),
    ("floor", ROUND_FLOOR),
    ("ceiling", ROUND_CEILING),
):
    builtin(f"{_name}(n:n, scale:n)")(rounding(_mode))
builtin("floor(n:n)")(rounding(ROUND_FLOOR))
builtin("ceiling(n:n)")(rounding(ROUND_CEILING))

builtin("abs(n:n)")(NUMBERS.abs)


@builtin("abs(n:u)")
def absolute(span: timedelta | Months) -> timedelta | Months:
    return Months(abs(span)) if isinstance(span, Months) else abs(span)


@builtin("modulo(dividend:n, divisor:n)")
def modulo(a: Decimal, b: Decimal) -> Decimal:
    """a - b * floor(a / b): the sign is the divisor's."""
    quotient = NUMBERS.divide(a, b).to_integral_value(ROUND_FLOOR)
    return NUMBERS.subtract(a, NUMBERS.multiply(b, quotient))


@builtin("sqrt(number:n)")
def sqrt(number: Decimal) -> Decimal:
    tick(20)
    return NUMBERS.sqrt(number)


@builtin("log(number:n)")
def log(number: Decimal) -> Decimal | None:
    tick(100)
    return NUMBERS.ln(number) if number > 0 else None


@builtin("exp(number:n)")
def exp(number: Decimal) -> Decimal:
    tick(100)
    return NUMBERS.exp(number)


@builtin("odd(number:n)")
def odd(number: Decimal) -> bool | None:
    return _rest_of_two(number, 1)


@builtin("even(number:n)")
def even(number: Decimal) -> bool | None:
    return _rest_of_two(number, 0)


def _rest_of_two(number: Decimal, rest: int) -> Any:
    if number != number.to_integral_value():
        return None
    return abs(NUMBERS.remainder(number, Decimal(2))) == rest
