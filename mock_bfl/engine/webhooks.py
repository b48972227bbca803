"""The webhooks of a mock: what is planned when a task ends, the log, and the levers on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mock_bfl.contract import Dialect
from mock_bfl.core.body import Fault
from mock_bfl.core.order import Order, TooLarge
from mock_bfl.core.outgoing import Outgoing, Stationery
from mock_bfl.core.receiver import Foreign, receiver_of
from mock_bfl.core.request import Invalid
from mock_bfl.core.task import Task
from mock_bfl.core.webhook import Attempt, Delivery, DeliveryState

from .context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """A delivery and the request that carries it."""

    delivery: Delivery
    outgoing: Outgoing


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What was sent at once, and how much still waits."""

    attempts: Sequence[Attempt]
    waiting: int


class Webhooks:
    """Deliveries of one mock. `account` None means all accounts."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._stationery = Stationery(dialect=context.dialect, rules=context.rules, secret=context.setup.signing_secret)

    def post(self, task: Task) -> None:
        """Write what a task will send into the outbox; called in the transaction that settles the task's end."""
        context = self._context
        planned = context.rules.plan_deliveries(task, dialect=context.dialect)
        if planned:
            epoch = context.store.epoch(task.account)
            context.store.outbox.add([replace(delivery, epoch=epoch) for delivery in planned])
            context.dispatcher.notify()

    def deliver_before_reply(self, task_id: str) -> None:
        """Send a task's events now if it was scripted so; called after the transaction of its submit."""
        store = self._context.store
        with store.transaction():
            task = store.task(task_id)
        if task is not None and task.webhook.is_before_reply:
            self._context.dispatcher.deliver_due(task.account, task_id=task_id)

    def log(self, account: str | None) -> Sequence[Logged]:
        """Return every delivery, in the order of planning."""
        store = self._context.store
        with store.transaction():
            found = [self._logged(delivery) for delivery in store.outbox.deliveries(account)]
        return [logged for logged in found if logged is not None]

    def find(self, delivery_id: str, *, account: str | None) -> Logged | None:
        """Return a delivery, or None if there is none of that id, or it is another account's."""
        store = self._context.store
        with store.transaction():
            delivery = store.outbox.delivery(delivery_id)
            if delivery is None or account not in {None, delivery.account}:
                return None
            return self._logged(delivery)

    def replay(self, delivery_id: str) -> Attempt | None:
        """Send a delivery once more, at once, whatever its state; None if it could not be sent."""
        return self._context.dispatcher.replay(delivery_id)

    def deliver(self, account: str | None) -> Round:
        """Send what is due now, and return when none of it is on its way."""
        names = self._waiting_accounts(account)
        attempts = [attempt for name in names for attempt in self._context.dispatcher.deliver_due(name)]
        store = self._context.store
        with store.transaction():
            deliveries = store.outbox.deliveries(account)
        waiting = sum(delivery.state is DeliveryState.WAITING for delivery in deliveries)
        return Round(attempts=attempts, waiting=waiting)

    def _waiting_accounts(self, account: str | None) -> Sequence[str]:
        store = self._context.store
        with store.transaction():
            return [name for name in store.outbox.accounts_waiting() if account in {None, name}]

    def _logged(self, delivery: Delivery) -> Logged | None:
        task = self._context.store.task(delivery.task_id)
        return None if task is None else Logged(delivery=delivery, outgoing=self._stationery.write(task, delivery))


def with_checked_webhook(order: Order | Invalid | TooLarge, *, dialect: Dialect) -> Order | Invalid | TooLarge:
    """Return the order, or what is wrong with its webhook_url where https is demanded.  [GUIDE; in pydantic's words]"""
    url = order.webhook_url if isinstance(order, Order) else None
    if not dialect.webhook_needs_https or url is None or url.startswith("https:"):
        return order
    context = {"expected_schemes": "'https'"}
    return Invalid((Fault("url_scheme", ("body", "webhook_url"), "URL scheme should be 'https'", url, context),))


def webhook_note(task: Task) -> str:
    """Return what the journal says of a submit with a webhook_url."""
    if isinstance(receiver_of(task.webhook_url or ""), Foreign):
        return "webhook_url is not on this machine: nothing is sent there unless --allow-webhook-host names its host"
    return "webhook_url given: its deliveries stand under /_mock/webhooks"
