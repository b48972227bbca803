"""What a journal shows, sorted: requests under one clock, tasks with their polls and downloads, calls with retries.

Law: in doubt for the client. What it may not have seen (an answer that was spoiled or never came) is not held against
it, and what another caller may have sent is no retry.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlsplit

from mock_bfl.contract import conduct, endpoints, headers, statuses
from mock_bfl.core.exchange import EXPIRED_SAMPLE, Exchange
from mock_bfl.core.webhook import Delivery

from .values import NOTHING
from .waits import asked_wait_ms

SUBMIT = "submit"
SAMPLE = "sample"
GET_RESULT = endpoints.GET_RESULT.name

_TRANSIENT = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Request:
    """An exchange with its instants on the clock by which the client is judged."""

    row: Exchange
    begun_ms: int
    ended_ms: int | None

    @property
    def number(self) -> int:
        """The number in the journal."""
        return self.row.number

    @property
    def is_answered(self) -> bool:
        """Whether the client has certainly read the answer; one that was tampered with it may not have understood."""
        return self.row.status is not None and (self.row.fault is None or self.row.status >= 400)

    @property
    def is_success(self) -> bool:
        """Whether the client has certainly seen that it went well."""
        return self.is_answered and (self.row.status or 500) < 400

    @property
    def has_failed(self) -> bool:
        """Whether it has certainly failed, in a way that may pass: no whole answer, or one that says so."""
        if self.row.status is None or self.row.is_broken:
            return self.ended_ms is not None
        return self.row.status in _TRANSIENT or self.row.status >= 500

    @property
    def word(self) -> str | None:
        """The status word that the client has certainly seen; any 404 of a poll says that there is no such task."""
        if self.row.route == GET_RESULT and self.row.status == 404:
            return statuses.TASK_NOT_FOUND
        return self.row.status_word if self.is_answered else None

    def pause_ms(self, following: Request) -> int:
        """Return how long after the answer the next request began; negative if they overlap."""
        return following.begun_ms - (self.begun_ms if self.ended_ms is None else self.ended_ms)

    def ends_before(self, following: Request) -> bool:
        """Tell whether the answer had come when the other request began."""
        return self.ended_ms is not None and self.ended_ms <= following.begun_ms and self.number < following.number


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFacts:
    """One task as the client knows it. `submit` is None for one that was submitted before the journal begins."""

    id: str
    submit: Request | None = None
    polls: tuple[Request, ...] = ()
    downloads: tuple[Request, ...] = ()

    @property
    def end(self) -> str | None:
        """The first word seen that ends a task; "Task not found" may pass."""
        ends = statuses.TERMINAL - {statuses.TASK_NOT_FOUND}
        return next((poll.word for poll in self.polls if poll.word in ends), None)

    @property
    def price_credits(self) -> Decimal:
        """What the task was charged for and is not known to have given back."""
        return NOTHING if self.end not in {None, statuses.READY} else self.charged_credits

    @property
    def charged_credits(self) -> Decimal:
        """What the submit was charged."""
        return NOTHING if self.submit is None else self.submit.row.cost_credits or NOTHING

    @property
    def was_fetched(self) -> bool:
        """Whether the picture came, or may still be on its way."""
        arrived = (one for one in self.downloads if not one.row.is_broken and (one.row.status or 500) < 300)
        return any(arrived) or any(download.ended_ms is None for download in self.downloads)

    @property
    def expired(self) -> tuple[Request, ...]:
        """The downloads that came too late, or were scripted to be refused as if they had."""
        refused = (one for one in self.downloads if one.row.status == headers.EXPIRED_SAMPLE.value)
        return tuple(one for one in refused if EXPIRED_SAMPLE in one.row.notes or one.row.fault is not None)

    @property
    def last(self) -> Request | None:
        """The last exchange about it."""
        asked = [request for request in (self.submit, *self.polls, *self.downloads) if request is not None]
        return max(asked, key=lambda request: request.number, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A journal, sorted, and the webhooks. `calls` are requests that no task is known by, each with its retries."""

    requests: tuple[Request, ...]
    tasks: tuple[TaskFacts, ...]
    calls: tuple[tuple[Request, ...], ...]
    deliveries: tuple[Delivery, ...] = ()

    @property
    def series(self) -> tuple[tuple[Request, ...], ...]:
        """What one caller asked for, each time after the time before: the calls, each task's polls and downloads."""
        follow_ups = [asked for task in self.tasks for asked in (task.polls, task.downloads) if asked]
        return (*self.calls, *follow_ups)


