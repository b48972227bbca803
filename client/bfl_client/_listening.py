"""Wait for a task's webhook beside its polls, whichever comes first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ._clock import Deadline
from ._effects import Flow, listened, paused
from ._errors import ConfigurationError
from ._policy import seen
from ._replies import Outcome
from ._runtime import Runtime
from ._webhook_event import WebhookEvent, as_poll

Via = Literal["poll", "webhook-or-poll"]


@dataclass(slots=True)
class Ear:
    """Open for the webhook of a task: polls are rarer until its event came, and at once when it did."""

    event: WebhookEvent | None = None

    def instead_of(self, outcome: Outcome) -> Outcome:
        """Return the event as a poll would have told it, if the poll itself told nothing."""
        return outcome if self.event is None or seen(outcome) is not None else as_poll(self.event)


def ear_for(via: Via, *, runtime: Runtime) -> Ear | None:
    """Return what listens for a task's webhook, None for one that is only polled. Raises ConfigurationError."""
    if via == "webhook-or-poll" and not runtime.has_inbox:
        raise ConfigurationError(
            "Nothing can be heard of webhooks: make the client with inbox=Inbox(), and let your receiver put the "
            "events into that."
        )
    return Ear() if via == "webhook-or-poll" else None


def resting(task_id: str, wait_s: float, *, ear: Ear | None, runtime: Runtime, deadline: Deadline) -> Flow[None]:
    """Pause between two polls; with an ear for the event that has not come yet, longer, and until it comes."""
    if ear is None or ear.event is not None:
        yield from paused(wait_s)
        return
    longer_s = min(max(wait_s, runtime.pacing.beside_webhook_s), max(wait_s, deadline.remaining_s))
    ear.event = yield from listened(task_id, seconds=longer_s)
