"""Say what happened, in sentences with numbers: spans, credits, lists of requests."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from .request import Request
from .values import NOTHING, Evidence

_SHOWN = 20  # of the numbers of an endless loop, so many are kept from its beginning, and the last


def evidence(
    requests: Sequence[Request], what: str, *, task_id: str | None = None, cost_credits: Decimal = NOTHING
) -> Evidence:
    """Return an occurrence that these requests, in their order, are evidence of."""
    numbers = tuple(request.number for request in requests)
    first = requests[0]
    return Evidence(
        what=what,
        requests=numbers if len(numbers) <= _SHOWN else (*numbers[: _SHOWN - 1], numbers[-1]),
        count=len(numbers),
        at_ms=first.row.at_ms,
        span_ms=span_ms(requests),
        task_id=task_id or first.row.task_id,
        cost_credits=cost_credits,
    )


def span_ms(requests: Sequence[Request]) -> int:
    """Return how long it was from the beginning of the first request to that of the last."""
    return max(0, requests[-1].begun_ms - requests[0].begun_ms)


def seconds(ms: float) -> str:
    """Return a span as a person says it: `3 ms`, `0.25 s`, `12.5 s`, `10 min 0 s`."""
    if ms < 100:
        return f"{ms:.0f} ms"
    if ms < 600_000:
        return f"{ms / 1000:.2f}".rstrip("0").rstrip(".") + " s"
    return f"{ms // 60_000:.0f} min {ms % 60_000 / 1000:.0f} s"


def credits_text(amount: Decimal) -> str:
    """Return credits with a decimal at least: `3.0 credits`, `1.25 credits`."""
    plain = f"{amount.normalize():f}"
    return f"{plain if '.' in plain else plain + '.0'} credits"


def times(count: int, thing: str) -> str:
    """Return a count with its noun: `1 poll`, `3 polls`."""
    return f"{count} {thing}" + ("" if count == 1 else "s")


def numbered(numbers: Sequence[int], *, count: int) -> str:
    """Return numbers of requests in short: `#3, #5 to #9`; `count` tells how many there are with those left out."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    shown = [f"#{run[0]}" if len(run) == 1 else f"#{run[0]} to #{run[-1]}" for run in runs]
    return ", ".join(shown) + (f" ({count} in all)" if count > len(numbers) else "")
