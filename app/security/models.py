"""What the gate remembers: one account per person who may sign in."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.db import Model


class Account(Model):
    """A person's way in. `failed_tries` counts since the last success or lock."""

    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    failed_tries: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    last_login_at: Mapped[datetime | None]
    must_change: Mapped[bool] = mapped_column(default=False)
    # Grows with every change of the password: sessions begun before it end.
    generation: Mapped[int] = mapped_column(default=0)
