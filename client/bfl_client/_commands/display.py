"""What the `bfl` command says: to a person, or with --json to a program. All commands speak through it.

With --json stdout has JSON and nothing else, one object a line, errors included; notes for a person go to stderr.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from bfl_client._batch import BatchResult
from bfl_client._errors import BFLError
from bfl_client._policy import is_end
from bfl_client._replies import Snapshot
from bfl_client._tasks import Task, TaskFacts

from . import wording
from .job_lines import EndedItem
from .stages import Counts, PlainStage, Stage

Left = Literal["nothing", "perhaps a task", "a task", "a batch"]

_INTERRUPTED: Mapping[Left, str] = {
    "nothing": "Interrupted. The API has accepted nothing; nothing is billed.",
    "perhaps a task": "Interrupted while submitting: the task may exist and be billed; look at your balance first.",
    "a task": "Interrupted. The task was accepted and billed and goes on.",
    "a batch": "Interrupted. What was submitted is in the journal; to go on pays for none of it again.",
}

_HOLDING = "The request is on its way; waiting for its answer, as it may be billed. Ctrl-C again to leave it."
_STOPPING = "Stopping: waiting for the answers to what is on its way, as it may be billed. Ctrl-C again to leave them."
_UNKNOWN = (
    "What is unknown may exist and be billed; look at your balance. The same command with --resubmit-unknown submits "
    "it again, at the risk of paying twice."
)


class Display:
    """Tells how one command goes."""

    def __init__(self, *, as_json: bool, stage: Stage) -> None:
        self._as_json = as_json
        self._stage = stage
        self._last_step = ""

    def __enter__(self) -> Self:
        self._stage.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stage.__exit__(kind, error, traceback)

    def note(self, line: str) -> None:
        """Tell a person something."""
        self._stage.note(line)

    def result(self, fields: Mapping[str, object], text: str | bytes) -> None:
        """Print a result, in the one form or in the other."""
        self._stage.result(json.dumps(fields) if self._as_json else text)

    def holding(self) -> None:
        """Say that an interrupt waits for an answer that may have been paid for."""
        self.note(_HOLDING)

    def stopping(self) -> None:
        """Say that an interrupted batch waits for such answers."""
        self.note(_STOPPING)

    def table(self, fields: Mapping[str, object], *, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Print a result that has many rows."""
        if self._as_json:
            self.result(fields, "")
        else:
            self._stage.table(headings, rows)

    def submitting(self) -> None:
        """Show that a request is on its way."""
        self._stage.busy("submitting")

    def accepted(self, task: TaskFacts) -> None:
        """Say that a task was accepted, and what it costs."""
        self.note(f"accepted: {task.id}{wording.priced(task.cost)}")

    def seen(self, snapshot: Snapshot) -> None:
        """Show what a poll showed, if it is news."""
        line = wording.step_line(snapshot)
        if line != self._last_step:
            self._last_step = line
            self._stage.step(line, fraction=1.0 if is_end(snapshot) else wording.progress_of(snapshot))

    def counted(self, counts: Counts) -> None:
        """Show how far a batch is."""
        self._stage.count(counts, line="", is_good=True)

    def item_ended(self, ended: EndedItem, counts: Counts) -> None:
        """Show how an item of a batch ended; where a program listens, name the picture."""
        self._stage.count(counts, line=wording.item_line(ended), is_good=ended.item.path is not None)
        if self._as_json:
            self.result(wording.item_fields(ended), "")
        elif ended.item.path is not None and not sys.stdout.isatty():
            self._stage.result(bytes(ended.item.path))

    def summed_up(self, result: BatchResult, *, journal: Path, way_on: str | None, is_unknown: bool) -> None:
        """Say how a batch came out, and what is to be done about it."""
        if self._as_json:
            return self.result(wording.summary_fields(result, journal=journal, way_on=way_on), "")
        self.note(wording.summary_line(result))
        if result.stopped_by is not None:
            self.note(f"Stopped: {result.stopped_by}")
        if way_on is not None:
            self.note(f"  journal      {journal}\n  resume       {way_on}")
        if is_unknown:
            self.note(_UNKNOWN)
        return None

    def failed(self, error: BFLError, *, way_on: str | None) -> None:
        """Say what went wrong, and the command that goes on, if there is something to go on with."""
        if self._as_json:
            return self.result({**error.to_dict(), "resume": way_on}, "")
        self.note(str(error))
        if way_on is not None:
            self.note(wording.way_on_lines(task_id=error.task_id, polling_url=error.polling_url, command=way_on))
        return None

    def interrupted(self, left: Left, *, task: Task | None, way_on: str | None) -> None:
        """Say what an interrupted command leaves behind."""
        ids = (None, None) if task is None else (task.id, task.polling_url)
        fields = {"error": "Interrupted", "message": _INTERRUPTED[left], "id": ids[0], "polling_url": ids[1]}
        if self._as_json:
            return self.result({**fields, "resume": way_on}, "")
        self.note(_INTERRUPTED[left])
        if way_on is not None:
            self.note(wording.way_on_lines(task_id=ids[0], polling_url=ids[1], command=way_on))
        return None


def display_for(*, as_json: bool) -> Display:
    """Return the display that fits where stderr goes."""
    return Display(as_json=as_json, stage=_stage(as_json=as_json))


def _stage(*, as_json: bool) -> Stage:
    # A live line would stand in the midst of the JSON, if both come to one terminal.
    if not sys.stderr.isatty() or (as_json and sys.stdout.isatty()):
        return PlainStage()
    # Late: a pipe need not load what draws on terminals.
    from rich.console import Console

    from .live_stage import LiveStage

    console = Console(stderr=True)
    return PlainStage() if console.is_dumb_terminal or not console.is_terminal else LiveStage(console)
