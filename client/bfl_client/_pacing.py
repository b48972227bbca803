"""How long to wait: polling intervals, full-jitter backoff and Retry-After, all pure; the dice are handed in.

| Wait                         | Length                                                                              |
|------------------------------|-------------------------------------------------------------------------------------|
| between two polls            | 0.5 s [DOCS-GEN], growing to 3 s (the guide backs off from 1 s to 5 s) [GUIDE]      |
| after a 429                  | Retry-After, or 5 s [GUIDE], plus full jitter                                       |
| after any other failure      | Retry-After, or 0.5 s, plus full jitter                                             |
| full jitter                  | uniform between 0 and 0.5 s doubled per failure, at most 30 s                       |
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from ._replies import Reply, as_number

_DIGITS = re.compile(r"[0-9]+(\.[0-9]+)?", re.ASCII)
_MOST_DOUBLINGS = 32
_LONGEST_S = 1e9


@dataclass(frozen=True, slots=True)
class Pacing:
    """The figures of the waits. The defaults are the documents' where they have one, else ASSUMED."""

    first_poll_s: float = 0.5  # [DOCS-GEN]
    poll_growth: float = 1.25
    longest_poll_s: float = 3.0
    beside_webhook_s: float = 10.0  # between polls while a webhook is awaited, which may get lost
    backoff_s: float = 0.5
    longest_backoff_s: float = 30.0
    rate_limit_wait_s: float = 5.0  # after a 429 that names no wait  [GUIDE]
    retry_after_cap_s: float = 60.0  # a longer wait is the caller's to decide about
    retries: int = 5  # of what may fail for ever: an unreachable API, a failing download
    not_found_grace_s: float = 10.0  # a new task may be unknown to its cluster for a moment  [HELP-FAIL; clients]


def poll_interval_s(polls: int, *, pacing: Pacing, rng: random.Random) -> float:
    """Return the pause after the given number of polls; a tenth of jitter keeps many clients from polling in step."""
    grown = pacing.first_poll_s * pacing.poll_growth ** min(polls, _MOST_DOUBLINGS)
    interval_s = min(grown, pacing.longest_poll_s)
    return interval_s + rng.uniform(0, interval_s / 10)


def backoff_s(failures: int, *, floor_s: float, pacing: Pacing, rng: random.Random) -> float:
    """Return the pause after a failure that `failures` others precede: the floor plus full jitter."""
    ceiling_s = min(pacing.longest_backoff_s, pacing.backoff_s * 2.0 ** min(failures, _MOST_DOUBLINGS))
    return floor_s + rng.uniform(0, ceiling_s)


def asked_wait_s(reply: Reply, *, epoch_s: float) -> float | None:
    """Return how long the reply asks the client to wait, None if it does not (validly) say.

    Read are `Retry-After` in seconds or as a date, `retry-after-ms`, and the guide's `retry_after` in the body; of
    several the longest counts, so that no reading of the reply is broken. NaN, negative and past values are ignored. A
    date is taken against the reply's own `Date`, so that a server with another clock is understood; `epoch_s` is the
    fallback. A 200 asks for nothing: its Retry-After is the end of a rate window, "0" half of the time [CASS].
    """
    if reply.status_code == 200:
        return None
    waits = (
        _seconds(reply.headers.get("retry-after")),
        _seconds(reply.headers.get("retry-after-ms"), per_second=1000),
        _seconds_until(reply.headers.get("retry-after"), sent=reply.headers.get("date"), epoch_s=epoch_s),
        as_number(reply.mapping.get("retry_after")),
    )
    return max((wait for wait in waits if wait is not None and wait >= 0), default=None)


def _seconds(text: str | None, *, per_second: int = 1) -> float | None:
    # Digits only: "nan", "inf" and "-1" are no delays. Digits without end are a long wait, not an infinite one.
    if text is None or not _DIGITS.fullmatch(text.strip()):
        return None
    return min(float(text) / per_second, _LONGEST_S)


def _seconds_until(text: str | None, *, sent: str | None, epoch_s: float) -> float | None:
    until, since = _instant_s(text), _instant_s(sent)
    if until is None:
        return None
    return until - (epoch_s if since is None else since)


def _instant_s(text: str | None) -> float | None:
    try:
        instant = parsedate_to_datetime(text or "")
        return _in_utc(instant).timestamp()
    except (ValueError, OverflowError):
        return None


def _in_utc(instant: datetime) -> datetime:
    # An HTTP-date is in GMT, also where it says "-0000", which the parser returns without a zone.
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
