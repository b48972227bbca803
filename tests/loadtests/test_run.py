"""`python -m loadtests` from its start to its exit code."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pytest

from loadtests.verdict import Exit
from mock_bfl.testing import LiveServer
from tests.loadtests.conftest import ROOT

if TYPE_CHECKING:
    from tests.loadtests.conftest import RunLoad


def failing_app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("403 Forbidden", [])
    return [b'{"detail":"Not authenticated"}']


def test_a_run_against_a_mock_of_its_own_passes_and_prints_its_rows(run_load: RunLoad) -> None:
    done = run_load("--seconds=1", "--users=3", "--speed=0.01")
    assert done.returncode == Exit.PASSED, done.stdout + done.stderr
    rows = ("/v1/[model]", "/v1/get_result", "[sample]", "/v1/credits", "Passed:")
    assert [row for row in rows if row not in done.stdout + done.stderr] == []


@pytest.mark.deep
def test_a_server_that_answers_wrongly_fails_the_run(run_load: RunLoad) -> None:
    with LiveServer(failing_app) as server:
        done = run_load("--seconds=1", "--users=1", f"--host={server.base_url}")
    assert done.returncode == Exit.FAILED, done.stdout + done.stderr
    assert "x GET /v1/credits: HTTP 403" in done.stdout + done.stderr


def test_a_foreign_host_is_refused_before_anything_starts(run_load: RunLoad) -> None:
    done = run_load("--host=https://api.bfl.ai")
    assert (done.returncode, done.stdout) == (Exit.BROKE, "")
    assert "is not on this machine" in done.stderr


@pytest.mark.parametrize("option", ["--seconds=0", "--users=none", "--nonsense"])
def test_a_wrong_option_is_a_broken_run_and_not_a_failed_one(run_load: RunLoad, option: str) -> None:
    assert run_load(option).returncode == Exit.BROKE


@pytest.mark.deep
def test_many_users_of_one_account_get_429s_and_the_run_passes(run_load: RunLoad) -> None:
    done = run_load("--seconds=8", "--users=24")
    assert done.returncode == Exit.PASSED, done.stdout + done.stderr
    assert "/v1/[model] (429)" in done.stdout + done.stderr


@pytest.mark.deep
def test_the_pauses_of_the_client_give_way_to_other_users() -> None:
    """Locust patches the sleep that the client's clock calls: one user's pause must not be everybody's."""
    probe = (
        "import loadtests.users, bfl_client, gevent\n"
        "woken = []\n"
        "sleeper = gevent.spawn(bfl_client.SystemClock().sleep, 60)\n"
        "gevent.spawn(woken.append, 'other user').join()\n"
        "assert (woken, sleeper.dead) == (['other user'], False)\n"
        "sleeper.kill()\n"
    )
    subprocess.run([sys.executable, "-c", probe], check=True, cwd=ROOT, timeout=60)
