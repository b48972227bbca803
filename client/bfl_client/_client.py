"""The client: submits requests, resumes tasks; the loops are in `_flows`, the decisions in `_policy`."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import requests

from ._budget import Budget
from ._clock import Clock, Deadline, SystemClock
from ._effects import run
from ._errors import Unavailable
from ._flows import Followed, Order, reading, submitting
from ._models import checked_output, output_format_for, request_body, resolve_model
from ._pacing import Pacing
from ._replies import Reply, as_number
from ._runtime import Runtime
from ._session import Wire
from ._settings import Region, Settings
from ._slots import MOST_ACTIVE, Slots
from ._tasks import Result, Task, ticket_from_dict
from ._urls import redact_url


class BFLClient:
    """A client of the BFL FLUX API.

    >>> with BFLClient() as bfl:                                                            # doctest: +SKIP
    ...     result = bfl.generate("flux-2-pro", "a red cube", output="cube.png")

    `api_key` and `base_url` default to BFL_API_KEY and BFL_BASE_URL, then to BFL's host for `region`. `timeout_s` is
    the deadline of a call that names none, requests in flight included; a submit in flight may outlast it by
    `read_timeout_s`. An injected `session` is not closed. `clock`, `rng` and `pacing` are for tests and for those who
    know better. One client may be used by several threads. Raises MissingAPIKey or ConfigurationError.
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
        session: requests.Session | None = None,
        clock: Clock | None = None,
        rng: random.Random | None = None,
        pacing: Pacing | None = None,
    ) -> None:
        settings = Settings.load(api_key=api_key, base_url=base_url, region=region)
        clock = clock or SystemClock()
        self.base_url = settings.base_url
        self._runtime = Runtime(
            base_url=settings.base_url,
            origin=settings.origin,
            clock=clock,
            rng=rng or random.Random(),
            timeout_s=timeout_s,
            read_timeout_s=read_timeout_s,
            pacing=pacing or Pacing(),
            slots=Slots(max_active),
            budget=Budget(budget_credits),
        )
        self._wire = Wire(session=session, api_key=settings.api_key, api=settings.origin, clock=clock)

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
        model: str,
        prompt: str | None = None,
        *,
        width: int | None = None,
        height: int | None = None,
        aspect_ratio: str | None = None,
        seed: int | None = None,
        output_format: str | None = None,
        safety_tolerance: int | None = None,
        input_image: str | None = None,
        webhook_url: str | None = None,
        webhook_secret: str | None = None,
        extra: Mapping[str, object] | None = None,
        timeout_s: float | None = None,
    ) -> Task:
        """Submit a request, which costs money, and return its task.

        The names are the vendor's; a field that is None is left out, and any other field goes into `extra`, as it is.
        A submit is repeated only when it was certainly not accepted. Raises the errors above `UnknownOutcome` in the
        tree of `bfl_client._errors` when nothing was accepted, and UnknownOutcome when that cannot be told.
        """
        fields = {
            "prompt": prompt,
            "width": width,
            "height": height,
            "aspect_ratio": aspect_ratio,
            "seed": seed,
            "output_format": output_format,
            "safety_tolerance": safety_tolerance,
            "input_image": input_image,
            "webhook_url": webhook_url,
            "webhook_secret": webhook_secret,
        }
        return self._submit(model, fields, extra=extra, deadline=self._runtime.deadline(timeout_s))

    def generate(
        self,
        model: str,
        prompt: str | None = None,
        *,
        width: int | None = None,
        height: int | None = None,
        aspect_ratio: str | None = None,
        seed: int | None = None,
        output_format: str | None = None,
        safety_tolerance: int | None = None,
        input_image: str | None = None,
        extra: Mapping[str, object] | None = None,
        output: str | Path | None = None,
        timeout_s: float | None = None,
    ) -> Result:
        """Submit a request, wait for its picture, save it as `output` if given, and return the result.

        The suffix of `output` sets the output_format. `timeout_s` spans all of it. Raises what `submit`, `Task.wait`
        and `Task.download` raise; when the task was accepted, the error carries its id and polling_url, for `resume`.
        """
        target = None if output is None else checked_output(output)
        deadline = self._runtime.deadline(timeout_s)
        fields = {
            "prompt": prompt,
            "width": width,
            "height": height,
            "aspect_ratio": aspect_ratio,
            "seed": seed,
            "output_format": output_format_for(output, asked=output_format),
            "safety_tolerance": safety_tolerance,
            "input_image": input_image,
        }
        task = self._submit(model, fields, extra=extra, deadline=deadline)
        result = task.wait(timeout_s=deadline.remaining_s)
        if target is not None:
            task.download(target, timeout_s=deadline.remaining_s)
        return result

    def resume(self, saved: Mapping[str, object]) -> Task:
        """Return the task that `Task.to_dict` wrote down, in whatever process; nothing is sent.

        What an error carries is enough: `client.resume({"id": e.task_id, "polling_url": e.polling_url})`.
        """
        ticket = ticket_from_dict(saved, fallback_url=self._runtime.result_url)
        return self._task(Followed(ticket))

    def credits(self, *, timeout_s: float | None = None) -> float:
        """Return the balance in credits; one is a US cent [GUIDE]."""
        flow = reading("/v1/credits", runtime=self._runtime, deadline=self._runtime.deadline(timeout_s))
        return balance_of(run(flow, self._wire.perform))

    def _submit(
        self, model: str, fields: Mapping[str, object], *, extra: Mapping[str, object] | None, deadline: Deadline
    ) -> Task:
        path, implied = resolve_model(model)
        order = Order(model=model, path=path, body=request_body(fields, extra=extra, implied=implied))
        return self._task(run(submitting(order, runtime=self._runtime, deadline=deadline), self._wire.perform))

    def _task(self, followed: Followed) -> Task:
        return Task(followed, runtime=self._runtime, perform=self._wire.perform)


def balance_of(reply: Reply) -> float:
    """Return the balance in an answer about credits; raise Unavailable if it holds none."""
    balance = as_number(reply.mapping.get("credits"))
    if balance is None:
        raise Unavailable("The API's answer holds no balance.", status_code=200, body=reply.content)
    return balance
