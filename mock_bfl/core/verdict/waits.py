"""How long an answer asks a client to wait: Retry-After in seconds or as a date, and nothing where it is garbage."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from mock_bfl.contract.conduct import RETRY_AFTER_STATUSES
from mock_bfl.core.exchange import Exchange

_SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]+)?", re.ASCII)


def asked_wait_ms(row: Exchange) -> int | None:
    """Return the wait that a 429 or 503 asks for, in milliseconds; None if it asks for none that can be read.

    Never judged on another status: a 200 carries the end of a rate window there, which is no advice.  [CASS]
    """
    if row.status not in RETRY_AFTER_STATUSES.value or row.retry_after is None:
        return None
    text = row.retry_after.strip()
    return round(float(text) * 1000) if _SECONDS.fullmatch(text) else _wait_until_ms(text, row)


def _wait_until_ms(text: str, row: Exchange) -> int | None:
    """Return the span up to a date: from the answer's own Date, or from the real instant if that is less.

    A test may have moved the account's clock, and a client may go by its own.
    """
    by_date, by_real_clock = (_until_ms(text, now_ms=now_ms) for now_ms in (row.ended_at_ms, row.ended_real_ms))
    return None if by_date is None or by_real_clock is None else min(by_date, by_real_clock)


def _until_ms(text: str, *, now_ms: int | None) -> int | None:
    """Return the span up to a date, counted as a client counts it: in whole seconds."""
    try:
        until = parsedate_to_datetime(text)
        instant = until if until.tzinfo else until.replace(tzinfo=UTC)
        span_ms = round(datetime.timestamp(instant) - (now_ms or 0) // 1000) * 1000
    except (ValueError, OverflowError):
        return None
    return span_ms if now_ms is not None and span_ms >= 0 else None
