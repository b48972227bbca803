"""The stage on a terminal: a live line that says how it goes, and lines that stay above it.

rich minds NO_COLOR, FORCE_COLOR, the width of the window and terminals that can do nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TextColumn, TimeElapsedColumn
from rich.table import Column, Table
from rich.text import Text

from .stages import Counts, Outlet, PlainStage, printable
from .wording import in_credits

_NARROW = 60  # columns; below, the bar gives way to the words
_NARROW_FOR_TABLES = 80


class LiveStage:
    """Shows progress as a live line on stderr. What is said stays above it."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)
        self._out = Outlet(is_stderr=False)
        self._live = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True)),
            *([] if self._console.width < _NARROW else [BarColumn()]),
            _Tally(table_column=Column(no_wrap=True)),
            TimeElapsedColumn(table_column=Column(no_wrap=True)),
            console=self._console,
            transient=True,
            # stdout may go elsewhere than to this terminal; `result` looks.
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._row = self._live.add_task("", total=None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._live.stop()

    def result(self, text: str | bytes) -> None:
        """Print a line of the result: above the live line if it goes to the same terminal, else where it goes."""
        if not sys.stdout.isatty():
            return self._out.say(text)
        return self.note(text if isinstance(text, str) else text.decode("utf-8", "backslashreplace"))

    def table(self, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Print a table as wide as the terminal, or lines where stdout goes elsewhere."""
        if not sys.stdout.isatty():
            return PlainStage().table(headings, rows)
        console = Console()
        if console.width < _NARROW_FOR_TABLES:
            for name, *cells in rows:
                named = (f"{heading}: {cell}" for heading, cell in zip(headings[1:], cells, strict=True) if cell)
                console.print(Text(name, "bold"), Text("; ".join(named)), soft_wrap=True)
            return None
        table = Table(box=None, pad_edge=False, header_style="bold")
        for heading in headings:
            table.add_column(heading, overflow="fold", no_wrap=heading == headings[0])
        for row in rows:
            table.add_row(*map(Text, row))
        return console.print(table)

    def note(self, line: str) -> None:
        """Print a line above the live one; a long one is the terminal's to break."""
        self._console.print(Text(printable(line)), soft_wrap=True)

    def busy(self, line: str) -> None:
        """Show that something is going on."""
        self._show(line)

    def step(self, line: str, *, fraction: float | None) -> None:
        """Show what a task is doing."""
        # FLUX.2 reports no progress while Pending, flux-dev does.  [CASS]
        self._show(line, total=None if fraction is None else 1.0, completed=fraction)

    def count(self, counts: Counts, *, line: str, is_good: bool) -> None:
        """Show how far a batch is; of what is new, only what went wrong stays."""
        if line and not is_good:
            self.note(line)
        self._show("", total=counts.total, completed=counts.ended, counts=counts)

    def _show(
        self, line: str, *, total: float | None = None, completed: float | None = None, counts: Counts | None = None
    ) -> None:
        self._live.start()  # only now: most commands have nothing to show
        # At once: a task may end before the next tick.
        self._live.update(
            self._row, description=printable(line), total=total, completed=completed, counts=counts, refresh=True
        )


class _Tally(ProgressColumn):
    """The counts of a batch; empty for a single task."""

    def render(self, task: Task) -> Text:
        counts: Counts | None = task.fields.get("counts")
        if counts is None:
            return Text()
        return Text.assemble(
            f"{counts.ended}/{counts.total} ",
            (f"{counts.ready} ready", "green"),
            (f" {counts.failed} failed" if counts.failed else "", "red"),
            (f" {counts.unknown} unknown" if counts.unknown else "", "yellow"),
            f" {in_credits(counts.credits)}",
            (f" {counts.active} active" if counts.active else "", "dim"),
        )
