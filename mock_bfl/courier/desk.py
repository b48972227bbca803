"""Take deliveries out of the outbox and write back what became of them: each step one transaction.

Law: an attempt is leased before it is sent, so two workers over one store never send it both. A lease runs on real
time, for a frozen clock would never free it; one that ran out was a worker's that died, and the attempt is made again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from mock_bfl.clock import Clock
from mock_bfl.core.outgoing import Outgoing, Stationery
from mock_bfl.core.webhook import Attempt, Delivery, DeliveryState, after_replay, refused
from mock_bfl.store import Store

from .sender import Sender

_LEASE_MARGIN_MS = 10_000  # between the limit of an answer and the end of the lease: time to write the attempt down


@dataclass(frozen=True, slots=True)
class Errand:
    """A delivery that is leased, or sent again by hand, and the request that carries it."""

    delivery: Delivery
    outgoing: Outgoing


class SendingDesk:
    """The outbox as a courier sees it."""

    def __init__(self, store: Store, clock: Clock, *, stationery: Stationery, sender: Sender) -> None:
        self._store = store
        self._clock = clock
        self._stationery = stationery
        self._sender = sender
        self._lease_ms = round(sender.answer_within_s * 1000) + _LEASE_MARGIN_MS

    def take(self, account: str, *, task_id: str | None = None, not_to: Collection[str] = ()) -> Errand | None:
        """Lease the account's first delivery that is due, or the task's, and return it; None if none is to be had.

        A task's events go out one after the other: none is taken while another one is on its way.
        """
        store = self._store
        with store.transaction():
            real_ms = self._clock.real_ms()
            now_ms = store.timeline(account).at(real_ms)
            passed_over = {row.task_id for row in store.outbox.leased(account) if row.leased_until_real_ms > real_ms}
            due = store.outbox.first_due(account, by_ms=now_ms, task_id=task_id, not_of=passed_over, not_to=not_to)
            task = None if due is None else store.task(due.task_id)
            if due is None or task is None:
                return None
            leased = replace(due, leased_until_real_ms=real_ms + self._lease_ms)
            store.outbox.save(leased)
            return Errand(leased, self._stationery.write(task, leased))

    def has_due(self, account: str) -> bool:
        """Tell whether anything of the account is due, be it on its way or not."""
        with self._store.transaction():
            now_ms, _ = self._now(account)
            return self._store.outbox.first_due(account, by_ms=now_ms) is not None

    def epoch(self, account: str) -> int:
        """Return what tells what was planned before a reset of the account from what is planned now."""
        with self._store.transaction():
            return self._store.epoch(account)

    def take_again(self, delivery_id: str) -> Errand | None:
        """Return a delivery of any state, to be sent beside its schedule; None if it is not known."""
        with self._store.transaction():
            delivery = self._store.outbox.delivery(delivery_id)
            task = None if delivery is None else self._store.task(delivery.task_id)
            if delivery is None or task is None:
                return None
            return Errand(delivery, self._stationery.write(task, delivery))

    def carry(self, errand: Errand, *, is_replay: bool = False) -> Attempt:
        """Send an errand, write the attempt down and return it."""
        account = errand.delivery.account
        began_ms, began_real_ms = self._now(account)
        answer = self._sender.send(errand.outgoing)
        with self._store.transaction():
            now_ms, real_ms = self._now(account)
            took_ms = real_ms - began_real_ms
            late = answer.error is None and took_ms > self._sender.answer_within_s * 1000
            attempt = Attempt(
                at_ms=began_ms,
                real_ms=began_real_ms,
                took_ms=took_ms,
                status=answer.status,
                error=f"answered after {took_ms / 1000:g} s, which is too late" if late else answer.error,
                is_replay=is_replay,
            )
            self._write_down(errand, attempt, now_ms=now_ms, is_final=answer.is_final)
        return attempt

    def _write_down(self, errand: Errand, attempt: Attempt, *, now_ms: int, is_final: bool) -> None:
        """Write an attempt to its delivery. Whose lease ran out has no say in the schedule any more.

        What was reset meanwhile stays forgotten: what has its id now is another delivery.
        """
        current = self._store.outbox.delivery(errand.delivery.id)
        if current is None or current.epoch != errand.delivery.epoch:
            return
        is_ours = current.leased_until_real_ms == errand.delivery.leased_until_real_ms
        if attempt.is_replay or not is_ours or current.state is not DeliveryState.WAITING:
            self._store.outbox.save(after_replay(current, attempt))
        elif is_final:
            self._store.outbox.save(refused(current, attempt))
        else:
            self._store.outbox.save(self._stationery.rules.after_attempt(current, attempt, now_ms=now_ms))

    def _now(self, account: str) -> tuple[int, int]:
        with self._store.transaction():
            real_ms = self._clock.real_ms()
            return self._store.timeline(account).at(real_ms), real_ms

    def running_accounts(self) -> Sequence[str]:
        """Return the accounts that have something waiting, and whose clock runs by itself."""
        with self._store.transaction():
            waiting = self._store.outbox.accounts_waiting()
            return [account for account in waiting if not self._store.timeline(account).is_frozen]

    def has_waiting(self) -> bool:
        """Tell whether anything waits at all."""
        with self._store.transaction():
            return bool(self._store.outbox.accounts_waiting())

    def real_ms(self) -> int:
        """Return the real instant."""
        return self._clock.real_ms()

    def pause_ms(self, *, since_real_ms: int) -> int | None:
        """Return the real time until something becomes due, or a lease ends; None if nothing will by itself.

        What was due by `since_real_ms` does not count: it was seen then, and waits for something to end.
        """
        with self._store.transaction():
            accounts = self.running_accounts()
            coming = [at for account in accounts for at in self._coming(account, since_real_ms=since_real_ms)]
            return max(0, min(coming) - self._clock.real_ms()) if coming else None

    def _coming(self, account: str, *, since_real_ms: int) -> Iterator[int]:
        """Yield when the next delivery falls due, and when leases end."""
        timeline, outbox = self._store.timeline(account), self._store.outbox
        next_ms = outbox.next_due_at_ms(account, after_ms=timeline.at(since_real_ms))
        next_real_ms = None if next_ms is None else timeline.real_ms_of(next_ms)
        if next_real_ms is not None:
            yield next_real_ms
        yield from (end for row in outbox.leased(account) if (end := row.leased_until_real_ms) > since_real_ms)

    @property
    def lease_s(self) -> float:
        """No attempt lasts longer."""
        return self._lease_ms / 1000
