"""What makes a goal complete and SMART, how goals hang together, how far they have come. Pure."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")
_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*%?\s*[-~—–至到]\s*(\d+(?:\.\d+)?)")
# A yearly plan that begins so, or ends so, is reached by staying below its number.
_AT_MOST, _AT_MOST_AFTER = ("≤", "<", "＜", "不超过", "不高于", "低于", "小于", "少于", "控制在"), ("以内", "以下")
SHORTEST_TASK = 4
# How a college's goals are broken down, from above.
LEVELS = ("OFFICE", "DEPARTMENT", "PROGRAMME", "COURSE", "TEACHER", "STUDENT")


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


def attained_percent(planned_text: str, actual: float) -> float:
    """Return how much of a yearly plan (`≥90%`, `≤3件`, `55%-85%`) a value attains, 0-100.

    A plan that has to be stayed below is attained in the ratio of plan to value.
    """
    text = planned_text.strip()
    if span := _SPAN.search(text):
        low, high = sorted((float(span[1]), float(span[2])))
        return 100.0 if low <= actual <= high else _share(actual, low) if actual < low else _share(high, actual)
    planned, _unit = quantified(text) or (0.0, "")
    if text.startswith(_AT_MOST) or text.endswith(_AT_MOST_AFTER):
        return 100.0 if actual <= planned else _share(planned, actual)
    return 100.0 if actual >= planned else _share(actual, planned)


def _share(part: float, whole: float) -> float:
    return round(min(max(100 * part / whole, 0), 100), 1) if whole > 0 else 0.0


def mean_progress(below: Sequence[float | None]) -> float | None:
    """Return a goal's progress from what lies below it (I-3): the mean; what nobody reported yet counts as nothing.

    None while nothing at all was reported.
    """
    if all(each is None for each in below):
        return None
    return round(sum(each or 0 for each in below) / len(below), 1)


# The chain of goals.


@dataclass(frozen=True)
class Place:
    """Where a goal stands: the level of its subject, and whether it is a section's within a unit.

    `plan` is its own plan or, without one, that of the nearest goal above.
    """

    subject: str
    level: str
    in_section: bool = False
    plan: str | None = None


def lies_above(upper: Place, lower: Place) -> bool:
    """Say whether a goal can be broken down into another: from a level above, or from a unit into its section."""
    if upper.subject == lower.subject:
        return lower.in_section and not upper.in_section
    return LEVELS.index(upper.level) < LEVELS.index(lower.level)


def in_branch(plan: str | None, top: str | None, parents: Mapping[str, str | None]) -> bool:
    """Say whether a plan is `top` or lies below it; `parents` maps each plan to the one above."""
    seen: set[str] = set()
    while plan is not None and plan not in seen:
        if plan == top:
            return True
        seen.add(plan)
        plan = parents.get(plan)
    return False


def branch_of(plan: str | None, parents: Mapping[str, str | None]) -> str | None:
    """Return the plan directly below the college's own that a plan is or lies below; None for the college's own.

    The special plans and what they are divided into for departments,
    programmes and courses are one branch.
    """
    seen: set[str] = set()
    while plan is not None and plan not in seen:
        above = parents.get(plan)
        if above is not None and parents.get(above) is None:
            return plan
        seen.add(plan)
        plan = above
    return None


def problem_of_parent(lower: Place, upper: Place, parents: Mapping[str, str | None]) -> str | None:
    """Return why one goal cannot hang below another (I-3), or None. `parents` maps plans to the plans above.

    A goal without a plan of its own follows the goal above into its branch.
    """
    if not lies_above(upper, lower):
        return "上级目标要在上一级：学院、系部、专业、课程、教师、学生逐级分解；同一部门内由部门分解到科室。"
    if lower.plan is None or in_branch(lower.plan, upper.plan, parents):
        return None
    if upper.plan is None:
        return "上级目标不在任何规划之内，A类任务不能由它分解，请另选上级目标。"
    branch = branch_of(lower.plan, parents)
    if branch is not None and branch == branch_of(upper.plan, parents):
        return None
    return "上级目标属于另一条规划：请选择依据同一专项规划或学院总规划的目标（I-3）。"


def makes_circle(goal: int, parent: int | None, parents: Mapping[int, int | None]) -> bool:
    """Say whether a goal would come to lie below itself; `parents` maps goals to the goals above."""
    return goal in set(_upwards(parent, parents))


def _upwards(start: int | None, parents: Mapping[int, int | None]) -> Iterator[int]:
    seen: set[int] = set()
    while start is not None and start not in seen:
        yield start
        seen.add(start)
        start = parents.get(start)


@dataclass(frozen=True)
class Link:
    """A goal in the chain; `plan` is its own."""

    id: int
    parent: int | None
    level: str
    plan: str | None = None


def plans_in_effect(links: Collection[Link]) -> dict[int, str | None]:
    """Return each goal's plan: its own, or that of the nearest goal above that has one."""
    by_id = {link.id: link for link in links}
    parents = {link.id: link.parent for link in links}
    return {
        link.id: next((by_id[each].plan for each in _upwards(link.id, parents) if each in by_id and by_id[each].plan), None)
        for link in links
    }  # fmt: skip


@dataclass(frozen=True)
class Coverage:
    """How many of some goals are taken up on a level below, and which are not."""

    level: str
    total: int
    missing: tuple[int, ...]

    @property
    def percent(self) -> float | None:
        return round(100 * (self.total - len(self.missing)) / self.total, 1) if self.total else None


def coverage(links: Collection[Link], counted: Collection[int]) -> list[Coverage]:
    """Return, for each level but the highest, how many of the `counted` goals above it some goal there takes up.

    A goal is taken up on a level by any goal there that hangs below it, at once or through others.
    """
    taken = taken_up(links)
    found = []
    for number, level in enumerate(LEVELS[1:], start=1):
        above = [link for link in links if link.id in counted and LEVELS.index(link.level) < number]
        found.append(Coverage(level, len(above), tuple(link.id for link in above if level not in taken[link.id])))
    return found


def taken_up(links: Collection[Link]) -> dict[int, set[str]]:
    """Return the levels on which something hangs below each goal."""
    parents = {link.id: link.parent for link in links}
    found: dict[int, set[str]] = {link.id: set() for link in links}
    for link in links:
        for above in _upwards(link.parent, parents):
            if above in found:
                found[above].add(link.level)
    return found
