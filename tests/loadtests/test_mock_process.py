"""The mock of a load test answers while it is needed, and is gone afterwards."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress

import pytest
import requests

from loadtests.mock_process import MockDidNotStart, _base_url, running_mock


def answers(base_url: str) -> bool:
    try:
        return requests.get(f"{base_url}/_mock/health", timeout=5).ok
    except requests.ConnectionError:
        return False


def interrupted_use() -> tuple[str, bool]:
    """Return where a mock answered and whether it did, when Ctrl-C came while it ran."""
    seen = "", False
    with suppress(KeyboardInterrupt), running_mock(speed=0) as base_url:
        seen = base_url, answers(base_url)
        raise KeyboardInterrupt
    return seen


def test_the_mock_answers_inside_the_block_and_is_stopped_when_ctrl_c_ends_it() -> None:
    base_url, was_up = interrupted_use()
    assert (was_up, answers(base_url)) == (True, False)


@pytest.mark.parametrize("code", ["print('hello')", "print('{}')", "print('[]')", "raise SystemExit(3)"])
def test_a_child_that_does_not_name_its_address_did_not_start(code: str) -> None:
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child, pytest.raises(MockDidNotStart):
        _base_url(child)
