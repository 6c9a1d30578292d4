"""The geometry of a bullet bar: a value against target, standard and red line."""

from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

Number = int | float | Decimal
WIDTH = 320.0
LABEL_ROOM = 64.0  # two labels closer than this lean away from each other


class Band(NamedTuple):
    """A stretch of one level; `style` is g, b, y or r."""

    x: float
    width: float
    style: str


class Mark(NamedTuple):
    """A line at the target, at the standard, or at `both`."""

    x: float
    kind: str
    value: float
    anchor: str


class Bullet(NamedTuple):
    """All a template needs to draw the bar in a 320 x 44 box."""

    bands: list[Band]
    marks: list[Mark]
    start: float
    length: float
    style: str


def geometry(
    value: Number | None,
    target: Number | None = None,
    standard: Number | None = None,
    warn_low: Number | None = None,
    warn_high: Number | None = None,
    direction: str = "UP",
) -> Bullet:
    """Lay out the bar; limits that an indicator does not have are left out."""
    down = str(getattr(direction, "name", direction)).upper() == "DOWN"
    goal, norm = _float(target), _float(standard)
    red = _float(warn_high if down else warn_low)
    shown = _float(value)
    low, high = _range([n for n in (goal, norm, red, shown) if n is not None])

    def at(number: float) -> float:
        return round((number - low) / (high - low) * WIDTH, 1)

    edges = [("r", red), ("y", norm), ("b", goal)]  # a level reaches up to its own edge
    bands, x = [], 0.0
    for style, edge in edges if not down else [("g", goal), ("b", norm), ("y", red)]:
        if edge is not None:
            bands.append(Band(x, round(max(at(edge) - x, 0), 1), style))
            x = max(at(edge), x)
    bands.append(Band(x, round(WIDTH - x, 1), "r" if down else "g"))
    length = 0.0 if shown is None else at(shown)
    under = [band.style for band in bands if band.x <= length and band.width > 0]
    return Bullet([b for b in bands if b.width > 0], _marks(goal, norm, at), 0.0, length, under[-1] if under else "n")


def _marks(goal: float | None, norm: float | None, at: Callable[[float], float]) -> list[Mark]:
    if goal is not None and goal == norm:  # two labels on one spot could not be read
        x = at(goal)
        return [Mark(min(max(x, 1.0), WIDTH - 1), "both", goal, "start" if x < 40 else "end" if x > WIDTH - 40 else "middle")]
    found = sorted(
        (at(number), kind, number) for kind, number in (("standard", norm), ("target", goal)) if number is not None
    )
    crowded = len(found) == 2 and found[1][0] - found[0][0] < LABEL_ROOM
    marks = []
    for place, (x, kind, number) in enumerate(found):
        anchor = "middle"
        if crowded:
            anchor = "end" if place == 0 else "start"
        if x < 28 and not (crowded and place == 1):
            anchor = "start"
        elif x > WIDTH - 28 and not (crowded and place == 0):
            anchor = "end"
        marks.append(Mark(min(max(x, 1.0), WIDTH - 1), kind, number, anchor))
    return marks


def _range(numbers: list[float]) -> tuple[float, float]:
    """Return the ends of the scale: some air on both sides, no negative side without negative numbers."""
    if not numbers:
        return 0.0, 1.0
    low, high = min(numbers), max(numbers)
    air = (high - low or abs(high) or 1.0) * 0.25
    start = low - air
    return (max(start, 0.0) if low >= 0 else start), high + air


def _float(number: Number | None) -> float | None:
    return None if number is None else float(number)
