"""Who did what to which thing. Rows are added, never changed."""

from datetime import datetime
from typing import Any

from sqlalchemy import String, event
from sqlalchemy.orm import Mapped, Mapper, mapped_column

from app.foundation.clock import now
from app.foundation.db import BigId, Model, add_rows


class AuditEvent(Model):
    """One act: `person_id` acted, maybe `on_behalf_of` somebody, on `thing` (`order:7`)."""

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now, index=True)
    person_id: Mapped[str | None] = mapped_column(String(16), index=True)
    on_behalf_of: Mapped[str | None] = mapped_column(String(16))
    act: Mapped[str] = mapped_column(String(60))
    thing: Mapped[str] = mapped_column(String(80), index=True)
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)


def record(
    act: str,
    thing: str,
    *,
    person_id: str | None = None,
    on_behalf_of: str | None = None,
    **details: Any,
) -> None:
    """Write one row in the caller's transaction. `details` holds JSON values (before, after)."""
    row = {"act": act, "thing": thing, "person_id": person_id, "on_behalf_of": on_behalf_of, "details": details}
    add_rows(AuditEvent, [row])


@event.listens_for(AuditEvent, "before_update")
@event.listens_for(AuditEvent, "before_delete")
def _refuse(mapper: Mapper[Any], connection: Any, target: AuditEvent) -> None:
    raise RuntimeError("the audit trail is append-only")
