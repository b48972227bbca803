"""How a balance follows from what was accepted: charged at submission, given back when a task brings no picture.

Between two looks at a balance each task accounts for a span of credits: exactly its price where the polls settle the
matter, anything from nothing to its price where they do not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bfl_conformance.expect import Expectations
from bfl_conformance.observation import CreditsSeen, Observation, Polled, Submitted, number_of
from bfl_conformance.verdict import Level
from mock_bfl.contract import MODELS_BY_SLUG, endpoints, statuses
from mock_bfl.contract.prices import FlatPrice
from mock_bfl.contract.sources import Certainty, cite

from .history import accepted, ends, running_until_ms
from .law import History, law
from .laws_of_prices import listed_credits

_NEAR = 1e-6
_OPEN = frozenset({statuses.ERROR})  # no document says whether a failed task is given back
_CHARGED = frozenset(status.word for status in statuses.STATUSES if status.charged)


def _is_a_number(_: History, seen: CreditsSeen, __: Expectations) -> Iterator[str]:
    if seen.credits is None:
        yield f"credits are {seen.reply.document.get('credits')!r}, not a number"


def _follows_from_what_was_accepted(history: History, seen: CreditsSeen, _: Expectations) -> Iterator[str]:
    position = next((n for n in reversed(range(len(history))) if _is_of(history[n], seen.key)), None)
    before = None if position is None else history[position]
    if not isinstance(before, CreditsSeen) or before.credits is None or seen.credits is None:
        return
    already = {task.task_id for task in accepted(history[:position], key=seen.key)}
    proof = _Proof(ends(history), running_until_ms(history))
    least, most = 0.0, 0.0
    for task in accepted(history, key=seen.key):
        was = proof.paid(task, before) if task.task_id in already else (0.0, 0.0)
        now = proof.paid(task, seen)
        least, most = least + now[0] - was[1], most + now[1] - was[0]
    spent = before.credits - seen.credits
    if not least - _NEAR <= spent <= most + _NEAR:
        span = f"{least:g}" if least == most else f"{least:g} to {most:g}"
        yield f"the balance went from {before.credits:g} to {seen.credits:g}, by {spent:g}; what was seen makes {span}"


def _is_of(look: Observation, key: str) -> bool:
    return isinstance(look, CreditsSeen) and look.key == key


@dataclass(frozen=True, slots=True)
class _Proof:
    """What the polls prove: how tasks ended, and until when they certainly ran."""

    ends: Mapping[str, Polled]
    running_until_ms: Mapping[str, int]

    def paid(self, task: Submitted, look: CreditsSeen) -> tuple[float, float]:
        """Return the least and the most that `task` has taken from the balance at the instant of `look`."""
        least, most = _price_span(task)
        end = self.ends.get(task.task_id)
        runs = self.running_until_ms.get(task.task_id, -1) >= look.reply.received_at_ms
        if runs or (end is not None and end.status in _CHARGED):
            return least, most
        if end is not None and end.status not in _OPEN and end.reply.received_at_ms <= look.reply.sent_at_ms:
            return 0.0, 0.0
        return 0.0, most


def _price_span(task: Submitted) -> tuple[float, float]:
    """Return the least and the most that the task costs: what its reply said, else what the price list makes likely."""
    cost = number_of(task.reply.document.get("cost"))
    if cost is not None:
        return cost, cost
    model = MODELS_BY_SLUG[task.model]
    listed = listed_credits(model, task)
    if isinstance(model.price, FlatPrice) and not model.price.reported:
        return 0.0, float(listed or 0)  # a single report names its price
    return (0.0, float("inf")) if listed is None else (float(listed), float(listed))


LAWS_OF_CREDITS = (
    law(
        "credits-are-a-number",
        "The balance is a number under 'credits'.",
        level=Level.MUST,
        cite=endpoints.CREDITS.cite,
        about=CreditsSeen,
        broken_by=_is_a_number,
    ),
    law(
        "balance-follows-from-what-was-accepted",
        "A balance falls by the cost of what was accepted, and rises again for what was moderated.",
        level=Level.MUST,
        cite=cite("OAS, HELP-FAIL, DOCS-BILL", Certainty.DOCS),
        about=CreditsSeen,
        broken_by=_follows_from_what_was_accepted,
    ),
)
