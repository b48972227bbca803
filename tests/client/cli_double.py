"""The `bfl` command against a scripted wire: no socket, no waiting, no process."""

from __future__ import annotations

import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from click.testing import CliRunner, Result

from bfl_client import BFLClient, Clock
from bfl_client._commands import bfl, end_on_sigterm
from bfl_client._commands.acting import Setup, Tools
from tests.client.wire_double import API, KEY, World


def tools_of(world: World) -> Tools:
    """Return what the commands work with in a world: its wire and its clock, set up as the command says."""

    def make(setup: Setup, *, clock: Clock) -> BFLClient:
        return BFLClient(
            KEY,
            base_url=API,
            session=world.session,
            clock=clock,
            rng=random.Random(7),
            timeout_s=setup.timeout_s,
            budget_credits=setup.budget_credits,
            max_active=setup.max_active,
        )

    return Tools(make, world.clock)


@contextmanager
def signals_minded() -> Iterator[None]:
    """Handle SIGINT and SIGTERM as the process of the command does, even where the tests run with them ignored."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    end_on_sigterm()
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def run(world: World, *arguments: str, stdin: str | bytes | None = None) -> Result:
    """Run the command with some arguments."""
    return CliRunner().invoke(bfl, arguments, obj=tools_of(world), input=stdin)


def generate(world: World, output: Path, *arguments: str) -> Result:
    """Run `bfl generate` for a picture of a red cube."""
    return run(world, "generate", "a red cube", "-o", str(output), *arguments)
