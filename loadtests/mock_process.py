"""A `mock-bfl serve` of our own as a child process, stopped whatever happens."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

_BALANCE_CREDITS = 1_000_000_000
_START_S = 30.0
_STOP_S = 10.0


class MockDidNotStart(RuntimeError):
    """The mock said nothing, or nothing that names its address."""


@contextmanager
def running_mock(*, speed: float) -> Iterator[str]:
    """Start a mock on a free port, yield its base URL, and stop it. Raises MockDidNotStart.

    It has a session of its own, so that Ctrl-C reaches the load generator first and not the server under its hands.
    """
    command = [sys.executable, "-m", "mock_bfl", "serve", "--listen", "127.0.0.1:0", "--json"]
    options = ["--speed", str(speed), "--balance", str(_BALANCE_CREDITS)]
    with subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True, start_new_session=True) as child:
        try:
            yield _base_url(child)
        finally:
            stop(child)


def stop(child: subprocess.Popen[str]) -> None:
    """Ask a child to end, and make it end if it does not."""
    child.terminate()
    try:
        child.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        child.kill()


def _base_url(child: subprocess.Popen[str]) -> str:
    line = _first_line(child)
    try:
        base_url: str = json.loads(line)["base_url"]
    except (ValueError, KeyError, TypeError) as error:
        raise MockDidNotStart(f"`mock-bfl serve` did not say where it answers, but {line!r}") from error
    return base_url


def _first_line(child: subprocess.Popen[str]) -> str:
    """Read a line, or "" if none comes in time: then the child is ended, which ends the reading."""
    assert child.stdout is not None, "the child was started with a pipe"
    with ThreadPoolExecutor(max_workers=1) as reader:
        line = reader.submit(child.stdout.readline)
        try:
            return line.result(timeout=_START_S)
        except TimeoutError:
            stop(child)
            return ""
