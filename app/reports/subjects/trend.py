"""A small chart of an indicator: the last values over bands of target, standard and red line. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 240.0, 72.0
INSET = 8.0


@dataclass(frozen=True)
class Limits:
    """The limits a value is judged by; `direction` is UP, DOWN or RANGE."""

    direction: str
    target: float | None = None
    target_high: float | None = None
    standard: float | None = None
    warn_low: float | None = None
    warn_high: float | None = None

    @property
    def known(self) -> list[float]:
        return [
            each for each in (self.target, self.target_high, self.standard, self.warn_low, self.warn_high) if each is not None
        ]


@dataclass(frozen=True)
class Band:
    """A stretch of one level, in pixels from above; `style` is g, b, y or r."""

    y: float
    height: float
    style: str


@dataclass(frozen=True)
class Line:
    """A limit, in pixels from above; `kind` is target, standard or red."""

    y: float
    kind: str


@dataclass(frozen=True)
class Chart:
    """All a template needs to draw the chart in a 240 x 72 box. `end` is the newest value's place."""

    bands: list[Band]
    lines: list[Line]
    points: str
    end: tuple[float, float] | None


def chart(values: Sequence[float], limits: Limits) -> Chart:
    """Lay out the chart; without limits there are no bands, without values no line."""
    low, high = _scale([*values, *limits.known])

    def at(number: float) -> float:
        return round(HEIGHT - (number - low) / (high - low) * HEIGHT, 1)

    step = (WIDTH - 2 * INSET) / max(len(values) - 1, 1)
    places = [(round(INSET + number * step, 1), at(value)) for number, value in enumerate(values)]
    if len(places) == 1:
        places = [(INSET, places[0][1]), (WIDTH - INSET, places[0][1])]
    return Chart(
        bands=_bands(limits, at), lines=_lines(limits, at),
        points=" ".join(f"{x:g},{y:g}" for x, y in places), end=places[-1] if places else None,
    )  # fmt: skip


def _bands(limits: Limits, at: Callable[[float], float]) -> list[Band]:
    """From below upwards, each level up to its own edge."""
    if limits.direction == "RANGE":
        edges = [("r", limits.warn_low), ("y", limits.target), ("g", limits.target_high), ("y", limits.warn_high)]
        last = "r"
    elif limits.direction == "DOWN":
        edges = [("g", limits.target), ("b", limits.standard), ("y", limits.warn_high)]
        last = "r"
    else:
        edges = [("r", limits.warn_low), ("y", limits.standard), ("b", limits.target)]
        last = "g"
    known = [(style, edge) for style, edge in edges if edge is not None]
    if not known:
        return []
    bands, below = [], HEIGHT
    for style, edge in known:
        y = min(max(at(edge), 0.0), below)
        bands.append(Band(y, round(below - y, 1), style))
        below = y
    bands.append(Band(0.0, round(below, 1), last))
    return [each for each in bands if each.height > 0]


def _lines(limits: Limits, at: Callable[[float], float]) -> list[Line]:
    kinds = [
        ("target", limits.target), ("target", limits.target_high), ("standard", limits.standard),
        ("red", limits.warn_low), ("red", limits.warn_high),
    ]  # fmt: skip
    return [Line(at(value), kind) for kind, value in kinds if value is not None]


def _scale(numbers: Sequence[float]) -> tuple[float, float]:
    """Return the ends of the scale, with some air above and below."""
    if not numbers:
        return 0.0, 1.0
    low, high = min(numbers), max(numbers)
    air = (high - low or abs(high) or 1.0) * 0.18
    return low - air, high + air
