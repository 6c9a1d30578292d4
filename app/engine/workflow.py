"""SpiffWorkflow's workflow without its walks over the whole tree.

Same meaning as `BpmnWorkflow`, but the queries for unfinished work scan the
tasks that are there (few, after pruning) instead of walking the history, and
nothing is cut at depth 1000.
"""

from typing import Any

from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

from app.engine.errors import BudgetExceeded

MOST_STEPS = 2_000


class FlatWorkflow(BpmnWorkflow):
    """A workflow whose cost per step does not grow with its age."""

    completed: bool

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Dropped tasks would stay in the event manager and wake as ghosts.
        self.task_removed_event.connect(_forget)

    @staticmethod
    def _flat(workflow: Any, mask: int) -> list[Any]:
        return [task for task in list(workflow.tasks.values()) if task._state & mask]

    def is_completed(self) -> bool:
        if not self.completed:
            self.completed = not any(
                task._state & TaskState.NOT_FINISHED_MASK for task in self.tasks.values()
            )
        return self.completed

    def update_waiting_tasks(self) -> None:
        for task in self._flat(self, TaskState.WAITING):
            task.task_spec._update(task)

    def _do_engine_steps(self, will_complete_task: Any = None, did_complete_task: Any = None) -> bool:
        active, passed = self.get_active_subprocesses(), 0
        for subprocess in sorted(active, key=lambda each: each.depth, reverse=True):
            while count := self._pass_ready(subprocess, did_complete_task):
                passed += count
            task = self.get_task_from_id(subprocess.parent_task_id)
            task.task_spec._update(task)
        passed += self._pass_ready(self, did_complete_task)
        # What passed may have ended one subprocess and begun another: as many are active, and there is more to do.
        return passed > 0 or len(self.get_active_subprocesses()) > len(active)

    def _pass_ready(self, workflow: Any, did_complete_task: Any) -> int:
        passed = 0
        for task in self._flat(workflow, TaskState.READY):
            still_ready = task._state == TaskState.READY and task.id in workflow.tasks
            if still_ready and not task.task_spec.manual:
                self._steps_left = getattr(self, "_steps_left", MOST_STEPS) - 1
                if self._steps_left < 0:
                    raise BudgetExceeded(
                        f"流程在一次动作中走了超过 {MOST_STEPS} 步，可能有死循环。",
                        node=task.task_spec.name,
                    )
                task.run()
                passed += 1
                if did_complete_task:
                    did_complete_task(task)
        return passed

    def all_tasks(self) -> list[Any]:
        """Return the tasks of this workflow and its subprocesses that are still in the tree."""
        return [t for w in (self, *self.subprocesses.values()) for t in w.tasks.values()]

    def find(self, hex_id: str) -> Any | None:
        """Return the task with this id, or None when it has gone."""
        return next((task for task in self.all_tasks() if task.id.hex == hex_id), None)


def _forget(workflow: Any, task: Any) -> None:
    workflow.top_workflow.event_manager.remove_task(task)
