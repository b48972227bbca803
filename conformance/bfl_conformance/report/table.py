"""Tables for the terminal: with rich where it is installed, in plain columns otherwise."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import click

from bfl_conformance.checks import Check
from bfl_conformance.run import Result
from bfl_conformance.verdict import Stated, Verdict

_COLOURS = {
    Verdict.PASS: "green",
    Verdict.SKIP: "bright_black",
    Verdict.OBSERVED: "cyan",
    Verdict.NON_STRICT: "yellow",
    Verdict.INCONCLUSIVE: "magenta",
    Verdict.FAIL: "red",
    Verdict.ERROR: "red",
}
_NOTE_CHARS = 400


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings; `colours` has one colour name for each row, for its first cell."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    colours: tuple[str, ...]
    caption: str = ""


def results_table(results: Sequence[Result]) -> Table:
    """Return what a person wants to see of a run: the verdict of each check, and the evidence of each breach."""
    rows = [(result.verdict.value, result.check.id, result.check.level.value, _told(result)) for result in results]
    colours = [_COLOURS[result.verdict] for result in results]
    return Table(("verdict", "check", "level", "what must hold"), tuple(rows), tuple(colours), _summary(results))


def catalogue_table(checks: Iterable[Check]) -> Table:
    """Return the catalogue: what each check demands, of which level, on whose word, at what price."""
    rows = [
        (
            check.id,
            check.level.value,
            f"{check.price_credits:g}" if check.price_credits.is_finite() else "unbounded",
            ", ".join(sorted(check.needs)) or "–",
            f"{check.sentence} [{check.cite}]",
        )
        for check in checks
    ]
    return Table(("check", "level", "credits", "needs", "what must hold"), tuple(rows), ("cyan",) * len(rows))


def receiver_table(checks: Iterable[Stated]) -> Table:
    """Return the catalogue of the webhook receiver's checks."""
    rows = [(check.id, check.level.value, f"{check.sentence} [{check.cite}]") for check in checks]
    return Table(("check of a receiver", "level", "what must hold"), tuple(rows), ("cyan",) * len(rows))


def print_table(table: Table) -> None:
    """Print a table on standard output."""
    try:
        from rich.console import Console
        from rich.table import Table as RichTable
        from rich.text import Text
    except ImportError:
        click.echo(plain(table))
        return
    drawn = RichTable(*table.headings)
    for row, colour in zip(table.rows, table.colours, strict=True):
        drawn.add_row(Text(row[0], style=colour), *(Text(cell) for cell in row[1:]))
    console = Console()
    console.print(drawn)
    if table.caption:
        console.print(Text(table.caption))


def plain(table: Table) -> str:
    """Return a table in columns of text; the last column wraps."""
    widths = [max(len(row[n]) for row in (table.headings, *table.rows)) for n in range(len(table.headings) - 1)]
    lines = [line for row in (table.headings, *table.rows) for line in _plain_row(row, widths)]
    return "\n".join([*lines, *([table.caption] if table.caption else [])])


def _plain_row(row: tuple[str, ...], widths: list[int]) -> list[str]:
    left = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False))
    told = [part for line in row[-1].splitlines() for part in textwrap.wrap(line, 90)] or [""]
    return [f"{left}  {told[0]}".rstrip(), *(f"{' ' * len(left)}  {line}" for line in told[1:])]


def _told(result: Result) -> str:
    notes = [result.reason] if result.reason else [violation.evidence for violation in result.violations]
    return "\n".join([result.check.sentence, *(f"→ {_short(note)}" for note in dict.fromkeys(notes))])


def _short(note: str) -> str:
    return note if len(note) <= _NOTE_CHARS else f"{note[:_NOTE_CHARS]}…"


def _summary(results: Sequence[Result]) -> str:
    counts = Counter(result.verdict for result in results)
    told = ", ".join(f"{counts[verdict]} {verdict.value}" for verdict in Verdict if counts[verdict])
    return f"{len(results)} checks: {told or 'none ran'}"
