"""When the limits of an indicator make sense (I-4), and which headings a standard must fill. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol


class HasLimits(Protocol):
    target: Any
    target_high: Any
    standard: Any
    warn_low: Any
    warn_high: Any


LIMITS = ("target", "target_high", "standard", "warn_low", "warn_high")


def problems_of_limits(direction: str, limits: HasLimits) -> dict[str, str]:
    """Return what contradicts I-4: target no worse than standard, standard no worse than the red line."""
    problems: dict[str, str] = {}
    target, standard = limits.target, limits.standard
    low, high = limits.warn_low, limits.warn_high
    match direction:
        case "UP":
            if _above(standard, target):
                problems["target"] = "目标值不能低于标准值。"
            if _above(low, standard):
                problems["standard"] = "标准值不能低于预警下限（红线）。"
            if _above(target, high):
                problems["warn_high"] = "异常高值线不能低于目标值。"
        case "DOWN":
            if _above(target, standard):
                problems["target"] = "目标值不能高于标准值（数值越低越好）。"
            if _above(standard, high):
                problems["standard"] = "标准值不能高于预警上限（红线）。"
            if _above(low, target):
                problems["warn_low"] = "异常低值线不能高于目标值。"
        case "RANGE":
            if target is None or limits.target_high is None or target > limits.target_high:
                problems["target"] = "请写出目标区间的下限和上限。"
            elif _above(low, target) or _above(limits.target_high, high):
                problems["target"] = "目标区间要在预警上下限之内。"
    return problems


def headings(head_fields: Iterable[Mapping[str, Any]], sections: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return everything a standard of a template may fill in: key to Chinese heading.

    A section of its own is one heading; a single table (`rows`) has its columns
    or, where it is divided into parts, the items of their groups.
    """
    found = {field["key"]: field["zh"] for field in head_fields}
    for section in sections:
        if section["key"] != "rows":
            found[section["key"]] = section["zh"]
            continue
        found |= {column["key"]: column["zh"] for column in section.get("columns", [])}
        for part in section.get("parts", []):
            found["group"] = "类别"
            found |= {item: item for group in part["groups"] for item in group["items"]}
    return found


def missing_headings(sections: Iterable[Mapping[str, Any]], values: Mapping[str, Any]) -> list[str]:
    """Return the sections of a template that a standard leaves empty, by their Chinese names."""
    own = [section["zh"] for section in sections if section["key"] != "rows" and not values.get(section["key"])]
    return own or ([] if values else ["标准内容"])


def _above(one: float | None, other: float | None) -> bool:
    return one is not None and other is not None and one > other
