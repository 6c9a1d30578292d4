"""The one expression language of diagrams: FEEL, with the college's functions.

Gateways, timers, performers, titles, inputs of steps and decision tables are
all FEEL. There are no scripts. Variables are JSON values; results are turned
back into JSON before they are kept.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from app import feel
from app.engine.errors import StepFailed
from app.engine.steps import catalogue
from app.foundation.clock import COLLEGE_ZONE, now

# A timer that were over at once would fire again and again where it stands in a loop.
SHORTEST = timedelta(minutes=1)


def evaluate(text: str, variables: Mapping[str, Any], *, node: str) -> Any:
    """Return the FEEL value of `text`. Raises `StepFailed` naming the node."""
    try:
        compiled = feel.compile_expression(
            text, names=_names(variables), functions=catalogue.functions
        )
        return compiled(variables)
    except feel.FeelError as error:
        if isinstance(error.__cause__, Exception) and hasattr(error.__cause__, "http_status"):
            raise error.__cause__ from error
        raise StepFailed(f"“{node}”的表达式“{text}”无法计算：{error}", node=node) from error


def evaluate_json(text: str, variables: Mapping[str, Any], *, node: str) -> Any:
    """Like `evaluate`, as a JSON value."""
    return feel.to_json(evaluate(text, variables, node=node))


def problems_of(text: str, known: set[str]) -> list[str]:
    """Say what is wrong with an expression of a diagram: syntax and unknown names."""
    try:
        unknown = feel.unknown_names(text, known, functions=catalogue.functions)
    except feel.FeelError as error:
        return [f"表达式“{text}”有误：{error}"]
    return [f"表达式“{text}”用了未知的名称“{name}”" for name in unknown]


def deadline(text: str, variables: Mapping[str, Any], *, node: str) -> tuple[datetime, dict[str, Any] | None]:
    """Work out a moment and the rule that explains it.

    The expression gives a date and time, a day (which ends at 17:30, I-16), a
    duration from now, or what the calendar's functions give: a context
    `{at, rule}`.
    """
    value = evaluate(text, variables, node=node)
    rule = None
    if isinstance(value, Mapping) and "at" in value:
        value, rule = value["at"], feel.to_json(value.get("rule"))
    try:
        if isinstance(value, str):
            value = datetime.fromisoformat(value)
        if isinstance(value, timedelta):
            value = now() + value
    except (ValueError, OverflowError):
        value = None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time(17, 30))
    if not isinstance(value, datetime):
        raise StepFailed(f"“{node}”的期限“{text}”没有得出时间。", node=node)
    return (value if value.tzinfo else value.replace(tzinfo=COLLEGE_ZONE)), rule


def problems_of_moment(text: str, known: set[str]) -> list[str]:
    """Like `problems_of`; one that depends on nothing must also give a moment, and no duration that is over at once."""
    if problems := problems_of(text, known):
        return problems
    try:
        if feel.unknown_names(text, ()):
            return []
    except feel.FeelError:
        return []  # it speaks of the college's calendar
    try:
        span = feel.compile_expression(text)({})
        deadline(text, {}, node="")
    except (feel.FeelError, StepFailed):
        return [f"“{text}”没有得出时间；时长写成 duration(\"P7D\")，月和年请用日期计算。"]
    if isinstance(span, timedelta) and span < SHORTEST:
        return [f"“{text}”太短，至少一分钟。"]
    return []


def people(text: str, variables: Mapping[str, Any], *, node: str) -> list[str]:
    """Resolve a performer rule to person ids, in order, each once."""
    value = evaluate_json(text, variables, node=node)
    found: list[str] = []
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, str) and each and each not in found:
            found.append(each)
    return found


def _names(variables: Mapping[str, Any]) -> tuple[str, ...]:
    # Only names that a scanner would not read as one word need announcing.
    return tuple(sorted(name for name in variables if not name.isidentifier()))
