"""What makes a goal complete and SMART. Pure."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")
SHORTEST_TASK = 4


def quantified(text: str) -> tuple[float, str] | None:
    """Return the number and the unit in a yearly plan (`≤5件` gives 5 and 件), None without a number."""
    found = _NUMBER.search(text or "")
    if found is None:
        return None
    return float(found.group()), text[found.end() :].strip()[:20]


def problems_of_goal(
    goal: Mapping[str, Any], years: Iterable[int], *, place: str, has_post: bool = True
) -> dict[str, str]:
    """Return what keeps a goal from being saved as final (I-1, I-2, SMART), by field below `place`.

    Specific: task and observation point. Measurable and time-bound: a number
    for every plan year. Relevant: plan, decision or duty by type. Assignable:
    post and person; the goals of somebody without a post (`has_post`) are his own.
    """
    problems: dict[str, str] = {}

    def say(field: str, sentence: str) -> None:
        problems[f"{place}{field}"] = sentence

    if len(str(goal.get("task_zh") or "").strip()) < SHORTEST_TASK:
        say("task_zh", f"目标任务要写具体（至少 {SHORTEST_TASK} 个字，SMART：具体）。")
    if not str(goal.get("observation_point") or "").strip():
        say("observation_point", "请写观测点：用什么来衡量（SMART：可衡量）。")
    for position, year in enumerate(years, start=1):
        if quantified(str(goal.get(f"year_{position}") or "")) is None:
            say(f"year_{position}", f"{year}年的年度计划没有量化数值（SMART：可衡量、有时限）。")
    match goal.get("task_type"):
        case "A" if not goal.get("plan"):
            say("plan", "A类任务来自规划，请选择所依据的规划。")
        case "B" if not str(goal.get("basis") or "").strip():
            say("basis", "B类任务是规划外年度重点工作，请写明领导决定（会议或文件）。")
        case "C" if not str(goal.get("basis") or "").strip():
            say("basis", "C类任务是常规工作，请写明所依据的岗位职责。")
        case "A" | "B" | "C":
            pass
        case _:
            say("task_type", "请选择任务类型 A、B 或 C。")
    if has_post and not goal.get("post"):
        say("post", "请选择归属岗位。")
    if not goal.get("responsible"):
        say("responsible", "请选择具体负责人。")
    return problems


def lags_behind(progress_percent: float | None, *, elapsed_percent: float, tolerance: float = 15) -> bool:
    """Say whether progress is more than `tolerance` points behind the share of the year that has passed."""
    return progress_percent is not None and progress_percent < elapsed_percent - tolerance
