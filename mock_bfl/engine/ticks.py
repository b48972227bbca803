"""A clock that ticks per poll: a client under test sleeps in real time, and would wait for a clock that stands.

The lever is an account's, or with None that of every account that has none of its own.
"""

from __future__ import annotations

from mock_bfl.store import Store

from .context import Context

LEVER = "tick_per_poll_ms"


def tick_per_poll_ms(store: Store, account: str) -> int:
    """Return by how much each poll first moves the account's clock; 0 unless it was set."""
    own = store.lever(account, LEVER)
    return int((store.lever(None, LEVER) if own is None else own) or 0)


def set_tick_per_poll_ms(store: Store, account: str | None, ms: int) -> None:
    """Set by how much each poll first moves the account's clock."""
    store.set_lever(account, LEVER, str(ms))


def tick(context: Context, task_id: str | None) -> None:
    """Move the clock of a polled task's account, if it ticks; called in the transaction of the poll.

    What falls due with it is sent in the background: a receiver may take half a minute, and no poll waits for one.
    """
    store = context.store
    task = None if task_id is None else store.task(task_id)
    ms = 0 if task is None else tick_per_poll_ms(store, task.account)
    if task is None or not ms:
        return
    timeline = store.timeline(task.account).advanced(ms, real_ms=context.clock.real_ms())
    store.set_timeline(task.account, timeline)
    if store.outbox.first_due(task.account, by_ms=timeline.anchor_ms) is not None:
        context.dispatcher.deliver_soon(task.account)
