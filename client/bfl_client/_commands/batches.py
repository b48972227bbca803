"""`bfl batch`: bring every job of a file to its end, and go on where a run before was cut off."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Self

import click

from bfl_client import _exits
from bfl_client._batch import BatchOutcome, BatchResult, BatchUpdate
from bfl_client._errors import InvalidRequest
from bfl_client._slots import MOST_ACTIVE

from . import wording
from .acting import Run, running, words_called_with
from .display import Display
from .interrupts import telling_of_interrupts
from .job_lines import EndedItem, JobLine, Quotes, read_job_lines
from .options import Reach, Spending, reach_options_of, spending_options
from .stages import Counts

_STDIN = "-"
_JOB = re.compile(r"jobs\[[0-9]+\]")
_RESUBMIT = "--resubmit-unknown"
_COUNTED = {BatchOutcome.SAVED: "ready", BatchOutcome.READY: "ready", BatchOutcome.UNKNOWN: "unknown"}


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option(
    "--output-dir",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the pictures; made if it is missing.",
)
@click.option(
    "--journal",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File that remembers what was submitted.  [default: FILE.journal]",
)
@click.option(_RESUBMIT, is_flag=True, help="Submit again what may have been accepted; you may pay twice.")
@click.option(
    "--max-active", type=click.IntRange(min=1), default=MOST_ACTIVE, show_default=True, help="Tasks at a time."
)
@spending_options
@reach_options_of("Seconds for each item.")
def batch(
    *,
    file: str,
    output_dir: Path,
    journal: Path | None,
    resubmit_unknown: bool,
    max_active: int,
    spending: Spending,
    reach: Reach,
) -> None:
    """Generate a picture for each line of FILE (- for stdin), and save them.

    A line is a JSON object with model, prompt and other fields of the vendor, and perhaps an output (a name in the
    folder), an id, and extra (an object of fields newer than this client). The same command again goes on where it
    was cut off; it submits nothing twice.
    """
    if file == _STDIN and journal is None and not spending.dry_run:
        raise click.UsageError("Jobs from stdin need a --journal FILE: it is what lets the same command go on.")
    journal = journal or Path(f"{file}.journal")
    with running(reach) as run:
        lines = _lines(file)
        if spending.dry_run:
            return _plan(lines, display=run.display)
        run.again, run.left = _command_again(file), "a batch"
        show = _Show(lines, run.display)
        client = run.client(budget_credits=spending.budget, max_active=max_active)
        with client, telling_of_interrupts(run.display.stopping), show, _naming(lines):
            result = client.batch(
                [line.job for line in lines],
                journal=journal,
                output_dir=output_dir,
                resubmit_unknown=resubmit_unknown,
                on_update=show.update,
            )
    _end(result, run=run, journal=journal)
    return None


@dataclass(slots=True)
class _Show:
    """Counts the items of a batch as they end, and shows it."""

    lines: Sequence[JobLine]
    display: Display
    counts: Counts = field(init=False)
    active: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.counts = Counts(total=len(self.lines))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Say how far it came, if it was cut off."""
        if kind is not None and not issubclass(kind, Exception):
            self.display.note(wording.counts_line(self.counts))

    def update(self, update: BatchUpdate) -> None:
        """Show news of an item."""
        if update.stage == "accepted":
            self.active.add(update.index)
        self.active -= {update.index} if update.stage == "ended" else set()
        self.counts = replace(self.counts, active=len(self.active))
        if update.item is None:
            return self.display.counted(self.counts)
        ended = EndedItem(self.lines[update.index], update.item)
        counted = _COUNTED.get(update.item.outcome, "failed")
        credits = self.counts.credits + update.item.known_credits
        self.counts = replace(self.counts, **{counted: getattr(self.counts, counted) + 1, "credits": credits})
        return self.display.item_ended(ended, self.counts)


def _lines(file: str) -> tuple[JobLine, ...]:
    if file == _STDIN:
        return read_job_lines(sys.stdin.buffer.read(), folder=Path())
    return read_job_lines(Path(file).read_bytes(), folder=Path(file).parent)


def _plan(lines: Sequence[JobLine], *, display: Display) -> None:
    """Say what a batch would cost and send."""
    quotes = Quotes()
    for line in lines:
        order = line.order()
        quotes = quotes.plus(order)
        display.result(wording.order_fields(line, order), wording.order_line(line, order))
    display.result({"dry_run": True, "summary": asdict(quotes)}, wording.quotes_line(quotes))


@contextmanager
def _naming(lines: Sequence[JobLine]) -> Iterator[None]:
    """Let an error name the lines of the file: the client counts jobs, and from 0."""
    try:
        yield
    except InvalidRequest as error:
        names = {f"jobs[{index}]": f"line {line.number}" for index, line in enumerate(lines)}
        named = _JOB.sub(lambda found: names.get(found[0], found[0]), str(error))
        raise InvalidRequest(named, reasons=error.reasons) from error


def _end(result: BatchResult, *, run: Run, journal: Path) -> None:
    """Sum up, and exit."""
    code = _exits.batch_exit_code(result)
    way_on = run.again if code not in {0, _exits.BATCH_FAILED} else None
    run.display.summed_up(result, journal=journal, way_on=way_on, is_unknown=code == _exits.UNKNOWN)
    sys.exit(code)


def _command_again(file: str) -> str:
    """Return the command that goes on; it pays for nothing again, even if this one was told to."""
    words = [word for word in words_called_with() if word != _RESUBMIT]
    return wording.command_line(words) + (" <JOBS" if file == _STDIN else "")
