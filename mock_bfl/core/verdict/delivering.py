"""Findings about what was paid for and should arrive: pictures and webhooks; and about paths that may not exist."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from mock_bfl.contract import conduct, statuses
from mock_bfl.contract.models import MODELS_BY_SLUG
from mock_bfl.core.webhook import Attempt, Delivery, DeliveryState

from .facts import Facts, TaskFacts
from .request import SUBMIT, Request
from .saying import evidence, seconds, times
from .values import NOTHING, Evidence


def download_after_expiry(facts: Facts) -> Iterator[Evidence]:
    """Find pictures that were asked for after their URL had expired, and not renewed by a poll."""
    for task in facts.tasks:
        if task.expired and not _was_renewed(task):
            lost = NOTHING if task.was_fetched else task.price_credits
            what = f"the sample URL was asked for {times(len(task.expired), 'time')} after its end and never renewed"
            fate = "the picture had been fetched before" if task.was_fetched else "the picture was not fetched"
            yield evidence(task.expired, f"{what}; {fate}.", task_id=task.id, cost_credits=lost)


def result_never_fetched(facts: Facts) -> Iterator[Evidence]:
    """Find pictures that were seen to be ready and never asked for. What never became ready is nobody's fault.

    One that was asked for and did not come whole may have been given up at a deadline: in doubt that is no finding.
    """
    for task in facts.tasks:
        ready = next((poll for poll in task.polls if poll.word == statuses.READY), None)
        if ready is not None and not task.downloads:
            what = f"#{ready.number} said 'Ready', and the picture was never asked for."
            yield evidence([ready], what, task_id=task.id, cost_credits=task.price_credits)


def webhook_slow_or_rejected(facts: Facts) -> Iterator[Evidence]:
    """Find deliveries that the receiver refused, was too slow for, or never took."""
    tasks = {task.id: task for task in facts.tasks}
    for delivery in facts.deliveries:
        trouble = _trouble(delivery)
        if trouble:
            task = tasks.get(delivery.task_id)
            lost = delivery.state is DeliveryState.ABANDONED and delivery.progress is None
            yield Evidence(
                what=f"{trouble} (delivery {delivery.id}).",
                at_ms=delivery.attempts[0].at_ms,
                span_ms=delivery.attempts[-1].at_ms - delivery.attempts[0].at_ms,
                task_id=delivery.task_id,
                cost_credits=_price_if_unseen(task) if lost and task is not None else NOTHING,
            )


def guide_only_path(facts: Facts) -> Iterator[Evidence]:
    """Find submits to a path that the guide names and the OpenAPI does not."""
    by_path: dict[str, list[Request]] = {}
    for request in facts.requests:
        model = MODELS_BY_SLUG.get(request.row.slug or "")
        if request.row.route == SUBMIT and model is not None and model.named_by == ("GUIDE",):
            by_path.setdefault(request.row.path, []).append(request)
    for path, asked in by_path.items():
        yield evidence(asked, f"{path} is named by the guide alone; {times(len(asked), 'request')} went there.")


def _was_renewed(task: TaskFacts) -> bool:
    """Tell whether the client polled again after a download was refused, whatever came of it: once is enough."""
    refused = next(one for one in task.downloads if not one.is_success)
    return any(poll.number > refused.number for poll in task.polls)


def _price_if_unseen(task: TaskFacts) -> Decimal:
    return NOTHING if task.end is not None or task.was_fetched else task.price_credits


def _trouble(delivery: Delivery) -> str | None:
    """Return what the receiver did wrong, in words; that it was down for a moment is what retries are for."""
    refusals = [attempt for attempt in delivery.attempts if _is_refusal(attempt)]
    slow = [attempt for attempt in delivery.attempts if _is_slow(attempt)]
    if slow:
        return f"the receiver had not answered after {seconds(slow[0].took_ms)}, {times(len(slow), 'time')}"
    if refusals:
        return f"the receiver answered {refusals[0].status}, {times(len(refusals), 'time')}"
    if delivery.state is DeliveryState.ABANDONED:
        return f"the receiver took it in none of {times(len(delivery.attempts), 'attempt')}"
    return None


def _is_slow(attempt: Attempt) -> bool:
    return attempt.took_ms >= conduct.WEBHOOK_ANSWER_S.value * 1000


def _is_refusal(attempt: Attempt) -> bool:
    """Whether the receiver answered, and not that it is down: a redirect is not followed, so it is a refusal."""
    return attempt.status is not None and 300 <= attempt.status < 500
