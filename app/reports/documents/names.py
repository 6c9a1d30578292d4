"""Names on paper: what a code stands for (`organisation.names`), and the college's own."""

from flask import current_app
from sqlalchemy import select

from app.foundation.db import db
from app.organisation.models import OrgUnit, UnitKind
from app.organisation.names import Names, anything, people

__all__ = ["Names", "anything", "college", "people"]


def college() -> str:
    """Return the college's name: as set, or the root unit's."""
    named = select(OrgUnit.name_zh).where(OrgUnit.kind == UnitKind.COLLEGE).limit(1)
    return current_app.config.get("COLLEGE_NAME") or db.session.scalar(named) or ""
