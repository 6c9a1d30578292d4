"""The 8-shaped spiral: its stations, which of them a subject has passed, and the curve they lie on. Pure.

Left the static loop, one turn per assessment period (R-073); right the dynamic
loop, one turn per window (R-074). They share the crossing: plan and carry out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

Point = tuple[float, float]


class State(StrEnum):
    DONE = "DONE"
    CURRENT = "CURRENT"
    AHEAD = "AHEAD"
    ALERT = "ALERT"


@dataclass(frozen=True)
class Station:
    """A station: its key, its names, where it lies in a 1000 x 320 box, and where its label goes."""

    key: str
    name_zh: str
    x: float
    y: float
    label: str  # above, below, left or right


@dataclass(frozen=True)
class Facts:
    """What decides how far a subject is. Counts; `windows_due` are those the subject has been asked for so far."""

    goals: int = 0
    goals_confirmed: int = 0
    standards: int = 0
    plans: int = 0
    people: int = 0
    tasks_done: int = 0
    tasks: int = 0
    diagnoses_done: int = 0
    windows_due: int = 0
    diagnosis_open: bool = False
    assessments: int = 0
    assessments_issued: int = 0
    achievements: int = 0
    measures_open: int = 0
    measures_done: int = 0
    orders_open: int = 0
    orders_closed: int = 0
    indicators_read: int = 0
    indicators: int = 0
    warnings: int = 0
    adjustments: int = 0
    running: bool = False


CROSSING: Point = (600, 158)
STATIC = (
    Station("goals", "建设目标", 178, 158, "left"),
    Station("standards", "考核标准", 222, 242, "below"),
    Station("plan", "任务计划", 314, 264, "below"),
    Station("organise", "组织", 408, 242, "below"),
    Station("carry_out", "实施", 506, 204, "below"),
    Station("diagnosis", "自我诊断", 506, 112, "above"),
    Station("assessment", "考核性诊断", 408, 74, "above"),
    Station("learning", "创新学习", 314, 52, "above"),
    Station("improvement", "改进提升", 222, 74, "above"),
)
DYNAMIC = (
    Station("monitoring", "监测分析", 716, 100, "above"),
    Station("warnings", "发布预警", 906, 158, "right"),
    Station("adjustment", "调整改进", 716, 216, "below"),
)
# The right lobe is round although it has only three stations.
_BENDS: tuple[Point, ...] = ((820, 66), (820, 250))


def counts(facts: Facts) -> dict[str, str]:
    """Return what each station shows: a count, or done/all."""
    return {
        "goals": str(facts.goals),
        "standards": str(facts.standards),
        "plan": str(facts.plans),
        "organise": str(facts.people),
        "carry_out": f"{facts.tasks_done}/{facts.tasks}",
        "diagnosis": f"{facts.diagnoses_done}/{facts.windows_due}",
        "assessment": str(facts.assessments),
        "learning": str(facts.achievements),
        "improvement": str(facts.measures_done + facts.orders_closed),
        "monitoring": f"{facts.indicators_read}/{facts.indicators}",
        "warnings": str(facts.warnings),
        "adjustment": str(facts.adjustments + facts.measures_open),
    }


def present(facts: Facts) -> str:
    """Return the station at which the subject stands: the furthest one with something under way."""
    if not facts.running and not facts.orders_open:
        return ""
    if facts.orders_open:
        return "improvement"
    if facts.assessments > facts.assessments_issued:
        return "assessment"
    if facts.goals == 0 or facts.goals_confirmed < facts.goals:
        return "goals"
    return "diagnosis" if facts.diagnosis_open else "carry_out"


def states(facts: Facts) -> dict[str, State]:
    """Return the state of every station."""
    done = {
        "goals": facts.goals > 0 and facts.goals_confirmed == facts.goals,
        "standards": facts.standards > 0,
        "plan": facts.plans > 0,
        "organise": facts.people > 0 and facts.goals_confirmed > 0,
        "carry_out": facts.tasks > 0 and facts.tasks_done == facts.tasks,
        "diagnosis": facts.windows_due > 0 and facts.diagnoses_done >= facts.windows_due,
        "assessment": facts.assessments_issued > 0,
        "learning": facts.achievements > 0,
        "improvement": facts.measures_done + facts.orders_closed > 0 and not facts.orders_open,
        "monitoring": facts.indicators_read > 0,
        "warnings": facts.windows_due > 0,
        "adjustment": facts.adjustments + facts.measures_open > 0,
    }
    found = {key: State.DONE if passed else State.AHEAD for key, passed in done.items()}
    if facts.warnings:
        found["warnings"] = State.ALERT
    if at := present(facts):
        found[at] = State.CURRENT
    return found


def curves() -> Mapping[str, str]:
    """Return the paths of both lobes as SVG, each from the crossing back to it in the direction of the loop."""
    static = [CROSSING, *((each.x, each.y) for each in (*STATIC[5:], *STATIC[:5])), CROSSING]
    monitoring, warned, adjusted = ((each.x, each.y) for each in DYNAMIC)
    dynamic = [CROSSING, monitoring, _BENDS[0], warned, _BENDS[1], adjusted, CROSSING]
    return {"static": smooth(static), "dynamic": smooth(dynamic)}


def smooth(points: Sequence[Point]) -> str:
    """Return a smooth SVG path through the points (Catmull-Rom as cubic Béziers)."""
    path = [f"M{points[0][0]:g} {points[0][1]:g}"]
    last = len(points) - 1
    for at in range(last):
        before, start, end, after = points[max(at - 1, 0)], points[at], points[at + 1], points[min(at + 2, last)]
        first = (start[0] + (end[0] - before[0]) / 6, start[1] + (end[1] - before[1]) / 6)
        second = (end[0] - (after[0] - start[0]) / 6, end[1] - (after[1] - start[1]) / 6)
        path.append(f"C{first[0]:.1f} {first[1]:.1f} {second[0]:.1f} {second[1]:.1f} {end[0]:g} {end[1]:g}")
    return "".join(path)
