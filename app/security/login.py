"""Sign-in with staff number and password; passwords are kept as Argon2id."""

from dataclasses import dataclass
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


@dataclass(frozen=True)
class Attempt:
    """Somebody typed a number and a password; `person_id` is None for an unknown number."""

    person_id: str | None
    fits: bool


def checked(staff_no: str, password: str) -> Attempt:
    """Compare a password with the one kept. Slow on purpose, so nothing is locked meanwhile.

    An unknown number takes as long as a known one: nobody can list who is here.
    """
    row = db.session.execute(
        select(Account.person_id, Account.password_hash).join(Person).where(Person.staff_no == staff_no)
    ).one_or_none()
    if row is None:
        _verified(_nobodys_hash(), password)
        return Attempt(None, False)
    return Attempt(row.person_id, _verified(row.password_hash, password))


def sign_in(attempt: Attempt) -> Account | None:
    """Return the account when the attempt gets in, else None; either way it is written down.

    A locked account refuses the right password as well, and somebody who has
    left is refused like a stranger.
    """
    if attempt.person_id is None:
        return None
    account = db.session.get_one(Account, attempt.person_id, with_for_update=True, populate_existing=True)
    if is_locked(account.locked_until, at=now()) or not db.session.get_one(Person, attempt.person_id).active:
        return None
    if not attempt.fits:
        account.failed_tries, account.locked_until = after_failure(account.failed_tries, at=now())
        if account.locked_until:
            audit.record("security.lock", f"person:{account.person_id}", until=account.locked_until.isoformat())
        return None
    account.failed_tries, account.locked_until, account.last_login_at = 0, None, now()
    audit.record("security.sign_in", f"person:{account.person_id}", person_id=account.person_id)
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
