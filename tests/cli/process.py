"""`mock-bfl serve` as a process of its own, on a free port of loopback."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

PATIENCE_S = 30


@contextmanager
def served(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "mock_bfl", "serve", "--listen", "127.0.0.1:0", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait(PATIENCE_S)


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


@contextmanager
def ready(*arguments: str) -> Iterator[dict[str, Any]]:
    """Serve at once, and yield what the mock says of itself once it answers."""
    with served("--json", "--speed", "0", *arguments) as process:
        line = line_of(process)
        assert line, process.stderr.read() if process.stderr else ""
        yield json.loads(line)
