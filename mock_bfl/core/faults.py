"""What can go wrong with one answer, as a composable value: nothing here knows a server."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What replaces or spoils one answer; None leaves that part as it would have been."""

    status: int | None = None
    body: str | None = None
    content_type: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
