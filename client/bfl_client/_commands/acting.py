"""One run of a command: its client and display, how far it came, and how it ends."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import click

from bfl_client import _exits
from bfl_client._client import BFLClient
from bfl_client._clock import Clock, Deadline, SystemClock
from bfl_client._errors import BFLError, TaskFailed
from bfl_client._settings import Region, Settings
from bfl_client._slots import MOST_ACTIVE
from bfl_client._tasks import Task
from bfl_client.models import Request

from .display import Display, Left, display_for
from .interrupts import Interrupts, Terminated
from .options import Reach
from .wording import command_line


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """How the client of a command is to be made."""

    base_url: str | None
    region: Region
    timeout_s: float
    budget_credits: float | None = None
    max_active: int = MOST_ACTIVE


class ClientMaker(Protocol):
    """Makes the client of one command."""

    def __call__(self, setup: Setup, *, clock: Clock) -> BFLClient:
        """Return a client; raise ConfigurationError."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What the commands work with; a test hands in its own as click's `obj`."""

    make_client: ClientMaker
    clock: Clock


def make_client(setup: Setup, *, clock: Clock) -> BFLClient:
    """Return a client set up by options, environment and the `.env` of the working directory, in this order."""
    settings = Settings.load(base_url=setup.base_url, region=setup.region, dotenv=Path(".env"))
    return BFLClient(
        settings.api_key,
        base_url=settings.base_url,
        timeout_s=setup.timeout_s,
        budget_credits=setup.budget_credits,
        max_active=setup.max_active,
        clock=clock,
    )


@dataclass(slots=True)
class Run:
    """A command under way. `left` and `task` say what it would leave behind if it were cut off now.

    `again` is the command that goes on, where that is not `bfl wait`.
    """

    display: Display
    interrupts: Interrupts
    tools: Tools
    reach: Reach
    output: Path | None = None
    left: Left = "nothing"
    task: Task | None = None
    again: str | None = None
    deadline: Deadline = field(init=False)

    def __post_init__(self) -> None:
        self.deadline = Deadline.after(self.reach.timeout, clock=self.tools.clock)

    def client(self, *, budget_credits: float | None = None, max_active: int = MOST_ACTIVE) -> BFLClient:
        """Return the client of this command. Raises ConfigurationError."""
        setup = Setup(
            base_url=self.reach.base_url,
            region=self.reach.region,
            timeout_s=self.reach.timeout,
            budget_credits=budget_credits,
            max_active=max_active,
        )
        return self.tools.make_client(setup, clock=self.interrupts)

    def submit(self, client: BFLClient, request: Request) -> Task:
        """Submit a request so that Ctrl-C does not lose its task, and say that it was accepted."""
        self.left = "perhaps a task"
        self.display.submitting()
        with self.interrupts.held():
            self.task = task = client.submit(request, timeout_s=self.deadline.remaining_s)
            self.left = "a task"
            self.display.accepted(task)
        return task

    def way_on(self, polling_url: str | None) -> str | None:
        """Return the command that goes on with a task or batch, None if there is nothing to go on with."""
        if self.again is not None or polling_url is None:
            return self.again
        target = [] if self.output is None else ["-o", str(self.output)]
        return command_line(["bfl", "wait", polling_url, *target, *self.reach.as_words()])


@contextmanager
def running(reach: Reach, *, output: Path | None = None) -> Iterator[Run]:
    """Turn errors and Ctrl-C into a message that says how to go on, and an exit code."""
    tools = click.get_current_context().find_object(Tools) or Tools(make_client, SystemClock())
    display = display_for(as_json=reach.as_json)
    interrupts = Interrupts(tools.clock, say=display.holding)
    run = Run(display=display, interrupts=interrupts, tools=tools, reach=reach, output=output)
    try:
        with _warnings_in(display), display:
            yield run
    except BFLError as error:
        is_lost = isinstance(error, TaskFailed) or error.polling_url is None
        display.failed(error, way_on=None if is_lost else run.way_on(error.polling_url))
        sys.exit(_exits.exit_code(error))
    except KeyboardInterrupt as interrupt:
        left: Left = "nothing" if run.task is None and interrupts.came_in_a_pause else run.left
        polling_url = None if run.task is None else run.task.polling_url
        display.interrupted(left, task=run.task, way_on=run.way_on(polling_url))
        sys.exit(_exits.TERMINATED if isinstance(interrupt, Terminated) else _exits.INTERRUPTED)
    except Exception:
        # A fault of this program: its traceback follows, but a paid task is not lost over it.
        way_on = run.way_on(None if run.task is None else run.task.polling_url)
        if way_on is not None:
            display.note(f"A fault of this client. This goes on:\n  {way_on}")
        raise


class _Handler(logging.Handler):
    """Shows what the client warns of where all else is shown."""

    def __init__(self, display: Display) -> None:
        super().__init__(logging.WARNING)
        self._display = display

    def emit(self, record: logging.LogRecord) -> None:
        """Show a warning."""
        self._display.note(record.getMessage())


@contextmanager
def _warnings_in(display: Display) -> Iterator[None]:
    logger, handler = logging.getLogger("bfl_client"), _Handler(display)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


def words_called_with() -> Sequence[str]:
    """Return the words of this very command."""
    words: Sequence[str] = click.get_current_context().meta[WORDS]
    return words


WORDS = "bfl_client.words"
