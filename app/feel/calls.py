"""Functions: the register of built-in ones, the fitting of arguments, and calling."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from app.feel.budget import GIVEN_FUNCTION_COST, MAX_CALLS, RUN, list_of, note, tick
from app.feel.errors import EvaluationError, FeelError, LimitExceeded
from app.feel.json_form import from_json
from app.feel.kinds import coerce
from app.feel.phrases import make_common
from app.feel.values import (
    FUNCTIONS,
    VALUE_ERRORS,
    Builtin,
    Function,
    GivenFunction,
    Months,
    Range,
)

BUILTINS: dict[str, Builtin] = {}
SIZED = (str, list, dict)
# Parameter kinds of built-in functions, by letter; x (anything) needs no check.
PARAMETER_KINDS: dict[str, tuple[type, ...]] = {
    "s": (str,),
    "n": (Decimal,),
    "b": (bool,),
    "l": (list,),
    "c": (dict,),
    "d": (date,),
    "t": (time,),
    "D": (datetime,),
    "E": (date, datetime),
    "u": (timedelta, Months),
    "f": FUNCTIONS,
    "r": (Range,),
}
Implementation = Callable[..., Any]


def builtin(signature: str) -> Callable[[Implementation], Implementation]:
    """Register an overload, `name(parameter:kind, ...)`.

    Arguments are checked against the kinds before the function runs; `?` may be left out or
    null, `*` takes all arguments as one list. No fit, or a `VALUE_ERRORS`: null.
    """
    name, rest = signature[:-1].split("(")
    parameters = [_parameter(part) for part in rest.split(",")] if rest else []

    def register(implementation: Implementation) -> Implementation:
        if name not in BUILTINS:
            BUILTINS[name] = Builtin(name)
            make_common(name)
        BUILTINS[name].overloads.append((parameters, implementation))
        return implementation

    return register


def _parameter(text: str) -> tuple[str, str]:
    name, kind = text.strip().rsplit(":", 1)
    return name, kind


def _fit(value: Any, kind: str) -> tuple[bool, Any]:
    """(fits, value) after the implicit conversions to and from a list of one."""
    letter, optional = kind[0], kind.endswith("?")
    if letter == "x" or (value is None and optional):
        return True, value
    types = PARAMETER_KINDS[letter]
    if type(value) in types:
        return True, value
    if type(value) is list and len(value) == 1 and type(value[0]) in types:
        return True, value[0]
    return (True, [value]) if letter == "l" and value is not None else (False, None)


def bind(
    parameters: list[tuple[str, str]],
    arguments: Sequence[Any],
    named: Sequence[tuple[str, Any]] = (),
) -> list[Any] | None:
    """The arguments in the order of the parameters, or None when they do not fit."""
    if named:
        given, names = dict(named), [name for name, _ in parameters]
        if len(given) < len(named) or not set(given) <= set(names):
            return None
        if any(name not in given and not kind.endswith("?") for name, kind in parameters):
            return None
        arguments = [given.get(name) for name in names]
    if parameters and parameters[0][0] == "*":
        fitted = [_fit(value, parameters[0][1]) for value in arguments]
        if not arguments or not all(fits for fits, _ in fitted):
            return None
        return [list_of([value for _, value in fitted])]
    if len(arguments) > len(parameters):
        return None
    bound = []
    for position, (_, kind) in enumerate(parameters):
        if position >= len(arguments) and not kind.endswith("?"):
            return None
        fits, value = _fit(arguments[position] if position < len(arguments) else None, kind)
        if not fits:
            return None
        bound.append(value)
    return bound


def invoke(function: Any, arguments: list[Any], named: Sequence[tuple[str, Any]] = ()) -> Any:
    """Call a function value; null when it is none or the arguments do not fit.

    Raises `LimitExceeded`, and `EvaluationError` when a function given from outside fails.
    """
    kind = type(function)
    if kind is Builtin:
        return _invoke_builtin(function, arguments, named)
    if kind is Function:
        return _invoke_function(function, arguments, named)
    if kind is GivenFunction and not named:
        return _invoke_given(function, arguments)
    return None


def _invoke_builtin(function: Builtin, arguments: list[Any], named: Sequence[tuple[str, Any]]) -> Any:
    tick(2 + sum(len(each) for each in arguments if type(each) in SIZED) // 30)
    for parameters, implementation in function.overloads:
        bound = bind(parameters, arguments, named)
        if bound is not None:
            try:
                return implementation(*bound)
            except VALUE_ERRORS as error:
                RUN.trouble = str(error)
                return None
    return None


def _invoke_function(function: Function, arguments: list[Any], named: Sequence[tuple[str, Any]]) -> Any:
    parameters = function.parameters
    if named:
        given = dict(named)
        if set(given) != {name for name, _ in parameters}:
            note(f"the arguments do not have the names {', '.join(name for name, _ in parameters)}")
            return None
        arguments = [given[name] for name, _ in parameters]
    if len(arguments) != len(parameters):
        return None
    fitted = []
    for value, (name, kind) in zip(arguments, parameters, strict=True):
        suited = coerce(value, kind)
        if suited is None and value is not None:
            note(f"the argument '{name}' has the wrong type")
            return None
        fitted.append(suited)
    RUN.calls += 1
    if RUN.calls > MAX_CALLS:
        raise LimitExceeded("calls nested too deep")
    try:
        return coerce(function.body(fitted), function.result)
    finally:
        RUN.calls -= 1


def _invoke_given(function: GivenFunction, arguments: list[Any]) -> Any:
    tick(GIVEN_FUNCTION_COST)
    # It may evaluate expressions of its own, which must not refill this one's budget.
    state = (RUN.left, RUN.calls, RUN.reasons)
    RUN.reasons = None
    try:
        result = function.call(*arguments)
    except LimitExceeded:
        raise
    except Exception as error:
        raise EvaluationError(f"the function '{function.name}' failed: {error}") from error
    finally:
        RUN.left, RUN.calls, RUN.reasons = state
    try:
        return from_json(result)
    except LimitExceeded:
        raise
    except FeelError as error:
        raise EvaluationError(f"the function '{function.name}' gave {error}") from error
