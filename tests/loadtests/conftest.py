"""Run the load tests as their user does: as a command, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

RunLoad = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run_load() -> RunLoad:
    """Run `python -m loadtests` with options."""

    def run(*options: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "loadtests", *options]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=90)

    return run
