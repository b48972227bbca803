"""Run shell commands as a reader of the guide would: the key in the environment, the host the only thing replaced."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.interop.conftest import KEY

VENDOR = "https://api.bfl.ai"

CURL = shutil.which("curl")
needs_curl = pytest.mark.skipif(CURL is None, reason="curl is not installed")


def run(command: str, *, host: str, folder: Path) -> str:
    """Return what a command prints; the vendor's host in it becomes `host`."""
    environment = {"BFL_API_KEY": KEY, "PATH": f"{Path(CURL or '/').parent}:{os.defpath}", "NO_PROXY": "127.0.0.1"}
    finished = subprocess.run(
        ["sh", "-c", command.replace(VENDOR, host)],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout
