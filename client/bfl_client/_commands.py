"""The `bfl` command: its arguments, what it calls, and how it ends."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import click

from . import _errors as errors
from . import _exits
from ._client import BFLClient
from ._clock import Clock, Deadline, SystemClock
from ._display import Display, display_for
from ._models import checked_output, output_format_for
from ._settings import Region, Settings
from ._tasks import Task

_INTERRUPTED = 130
_EXIT_CODES: Mapping[type[errors.BFLError], int] = {
    errors.ConfigurationError: 3,
    errors.AuthenticationFailed: 3,
    errors.InvalidRequest: 4,
    errors.InsufficientCredits: 5,
    errors.BudgetExceeded: 5,
    errors.RateLimited: 6,
    errors.Unavailable: 6,
    errors.UnknownOutcome: 7,
    errors.TaskFailed: 8,
    errors.TaskUnfinished: 9,
    errors.DownloadFailed: 10,
}


class ClientMaker(Protocol):
    """Makes the client of one command."""

    def __call__(self, *, base_url: str | None, region: Region, timeout_s: float) -> BFLClient:
        """Return a client; raise ConfigurationError."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What the commands work with; a test hands in its own as click's `obj`."""

    make_client: ClientMaker
    clock: Clock


def make_client(*, base_url: str | None, region: Region, timeout_s: float) -> BFLClient:
    """Return a client set up by options, environment and the `.env` of the working directory, in this order."""
    settings = Settings.load(base_url=base_url, region=region, dotenv=Path(".env"))
    return BFLClient(settings.api_key, base_url=settings.base_url, timeout_s=timeout_s)


def exit_code(error: errors.BFLError) -> int:
    """Return the exit code of an error: that of the nearest class of the tree that has one."""
    return next(_EXIT_CODES[kind] for kind in type(error).__mro__ if kind in _EXIT_CODES)


def _epilog() -> str:
    return "\b\nExit codes:\n" + (_exits.__doc__ or "").partition("\n\n")[2]


_output = click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), help="File to write; its suffix sets the format."
)
_base_url = click.option("--base-url", help="Another API, such as a mock.  [default: BFL_BASE_URL, or BFL's host]")
_region = click.option("--region", type=click.Choice(["global", "eu", "us"]), default="global", show_default=True)
_timeout = click.option("--timeout", type=float, default=300.0, show_default=True, help="Seconds for all of it.")
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")


@click.group(epilog=_epilog())
def bfl() -> None:
    """Generate pictures with the BFL FLUX API.

    The key comes from BFL_API_KEY, or from .env in the working directory.
    """


@bfl.command()
@click.argument("prompt")
@_output
@click.option("--model", default="flux-2-pro", show_default=True, help="A model's name, as in its path.")
@click.option("--width", type=int, help="Pixels.")
@click.option("--height", type=int, help="Pixels.")
@click.option("--aspect-ratio", help="Such as 16:9, for models that take a ratio.")
@click.option("--seed", type=int, help="The same seed repeats a picture.")
@click.option("--output-format", type=click.Choice(["jpeg", "png", "webp"]), help="For an output without a suffix.")
@click.option("--safety-tolerance", type=int, help="0 is the strictest.")
@_base_url
@_region
@_timeout
@_json
@click.pass_obj
def generate(
    tools: Tools | None,
    *,
    prompt: str,
    output: Path,
    model: str,
    width: int | None,
    height: int | None,
    aspect_ratio: str | None,
    seed: int | None,
    output_format: str | None,
    safety_tolerance: int | None,
    base_url: str | None,
    region: Region,
    timeout: float,
    as_json: bool,
) -> None:
    """Generate a picture of PROMPT, which costs credits, and save it."""
    tools = tools or Tools(make_client, SystemClock())
    display = display_for(as_json=as_json)
    with _ending(display, output=output) as ending:
        checked_output(output)
        wanted_format = output_format_for(output, asked=output_format)
        deadline = Deadline.after(timeout, clock=tools.clock)
        with tools.make_client(base_url=base_url, region=region, timeout_s=timeout) as client, display:
            ending.is_submitting = True
            task = ending.task = client.submit(
                model,
                prompt,
                width=width,
                height=height,
                aspect_ratio=aspect_ratio,
                seed=seed,
                output_format=wanted_format,
                safety_tolerance=safety_tolerance,
            )
            display.accepted(task)
            _finish(task, output, display=display, deadline=deadline)


@bfl.command()
@click.argument("task")
@_output
@_base_url
@_region
@_timeout
@_json
@click.pass_obj
def wait(
    tools: Tools | None,
    *,
    task: str,
    output: Path,
    base_url: str | None,
    region: Region,
    timeout: float,
    as_json: bool,
) -> None:
    """Wait for a task submitted before, and save its picture. TASK is its polling_url, or its id."""
    tools = tools or Tools(make_client, SystemClock())
    display = display_for(as_json=as_json)
    with _ending(display, output=output) as ending:
        checked_output(output)
        deadline = Deadline.after(timeout, clock=tools.clock)
        with tools.make_client(base_url=base_url, region=region, timeout_s=timeout) as client, display:
            ending.task = client.resume({"polling_url" if "://" in task else "id": task})
            _finish(ending.task, output, display=display, deadline=deadline)


def _finish(task: Task, output: Path, *, display: Display, deadline: Deadline) -> None:
    result = task.wait(timeout_s=deadline.remaining_s, on_update=display.seen)
    task.download(output, timeout_s=deadline.remaining_s)
    display.saved(result, output)


@dataclass(slots=True)
class _Ending:
    """How far a command came, for the case that it is cut off."""

    is_submitting: bool = False
    task: Task | None = None


@contextmanager
def _ending(display: Display, *, output: Path) -> Iterator[_Ending]:
    """Turn errors and Ctrl-C into a message that says how to go on, and an exit code."""
    ending = _Ending()
    try:
        yield ending
    except errors.BFLError as error:
        display.failed(error, output)
        sys.exit(exit_code(error))
    except KeyboardInterrupt:
        display.interrupted(ending.task, output, is_submitting=ending.is_submitting)
        sys.exit(_INTERRUPTED)
