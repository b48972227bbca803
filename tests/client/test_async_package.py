"""The asynchronous client costs nobody anything who does not use it, and says what it needs."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import bfl_client as bfl

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))["project"]


def printed(code: str) -> str:
    """Return what a fresh process prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_importing_the_client_loads_neither_httpx_nor_asyncio() -> None:
    assert printed("import sys, bfl_client; print({'httpx', 'asyncio', 'anyio'} & set(sys.modules))") == "set()"


def test_without_httpx_the_extra_is_named_and_the_blocking_client_works() -> None:
    code = """
import sys
sys.modules["httpx"] = None
import bfl_client
bfl_client.BFLClient("key")
try:
    from bfl_client import AsyncBFLClient
except ImportError as error:
    print(isinstance(error, bfl_client.ConfigurationError), error)
"""
    assert printed(code) == "True AsyncBFLClient needs httpx, which is not installed: pip install 'mock-bfl[async]'"


def test_the_extra_that_is_named_brings_httpx() -> None:
    assert PROJECT["name"] == "mock-bfl"
    assert [line.partition(">")[0] for line in PROJECT["optional-dependencies"]["async"]] == ["httpx"]


def test_what_httpx_itself_lacks_is_not_hidden() -> None:
    code = """
import sys, bfl_client
sys.modules["idna"] = None
try:
    bfl_client.AsyncBFLClient
except ModuleNotFoundError as error:
    print(error.name)
"""
    assert printed(code) == "idna"


def test_any_other_name_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="AsyncBFLKlient"):
        bfl.AsyncBFLKlient  # noqa: B018 - to ask is the test
