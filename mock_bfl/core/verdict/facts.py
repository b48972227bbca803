"""What a journal shows, sorted: requests under one clock, tasks with their polls and downloads, calls with retries.

Law: in doubt for the client. What it may not have seen (an answer that was spoiled or never came) is not held against
it, and what another caller may have sent is no retry.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlsplit

from mock_bfl.contract import headers, statuses
from mock_bfl.core.exchange import EXPIRED_SAMPLE, Exchange
from mock_bfl.core.webhook import Delivery

from .callers import are_of_several, told_apart
from .request import GET_RESULT, SAMPLE, SUBMIT, Request
from .values import NOTHING

_API = "/v1/"


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
    """A journal, sorted, and the webhooks. `calls` are requests that no task is known by, each with its retries.

    `is_cut`: the journal has forgotten its beginning, so a task whose submit is not there may be a new one.
    """

    requests: tuple[Request, ...]
    tasks: tuple[TaskFacts, ...]
    calls: tuple[tuple[Request, ...], ...]
    deliveries: tuple[Delivery, ...] = ()
    is_cut: bool = False

    @property
    def series(self) -> tuple[tuple[Request, ...], ...]:
        """What one caller asked for, each time after the time before: the calls, each task's polls and downloads."""
        follow_ups = [asked for task in self.tasks for asked in (task.polls, task.downloads) if asked]
        apart = (told_apart(asked) if are_of_several(asked) else [asked] for asked in follow_ups)
        return (*self.calls, *(one for series in apart for one in series))


def read_journal(
    exchanges: Iterable[Exchange], *, deliveries: Iterable[Delivery], shared_clock: bool, is_cut: bool = False
) -> Facts:
    """Return what the exchanges show, timed by real instants, or with `shared_clock` by the account's."""
    requests = tuple(sorted((_timed(row, shared_clock=shared_clock) for row in exchanges), key=lambda one: one.number))
    tasks = _tasks(requests)
    calls = _calls(requests, tasks)
    return Facts(requests=requests, tasks=tasks, calls=calls, deliveries=tuple(deliveries), is_cut=is_cut)


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


def _calls(requests: Iterable[Request], tasks: Iterable[TaskFacts]) -> tuple[tuple[Request, ...], ...]:
    """Return each call with its retries: equal requests of one account that follow each other, and follow no task."""
    followed = {one.number for task in tasks for one in (*task.polls, *task.downloads)}
    equal: dict[tuple[str | None, ...], list[Request]] = {}
    for request in requests:
        if request.number not in followed and _is_to_the_api(request.row) and _is_known(request.row):
            row = request.row
            equal.setdefault((row.account, row.origin, row.method, row.path, row.body_digest), []).append(request)
    return tuple(call for group in equal.values() for call in told_apart(group))


def _is_to_the_api(row: Exchange) -> bool:
    """Tell whether a client of the API asked: a browser looks for an icon, a guard whether a server is there."""
    return row.route is not None or row.has_key or row.path.startswith(_API)


def _is_known(row: Exchange) -> bool:
    """Tell whether an equal request can be known by what is kept of it."""
    return row.body_digest is not None or row.method == "GET"
