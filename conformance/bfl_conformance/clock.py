"""The one place of this package that reads the clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return the instant, for timestamps that a receiver compares with its own clock."""
    return datetime.now(UTC)


def monotonic_s() -> float:
    """Return seconds that only go forward, for spans."""
    return time.monotonic()
