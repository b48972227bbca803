"""A submitted task: wait for it, look at it, download its picture, write it down to resume it elsewhere."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlsplit

from ._clock import Deadline
from ._download import download
from ._errors import InvalidRequest, TaskFailed
from ._explain import polling_refused
from ._models import checked_output
from ._policy import Again, Finished, Stop, Turn, first_poll_wait_s, judge_poll, seen
from ._replies import Outcome, Snapshot, Ticket, as_number, cause_of
from ._runtime import Runtime

_LOG = logging.getLogger("bfl_client")


@dataclass(frozen=True, slots=True)
class Result:
    """A finished picture.

    `sample` is a signed URL that dies ten minutes after it was signed [GUIDE; CASS]: save the picture, keep no URL.
    `prompt` may be the API's rewriting of yours [CASS]. `cost_credits` is the settled cost where the API names one,
    else the submit's. `fields` is the whole result object as it came.
    """

    id: str
    sample: str = field(repr=False)
    seed: int | None
    prompt: str | None
    cost_credits: float | None
    model: str | None
    polling_url: str
    fields: Mapping[str, object] = field(repr=False)
    _task: Task = field(repr=False, compare=False)

    def save(self, path: str | Path, *, timeout_s: float | None = None) -> Path:
        """Download the picture to `path`; see `Task.download`."""
        return self._task.download(path, timeout_s=timeout_s)


class Task:
    """An accepted task. It is billed: keep it, or what `to_dict` returns, until its picture is on disk."""

    def __init__(self, ticket: Ticket, *, runtime: Runtime, accepted_at_s: float | None = None) -> None:
        self._ticket = ticket
        self._runtime = runtime
        self._accepted_at_s = accepted_at_s
        self._final: Outcome | None = None
        self._words_warned_of: set[str] = set()

    def __repr__(self) -> str:
        return f"Task(id={self.id!r}, model={self.model!r}, cost={self.cost!r})"

    @property
    def id(self) -> str:
        """The task's id."""
        return self._ticket.id

    @property
    def polling_url(self) -> str:
        """Where to ask for the result; it names the cluster that has the task."""
        return self._ticket.polling_url

    @property
    def model(self) -> str | None:
        """The model as it was asked for; None for a task resumed without it."""
        return self._ticket.model

    @property
    def cost(self) -> float | None:
        """Credits, as the submit reply says; None where the API has null (flux-dev) [CASS]."""
        return self._ticket.cost

    @property
    def input_mp(self) -> float | None:
        """Megapixels of the input images, rounded by the API to 2 places."""
        return self._ticket.input_mp

    @property
    def output_mp(self) -> float | None:
        """Megapixels of the picture, rounded by the API to 2 places."""
        return self._ticket.output_mp

    def to_dict(self) -> dict[str, object]:
        """Return what `BFLClient.resume` needs, as plain JSON values; there is no key in it."""
        ticket = self._ticket
        return {
            "id": ticket.id,
            "polling_url": ticket.polling_url,
            "cost": ticket.cost,
            "input_mp": ticket.input_mp,
            "output_mp": ticket.output_mp,
            "model": ticket.model,
        }

    def refresh(self) -> Snapshot:
        """Poll once and return what it shows, whatever the status; raise PollingRefused if it shows nothing."""
        outcome = self._final or self._poll(self._runtime.deadline(None))
        snapshot = seen(outcome)
        if snapshot is None:
            raise polling_refused(self._ticket, outcome) from cause_of(outcome)
        return snapshot

    def wait(self, *, timeout_s: float | None = None, on_update: Callable[[Snapshot], None] | None = None) -> Result:
        """Poll until the task has ended and return its result; a task that has ended is not polled again.

        `on_update` is called with each poll that shows the task. Raises TaskFailed if it ended without a picture,
        DeadlineExceeded after `timeout_s` (default: the client's), or another TaskUnfinished.
        """
        return self._wait(self._runtime.deadline(timeout_s), on_update=on_update)

    def download(self, path: str | Path, *, timeout_s: float | None = None) -> Path:
        """Wait if need be, save the picture to `path` and return that. The file appears whole or not at all.

        An expired URL is renewed by polling once more. Raises what `wait` raises, or DownloadFailed.
        """
        return self._download(checked_output(path), self._runtime.deadline(timeout_s))

    def _download(self, output: Path, deadline: Deadline) -> Path:
        result = self._wait(deadline)
        return download(
            result.sample,
            output,
            ticket=self._ticket,
            runtime=self._runtime,
            deadline=deadline,
            renew=lambda: self._renewed(deadline).sample,
        )

    def _renewed(self, deadline: Deadline) -> Result:
        # A poll after Ready signs the URL anew.  [LIVE-UPS]
        self._final = None
        return self._wait(deadline)

    def _wait(self, deadline: Deadline, *, on_update: Callable[[Snapshot], None] | None = None) -> Result:
        if self._final is None:
            self._runtime.clock.sleep(first_poll_wait_s(turn=self._turn(deadline)))
        polls = failures = 0
        while True:
            outcome = self._final or self._poll(deadline)
            snapshot = seen(outcome)
            if snapshot is not None and on_update is not None:
                on_update(snapshot)
            match judge_poll(outcome, ticket=self._ticket, turn=self._turn(deadline, failures=failures, polls=polls)):
                case Finished(snapshot, sample):
                    self._final = outcome
                    return self._result(snapshot, sample)
                case Stop(error):
                    self._final = outcome if isinstance(error, TaskFailed) else None
                    raise error from cause_of(outcome)
                case Again() as again:
                    self._warn_once(again.unknown_status)
                    self._runtime.clock.sleep(again.wait_s)
                    polls += 1
                    failures = failures + 1 if again.snapshot is None else 0

    def _turn(self, deadline: Deadline, *, failures: int = 0, polls: int = 0) -> Turn:
        return self._runtime.turn(deadline, failures=failures, polls=polls, accepted_at_s=self._accepted_at_s)

    def _poll(self, deadline: Deadline) -> Outcome:
        return self._runtime.wire.get(self.polling_url, deadline=deadline)

    def _result(self, snapshot: Snapshot, sample: str) -> Result:
        fields, ticket = snapshot.result, self._ticket
        seed, prompt = fields.get("seed"), fields.get("prompt")
        return Result(
            id=ticket.id,
            sample=sample,
            seed=seed if isinstance(seed, int) else None,
            prompt=prompt if isinstance(prompt, str) else None,
            cost_credits=ticket.cost if snapshot.cost is None else snapshot.cost,
            model=ticket.model,
            polling_url=ticket.polling_url,
            fields=fields,
            _task=self,
        )

    def _warn_once(self, word: str | None) -> None:
        # New words for "in progress" did appear (Reasoning, Generating), so an unknown one is no end.  [KAIBO]
        # A log line and no `warnings` one: that can be turned into an error, which would lose a paid task.
        if word is not None and word not in self._words_warned_of:
            self._words_warned_of.add(word)
            _LOG.warning("The task %s has the unknown status %r; polling goes on until the deadline.", self.id, word)


def ticket_from_dict(saved: Mapping[str, object], *, fallback_url: str) -> Ticket:
    """Return the ticket that `Task.to_dict` wrote; an id or a polling_url is enough, as an error carries them.

    `fallback_url` is the API's get_result URL without the id. Raises InvalidRequest.
    """
    task_id, polling_url, model = saved.get("id"), saved.get("polling_url"), saved.get("model")
    if not isinstance(task_id, str) or not task_id:
        task_id = dict(parse_qsl(urlsplit(polling_url).query)).get("id") if isinstance(polling_url, str) else None
    if not task_id:
        raise InvalidRequest("There is nothing to resume: neither an id nor a polling_url that holds one.")
    return Ticket(
        id=task_id,
        polling_url=polling_url
        if isinstance(polling_url, str) and polling_url
        else fallback_url + quote(task_id, safe=""),
        cost=as_number(saved.get("cost")),
        input_mp=as_number(saved.get("input_mp")),
        output_mp=as_number(saved.get("output_mp")),
        model=model if isinstance(model, str) else None,
    )
