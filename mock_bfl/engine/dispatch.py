"""What the engine asks of whoever sends webhooks; it knows no network itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from mock_bfl.core.webhook import Attempt


class Dispatcher(Protocol):
    """Sends deliveries. Inside a transaction of the store only `notify` and `deliver_soon` may be called.

    The others contact receivers.
    """

    def notify(self) -> None:
        """Look at the outbox again: something was added, or a clock runs otherwise."""
        ...

    def deliver_soon(self, account: str) -> None:
        """Send what is due of an account, though its clock stands, and do not wait for it."""
        ...

    def deliver_due(self, account: str, *, task_id: str | None = None) -> Sequence[Attempt]:
        """Send what is due of an account, or of one task of it, and return when none of that is on its way."""
        ...

    def replay(self, delivery_id: str) -> Attempt | None:
        """Send a delivery again, at once and whatever its state; None if nothing could be sent."""
        ...

    def stop(self) -> None:
        """Send nothing by itself any more: the store will be closed."""
        ...


class NoDispatcher:
    """Sends nothing: deliveries wait in the outbox, where they can be seen."""

    def notify(self) -> None:
        """Do nothing."""

    def deliver_soon(self, account: str) -> None:
        """Send nothing."""

    def deliver_due(self, account: str, *, task_id: str | None = None) -> Sequence[Attempt]:
        """Send nothing."""
        return ()

    def replay(self, delivery_id: str) -> Attempt | None:
        """Send nothing."""
        return None

    def stop(self) -> None:
        """Do nothing."""
