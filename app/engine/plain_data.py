"""What may come in from outside: JSON values that can be stored, shown and counted with."""

import math
from collections.abc import Mapping
from typing import Any

from app import feel

DEEPEST = 8
MOST_VALUES = 20_000
MOST_PROBLEMS = 100
# Beyond it JavaScript's numbers are no longer exact, and neither is what the person saw.
LARGEST_NUMBER = 2**53


def problems_in(data: Any) -> dict[str, str]:
    """Return what is wrong with submitted data, by place (`points.2.measure`); empty when it is fine."""
    problems: dict[str, str] = {}
    waiting: list[tuple[str, Any, int]] = [("", data, 0)]
    seen = 0
    while waiting and len(problems) < MOST_PROBLEMS:
        place, value, depth = waiting.pop()
        seen += 1
        if depth > DEEPEST or seen > MOST_VALUES:
            return {place: "内容的层次或数量过多。"}
        if isinstance(value, dict):
            waiting += [(_inside(place, key), each, depth + 1) for key, each in value.items()]
            if any(not isinstance(key, str) or _unprintable(key) for key in value):
                problems[place] = "字段名称不对。"
        elif isinstance(value, list):
            waiting += [(_inside(place, number), each, depth + 1) for number, each in enumerate(value)]
        elif problem := _problem(value):
            problems[place] = problem
    return problems


def _inside(place: str, key: Any) -> str:
    return f"{place}.{key}" if place else str(key)


def _problem(value: Any) -> str | None:
    if isinstance(value, str):
        return "含有无法保存的字符。" if _unprintable(value) else None
    if isinstance(value, float) and not math.isfinite(value):
        return "这里应当是数字。"
    if isinstance(value, int | float):
        return "数字过大。" if abs(value) > LARGEST_NUMBER else None
    return None if value is None else "不是表单数据。"


def _unprintable(text: str) -> bool:
    # PostgreSQL refuses a zero character, UTF-8 a lone surrogate, XML documents the others.
    return any(
        (letter < " " and letter not in "\t\n\r") or "\ud800" <= letter <= "\udfff" or letter in "\ufffe\uffff"
        for letter in text
    )


def as_json(value: Any) -> Any:
    """Return what a step gave as plain JSON: words of an enum as text, decimals as numbers, days as ISO text.

    Raises `TypeError` for what is none of it: kept among the variables it
    would come back from the database as something else, or not at all.
    """
    if value is None or type(value) in (str, bool, int):
        return value
    if isinstance(value, Mapping):
        return {str(key): as_json(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(each) for each in value]
    if isinstance(value, str):
        return str.__str__(value)
    try:
        return feel.to_json(value)
    except feel.FeelError as error:
        raise TypeError(str(error)) from None
