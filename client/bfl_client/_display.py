"""What the `bfl` command shows: a progress display on a terminal, plain lines in a pipe, one JSON object on demand.

Results go to stdout, everything else to stderr.
"""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from ._errors import BFLError, TaskFailed
from ._replies import Snapshot
from ._tasks import Result, Task


class Display:
    """Tells a person, or with `as_json` a program, how a command goes; the progress comes as plain lines."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._last_line = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Take the progress away."""

    def accepted(self, task: Task) -> None:
        """Say that a task was accepted, and what it costs."""
        self._note(f"accepted: {task.id}{_priced(task.cost)}")

    def seen(self, snapshot: Snapshot) -> None:
        """Show what a poll showed, if it is news."""
        line = snapshot.status + (f" {fraction:.0%}" if (fraction := _fraction(snapshot)) is not None else "")
        if line != self._last_line:
            self._last_line = line
            self._progress(line, fraction)

    def saved(self, result: Result, output: Path) -> None:
        """Name the file."""
        if self._as_json:
            return self._print_json(_result_fields(result, output))
        self._note(f"saved: seed {result.seed}{_priced(result.cost_credits)}")
        click.echo(output)
        return None

    def failed(self, error: BFLError, output: Path) -> None:
        """Say what went wrong, and how to resume if there is something to resume."""
        if self._as_json:
            return self._print_json(error.to_dict())
        self._note(str(error))
        if error.polling_url is not None and not isinstance(error, TaskFailed):
            self._note(_resume_hint(error.task_id, error.polling_url, output))
        return None

    def interrupted(self, task: Task | None, output: Path, *, is_submitting: bool) -> None:
        """Say what an interrupted command leaves behind."""
        if task is not None:
            self._note("Interrupted. The task was accepted and billed and goes on.")
            self._note(_resume_hint(task.id, task.polling_url, output))
        elif is_submitting:
            self._note("Interrupted while submitting: the task may exist and be billed; look at your balance first.")
        else:
            self._note("Interrupted. Nothing was sent.")

    def _progress(self, line: str, fraction: float | None) -> None:
        del fraction  # is in the line
        self._note(line)

    def _note(self, line: str) -> None:
        click.echo(line, err=True)

    def _print_json(self, fields: dict[str, object]) -> None:
        click.echo(json.dumps(fields, ensure_ascii=False))


class TerminalDisplay(Display):
    """Shows the progress as a live line on a terminal."""

    def __init__(self, *, as_json: bool, console: Console | None = None) -> None:
        super().__init__(as_json=as_json)
        self._live = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TimeElapsedColumn(),
            console=console or Console(stderr=True),
            transient=True,
        )
        self._row = self._live.add_task("submitting", total=None)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._live.stop()

    def _progress(self, line: str, fraction: float | None) -> None:
        # FLUX.2 reports no progress while Pending, flux-dev does.  [CASS]
        self._live.update(self._row, description=line, total=None if fraction is None else 1.0, completed=fraction)

    def _note(self, line: str) -> None:
        self._live.console.print(line, markup=False, highlight=False, soft_wrap=True)


def display_for(*, as_json: bool) -> Display:
    """Return the display that fits where stderr goes."""
    return TerminalDisplay(as_json=as_json) if sys.stderr.isatty() else Display(as_json=as_json)


def _fraction(snapshot: Snapshot) -> float | None:
    # Progress was seen as a fraction and as a percentage.  [CASS; LESSONS C]
    progress = snapshot.progress
    return progress / 100 if progress is not None and progress > 1 else progress


def _priced(credits: float | None) -> str:
    # 7.000000000000001 is what the wire says for 7.  [CASS]
    return "" if credits is None else f", {round(credits, 6):g} credits"


def _resume_hint(task_id: str | None, polling_url: str, output: Path) -> str:
    return f"  id           {task_id}\n  polling_url  {polling_url}\n  resume       " + shlex.join(
        ["bfl", "wait", polling_url, "-o", str(output)]
    )


def _result_fields(result: Result, output: Path) -> dict[str, object]:
    return {
        "id": result.id,
        "polling_url": result.polling_url,
        "model": result.model,
        "seed": result.seed,
        "prompt": result.prompt,
        "cost_credits": result.cost_credits,
        "output": str(output),
    }
