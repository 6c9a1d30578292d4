"""Ladders, climbed. Pure: moments and what was already told come in, steps come out."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Rung:
    """One step of a ladder: `after` working days from the deadline's day, `kind` of mail, roles told."""

    after: int
    kind: str
    to: tuple[str, ...]

    @property
    def name(self) -> str:
        """`-2`, `0`, `+3`: how the ledger calls it."""
        return f"{self.after:+d}" if self.after else "0"

    @property
    def is_reminder(self) -> bool:
        return self.after <= 0


@dataclass(frozen=True)
class Dated:
    """A rung and the moment it is due for one task."""

    rung: Rung
    at: datetime


def ladder(steps: Sequence[Mapping[str, Any]]) -> list[Rung]:
    """Return a policy's rungs from the earliest to the highest."""
    rungs = [Rung(int(step["after"]), step["kind"], tuple(step["to"])) for step in steps]
    return sorted(rungs, key=lambda rung: rung.after)


def first_rung(dated: Sequence[Dated], *, since: datetime, told: Collection[str]) -> int | None:
    """Return where a ladder is entered that is put up at `since`; None when nothing is left of it.

    Reminders whose moment had passed by then are left out; escalations are
    not: a deadline that had passed is overdue whenever the ladder was put up.
    """
    for number, each in enumerate(dated):
        if each.rung.name not in told and (each.at > since or not each.rung.is_reminder):
            return number
    return None


def missed(dated: Sequence[Dated], *, now: datetime, told: Collection[str]) -> list[Rung]:
    """Return the rungs whose moment has come and that are not in the ledger, lowest first."""
    return [each.rung for each in dated if each.at <= now and each.rung.name not in told]


def speaking(rungs: Sequence[Rung]) -> list[Rung]:
    """Return which of the missed rungs tell somebody (usually it is only one).

    Once a task is overdue its reminders are silent; of several reminders only
    the last speaks; escalations all do, each to its own people.
    """
    overdue = [rung for rung in rungs if not rung.is_reminder]
    return overdue or list(rungs[-1:])


def told_once(by_rung: Sequence[tuple[Rung, Sequence[str]]]) -> list[tuple[Rung, list[str]]]:
    """Return the recipients by rung, everybody only once: under the highest rung that names him."""
    highest = {person: rung for rung, people in by_rung for person in people}
    return [
        (rung, [person for person in dict.fromkeys(people) if highest[person] is rung]) for rung, people in by_rung
    ]
