"""Tasks of a big brain and their lives (CMD-16). This robot knows the skill `wait`; others are refused."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .. import schema
from ..schema import TaskAction, TaskState

_ALIVE = (TaskState.QUEUED, TaskState.RUNNING, TaskState.PAUSED)
_CHANGES = {
    (TaskAction.CANCEL, TaskState.QUEUED): TaskState.CANCELLED, (TaskAction.CANCEL, TaskState.RUNNING): TaskState.CANCELLED,
    (TaskAction.CANCEL, TaskState.PAUSED): TaskState.CANCELLED, (TaskAction.PAUSE, TaskState.RUNNING): TaskState.PAUSED,
    (TaskAction.RESUME, TaskState.PAUSED): TaskState.RUNNING,
}


@dataclass(slots=True)
class Task:
    command_id: int
    id: str
    length_ns: int
    state: int = TaskState.QUEUED
    ends_ns: int = 0


def _length(node: Any) -> int:
    """Of a plan made of waits, ns."""
    own = sum(max(0, min(p.duration_ns, 3_600_000_000_000)) for p in node.parameters if p.WhichOneof("value") == "duration_ns")
    return own + sum(map(_length, node.children))


@dataclass(slots=True)
class TaskList:
    tasks: list[Task] = field(default_factory=list)

    @property
    def active_count(self) -> int:
        return sum(task.state in _ALIVE for task in self.tasks)

    def add(self, request: Any) -> None:
        self.tasks = [task for task in self.tasks if task.state in _ALIVE][-64:]
        self.tasks.append(Task(request.command_id, request.task_id, _length(request.root)))

    def advance(self, now: int) -> list[Any]:
        """Moves tasks on; the events to report."""
        if not self.tasks:
            return []
        events = []
        busy = any(task.state in (TaskState.RUNNING, TaskState.PAUSED) for task in self.tasks)
        queued = next((task for task in self.tasks if task.state == TaskState.QUEUED), None)
        if queued and not busy:
            queued.ends_ns = now + queued.length_ns
            events.append(self._change(queued, TaskState.RUNNING, 0, now))
        for task in self.tasks:
            if task.state == TaskState.RUNNING and now >= task.ends_ns:
                events.append(self._change(task, TaskState.SUCCEEDED, 0, now))
        return events

    def control(self, request: Any, now: int) -> Any | None:
        for task in reversed(self.tasks):
            if task.id == request.task_id:
                state = _CHANGES.get((request.action, task.state))
                return self._change(task, state, 0, now) if state else None
        return None

    def abort(self, cause: int, now: int) -> list[Any]:
        """Ends everything that lives: a stop is never survived by a task."""
        return [self._change(task, TaskState.ABORTED_BY_SAFETY, cause, now) for task in self.tasks if task.state in _ALIVE]

    @staticmethod
    def _change(task: Task, state: int, cause: int, now: int) -> Any:
        previous, task.state = task.state, state
        return schema.TaskEvent(command_id=task.command_id, task_id=task.id, to=state, cause=cause, time_ns=now,
                                **{"from": previous})
