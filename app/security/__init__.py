"""Who may come in, and who may do or see what.

Accounts and sign-in (`login`, `pages`), the guard in front of every page
(`guards`), one table of permissions (`permissions`) and how far a person's
permission reaches among the quality subjects (`reach`). What a kind of thing
shows to whom is one query in that kind's room; it starts from here.
"""

from app.security.guards import current_person, current_person_id, guard_pages
from app.security.login import hashed, open_account, set_password
from app.security.reach import Reach, reach_of, roles_held

__all__ = [
    "Reach",
    "current_person",
    "current_person_id",
    "guard_pages",
    "hashed",
    "open_account",
    "reach_of",
    "roles_held",
    "set_password",
]
