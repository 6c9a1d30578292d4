"""What happens when a task is opened, comes near its deadline, and passes it.

A policy (`EscalationPolicy`, versioned, named by `qa:escalation` in a diagram)
is a ladder of reminders and escalations in working days around a deadline.
`observer` hears of tasks as the engine opens and withdraws them and tells their
performers; `remind_and_escalate` climbs the ladders by the clock and keeps the
ledger (`Escalation`) that no step is ever sent twice from. Who is told is
found out on the day (scenario 34). Nothing here changes a task but the moment
it is looked at next.
"""

from app.escalation.jobs import remind_and_escalate, tell_students
from app.escalation.models import Escalation, EscalationPolicy
from app.escalation.observer import observer
from app.escalation.policies import ensure_policies

__all__ = ["Escalation", "EscalationPolicy", "ensure_policies", "observer", "remind_and_escalate", "tell_students"]