def read_journal(exchanges: Iterable[Exchange], *, deliveries: Iterable[Delivery], shared_clock: bool) -> Facts:
    """Return what the exchanges show, timed by real instants, or with `shared_clock` by the account's."""
    requests = tuple(sorted((_timed(row, shared_clock=shared_clock) for row in exchanges), key=lambda one: one.number))
    return Facts(requests=requests, tasks=_tasks(requests), calls=_calls(requests), deliveries=tuple(deliveries))


def origin_in(url: str) -> str:
    """Return scheme and host of a URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _timed(row: Exchange, *, shared_clock: bool) -> Request:
    return Request(row, row.at_ms, row.ended_at_ms) if shared_clock else Request(row, row.real_ms, row.ended_real_ms)


def _tasks(requests: Sequence[Request]) -> tuple[TaskFacts, ...]:
    """Return the tasks in the order in which they appear."""
    owners = _owners_of_samples(requests)
    found: dict[str, list[Request]] = {}
    for request in requests:
        task_id = request.row.task_id or owners.get(request.row.path)
        if task_id is not None and request.row.route in {SUBMIT, GET_RESULT, SAMPLE}:
            found.setdefault(task_id, []).append(request)
    return tuple(_task(task_id, asked) for task_id, asked in found.items())


def _task(task_id: str, asked: Sequence[Request]) -> TaskFacts:
    of_route = {route: tuple(one for one in asked if one.row.route == route) for route in (SUBMIT, GET_RESULT, SAMPLE)}
    return TaskFacts(
        id=task_id,
        submit=next(iter(of_route[SUBMIT]), None),
        polls=of_route[GET_RESULT],
        downloads=of_route[SAMPLE],
    )


def _owners_of_samples(requests: Iterable[Request]) -> Mapping[str, str]:
    """Return which task a path of the delivery host belongs to: a download that failed may not say so itself."""
    rows = [request.row for request in requests if request.row.route == GET_RESULT]
    return {urlsplit(row.leads_to).path: row.task_id for row in rows if row.leads_to and row.task_id}


def _calls(requests: Iterable[Request]) -> tuple[tuple[Request, ...], ...]:
    """Return each call with its retries: equal requests of one account that follow each other."""
    equal: dict[tuple[str | None, ...], list[Request]] = {}
    for request in requests:
        row = request.row
        is_known = row.body_digest is not None or row.method == "GET"
        if row.route not in {None, GET_RESULT, SAMPLE} and is_known:
            equal.setdefault((row.account, row.method, row.path, row.body_digest), []).append(request)
    return tuple(call for group in equal.values() for call in _told_apart(group))


def _told_apart(group: Sequence[Request]) -> list[tuple[Request, ...]]:
    """Return equal requests as calls: an attempt continues a call whose last one failed and ended before it began.

    Equal requests may come from several callers: there were at least as many as requests that went well. So an attempt
    continues the call whose retry is most overdue, and where each would be hasty it is a new caller, as long as there
    may be one.
    """
    callers = max(1, len([request for request in group if request.is_success]))
    calls: list[list[Request]] = []
    unanswered: list[list[Request]] = []
    for request in group:
        call = _continued(unanswered, request, may_be_new=len(calls) < callers)
        if call is None:
            call = []
            calls.append(call)
        else:
            unanswered.remove(call)
        call.append(request)
        if not request.is_success:
            unanswered.append(call)
    return [tuple(call) for call in calls]


def _continued(calls: Iterable[list[Request]], request: Request, *, may_be_new: bool) -> list[Request] | None:
    overdue = [(_overdue_ms(call[-1], request), call) for call in calls if call[-1].ends_before(request)]
    overdue_ms, longest = max(overdue, key=lambda pair: pair[0], default=(0.0, None))
    return None if may_be_new and overdue_ms < 0 else longest


def _overdue_ms(failed: Request, request: Request) -> float:
    """Return how much longer than a retry has to wait it was until a request; negative for a hasty one."""
    return failed.pause_ms(request) - max(asked_wait_ms(failed.row) or 0, conduct.PAUSE_S.value * 1000)
