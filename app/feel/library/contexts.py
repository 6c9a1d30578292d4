"""Functions over contexts."""

from typing import Any

from app.feel.budget import list_of
from app.feel.calls import builtin

MAX_PATH = 30

builtin("get value(m:c, key:s)")(lambda context, key: context.get(key))


@builtin("get entries(m:c)")
def get_entries(context: dict[str, Any]) -> list[Any]:
    return [{"key": key, "value": value} for key, value in list_of(context).items()]


@builtin("context(entries:l)")
def make_context(entries: list[Any]) -> dict[str, Any] | None:
    made: dict[str, Any] = {}
    for entry in list_of(entries):
        if type(entry) is not dict or type(entry.get("key")) is not str or "value" not in entry:
            return None
        if entry["key"] in made:
            return None
        made[entry["key"]] = entry["value"]
    return made


@builtin("context put(context:c, key:s, value:x)")
def context_put(context: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    list_of(context)
    return {**context, key: value}


@builtin("context put(context:c, keys:l, value:x)")
def context_put_deep(context: dict[str, Any], keys: list[Any], value: Any) -> Any:
    if not keys or len(keys) > MAX_PATH or any(type(key) is not str for key in keys):
        return None
    if len(keys) == 1:
        return context_put(context, keys[0], value)
    inner = context.get(keys[0])
    changed = context_put_deep(inner, keys[1:], value) if type(inner) is dict else None
    return context_put(context, keys[0], changed) if changed is not None else None


@builtin("context merge(contexts:l)")
def context_merge(contexts: list[Any]) -> dict[str, Any] | None:
    made: dict[str, Any] = {}
    for context in contexts:
        if type(context) is not dict:
            return None
        made.update(list_of(context))
    return made
