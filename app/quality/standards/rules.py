"""When the limits of an indicator make sense (I-4), and what a standard of a template fills in. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
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
            found |= {key: key for group in part["groups"] for key in item_keys(group["items"])}
    return found


def item_keys(items: Sequence[str]) -> list[str]:
    """Return the names of a group's items; the document's blank lines are the college's to name: 第1条, 第2条."""
    return [item if item.strip(" …") else f"第{number}条" for number, item in enumerate(items, start=1)]


def missing_headings(
    sections: Iterable[Mapping[str, Any]], values: Mapping[str, Any], *, row_key: str | None = None
) -> list[str]:
    """Return what a standard must fill in and leaves empty, by Chinese names.

    A form's sections each have an entry; a row of a single table fills its
    columns; a group of a table in parts (`row_key` is the part) its items.
    """
    found: list[str] = []
    for section in sections:
        if section["key"] != "rows":
            found += [] if values.get(section["key"]) else [section["zh"]]
        elif "parts" in section:
            items = items_of(section, row_key, str(values.get("group") or ""))
            found += [item for item in items if not values.get(item)] if items else ["标准内容"]
        else:
            columns = [column for column in section["columns"] if column["key"] not in (*NAMED_BY_ROW, *OPTIONAL)]
            found += [plain(column["zh"]) for column in columns if not values.get(column["key"])]
    return found


# What a table's own row or the owner says already, and what a standard may leave out.
NAMED_BY_ROW = ("name", "level")
NAMED_BY_OWNER = ("programme", "course")
OPTIONAL = ("applies_to", "extra")


def plain(heading: str) -> str:
    """Return a heading without the remark on how the original misprinted it."""
    return heading.partition("(原文")[0]


def items_of(section: Mapping[str, Any], part: str | None, group: str) -> list[str]:
    """Return the items of a group in a part of a table; none for an unknown one."""
    for one in section.get("parts", []):
        for other in one["groups"] if one["zh"] == part else []:
            if other["zh"] == group:
                return item_keys(other["items"])
    return []


@dataclass(frozen=True)
class Field:
    """What a standard's form asks: a text, or rows of `columns` (key and heading). `many`: codes of programmes."""

    key: str
    heading: str
    columns: tuple[tuple[str, str], ...] = ()
    many: bool = False


def fields_of(
    head_fields: Iterable[Mapping[str, Any]], sections: Iterable[Mapping[str, Any]], *, row_key: str | None, group: str
) -> list[Field]:
    """Return what is filled in for a standard of a template; its row, group or owner says the rest."""
    found = [Field(each["key"], plain(each["zh"])) for each in head_fields]
    for section in sections:
        if section["key"] != "rows":
            columns = [(each["key"], plain(each["zh"])) for each in section["columns"] if each["key"] != "seq"]
            found.append(Field(section["key"], section["zh"], columns=tuple(columns)))
        elif "parts" in section:
            found += [Field(item, item) for item in items_of(section, row_key, group)]
        else:
            found += [
                Field(each["key"], "其他" if each["key"] == "extra" else plain(each["zh"]), many=each["key"] == "applies_to")
                for each in section["columns"]
                if each["key"] not in (*NAMED_BY_ROW, *NAMED_BY_OWNER)
            ]
    return found


# The rows of a table (Table 3: fourteen; scenario 6).


def levels_by_name(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Return the names of a table's rows with the levels each has; none where a name has no levels."""
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row["zh"], []).extend([row["level_zh"]] if row.get("level_zh") else [])
    return found


def row_named(rows: Sequence[Mapping[str, Any]], name: str, level: str) -> tuple[str | None, dict[str, str]]:
    """Return the key of the row of a name and a level, and what is wrong with them by field.

    A level must be given where the table divides the name by levels, and not
    otherwise (Table 3: 特色, 重点, 骨干, 一流 have three, 基本 and 品牌 none).
    """
    levels = levels_by_name(rows)
    if name not in levels:
        return None, {"name": "请选择标准名称。"}
    if levels[name] and level not in levels[name]:
        return None, {"level": f"“{name}”分级建设，请选择级别（{'、'.join(levels[name])}）。"}
    if level and not levels[name]:
        return None, {"level": f"“{name}”不分级别，请不要选择级别。"}
    return next(row["key"] for row in rows if row["zh"] == name and row.get("level_zh", "") == level), {}


def row_of_class(rows: Iterable[Mapping[str, Any]], level_zh: str) -> str | None:
    """Return the key of the row that a programme's class (`校级骨干`) belongs to; 基本 where it names none."""
    for row in rows:
        kind = row["zh"].removesuffix("专业建设标准")
        if row.get("level_zh") and level_zh.startswith(f"{row['level_zh']}{kind}"):
            return str(row["key"])
        if not row.get("level_zh") and kind != row["zh"] and level_zh.endswith(kind):
            return str(row["key"])
    return next((str(row["key"]) for row in rows if row["key"] == "BASIC"), None)


# What has changed from a version to the next.


@dataclass(frozen=True)
class Change:
    """A heading under which two versions differ; an empty text stands for nothing at all."""

    heading: str
    before: str
    after: str


def changes(before: Mapping[str, Any], after: Mapping[str, Any], known: Mapping[str, str]) -> list[Change]:
    """Return where two versions differ, in the template's order."""
    said = [(heading, in_words(before.get(key)), in_words(after.get(key))) for key, heading in known.items()]
    return [Change(plain(heading), one, other) for heading, one, other in said if one != other]


def in_words(value: Any) -> str:
    """Return a value as text: a list one entry a line, the cells of a row divided by ｜."""
    if isinstance(value, list):
        lines = [
            "｜".join(str(cell) for key, cell in each.items() if key != "seq" and cell not in (None, ""))
            if isinstance(each, Mapping) else str(each)
            for each in value
        ]  # fmt: skip
        return "\n".join(lines)
    return "" if value is None else str(value)


def _above(one: float | None, other: float | None) -> bool:
    return one is not None and other is not None and one > other
