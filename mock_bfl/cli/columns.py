"""Print rows in columns: plain text, so that a person reads it and `grep` finds a line."""

from __future__ import annotations

from collections.abc import Sequence

import click


def print_columns(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a head and rows, each column as wide as its widest cell."""
    table = [head, *rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(head))]
    for number, row in enumerate(table):
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        click.echo(click.style(line, bold=True) if number == 0 else line)
