"""The pytest fixtures: a server shared by a run, an account and a clock for each test."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
import requests

from bfl_client import BFLClient
from mock_bfl.errors import SettingsError
from mock_bfl.fixtures import AccountClock, MockAccount, ServerPool

SUITE = """
import requests

def submit(mock):
    return requests.post(f"{mock.base_url}/v1/flux-2-pro", json={"prompt": "x"}, headers={"x-key": mock.api_key})

def test_one(mock_bfl):
    assert submit(mock_bfl).status_code == 200
    assert mock_bfl.credits == 997

def test_two(mock_bfl):
    assert submit(mock_bfl).status_code == 200
    assert mock_bfl.credits == 997
    assert [row.path for row in mock_bfl.journal] == ["/v1/flux-2-pro"]
"""


def test_the_client_fixture_generates_at_once(bfl: BFLClient, mock_bfl: MockAccount) -> None:
    result = bfl.generate("flux-2-max", "a red cube", seed=42)
    assert result.seed == 42
    assert mock_bfl.credits == Decimal(993)


def test_ten_minutes_take_no_time(bfl: BFLClient, mock_bfl_clock: AccountClock) -> None:
    sample = bfl.generate("flux-2-pro", "a red cube").sample
    mock_bfl_clock.advance(seconds=599)
    assert requests.get(sample, timeout=5).status_code == 200
    mock_bfl_clock.advance(seconds=1)
    assert requests.get(sample, timeout=5).status_code == 403


def test_a_frozen_clock_stands_still(mock_bfl_clock: AccountClock) -> None:
    first = mock_bfl_clock.now_ms
    assert mock_bfl_clock.now_ms == first
    assert first % 1000 == 0, "expiries are whole seconds"
    mock_bfl_clock.advance(ms=5)
    assert mock_bfl_clock.now_ms == first + 5


@pytest.mark.mock_bfl(dialect="guide", balance=Decimal(1))
def test_a_marker_chooses_another_mock(mock_bfl: MockAccount) -> None:
    reply = requests.post(
        f"{mock_bfl.base_url}/v1/flux-2-pro", json={"prompt": "x"}, headers={"x-key": mock_bfl.api_key}, timeout=5
    )
    assert (reply.status_code, reply.json()["error"]) == (402, "insufficient_credits")


def test_the_environment_points_a_client_at_the_account(mock_bfl: MockAccount) -> None:
    assert mock_bfl.environment == {"BFL_BASE_URL": mock_bfl.base_url, "BFL_API_KEY": mock_bfl.api_key}


@pytest.mark.mock_bfl(overrides=("task_not_found_status=200",), keys=("somebody",))
def test_a_marker_sets_fields_of_the_dialect_and_its_own_key_is_always_accepted(mock_bfl: MockAccount) -> None:
    url = f"{mock_bfl.base_url}/v1/get_result?id=nobody"
    assert requests.get(url, timeout=5).json()["status"] == "Task not found"
    assert requests.get(url, timeout=5).status_code == 200
    credits = f"{mock_bfl.base_url}/v1/credits"
    assert requests.get(credits, headers={"x-key": mock_bfl.api_key}, timeout=5).status_code == 200
    assert requests.get(credits, headers={"x-key": "else"}, timeout=5).status_code == 403


@pytest.mark.parametrize("wrong", [{"dialect": "gude"}, {"speed": -1.0}, {"sped": 1}])
def test_a_wrong_setting_of_a_marker_is_an_error_with_a_sentence(wrong: dict[str, object]) -> None:
    with ServerPool() as pool, pytest.raises(SettingsError):
        pool.account("x", settings=wrong)


def test_one_accounts_clock_does_not_move_anothers() -> None:
    with ServerPool() as pool:
        one, two = pool.account("one", settings={}), pool.account("two", settings={})
        assert one.base_url == two.base_url
        one.clock.freeze()
        two.clock.freeze()
        before = two.clock.now_ms
        one.clock.advance(seconds=3600)
        assert two.clock.now_ms == before


def test_a_reset_brings_back_the_starting_balance(mock_bfl: MockAccount, bfl: BFLClient) -> None:
    bfl.generate("flux-2-pro", "a red cube")
    mock_bfl.reset()
    assert mock_bfl.credits == Decimal(1000)


@pytest.mark.deep
def test_the_plugin_works_in_a_project_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "test_theirs.py").write_text(SUITE)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        "-p",
        "no:benchmark",
        "-W",
        "error",
        str(tmp_path),
    ]
    finished = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert "2 passed" in finished.stdout, finished.stdout + finished.stderr
