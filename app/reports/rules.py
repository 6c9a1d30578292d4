"""How a window of a unit stands, and what counts in the statistics. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Standing(StrEnum):
    """The state of one self-diagnosis: of one unit, for one window."""

    ON_TIME = "ON_TIME"
    LATE = "LATE"
    MISSED = "MISSED"
    OVERDUE = "OVERDUE"
    WAITING = "WAITING"
    EXCUSED = "EXCUSED"
    SKIPPED = "SKIPPED"
    NONE = "NONE"


_RECORDED = {
    "SUBMITTED": Standing.ON_TIME,
    "LATE": Standing.LATE,
    "MISSED": Standing.MISSED,
    "EXCUSED": Standing.EXCUSED,
}


def standing(*, skipped: bool, record: str | None, due_at: datetime | None, now: datetime) -> Standing:
    """Return how a window stands. `record` is the status of the self-diagnosis, None when there is none."""
    if record in _RECORDED:
        return _RECORDED[record]
    if record is None:
        return Standing.SKIPPED if skipped else Standing.NONE
    return Standing.OVERDUE if due_at is not None and due_at < now else Standing.WAITING


@dataclass(frozen=True)
class Tally:
    """How many self-diagnoses stand how. `missing` are the missed ones and those past their deadline.

    Windows without a working day, and units that are excused, owe nothing
    (scenario 15); what is not due yet does not count for or against.
    """

    on_time: int = 0
    late: int = 0
    missing: int = 0
    waiting: int = 0

    @property
    def owed(self) -> int:
        return self.due + self.waiting

    @property
    def due(self) -> int:
        return self.on_time + self.late + self.missing

    @property
    def done(self) -> int:
        return self.on_time + self.late

    @property
    def percent(self) -> int | None:
        """The share handed in on time, whole percent; None while nothing was due. Only 100 of 100 is 100."""
        return 100 * self.on_time // self.due if self.due else None


def tally(standings: Iterable[Standing]) -> Tally:
    """Count."""
    return counted_as(Counter(standings))


def counted_as(counted: Mapping[Standing, int]) -> Tally:
    """Return the tally of so many of each; what is not named is none."""
    counted = Counter(counted)
    return Tally(
        on_time=counted[Standing.ON_TIME],
        late=counted[Standing.LATE],
        missing=counted[Standing.MISSED] + counted[Standing.OVERDUE],
        waiting=counted[Standing.WAITING],
    )


# The share of windows handed in on time as the college judges it (indicator IC05): target, standard, red line.
TARGET, STANDARD, RED_LINE = 100, 95, 85


def grade_of(percent: int | None) -> str:
    """Return the level of a share on time: GREEN, BLUE, YELLOW or RED; empty while nothing was due."""
    if percent is None:
        return ""
    if percent >= TARGET:
        return "GREEN"
    if percent >= STANDARD:
        return "BLUE"
    return "YELLOW" if percent >= RED_LINE else "RED"
