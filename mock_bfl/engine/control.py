"""What a test may do to the mock from outside: move clocks, reset, read the journal, ask how it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mock_bfl.core.exchange import Exchange
from mock_bfl.core.timeline import Timeline

from .context import Context

_Move = Callable[[Timeline, int], Timeline]


@dataclass(frozen=True, slots=True)
class ClockReading:
    """What a clock shows, and how it runs."""

    now_ms: int
    rate: float

    @property
    def is_frozen(self) -> bool:
        """Whether it stands still."""
        return self.rate == 0


class Control:
    """The levers behind `/_mock`. `account` None means the common clock, or all accounts."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def clock(self, account: str | None) -> ClockReading:
        """Return what the clock shows."""
        timeline = self._context.store.timeline(account)
        return ClockReading(timeline.at(self._context.clock.real_ms()), timeline.rate)

    def freeze(self, account: str | None) -> None:
        """Stop time."""
        self.set_rate(account, 0)

    def set_rate(self, account: str | None, rate: float) -> None:
        """Let time go on at `rate` times real time. Raises ValueError if negative."""
        self._move(account, lambda timeline, real_ms: timeline.scaled(rate, real_ms=real_ms))

    def advance(self, account: str | None, *, ms: int) -> None:
        """Move time forward. Raises ValueError if negative: time never goes back."""
        self._move(account, lambda timeline, real_ms: timeline.advanced(ms, real_ms=real_ms))

    def _move(self, account: str | None, move: _Move) -> None:
        """Move one account's timeline, or with None the common one and every account's own."""
        store = self._context.store
        with store.transaction():
            real_ms = self._context.clock.real_ms()
            moved = (account,) if account is not None else (None, *store.accounts_with_own_timeline())
            for name in moved:
                store.set_timeline(name, move(store.timeline(name), real_ms))

    def reset(self, account: str | None) -> None:
        """Forget an account, or everything: back to the configured seed, balance and clock."""
        with self._context.store.transaction():
            self._context.store.reset(account)

    def arrive(self, exchange: Exchange) -> Exchange:
        """Write a request into the journal as it comes; return it with its number."""
        with self._context.store.transaction():
            return self._context.store.journal.arrive(exchange)

    def complete(self, exchange: Exchange) -> None:
        """Write the answer of a request into the journal."""
        with self._context.store.transaction():
            self._context.store.journal.complete(exchange)

    def journal(self, account: str | None, *, after: int = 0) -> Sequence[Exchange]:
        """Return the exchanges of an account, or of all, with numbers above `after`."""
        with self._context.store.transaction():
            return self._context.store.journal.exchanges(account, after=after)
