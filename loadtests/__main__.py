"""`python -m loadtests`: a mock of our own, Locust against it for a while, a table, an exit code that says which."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from types import FrameType

import click

from .mock_process import MockDidNotStart, running_mock, stop
from .target import ForeignHost, loopback_url
from .verdict import Exit, exit_from_locust

_LOCUSTFILE = Path(__file__).with_name("locustfile.py")
_GRACE_S = 30.0  # for Locust to start and to end


@click.command()
@click.option("--seconds", type=click.IntRange(min=1), default=20, show_default=True, help="How long.")
@click.option("--users", type=click.IntRange(min=1), default=24, show_default=True, help="How many at once.")
@click.option(
    "--speed", type=float, default=0.1, show_default=True, help="Factor on latencies and on the users' pauses."
)
@click.option("--host", metavar="URL", help="Test this server, on this machine only.  [a mock of our own]")
def run(seconds: int, users: int, speed: float, host: str | None) -> Exit:
    """Put a mock under the load of polling users. Exit code 0: passed, 1: failed, 2: the run itself broke."""
    with _ended_by_sigterm(), _target(host, speed=speed) as base_url:
        options = {"host": base_url, "users": users, "spawn-rate": users, "run-time": f"{seconds}s", "speed": speed}
        return run_locust([f"--{name}={value}" for name, value in options.items()], timeout_s=seconds + _GRACE_S)


def run_locust(options: list[str], *, timeout_s: float) -> Exit:
    """Run Locust as a child, which patches itself for gevent and leaves this process alone; return its verdict."""
    command = [sys.executable, "-m", "locust", f"--locustfile={_LOCUSTFILE}"]
    quiet = ["--headless", "--only-summary", "--loglevel=WARNING"]
    with subprocess.Popen([*command, *quiet, *options], text=True) as locust:
        try:
            return exit_from_locust(locust.wait(timeout_s))
        finally:
            if locust.poll() is None:
                stop(locust)


def _target(host: str | None, *, speed: float) -> AbstractContextManager[str]:
    return running_mock(speed=speed) if host is None else nullcontext(loopback_url(host))


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """Turn SIGTERM into the exception of Ctrl-C for the block, so that the children are stopped then, too."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def main() -> Exit:
    """Run the command; whatever keeps it from a verdict is a sentence and another exit code."""
    try:
        result: Exit = run.main(standalone_mode=False)
    except (click.Abort, KeyboardInterrupt):
        return Exit.INTERRUPTED
    except click.ClickException as error:
        error.show()
    except (MockDidNotStart, ForeignHost) as error:
        click.echo(f"loadtests: {error}", err=True)
    except subprocess.TimeoutExpired:
        click.echo("loadtests: Locust did not end in time and was stopped", err=True)
    else:
        return result
    return Exit.BROKE


if __name__ == "__main__":
    sys.exit(main())
