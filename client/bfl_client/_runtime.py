"""What the calls of one client share: its wire, clock, dice and pacing."""

from __future__ import annotations

import random
from dataclasses import dataclass

from ._clock import Clock, Deadline
from ._pacing import Pacing
from ._policy import Turn
from ._session import Wire


@dataclass(frozen=True, slots=True)
class Runtime:
    """The collaborators of a client, handed on to its tasks."""

    wire: Wire
    clock: Clock
    rng: random.Random
    pacing: Pacing
    timeout_s: float

    def deadline(self, timeout_s: float | None) -> Deadline:
        """Return the deadline of a call that starts now; None means the client's own timeout."""
        return Deadline.after(self.timeout_s if timeout_s is None else timeout_s, clock=self.clock)

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
