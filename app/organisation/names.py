"""Names by code: people, posts, units, subjects."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from app.foundation.db import db
from app.organisation.models import OrgUnit, Person, Post, Subject


class Names(dict[str, str]):
    """Names by code; an unknown code stands for itself, nobody is empty."""

    def of(self, code: str | None) -> str:
        return self.get(code, code) if code else ""

    def joined(self, codes: Iterable[str]) -> str:
        return "、".join(self.of(each) for each in codes)


def people(ids: Iterable[str | None]) -> Names:
    """Return people's names by id, in one statement."""
    return Names(_read(Person.id, Person.name_zh, {each for each in ids if each}))


def anything(codes: Iterable[str | None]) -> Names:
    """Return the names of whatever the codes stand for, in four statements."""
    wanted = {each for each in codes if each}
    found = Names()
    for key, label in ((Person.id, Person.name_zh), (Post.code, Post.name_zh), (Subject.code, Subject.name_zh),
                       (OrgUnit.code, OrgUnit.name_zh)):  # fmt: skip
        found.update(_read(key, label, wanted))
    return found


def _read(key: Any, label: Any, wanted: set[str]) -> dict[str, str]:
    return {row[0]: row[1] for row in db.session.execute(select(key, label).where(key.in_(wanted)))}
