"""Time as an affine function of real time: `now = anchor + rate * (real - real anchor)`; a rate of 0 is frozen.

Instants are whole milliseconds; time never goes back.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

# No clock of the mock shows more than this: what is after year 9998 could not be written in a header any more.
LAST_MS = 253_370_764_800_000


@dataclass(frozen=True, slots=True)
class Timeline:
    """How an account's clock runs over the real one."""

    anchor_real_ms: int
    anchor_ms: int
    rate: float = 1.0

    @property
    def is_frozen(self) -> bool:
        """Whether time stands still."""
        return self.rate == 0

    def at(self, real_ms: int) -> int:
        """Return what this clock shows when the real one shows `real_ms`."""
        passed_ms = max(0, real_ms - self.anchor_real_ms) * self.rate
        return self.anchor_ms + int(min(passed_ms, LAST_MS - self.anchor_ms))

    def real_ms_of(self, instant_ms: int) -> int | None:
        """Return the first real instant at which this clock shows `instant_ms` or more; None if it never will."""
        if instant_ms <= self.anchor_ms:
            return self.anchor_real_ms
        if self.is_frozen or instant_ms > LAST_MS:
            return None
        needed_ms = (instant_ms - self.anchor_ms) / self.rate
        if not math.isfinite(needed_ms):
            return None
        real_ms = self.anchor_real_ms + math.ceil(needed_ms)
        return real_ms if self.at(real_ms) >= instant_ms else real_ms + 1  # a float may round down

    def advanced(self, by_ms: int, *, real_ms: int) -> Timeline:
        """Return a clock that is `by_ms` further on. Raises ValueError on a negative span."""
        if by_ms < 0:
            raise ValueError(f"time never goes back: advance by {by_ms} ms")
        return Timeline(real_ms, min(LAST_MS, self.at(real_ms) + by_ms), self.rate)

    def scaled(self, rate: float, *, real_ms: int) -> Timeline:
        """Return a clock that goes on from here at `rate`; 0 freezes it. Raises ValueError unless 0 <= rate < inf."""
        if not (math.isfinite(rate) and rate >= 0):
            raise ValueError(f"time never goes back and never jumps to its end: rate {rate}")
        return Timeline(real_ms, self.at(real_ms), rate)
