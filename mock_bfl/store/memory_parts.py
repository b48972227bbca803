"""The parts of the memory store beside its books and its journal: outbox, scripts."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import count

from mock_bfl.core.script import Script
from mock_bfl.core.webhook import Delivery, DeliveryState

_Turn = tuple[int, int, str]  # the instant at which a delivery is due, and what breaks ties


@dataclass(slots=True)
class _Waiting:
    """What waits of an account: when it is whose turn, the first due first, and the ids of what a worker has taken."""

    turns: list[_Turn] = field(default_factory=list)
    leased: set[str] = field(default_factory=set)


class MemoryOutbox:
    """Deliveries by id, and an index of those that wait."""

    def __init__(self) -> None:
        self._rows: dict[str, Delivery] = {}
        self._waiting: dict[str, _Waiting] = {}

    def add(self, deliveries: Sequence[Delivery]) -> None:
        """Write new deliveries."""
        for delivery in deliveries:
            self._write(delivery)

    def delivery(self, delivery_id: str) -> Delivery | None:
        """Return a delivery, or None."""
        return self._rows.get(delivery_id)

    def save(self, delivery: Delivery) -> None:
        """Replace a delivery that is still known."""
        if delivery.id in self._rows:
            self._write(delivery)

    def _write(self, delivery: Delivery) -> None:
        self._leave_index(delivery.id)
        self._rows[delivery.id] = delivery
        if delivery.state is not DeliveryState.WAITING:
            return
        waiting = self._waiting.setdefault(delivery.account, _Waiting())
        insort(waiting.turns, _turn(delivery))
        if delivery.leased_until_real_ms:
            waiting.leased.add(delivery.id)

    def _leave_index(self, delivery_id: str) -> None:
        known = self._rows.get(delivery_id)
        if known is None or known.state is not DeliveryState.WAITING:
            return
        waiting = self._waiting[known.account]
        waiting.leased.discard(delivery_id)
        del waiting.turns[bisect_left(waiting.turns, _turn(known))]
        if not waiting.turns:
            del self._waiting[known.account]

    def deliveries(self, account: str | None) -> Sequence[Delivery]:
        """Return the deliveries of an account, or of all."""
        return tuple(row for row in self._rows.values() if account is None or row.account == account)

    def waiting(self, account: str) -> Sequence[Delivery]:
        """Return what waits, the first due first."""
        return tuple(self._rows[delivery_id] for _, _, delivery_id in self._of(account).turns)

    def first_due(
        self,
        account: str,
        *,
        by_ms: int,
        task_id: str | None = None,
        not_of: Collection[str] = (),
        not_to: Collection[str] = (),
    ) -> Delivery | None:
        """Return the first of these that is due by then."""
        for due_at_ms, _, delivery_id in self._of(account).turns:
            if due_at_ms > by_ms:
                return None
            row = self._rows[delivery_id]
            if row.receiver in not_to or row.task_id in not_of:
                continue
            if task_id is None or task_id == row.task_id:
                return row
        return None

    def next_due_at_ms(self, account: str, *, after_ms: int) -> int | None:
        """Return the first instant after the given one at which any of these falls due."""
        turns = self._of(account).turns
        place = bisect_left(turns, (after_ms + 1,))
        return turns[place][0] if place < len(turns) else None

    def leased(self, account: str) -> Sequence[Delivery]:
        """Return those of these that a worker has taken."""
        return tuple(sorted((self._rows[each] for each in self._of(account).leased), key=_turn))

    def _of(self, account: str) -> _Waiting:
        return self._waiting.get(account) or _Waiting()

    def accounts_waiting(self) -> Sequence[str]:
        """Return the accounts that have something waiting."""
        return sorted(self._waiting)

    def forget(self, account: str) -> None:
        """Forget the deliveries of an account."""
        self._rows = {row.id: row for row in self._rows.values() if row.account != account}
        self._waiting.pop(account, None)


def _turn(delivery: Delivery) -> _Turn:
    return delivery.due_at_ms, delivery.order, delivery.id


class MemoryScripts:
    """Scripts by id; by account the ids of all of them, and of those that are open."""

    def __init__(self) -> None:
        self._rows: dict[str, Script] = {}
        self._ages: dict[str, int] = {}
        self._born = count()
        self._all: dict[str | None, set[str]] = {}
        self._open: dict[str | None, set[str]] = {}

    def add(self, script: Script) -> None:
        """Write a new script."""
        self._ages.setdefault(script.id, next(self._born))
        self._write(script)

    def script(self, script_id: str) -> Script | None:
        """Return a script, or None."""
        return self._rows.get(script_id)

    def save(self, script: Script) -> None:
        """Replace a script that is still known."""
        if script.id in self._rows:
            self._write(script)

    def remove(self, script_id: str) -> bool:
        """Forget a script; False if there was none."""
        self._leave_indexes(script_id)
        self._ages.pop(script_id, None)
        return self._rows.pop(script_id, None) is not None

    def scripts(self, account: str | None) -> Sequence[Script]:
        """Return the scripts of exactly this account, or those for every account."""
        return self._by_age(self._all.get(account, ()))

    def open(self, account: str | None) -> Sequence[Script]:
        """Return those of them that are open."""
        return self._by_age(self._open.get(account, ()))

    def forget(self, account: str) -> None:
        """Forget the scripts of an account."""
        for script_id in tuple(self._all.get(account, ())):
            self.remove(script_id)

    def _by_age(self, ids: Collection[str]) -> Sequence[Script]:
        return tuple(self._rows[script_id] for script_id in sorted(ids, key=self._ages.__getitem__))

    def _write(self, script: Script) -> None:
        self._leave_indexes(script.id)
        self._rows[script.id] = script
        for index in (self._all, self._open) if script.is_open else (self._all,):
            index.setdefault(script.account, set()).add(script.id)

    def _leave_indexes(self, script_id: str) -> None:
        known = self._rows.get(script_id)
        if known is None:
            return
        for index in (self._all, self._open):
            ids = index.get(known.account, set())
            ids.discard(script_id)
            if not ids:
                index.pop(known.account, None)
