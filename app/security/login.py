"""Sign-in with staff number and password; passwords are kept as Argon2id."""

from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select

from app.foundation import audit
from app.foundation.clock import now
from app.foundation.db import db
from app.foundation.errors import Invalid
from app.organisation.models import Person
from app.security.models import Account
from app.security.rules import after_failure, is_locked, password_problem

_hasher = PasswordHasher()


def hashed(password: str) -> str:
    """Return the password as it is kept."""
    return _hasher.hash(password)


def open_account(person_id: str, *, password_hash: str, must_change: bool = False) -> Account:
    """Let a person sign in. With `must_change` the first sign-in asks for another password."""
    row = Account(person_id=person_id, password_hash=password_hash, must_change=must_change, failed_tries=0)
    db.session.add(row)
    return row


def try_to_sign_in(staff_no: str, password: str) -> Account | None:
    """Return the account when number and password fit, else None; either way it is written down.

    An unknown number, a wrong password, a locked account and a person who has
    left take as long and answer alike, so that nobody can list who is here.
    """
    row = db.session.execute(
        select(Account, Person).join(Person).where(Person.staff_no == staff_no).with_for_update()
    ).one_or_none()
    if row is None:
        _verified(_nobodys_hash(), password)
        return None
    account, person = row
    fits = _verified(account.password_hash, password)
    if not person.active or is_locked(account.locked_until, at=now()):
        return None
    if not fits:
        account.failed_tries, account.locked_until = after_failure(account.failed_tries, at=now())
        if account.locked_until:
            audit.record("security.lock", f"person:{person.id}", until=account.locked_until.isoformat())
        return None
    account.failed_tries, account.locked_until, account.last_login_at = 0, None, now()
    if _hasher.check_needs_rehash(account.password_hash):
        account.password_hash = hashed(password)
    audit.record("security.sign_in", f"person:{person.id}", person_id=person.id)
    return account


def set_password(person_id: str, *, old: str, new: str) -> Account:
    """Change one's own password; sessions elsewhere end. Raises `Invalid` by field."""
    account = db.session.get_one(Account, person_id, with_for_update=True)
    staff_no = db.session.get_one(Person, person_id).staff_no
    problems = {}
    if not _verified(account.password_hash, old):
        problems["old"] = "现在的密码不正确。"
    elif new == old:
        problems["new"] = "新密码不能与现在的相同。"
    elif problem := password_problem(new, staff_no=staff_no):
        problems["new"] = problem
    if problems:
        raise Invalid("密码没有修改。", problems)
    account.password_hash, account.must_change = hashed(new), False
    account.generation += 1
    audit.record("security.password", f"person:{person_id}", person_id=person_id)
    return account


def _verified(kept: str, password: str) -> bool:
    try:
        return _hasher.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    return hashed("nobody has this one")
