"""What the calls of one client share: its addresses, clock, dice, pacing, and what it keeps count of."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from ._budget import Budget
from ._clock import Deadline, TimeSource
from ._pacing import Pacing
from ._policy import Turn
from ._settings import Settings
from ._slots import Slots
from ._urls import Origin

_RESULT_PATH = "/v1/get_result?id="
_MIN_TIMEOUT_S = 1.0  # a request made at the very deadline still gets this long


@dataclass(frozen=True, slots=True)
class Runtime:
    """The collaborators of a client, handed on to its tasks."""

    base_url: str
    origin: Origin
    clock: TimeSource
    rng: random.Random
    timeout_s: float
    read_timeout_s: float
    pacing: Pacing = field(default_factory=Pacing)
    slots: Slots = field(default_factory=Slots)
    budget: Budget = field(default_factory=Budget)
    has_inbox: bool = False

    @property
    def result_url(self) -> str:
        """The API's get_result URL without the id."""
        return self.base_url + _RESULT_PATH

    def deadline(self, timeout_s: float | None) -> Deadline:
        """Return the deadline of a call that starts now; None means the client's own timeout."""
        return Deadline.after(self.timeout_s if timeout_s is None else timeout_s, clock=self.clock)

    def for_one_request(self, deadline: Deadline | None = None) -> Deadline:
        """Return the deadline of a request: a read timeout from now, earlier if that of its call is."""
        span_s = self.read_timeout_s if deadline is None else min(self.read_timeout_s, deadline.remaining_s)
        return Deadline.after(max(_MIN_TIMEOUT_S, span_s), clock=self.clock)

    def turn(
        self, deadline: Deadline, *, failures: int = 0, polls: int = 0, accepted_at_s: float | None = None
    ) -> Turn:
        """Return what a decision may know of this moment."""
        return Turn(
            remaining_s=deadline.remaining_s,
            rng=self.rng,
            epoch_s=self.clock.epoch_s(),
            pacing=self.pacing,
            failures=failures,
            polls=polls,
            age_s=None if accepted_at_s is None else self.clock.monotonic_s() - accepted_at_s,
        )


def runtime_for(
    settings: Settings,
    *,
    clock: TimeSource,
    rng: random.Random | None,
    timeout_s: float,
    read_timeout_s: float,
    max_active: int | None,
    budget_credits: float | None,
    has_inbox: bool,
    pacing: Pacing | None,
) -> Runtime:
    """Return what a new client shares with its tasks, from the arguments it was made with."""
    return Runtime(
        base_url=settings.base_url,
        origin=settings.origin,
        clock=clock,
        rng=rng or random.Random(),
        timeout_s=timeout_s,
        read_timeout_s=read_timeout_s,
        pacing=pacing or Pacing(),
        slots=Slots(max_active),
        budget=Budget(budget_credits),
        has_inbox=has_inbox,
    )
