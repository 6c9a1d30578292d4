"""What a record of a special meeting needs. Pure."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

CATEGORIES = {
    "OBJECTIVE_CONDITION": "客观条件限制",
    "RESOURCE_SHORTAGE": "资源配置不足",
    "COORDINATION": "跨部门协调问题",
    "CAPABILITY": "能力不足",
    "NEGLIGENCE": "履职不力",
    "FALSIFICATION": "弄虚作假",
}
SEVERITIES = {"GENERAL": "一般", "SERIOUS": "较重", "MAJOR": "重大"}


def problems_of_record(
    resolutions: Sequence[Mapping[str, Any]],
    tasks: Sequence[Mapping[str, Any]],
    *,
    items: Collection[str],
    today: date,
) -> dict[str, str]:
    """Return what a record lacks: one resolution per item, and for each at least one dated task."""
    problems: dict[str, str] = {}
    resolved = [str(row.get("item")) for row in resolutions]
    if missing := [item for item in items if item not in resolved]:
        problems["resolutions"] = f"还有 {len(missing)} 个议题没有决议。"
    for number in range(len(resolutions)):
        if resolved.count(resolved[number]) > 1:
            problems[f"resolutions.{number}.item"] = "每个议题只写一条决议。"
        if resolved[number] not in {str(task.get("item")) for task in tasks}:
            problems[f"resolutions.{number}.text"] = "每条决议至少要有一项任务（责任人和期限）。"
    for number, task in enumerate(tasks):
        if str(task.get("item")) not in items:
            problems[f"tasks.{number}.item"] = "请选择任务所属的议题。"
        if not task.get("person"):
            problems[f"tasks.{number}.person"] = "请选择责任人。"
        if not task.get("due_on") or date.fromisoformat(task["due_on"]) < today:
            problems[f"tasks.{number}.due_on"] = "请填写今天以后的期限。"
    return problems


def resolution_state(*, effective: bool | None, tasks_left: int, follow_up_planned: bool) -> str:
    """Return how far a resolution is: TASKS, APPOINT (verifiers), VERIFY, EFFECTIVE or FAILED."""
    if effective is not None:
        return "EFFECTIVE" if effective else "FAILED"
    if tasks_left:
        return "TASKS"
    return "VERIFY" if follow_up_planned else "APPOINT"
