"""The client: submits requests, resumes tasks; the loops are in `_flows`, the decisions in `_policy`."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, Unpack

import requests

from ._calls import (
    EditFields,
    GenerateFields,
    SubmitFields,
    asking_balance,
    edit_fields,
    estimated,
    generating,
    order_for,
)
from ._clock import Clock, SystemClock
from ._effects import run
from ._flows import Followed, Order, submitting
from ._inbox import Inbox
from ._inputs import ImageSource
from ._pacing import Pacing
from ._prices import Estimate
from ._runtime import runtime_for
from ._session import Wire
from ._settings import Region, Settings
from ._slots import MOST_ACTIVE
from ._tasks import Result, Task, result_of, ticket_from_dict
from ._urls import redact_url
from .models import Request

if TYPE_CHECKING:
    from ._batch import BatchResult, BatchUpdate, Job


class BFLClient:
    """A client of the BFL FLUX API.

    >>> with BFLClient() as bfl:                                                            # doctest: +SKIP
    ...     result = bfl.generate("flux-2-pro", "a red cube", output="cube.png")

    `api_key` and `base_url` default to BFL_API_KEY and BFL_BASE_URL, then to BFL's host for `region`. `timeout_s` is
    the deadline of a call that names none, requests in flight included; a submit in flight may outlast it by
    `read_timeout_s`. At most `max_active` of its tasks run at a time, and its submits cost no more than
    `budget_credits`, by the published prices before and the API's own figures after; None: no limit. `inbox` is where
    a receiver puts the webhooks that `Task.wait(via="webhook-or-poll")` listens for. An injected `session` is not
    closed. `clock`, `rng` and `pacing` are for tests and for those who know better. One client may be used by several
    threads. Raises MissingAPIKey or ConfigurationError.
    """

    def __init__(
        self,
        api_key: str | None = None,
        *,
        base_url: str | None = None,
        region: Region = "global",
        timeout_s: float = 300.0,
        read_timeout_s: float = 30.0,
        max_active: int | None = MOST_ACTIVE,
        budget_credits: float | None = None,
        inbox: Inbox | None = None,
        session: requests.Session | None = None,
        clock: Clock | None = None,
        rng: random.Random | None = None,
        pacing: Pacing | None = None,
    ) -> None:
        settings = Settings.load(api_key=api_key, base_url=base_url, region=region)
        clock = clock or SystemClock()
        self.base_url = settings.base_url
        self._runtime = runtime_for(
            settings,
            clock=clock,
            rng=rng,
            timeout_s=timeout_s,
            read_timeout_s=read_timeout_s,
            max_active=max_active,
            budget_credits=budget_credits,
            has_inbox=inbox is not None,
            pacing=pacing,
        )
        self._wire = Wire(session=session, api_key=settings.api_key, api=settings.origin, clock=clock, inbox=inbox)

    def __repr__(self) -> str:
        return f"BFLClient(base_url={redact_url(self.base_url)!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections, unless the session was injected."""
        self._wire.close()

    def submit(
        self,
        model: str | Request,
        prompt: str | None = None,
        *,
        extra: Mapping[str, object] | None = None,
        timeout_s: float | None = None,
        **fields: Unpack[SubmitFields],
    ) -> Task:
        """Submit a request, which costs money, and return its task.

        `model` is a name, with the vendor's fields beside it (one that is None is left out, any other goes into
        `extra`, as it is), or a request of `bfl_client.models`. The request is checked before it is sent, and sent
        again only when it was certainly not accepted. Raises the errors above `UnknownOutcome` in the tree of
        `bfl_client._errors` when nothing was accepted, and UnknownOutcome when that cannot be told.
        """
        deadline = self._runtime.deadline(timeout_s)
        order = order_for(model, {"prompt": prompt, **fields}, extra=extra)
        return self._task(run(submitting(order, runtime=self._runtime, deadline=deadline), self._wire.perform))

    def generate(
        self,
        model: str | Request,
        prompt: str | None = None,
        *,
        extra: Mapping[str, object] | None = None,
        output: str | Path | None = None,
        timeout_s: float | None = None,
        **fields: Unpack[GenerateFields],
    ) -> Result:
        """Submit a request, wait for its picture, save it as `output` if given, and return the result.

        The suffix of `output` sets the output_format. `timeout_s` spans all of it. Raises what `submit`, `Task.wait`
        and `Task.download` raise; when the task was accepted, the error carries its id and polling_url, for `resume`.
        """
        order = order_for(model, {"prompt": prompt, **fields}, extra=extra, output=output)
        return self._generate(order, output=output, timeout_s=timeout_s)

    def edit(
        self,
        prompt: str | None,
        images: Sequence[ImageSource],
        *,
        model: str = "flux-2-pro",
        mask: ImageSource | None = None,
        extra: Mapping[str, object] | None = None,
        output: str | Path | None = None,
        timeout_s: float | None = None,
        **fields: Unpack[EditFields],
    ) -> Result:
        """Change pictures as `prompt` says, as `generate` does; as many `images` as the model takes.

        An image is an http(s) URL, a path, bytes or base64; what no task could use is refused before it costs. Raises
        what `generate` raises.
        """
        given = {"prompt": prompt, **fields, **edit_fields(model, images, mask=mask)}
        return self._generate(order_for(model, given, extra=extra, output=output), output=output, timeout_s=timeout_s)

    def estimate(
        self,
        model: str | Request,
        prompt: str | None = None,
        *,
        extra: Mapping[str, object] | None = None,
        **fields: Unpack[SubmitFields],
    ) -> Estimate:
        """Return what a request will cost, by the published prices; nothing is sent. Raises InvalidRequest."""
        return estimated(model, {"prompt": prompt, **fields}, extra=extra)

    def resume(self, saved: Mapping[str, object]) -> Task:
        """Return the task that `Task.to_dict` wrote down, in whatever process; nothing is sent.

        What an error carries is enough: `client.resume({"id": e.task_id, "polling_url": e.polling_url})`.
        """
        ticket = ticket_from_dict(saved, fallback_url=self._runtime.result_url)
        return self._task(Followed(ticket))

    @property
    def spent_credits(self) -> float:
        """What this client's submits cost as far as is known, moderated tasks left out; see `budget_credits`."""
        return self._runtime.budget.spent_credits

    def batch(
        self,
        jobs: Sequence[Job],
        *,
        journal: str | Path | None = None,
        output_dir: str | Path | None = None,
        resubmit_unknown: bool = False,
        timeout_s: float | None = None,
        on_update: Callable[[BatchUpdate], None] | None = None,
    ) -> BatchResult:
        """Bring every job to its end, up to `max_active` at a time, and return how each came out, in their order.

        An item's error is in its outcome, and is not raised. With a `journal`, running the same jobs again does what
        is left: what was accepted is waited for, and nothing that may have been accepted is submitted again, unless
        `resubmit_unknown`. An error that all items would share (key, credits, budget, set-up) stops further submits.
        Ctrl-C lets submits on their way finish, then is raised; the journal holds the rest. `timeout_s` is for each
        item, `on_update` is called in this thread. Raises InvalidRequest if any job is wrong, ConfigurationError if
        the journal cannot be used; nothing was sent then.
        """
        from ._batch_run import Terms, run_batch  # late: only a batch pays for it

        return run_batch(
            jobs,
            terms=Terms(resubmit_unknown=resubmit_unknown, timeout_s=timeout_s, on_update=on_update),
            runtime=self._runtime,
            perform=self._wire.perform,
            journal=None if journal is None else Path(journal),
            output_dir=None if output_dir is None else Path(output_dir),
        )

    def credits(self, *, timeout_s: float | None = None) -> float:
        """Return the balance in credits; one is a US cent [GUIDE]."""
        flow = asking_balance(runtime=self._runtime, deadline=self._runtime.deadline(timeout_s))
        return run(flow, self._wire.perform)

    def _generate(self, order: Order, *, output: str | Path | None, timeout_s: float | None) -> Result:
        deadline = self._runtime.deadline(timeout_s)
        flow = generating(order, output=output, runtime=self._runtime, deadline=deadline)
        followed, finished = run(flow, self._wire.perform)
        return result_of(followed.ticket, finished, kind=Result, save=self._task(followed).download)

    def _task(self, followed: Followed) -> Task:
        return Task(followed, runtime=self._runtime, perform=self._wire.perform)
