"""A row is locked as it stands now, not as it was read before."""

from sqlalchemy import update

from app.foundation.db import db, locked, transaction
from app.organisation.models import Person


def test_a_locked_row_is_read_again(app):
    with transaction():
        person = db.session.get_one(Person, "E011")
        # As if somebody else had committed between our reading and our lock.
        elsewhere = update(Person).where(Person.id == "E011").values(name_zh="新名")
        db.session.execute(elsewhere.execution_options(synchronize_session=False))

        assert locked(Person, "E011") is person
        assert person.name_zh == "新名"


def test_what_was_changed_before_the_lock_is_not_lost(app):
    with transaction():
        db.session.get_one(Person, "E011").name_zh = "新名"

        assert locked(Person, "E011").name_zh == "新名"


def test_a_row_that_is_not_there_is_none(app):
    with transaction():
        assert locked(Person, "nobody") is None
