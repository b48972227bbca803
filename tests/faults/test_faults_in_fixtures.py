"""The fixture's verbs, and the end of a test at which what was scripted must have happened."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import requests

from bfl_client import BFLClient
from mock_bfl.errors import ScriptError
from mock_bfl.fixtures import MockAccount

SUITE = """
import pytest, requests

def credits(mock):
    return requests.get(f"{mock.base_url}/v1/credits", headers={"x-key": mock.api_key}, timeout=5).status_code

def test_used(mock_bfl):
    mock_bfl.fail_next(status=503)
    assert credits(mock_bfl) == 503

def test_left(mock_bfl):
    mock_bfl.fail_next(status=503, times=2, route="credits")
    assert credits(mock_bfl) == 503

@pytest.mark.mock_bfl(leaves_faults=True)
def test_left_on_purpose(mock_bfl):
    mock_bfl.fail_next("reset")
"""


def credits(mock: MockAccount, **headers: str) -> int:
    answer = requests.get(f"{mock.base_url}/v1/credits", headers={"x-key": mock.api_key, **headers}, timeout=5)
    return answer.status_code


def test_the_next_calls_fail_as_often_as_they_were_told(mock_bfl: MockAccount) -> None:
    mock_bfl.fail_next(status=503, times=2, route="credits")
    assert [credits(mock_bfl) for _ in range(3)] == [503, 503, 200]


def test_a_preset_can_be_named_and_changed(mock_bfl: MockAccount) -> None:
    mock_bfl.fail_next("rate_limited", retry_after=7)
    answer = requests.get(f"{mock_bfl.base_url}/v1/credits", headers={"x-key": mock_bfl.api_key}, timeout=5)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    assert [row.fault for row in mock_bfl.journal] == ["rate_limited"]


def test_a_client_goes_through_a_script(mock_bfl: MockAccount, bfl: BFLClient) -> None:
    mock_bfl.script(
        [
            {"outcome": "after=2polls", "match": {"model": "flux-2-pro"}},
            {"preset": "close", "match": {"route": "get_result"}},
        ]
    )
    assert bfl.generate("flux-2-pro", "a red cube").sample
    assert mock_bfl.unconsumed == []


def test_a_script_can_be_for_calls_that_name_it(mock_bfl: MockAccount) -> None:
    named = mock_bfl.script([{"fault": {"status": 500}}], by_header=True)
    assert credits(mock_bfl) == 200
    assert credits(mock_bfl, **{"X-Mock-BFL-Scenario": named.id}) == 500


@pytest.mark.mock_bfl(leaves_faults=True)
def test_what_is_left_is_said(mock_bfl: MockAccount) -> None:
    mock_bfl.fail_next(status=503, times=2, route="submit", model="flux-dev")
    mock_bfl.fail_next("reset", times=None)
    mock_bfl.fail_next("reset", probability=0.5)
    (left,) = mock_bfl.unconsumed
    assert left.endswith("status=503 on flux-dev submit, 2 of 2 left")


def test_a_misspelt_preset_is_an_error_with_a_sentence(mock_bfl: MockAccount) -> None:
    with pytest.raises(ScriptError, match="Did you mean rate_limited"):
        mock_bfl.fail_next("rate_limmited")


def test_a_fault_that_no_call_met_is_an_error_of_the_test(tmp_path: Path) -> None:
    (tmp_path / "test_theirs.py").write_text(SUITE)
    plugins = [
        option
        for name in ("cacheprovider", "xdist", "benchmark", "hypothesispytest")
        for option in ("-p", f"no:{name}")
    ]
    command = [sys.executable, "-m", "pytest", "-q", "-rE", *plugins, str(tmp_path)]
    finished = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert "3 passed, 1 error" in finished.stdout, finished.stdout + finished.stderr
    assert "What was scripted never happened" in finished.stdout
    assert "status=503 on credits, 1 of 2 left" in finished.stdout
