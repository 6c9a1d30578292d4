"""Doors for the clock. Each call works off what is due and returns how much that was."""

from app.engine import messages, recurrence, runtime
from app.engine.models import Message, Recurrence, Timer
from app.foundation.worklist import work_off


def fire_due_timers() -> int:
    """Wake every instance whose timer is due."""
    return work_off(Timer, runtime.wake)


def deliver_messages() -> int:
    """Carry facts, calls and reports of children; what they cause in turn as well."""
    return work_off(Message, messages.deliver)


def open_windows() -> int:
    """Open the windows of recurring call activities that are due."""
    return work_off(Recurrence, recurrence.open_window)
