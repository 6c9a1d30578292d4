"""What people must be told, by mail.

A mail is a row that is written in the same transaction as what it tells of
(`outbox`), worded in the language of its reader (`wording`), and carried to the
mail server by the clock (`jobs`, `mailer`). Without a mail server the pages
here are the mail program. Who is told what is decided elsewhere: the wording
stands in `<room>/templates/mail/` of the room that has something to say.
"""

from app.notifications.jobs import deliver_outbox
from app.notifications.models import OutgoingMail
from app.notifications.outbox import enqueue

__all__ = ["OutgoingMail", "deliver_outbox", "enqueue"]
