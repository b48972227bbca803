"""A clock that ticks per poll: a client under test sleeps in real time, and would wait for a clock that stands.

The lever is an account's, or with None that of every account that has none of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from mock_bfl.store import Store

_LEVER = "tick_per_poll_ms"


def tick_per_poll_ms(store: Store, account: str) -> int:
    """Return by how much each poll first moves the account's clock; 0 unless it was set."""
    own = store.lever(account, _LEVER)
    return int((store.lever(None, _LEVER) if own is None else own) or 0)


def set_tick_per_poll_ms(store: Store, account: str | None, ms: int) -> None:
    """Set by how much each poll first moves the account's clock."""
    store.set_lever(account, _LEVER, str(ms))


@dataclass(frozen=True, slots=True)
class Tick:
    """By how much whose clock moves before a poll is answered."""

    account: str
    ms: int


def due_tick(store: Store, task_id: str | None) -> Tick | None:
    """Return the tick that a poll of this task brings, or None."""
    task = None if task_id is None else store.task(task_id)
    ms = 0 if task is None else tick_per_poll_ms(store, task.account)
    return Tick(task.account, ms) if task is not None and ms else None
