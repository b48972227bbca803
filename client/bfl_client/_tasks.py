"""A submitted task: wait for it, look at it, download its picture, write it down to resume it elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import parse_qsl, quote, urlsplit

from ._download import downloading
from ._effects import Effect, run
from ._errors import InvalidRequest
from ._flows import Followed, refreshing, waiting
from ._listening import Via, ear_for
from ._models import checked_output
from ._policy import Finished
from ._replies import Snapshot, Ticket, as_number
from ._runtime import Runtime


@dataclass(frozen=True, slots=True)
class ResultFacts:
    """What is known of a finished picture; how one saves it differs between the clients."""

    id: str
    sample: str = field(repr=False)
    seed: int | None
    prompt: str | None
    cost_credits: float | None
    model: str | None
    polling_url: str
    fields: Mapping[str, object] = field(repr=False)


R = TypeVar("R", bound=ResultFacts)


@dataclass(frozen=True, slots=True)
class Result(ResultFacts):
    """A finished picture.

    `sample` is a signed URL that dies ten minutes after it was signed [GUIDE; CASS]: save the picture, keep no URL.
    `prompt` may be the API's rewriting of yours [CASS]. `cost_credits` is the settled cost where the API names one,
    else the submit's. `fields` is the whole result object as it came.
    """

    _save: Callable[..., Path] = field(repr=False, compare=False)

    def save(self, path: str | Path, *, timeout_s: float | None = None) -> Path:
        """Download the picture to `path`; see `Task.download`."""
        return self._save(path, timeout_s=timeout_s)


class TaskFacts:
    """What is known of an accepted task; what one can do with it differs between the clients."""

    def __init__(self, followed: Followed) -> None:
        self._followed = followed

    def __repr__(self) -> str:
        return f"{type(self).__name__}(id={self.id!r}, model={self.model!r}, cost={self.cost!r})"

    @property
    def id(self) -> str:
        """The task's id."""
        return self._followed.ticket.id

    @property
    def polling_url(self) -> str:
        """Where to ask for the result; it names the cluster that has the task."""
        return self._followed.ticket.polling_url

    @property
    def model(self) -> str | None:
        """The model as it was asked for; None for a task resumed without it."""
        return self._followed.ticket.model

    @property
    def cost(self) -> float | None:
        """Credits, as the submit reply says; None where the API has null (flux-dev) [CASS]."""
        return self._followed.ticket.cost

    @property
    def input_mp(self) -> float | None:
        """Megapixels of the input images, rounded by the API to 2 places."""
        return self._followed.ticket.input_mp

    @property
    def output_mp(self) -> float | None:
        """Megapixels of the picture, rounded by the API to 2 places."""
        return self._followed.ticket.output_mp

    def to_dict(self) -> dict[str, object]:
        """Return what `BFLClient.resume` needs, as plain JSON values; there is no key in it."""
        ticket = self._followed.ticket
        return {
            "id": ticket.id,
            "polling_url": ticket.polling_url,
            "cost": ticket.cost,
            "input_mp": ticket.input_mp,
            "output_mp": ticket.output_mp,
            "model": ticket.model,
        }


class Task(TaskFacts):
    """An accepted task. It is billed: keep it, or what `to_dict` returns, until its picture is on disk."""

    def __init__(self, followed: Followed, *, runtime: Runtime, perform: Callable[[Effect], object]) -> None:
        super().__init__(followed)
        self._runtime = runtime
        self._perform = perform

    def refresh(self) -> Snapshot:
        """Poll once and return what it shows, whatever the status; raise PollingRefused if it shows nothing."""
        return run(refreshing(self._followed, runtime=self._runtime), self._perform)

    def wait(
        self,
        *,
        timeout_s: float | None = None,
        on_update: Callable[[Snapshot], None] | None = None,
        via: Via = "poll",
    ) -> Result:
        """Poll until the task has ended and return its result; a task that has ended is not polled again.

        `on_update` is called with each poll that shows the task. `via="webhook-or-poll"` polls rarely until the
        client's `inbox` has the webhook of the task's end, and at once when it has. Raises TaskFailed if it ended
        without a picture, DeadlineExceeded after `timeout_s` (default: the client's), or another TaskUnfinished.
        """
        deadline = self._runtime.deadline(timeout_s)
        ear = ear_for(via, runtime=self._runtime)
        flow = waiting(self._followed, runtime=self._runtime, deadline=deadline, on_update=on_update, ear=ear)
        return result_of(self._followed.ticket, run(flow, self._perform), kind=Result, save=self.download)

    def download(self, path: str | Path, *, timeout_s: float | None = None) -> Path:
        """Wait if need be, save the picture to `path` and return that. The file appears whole or not at all.

        An expired URL is renewed by polling once more. Raises what `wait` raises, or DownloadFailed.
        """
        output, deadline = checked_output(path), self._runtime.deadline(timeout_s)
        return run(downloading(self._followed, output, runtime=self._runtime, deadline=deadline), self._perform)


def result_of(ticket: Ticket, finished: Finished, *, kind: Callable[..., R], save: Callable[..., object]) -> R:
    """Return the result that a finished poll shows, of the kind whose `save` is that of the task."""
    fields = finished.snapshot.result
    seed, prompt = fields.get("seed"), fields.get("prompt")
    return kind(
        id=ticket.id,
        sample=finished.sample,
        seed=seed if isinstance(seed, int) else None,
        prompt=prompt if isinstance(prompt, str) else None,
        cost_credits=ticket.cost if finished.snapshot.cost is None else finished.snapshot.cost,
        model=ticket.model,
        polling_url=ticket.polling_url,
        fields=fields,
        _save=save,
    )


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
