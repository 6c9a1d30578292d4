"""Check submitted data against a form-js form.

The browser's form checks too; this is the one that counts. Conditions
(`conditional.hide`, `=FEEL`) and patterns (found anywhere in the text) decide
as in the browser; hidden fields are dropped, unknown ones refused. As there, a
condition in a list names its row's fields through `this`: `=this.state = null`.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from app import feel
from app.engine import plain_data
from app.foundation.errors import Invalid

_LAYOUT = {"text", "html", "separator", "spacer", "button", "image", "table", "iframe", "expression"}
LONGEST_LIST = 200
LONGEST_TEXT = 10_000
Check = Callable[[Mapping[str, Any], Mapping[str, Any], Any], str | None]
# Ways in which a field's pattern may match, times the text's length: a fraction of a second.
MOST_PATTERN_WORK = 20_000_000


def check(schema: Mapping[str, Any], data: Any) -> dict[str, Any]:
    """Return the form's data, typed and without what the form hides.

    Raises `Invalid` with a problem per field (`points.2.measure` for a field
    of a list's third row).
    """
    if not isinstance(data, dict):
        raise Invalid("提交的内容不是表单数据。")
    if strange := plain_data.problems_in(data):
        raise Invalid("提交的内容里有无法保存的数据。", strange)
    problems: dict[str, str] = {}
    clean = _group(schema.get("components", []), data, data, "", problems)
    if problems:
        raise Invalid("请更正标出的内容后再提交。", problems)
    return clean


def pattern_problem(pattern: str) -> str | None:
    """Say why a field's pattern cannot be used, or None."""
    try:
        feel.has_match(pattern, "", most_work=MOST_PATTERN_WORK)
    except ValueError as error:
        return str(error)
    return None


def _group(
    components: list[dict[str, Any]],
    data: Mapping[str, Any],
    scope: Mapping[str, Any],
    prefix: str,
    problems: dict[str, str],
) -> dict[str, Any]:
    clean: dict[str, Any] = {}
    known: set[str] = set()
    for component in _flat(components):
        key = component.get("key") or component.get("path")
        if component["type"] in _LAYOUT or not key:
            continue
        known.add(key)
        if _hidden(component, scope):
            continue
        place = f"{prefix}{key}"
        value = data.get(key)
        if component["type"] == "dynamiclist":
            clean[key] = _rows(component, value, scope, place, problems)
        elif component.get("readonly") is True or component.get("disabled"):
            if key in data:
                clean[key] = value
        elif (checked := _field(component, value, place, problems)) is not None:
            clean[key] = checked
    for key in data:
        if key not in known:
            problems[f"{prefix}{key}"] = "表单里没有这一项。"
    return clean


def _flat(components: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for component in components:
        if component.get("type") == "group" and not component.get("path"):
            around = _conditions(component)
            found.extend(
                {**inner, "conditions": [*around, *_conditions(inner)]}
                for inner in _flat(component.get("components", []))
            )
        else:
            found.append(component)
    return found


def _conditions(component: Mapping[str, Any]) -> list[str]:
    """Return the conditions that hide a field: its own, and those of the groups around it."""
    own = (component.get("conditional") or {}).get("hide")
    return component.get("conditions") or ([own] if own else [])


def _hidden(component: Mapping[str, Any], scope: Mapping[str, Any]) -> bool:
    try:
        return any(
            feel.compile_expression(each.removeprefix("="))(scope) is True for each in _conditions(component)
        )
    except feel.FeelError:
        return False  # what cannot be worked out hides nothing


def _rows(
    component: Mapping[str, Any],
    value: Any,
    scope: Mapping[str, Any],
    place: str,
    problems: dict[str, str],
) -> list[dict[str, Any]]:
    if value is None:
        value = []
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        problems[place] = "这里应当是一张清单。"
        return []
    if len(value) > LONGEST_LIST:
        problems[place] = f"最多 {LONGEST_LIST} 行。"
        return []
    inner = component.get("components", [])
    return [
        _group(inner, row, {**scope, "parent": scope, "this": row}, f"{place}.{number}.", problems)
        for number, row in enumerate(value)
    ]


def _field(
    component: Mapping[str, Any], value: Any, place: str, problems: dict[str, str]
) -> Any:
    rules = component.get("validate") or {}
    blank = isinstance(value, str) and not value.strip()
    empty = value is None or blank or value == [] or (value is False and component["type"] == "checkbox")
    if empty:
        if rules.get("required"):
            problems[place] = "必填。"
        return "" if blank else value
    problem = _KINDS.get(component["type"], _text)(component, rules, value)
    if problem:
        problems[place] = problem
    return value


def _text(component: Mapping[str, Any], rules: Mapping[str, Any], value: Any) -> str | None:
    if not isinstance(value, str):
        return "这里应当是文字。"
    if len(value) > LONGEST_TEXT:
        return f"最多 {LONGEST_TEXT} 字。"
    shortest, longest = rules.get("minLength"), rules.get("maxLength")
    if shortest is not None and len(value.strip()) < int(shortest):
        return f"至少 {shortest} 字。"
    if longest is not None and len(value) > int(longest):
        return f"最多 {longest} 字。"
    return _mismatch(rules, value) if rules.get("pattern") else None


def _mismatch(rules: Mapping[str, Any], value: str) -> str | None:
    try:
        if feel.has_match(rules["pattern"], value, most_work=MOST_PATTERN_WORK):
            return None
    except ValueError:
        return "内容太长，无法核对格式，请缩短。"
    return rules.get("patternMessage") or "格式不对。"


def _number(component: Mapping[str, Any], rules: Mapping[str, Any], value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "这里应当是数字。"
    if rules.get("min") is not None and value < float(rules["min"]):
        return f"不能小于 {rules['min']}。"
    if rules.get("max") is not None and value > float(rules["max"]):
        return f"不能大于 {rules['max']}。"
    return None


def _checkbox(component: Mapping[str, Any], rules: Mapping[str, Any], value: Any) -> str | None:
    return None if isinstance(value, bool) else "这里应当是勾选框。"


def _choice(component: Mapping[str, Any], rules: Mapping[str, Any], value: Any) -> str | None:
    options = component.get("values")
    if isinstance(value, bool | dict | list):
        return "请从选项中选择。"
    if options is None:  # options come with the data; the task's step checks them
        return None
    allowed = [option["value"] for option in options]
    return None if value in allowed else "请从选项中选择。"


def _choices(component: Mapping[str, Any], rules: Mapping[str, Any], value: Any) -> str | None:
    if not isinstance(value, list) or any(isinstance(each, bool | dict | list) for each in value):
        return "这里应当是多个选项。"
    if len(value) > LONGEST_LIST:
        return f"最多选 {LONGEST_LIST} 项。"
    options = component.get("values")
    if options is None:
        return None
    allowed = [option["value"] for option in options]
    return None if all(each in allowed for each in value) else "请从选项中选择。"


def _day(component: Mapping[str, Any], rules: Mapping[str, Any], value: Any) -> str | None:
    if component.get("subtype", "date") != "date":
        return None if isinstance(value, str) and len(value) <= 40 else "时间格式不对。"
    try:
        # Only as a date field writes it: Python also reads 20260911 and 2026-W37-5.
        fine = date.fromisoformat(value).isoformat() == value
    except (TypeError, ValueError):
        fine = False
    return None if fine else "日期格式应当是 2026-09-11。"


def _files(component: Mapping[str, Any], rules: Mapping[str, Any], value: Any) -> str | None:
    fine = isinstance(value, list) and len(value) <= LONGEST_LIST and all(
        isinstance(each, dict) and type(each.get("id")) is int for each in value
    )
    return None if fine else "附件没有上传成功，请重新上传。"


_KINDS: dict[str, Check] = {
    "textfield": _text,
    "textarea": _text,
    "number": _number,
    "checkbox": _checkbox,
    "radio": _choice,
    "select": _choice,
    "checklist": _choices,
    "taglist": _choices,
    "datetime": _day,
    "filepicker": _files,
}
KNOWN_TYPES = frozenset({*_KINDS, *_LAYOUT, "group", "dynamiclist"})
