"""Hears from the engine which tasks were opened and taken back."""

from app.engine import HumanTask
from app.escalation import policies, schedule, telling
from app.escalation.recipients import performers_of
from app.foundation.clock import now

# The verb of a diagram's actions that send work back to whoever did it.
RETURN = "return"
# The ladder without a step.
NOBODY_PRESSES = "none"


class TaskWatch:
    """The engine's `TaskObserver`: tells performers, and puts up each task's ladder."""

    def opening(self, tasks: list[HumanTask]) -> None:
        """Freeze the policy's version on each task and set its first step."""
        for task in tasks:
            policy = policies.newest(task.escalation, task.layer)
            task.escalation = f"{policy.key}:{policy.version}"
            task.nudge_no, task.nudge_at = schedule.put_up(schedule.dated_ladder(task), since=now(), told=set())

    def opened(self, tasks: list[tuple[HumanTask, list[str]]], *, verb: str | None, opinion: str) -> None:
        """Tell each task's performers."""
        returned = verb is not None and verb.startswith(RETURN)
        for task, performers in tasks:
            telling.tell_opened(task, sorted(performers), returned=returned, reason=opinion)

    def withdrawn(self, tasks: list[HumanTask], *, reason: str) -> None:
        """Tell the performers of tasks that nobody needs to do any more.

        Who was never pressed for an answer is not told either that its time has
        passed: his silence was meant.
        """
        performers = performers_of([task.id for task in tasks])
        for task in tasks:
            if task.escalation.partition(":")[0] == NOBODY_PRESSES and task.due_at is not None and task.due_at <= now():
                continue
            telling.tell_withdrawn(task, performers.get(task.id, []), reason=reason)


observer = TaskWatch()
