"""Write tables as Markdown: one place that knows what must be escaped in a cell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table; a bar or a line break inside a cell is escaped."""
    lines = [_line(head), _line(["---"] * len(head)), *(_line([_cell(text) for text in row]) for row in rows)]
    return "\n".join(lines)


def code(value: object) -> str:
    """Return a value as inline code; None and an empty text as nothing."""
    return f"`{value}`" if value not in {None, ""} else ""


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
