"""The verdict in the pytest fixture: asked for, asserted, and demanded by a marker or an option."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import requests

import mock_bfl as package
from bfl_client import BFLClient
from mock_bfl.fixtures import MockAccount


def poll_a_moderated_task(mock: MockAccount, *, times: int = 4) -> None:
    headers = {"x-key": mock.api_key}
    body = {"prompt": 'a red cube [mock: status="Request Moderated"]'}
    task = requests.post(f"{mock.base_url}/v1/flux-2-pro", json=body, headers=headers, timeout=5).json()
    for _ in range(times):
        requests.get(task["polling_url"], headers=headers, timeout=5)


def test_the_fixture_gives_the_verdict_on_its_own_account(
    mock_bfl: MockAccount, bfl: BFLClient, tmp_path: Path
) -> None:
    bfl.generate("flux-2-pro", "a red cube", width=64, height=64, output=tmp_path / "cube.png")
    assert mock_bfl.verdict().codes == ()
    assert mock_bfl.assert_good_client().totals.tasks == 1


def test_the_fixture_asserts_a_good_client(mock_bfl: MockAccount) -> None:
    poll_a_moderated_task(mock_bfl)
    with pytest.raises(AssertionError, match="moderation_not_terminal"):
        mock_bfl.assert_good_client()
    with pytest.raises(AssertionError, match="moderation_not_terminal"):
        package.assert_good_client(mock_bfl)


def test_findings_are_unread_until_the_test_looks_at_them(mock_bfl: MockAccount) -> None:
    assert mock_bfl.unread() is None
    poll_a_moderated_task(mock_bfl)
    unread = mock_bfl.unread()
    assert unread is not None
    assert "moderation_not_terminal" in unread.codes


def test_what_was_read_is_not_held_against_the_test(mock_bfl: MockAccount) -> None:
    poll_a_moderated_task(mock_bfl)
    mock_bfl.verdict()
    assert mock_bfl.unread() is None


def test_warnings_are_not_failures(mock_bfl: MockAccount, bfl: BFLClient) -> None:
    bfl.generate("flux-2-pro", "a red cube")
    assert mock_bfl.unread() is None


SUITE = """
import pytest
import requests

def moderated(mock):
    headers = {"x-key": mock.api_key}
    body = {"prompt": 'x [mock: status="Request Moderated"]'}
    task = requests.post(f"{mock.base_url}/v1/flux-2-pro", json=body, headers=headers).json()
    for _ in range(4):
        requests.get(task["polling_url"])

@pytest.mark.mock_bfl(graded=True, speed=0.0)
def test_marked(mock_bfl):
    moderated(mock_bfl)

@pytest.mark.mock_bfl(graded=True)
def test_marked_and_read(mock_bfl):
    moderated(mock_bfl)
    assert "moderation_not_terminal" in mock_bfl.verdict().codes

@pytest.mark.mock_bfl(graded=False)
def test_excused(mock_bfl):
    moderated(mock_bfl)

def test_plain(mock_bfl):
    moderated(mock_bfl)
"""


@pytest.mark.parametrize(
    ("option", "failing"),
    [("false", {"test_marked"}), ("true", {"test_marked", "test_plain"})],
    ids=["marker", "option"],
)
def test_a_graded_test_fails_for_what_it_did_not_look_at(tmp_path: Path, option: str, failing: set[str]) -> None:
    (tmp_path / "test_theirs.py").write_text(SUITE)
    without = [flag for plugin in ("cacheprovider", "xdist", "benchmark") for flag in ("-p", f"no:{plugin}")]
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "--rootdir", ".", "-o", f"mock_bfl_graded={option}"]
    done = subprocess.run([*command, *without], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert set(re.findall(r"ERROR test_theirs.py::(\w+)", done.stdout)) == failing, done.stdout + done.stderr
    assert "FAIL  moderation_not_terminal" in done.stdout
    assert "4 passed" in done.stdout
