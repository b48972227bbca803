"""Grade the client of an account by what the journal and the outbox show of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from mock_bfl.core.exchange import Exchange
from mock_bfl.core.verdict import Verdict, verdict
from mock_bfl.core.webhook import Delivery

from .context import Context

# An answer is written into the journal before its last byte is sent, but a client that gave up may ask for the verdict
# while the mock still works on what it sent.
_LOOKS = 50
_BETWEEN_LOOKS_S = 0.01
_ABANDONED_AFTER_MS = 5_000  # a request that came longer ago is scripted to stall, or its client is gone


class Verdicts:
    """Judges clients. `account` None judges all accounts as one client.

    `pause` is called with seconds between two looks at a journal in which something is not answered yet.
    """

    def __init__(self, context: Context, *, pause: Callable[[float], object] | None = None) -> None:
        self._context = context
        self._pause = pause or threading.Event().wait

    def verdict(self, account: str | None, *, strict: bool = False, shared_clock: bool = False) -> Verdict:
        """Return the verdict on what was asked so far; waits up to half a second for what is being answered.

        `strict` turns warnings into failures; `shared_clock`: client and mock sleep by one clock, so waits are judged
        by the account's and not by real time.
        """
        exchanges, deliveries, is_cut = self._settled(account)
        return verdict(exchanges, deliveries=deliveries, strict=strict, shared_clock=shared_clock, is_cut=is_cut)

    def _settled(self, account: str | None) -> tuple[Sequence[Exchange], Sequence[Delivery], bool]:
        for _ in range(_LOOKS):
            seen = self._look(account)
            if not self._is_in_flight(seen[0]):
                break
            self._pause(_BETWEEN_LOOKS_S)
        return seen

    def _look(self, account: str | None) -> tuple[Sequence[Exchange], Sequence[Delivery], bool]:
        store = self._context.store
        with store.transaction():
            exchanges = store.journal.exchanges(account)
            deliveries = [row for row in store.outbox.deliveries(account) if self._is_genuine(row)]
            return exchanges, deliveries, store.journal.is_cut(account)

    def _is_genuine(self, delivery: Delivery) -> bool:
        """Tell whether a receiver should take it: one with a wrong signature is to be refused."""
        task = self._context.store.task(delivery.task_id)
        return task is None or not task.webhook.has_bad_signature

    def _is_in_flight(self, exchanges: Sequence[Exchange]) -> bool:
        now_ms = self._context.clock.real_ms()
        return any(row.ended_real_ms is None and now_ms - row.real_ms < _ABANDONED_AFTER_MS for row in exchanges)
