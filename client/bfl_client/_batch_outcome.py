"""How an item of a batch came out, and what it cost, from what is known of it: pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ._batch import BatchItem, BatchOutcome
from ._batch_plan import PlannedItem
from ._errors import BFLError, Moderated, UnknownOutcome
from ._records import ItemState, Known, error_from, text_in

_CUT_OFF = (
    "An earlier run was cut off while it submitted this: the task may exist and be billed, so it was not sent again. "
    "Look at your balance; resubmit_unknown submits it once more, at the risk of paying twice."
)


def settled(item: PlannedItem, known: Known, *, resubmit_unknown: bool) -> BatchItem | None:
    """Return the outcome of an item about which nothing is left to do, None if something is."""
    if item.output is not None and known.path == str(item.output) and item.output.is_file():
        return item_of(item, known, is_done=True)
    if known.state is ItemState.ENDED:
        return item_of(item, known, error=error_from(known.error or {}))
    can_be_looked_for = text_in(known.error or {}, "polling_url") is not None
    if known.state is ItemState.UNKNOWN and not resubmit_unknown and not can_be_looked_for:
        return item_of(item, known, error=unknown_error(known))
    return None


def untouched(item: PlannedItem, known: Known) -> BatchItem:
    """Return the outcome of an item that was not begun in this run."""
    error = unknown_error(known) if known.state is ItemState.UNKNOWN else None
    return item_of(item, known, error=error)


def costs_money(known: Known, *, resubmit_unknown: bool) -> bool:
    """Tell whether the item is to be submitted, rather than only waited for."""
    return known.state in {ItemState.NEW, ItemState.REFUSED} or (known.state is ItemState.UNKNOWN and resubmit_unknown)


def unknown_error(known: Known) -> BFLError:
    """Return why it is unknown whether an item was accepted."""
    return error_from(known.error) if known.error else UnknownOutcome(_CUT_OFF)


def item_of(
    item: PlannedItem, known: Known, *, error: BFLError | None = None, is_done: bool = False, is_ready: bool = False
) -> BatchItem:
    """Return the outcome of an item. `is_done`: all that was asked for is there; `is_ready`: the API has a picture."""
    certain, uncertain = _charged(known, error=error, is_ready=is_ready)
    return BatchItem(
        index=item.index,
        job=item.job,
        outcome=_outcome(item, known, error=error, is_done=is_done),
        id=known.id or (error.task_id if error else None),
        polling_url=known.polling_url or (error.polling_url if error else None),
        cost_credits=known.cost_credits,
        path=item.output if is_done else None,
        error=error,
        known_credits=certain,
        unknown_credits=uncertain,
    )


def _outcome(item: PlannedItem, known: Known, *, error: BFLError | None, is_done: bool) -> BatchOutcome:
    if is_done:
        return BatchOutcome.READY if item.output is None else BatchOutcome.SAVED
    if known.state is ItemState.UNKNOWN:
        return BatchOutcome.UNKNOWN
    return BatchOutcome.NOT_STARTED if error is None else BatchOutcome.FAILED


def _charged(known: Known, *, error: BFLError | None, is_ready: bool) -> tuple[float, float | None]:
    """Return what was charged for certain, and what may have been besides."""
    stake = list(known.at_stake)
    is_charged = known.id is not None and not isinstance(error, Moderated)  # those are given back  [HELP-FAIL]
    is_certain = is_ready or known.path is not None  # there is a picture, or was
    if is_charged and is_certain and known.cost_credits is not None:
        return known.cost_credits, _sum(stake)
    if is_charged:
        stake.append(known.quote_credits if known.cost_credits is None else known.cost_credits)
    return 0.0, _sum(stake)


def _sum(credits: Sequence[float | None]) -> float | None:
    known = [each for each in credits if each is not None]
    return math.fsum(known) if len(known) == len(credits) else None
