"""Pure parts: when an account is locked, where a sign-in may lead, how far a grant reaches."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

MOST_TRIES = 5
LOCK = timedelta(minutes=15)
SHORTEST_PASSWORD = 10
PERSON_LAYERS = frozenset({"TEACHER", "STUDENT"})


def is_locked(locked_until: datetime | None, *, at: datetime) -> bool:
    """Say whether an account refuses every password at a moment."""
    return locked_until is not None and at < locked_until


def after_failure(failed_tries: int, *, at: datetime) -> tuple[int, datetime | None]:
    """Return the new count of failures and, at the fifth, until when the account is locked."""
    tries = failed_tries + 1
    return (0, at + LOCK) if tries >= MOST_TRIES else (tries, None)


def password_problem(new: str, *, staff_no: str) -> str | None:
    """Return what is wrong with a new password, as a sentence, or None."""
    if len(new) < SHORTEST_PASSWORD:
        return f"至少 {SHORTEST_PASSWORD} 个字符。"
    if staff_no and staff_no in new:
        return "不能包含自己的工号。"
    if len(set(new)) < 4:
        return "太容易猜到，请用更多不同的字符。"
    return None


def safe_next(address: str | None) -> str:
    """Return an address inside this site, or the desk.

    `//host`, `/\\host`, other schemes and control characters would lead a
    person who has just typed the password somewhere else.
    """
    if not address or not address.startswith("/") or address.startswith(("//", "/\\")):
        return "/"
    if any(ord(letter) < 33 or letter == "\\" for letter in address):
        return "/"
    parts = urlsplit(address)
    return "/" if parts.scheme or parts.netloc else address


@dataclass(frozen=True, kw_only=True)
class Area:
    """One part of a reach. Exactly one of `everything`, `units`, `subjects`, `person`, `counsellor` says where.

    `units` are expanded (with the sections below), `subjects` are subject
    codes or patterns; `counsellor` means the students a person looks after; `only` and `without` limit the area to some layers.
    """

    everything: bool = False
    units: frozenset[str] = frozenset()
    subjects: frozenset[str] = frozenset()
    person: str | None = None
    counsellor: str | None = None
    only: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class SubjectFacts:
    """What decides whether a subject lies in an area."""

    code: str
    layer: str
    unit: str
    responsible: str | None
    counsellor: str | None = None


def area_covers(area: Area, subject: SubjectFacts) -> bool:
    """Say whether a quality subject lies in the area."""
    if subject.layer in area.without or (area.only and subject.layer not in area.only):
        return False
    if area.everything or subject.unit in area.units:
        return True
    if area.counsellor is not None and area.counsellor == subject.counsellor:
        return True
    if area.person is not None and area.person in (subject.code, subject.responsible):
        return True
    return any(fnmatchcase(subject.code, pattern) for pattern in area.subjects)


def scope_codes(scope: str) -> list[str]:
    """Return the codes and patterns of a grant's scope: `OFF-JWC,DEP-*`."""
    return [each.strip() for each in scope.split(",") if each.strip()]


def expanded_units(scope: str, parents: Mapping[str, str | None]) -> frozenset[str]:
    """Return the units a scope names, with every unit below them.

    `parents` maps each unit's code to its parent's. `ALL` names every unit.
    """
    if scope == "ALL":
        return frozenset(parents)
    patterns = scope_codes(scope)
    return below({code for code in parents if any(fnmatchcase(code, each) for each in patterns)}, parents)


def below(codes: Iterable[str], parents: Mapping[str, str | None]) -> frozenset[str]:
    """Return the units and all units under them."""
    found = set(codes)
    while True:
        more = {code for code, parent in parents.items() if parent in found} - found
        if not more:
            return frozenset(found)
        found |= more
