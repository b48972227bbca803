"""The official SDK and `bfl_client` under the same troubles: what each did, in the words of the documents' table.

Nothing here is an opinion: a cell is put together from what was raised, what the mock's journal shows, and whether
the caller was left with the id of a task that it pays for.
"""

from __future__ import annotations

import contextlib
import io
import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from random import Random
from typing import Any

import bfl_client
from mock_bfl.core.exchange import Exchange
from mock_bfl.testing import IN_PROCESS_URL
from tests.verdict.world import KEY, SharedClock, World, new_world

SDK_POLLS = 3  # of the 60 that the SDK makes unless told otherwise: it sleeps in real time
FOREIGN = "http://elsewhere.invalid"
MODEL = "flux-dev"  # the SDK knows no FLUX.2 model


@dataclass(frozen=True)
class Trouble:
    """What happens to a call: a directive in its prompt, a fault, fields of its body."""

    name: str
    directive: str = ""
    fault: Mapping[str, Any] | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    key: str = KEY
    poll_origin: str | None = None


TROUBLES = (
    Trouble("nothing: the picture is made"),
    Trouble("`Request Moderated`", 'status="Request Moderated" reasons=Violence after=0s'),
    Trouble("`Content Moderated`", 'status="Content Moderated" reasons=Violence after=0s'),
    Trouble("the task ends in `Error`", "error=internal_error after=0s"),
    Trouble("`Task not found` for a moment after the submit", "grace=1s after=1s"),
    Trouble("a status word that nobody knew", "while=Dreaming after=2polls"),
    Trouble("the submit meets a 429 with Retry-After", fault={"route": "submit", "preset": "rate_limited"}),
    Trouble("the submit meets a 503", fault={"route": "submit", "preset": "service_unavailable"}),
    Trouble("a poll meets a 500", fault={"route": "get_result", "status": 500}),
    Trouble("a poll is cut off", fault={"route": "get_result", "wire": "close"}),
    Trouble("the answer to the submit is lost", fault={"route": "submit", "preset": "reply_lost"}),
    Trouble("the credits are gone (402)", key="mock-broke"),
    Trouble("a field is refused (422)", fields={"steps": 0}),
    Trouble("the `polling_url` leads to a foreign host", poll_origin=FOREIGN),
    Trouble("a webhook is asked for: no `polling_url`", fields={"webhook_url": "http://127.0.0.1:9/hook"}),
)


@dataclass(frozen=True)
class Seen:
    """How a call ended: the error and its words, or what was handed over; and what was sent."""

    ending: str
    submits: int
    polls: int
    downloads: int
    has_leaked: bool

    def __str__(self) -> str:
        asked = [_counted(self.submits, "submit"), _counted(self.polls, "poll"), _counted(self.downloads, "download")]
        sent = ", ".join(each for each in asked if each) or "nothing sent"
        return f"{self.ending} ({sent}{'; **the key went there**' if self.has_leaked else ''})"


def seen_with_the_sdk(trouble: Trouble) -> Seen:
    """Run a call with the SDK as its README does it, waiting for the result."""
    world = _world(trouble)
    sdk, settings = import_module("blackforest"), import_module("blackforest.types.general.client_config")
    client = sdk.BFLClient(api_key=trouble.key, base_url=IN_PROCESS_URL)
    client.session.mount("http://", world.session.get_adapter(IN_PROCESS_URL))
    config = settings.ClientConfig(sync=True, polling_interval=0.1, max_retries=SDK_POLLS)

    def call() -> str:
        result = client.generate(MODEL, {"prompt": _prompt(trouble), **trouble.fields}, config)
        return "a URL that dies in ten minutes" if result.result["sample"] else "nothing"

    with contextlib.redirect_stdout(io.StringIO()):  # it prints each poll
        return _seen(world, call)


def seen_with_ours(trouble: Trouble) -> Seen:
    """Run the same call with `bfl_client`, the picture saved to disk."""
    world = _world(trouble)
    client = bfl_client.BFLClient(
        trouble.key,
        base_url=IN_PROCESS_URL,
        session=world.session,
        clock=SharedClock(world.clock),
        rng=Random(7),
    )

    def call() -> str:
        with tempfile.TemporaryDirectory() as folder:
            output = Path(folder) / "cube.jpg"
            client.generate(MODEL, _prompt(trouble), extra=trouble.fields, output=output)
            return "the picture, on disk"

    return _seen(world, call)


def _seen(world: World, call: Callable[[], str]) -> Seen:
    try:
        ending = call()
    except Exception as error:  # noqa: BLE001 - which exceptions get out is what is compared
        ending = _raised(error, world)
    rows = world.engine.control.journal(None)
    has_leaked = any(row.has_key and row.origin == FOREIGN for row in rows)
    submits, polls, downloads = (_count(rows, route) for route in ("submit", "get_result", "sample"))
    return Seen(ending, submits, polls, downloads, has_leaked)


def _raised(error: Exception, world: World) -> str:
    """Name the error and what it carries: reasons of a moderation, the API's own words, the id of the task."""
    accepted = [row.task_id for row in world.engine.control.journal(None) if row.route == "submit" and row.task_id]
    has_id = any(task_id in f"{error} {vars(error)}" for task_id in accepted)
    words = re.sub(r"[0-9a-f-]{36}|https?://\S+", "…", " ".join(str(error).split()))
    shown = words if len(words) <= 90 else f"{words[:87]}..."
    told = "" if not accepted else ", with the id" if has_id else ", without the id"
    return f"`{type(error).__name__}`{told}: {shown}".replace("|", "\\|")


def _world(trouble: Trouble) -> World:
    world = new_world(speed=0, poll_origin=trouble.poll_origin)
    if trouble.fault is not None:
        world.fail_next(**trouble.fault)
    return world


def _prompt(trouble: Trouble) -> str:
    return f"a red cube [mock: {trouble.directive}]" if trouble.directive else "a red cube"


def _count(rows: Any, route: str) -> int:
    journal: list[Exchange] = list(rows)
    return sum(row.route == route for row in journal)


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'s' if count > 1 else ''}" if count else ""
