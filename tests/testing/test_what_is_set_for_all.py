"""Levers pulled without a key reach every account of a server: at the end of a test they are as they were before it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from mock_bfl.fixtures import MockAccount, ServerPool
from mock_bfl.web.admin import levers
from mock_bfl.webhook_receiver import WebhookReceiver

PULLS: dict[str, Any] = {
    "/clock": {"freeze": True, "advance_s": 3600},
    "/account": {"tick_per_poll_ms": 1000},
    "/regions": {"down": ["eu"]},
    "/scenarios": {"instructions": [{"preset": "internal_error"}], "bind": "key"},
    "/faults": {"preset": "internal_error", "times": None},
}
# What is no setting, but something that is done at once.
DONE_AT_ONCE = {"/reset", "/webhooks/<delivery_id>/replay", "/webhooks/deliver"}
SUITE = """
import requests

def pull(mock, path, **body):
    requests.post(f"{mock.base_url}/_mock{path}", json=body, timeout=5).raise_for_status()

def credits(mock):
    return requests.get(f"{mock.base_url}/v1/credits", headers={"x-key": mock.api_key}, timeout=5).status_code

def test_one(mock_bfl):
    pull(mock_bfl, "/clock", freeze=True)
    pull(mock_bfl, "/faults", preset="internal_error", times=None)
    assert credits(mock_bfl) == 500

def test_two(mock_bfl):
    assert credits(mock_bfl) == 200
    assert not requests.get(f"{mock_bfl.base_url}/_mock/clock", timeout=5).json()["frozen"]

def test_three(mock_bfl):
    pull(mock_bfl, "/faults", preset="internal_error")
"""


@pytest.fixture
def pool() -> Iterator[ServerPool]:
    with ServerPool() as pool:
        yield pool


def pull(mock: MockAccount, path: str, *, key: str | None = None) -> None:
    headers = {} if key is None else {"x-key": key}
    requests.post(f"{mock.base_url}/_mock{path}", json=PULLS[path], headers=headers, timeout=5).raise_for_status()


def seen(mock: MockAccount) -> list[Any]:
    """Return what is set for all, but for the time that goes by."""
    shown = [requests.get(f"{mock.base_url}/_mock{path}", timeout=5).json() for path in PULLS if path != "/account"]
    timeline = mock.engine.context.store.timeline(None)
    tick = mock.engine.context.store.lever(None, "tick_per_poll_ms")
    return [timeline, tick, *shown[1:]]


def credits(mock: MockAccount, *, key: str = "") -> int:
    headers = {"x-key": key or mock.api_key}
    return requests.get(f"{mock.base_url}/v1/credits", headers=headers, timeout=5).status_code


@pytest.mark.parametrize("path", PULLS)
def test_the_end_of_a_test_puts_back_what_it_set_for_all(pool: ServerPool, path: str) -> None:
    mock = pool.account("one", settings={})
    before = seen(mock)
    pull(mock, path)
    assert seen(mock) != before
    mock.end()
    assert seen(mock) == before


def test_each_lever_that_sets_something_for_all_is_put_back_here(pool: ServerPool) -> None:
    mock = pool.account("one", settings={})
    assert {lever.path for lever in levers(mock.engine) if lever.method == "POST"} == PULLS.keys() | DONE_AT_ONCE


def test_what_was_set_before_a_test_stays(pool: ServerPool) -> None:
    first = pool.account("first", settings={})
    for path in PULLS:
        pull(first, path)
    second = pool.account("second", settings={})
    before = seen(second)
    for path in PULLS:
        pull(second, path)
    second.end()
    assert seen(second) == before


def test_a_script_for_all_has_the_same_name_in_each_test(pool: ServerPool) -> None:
    """Its draws follow from it, and must not depend on which test ran before."""
    names = []
    for test in ("one", "two"):
        mock = pool.account(test, settings={})
        names.append(mock.engine.scripts.fail_next(None, {"preset": "internal_error"}).id)
        mock.end()
    assert names == ["fault-all-1", "fault-all-1"]


def test_a_webhook_that_the_frozen_clock_held_back_goes_out_when_it_runs_again(
    pool: ServerPool, webhook_receiver: WebhookReceiver
) -> None:
    mock = pool.account("one", settings={})
    requests.post(f"{mock.base_url}/_mock/clock", json={"freeze": True}, timeout=5).raise_for_status()
    body = {"prompt": "a red cube", "webhook_url": webhook_receiver.url}
    requests.post(f"{mock.base_url}/v1/flux-2-pro", json=body, headers={"x-key": "other"}, timeout=5).raise_for_status()
    mock.end()
    assert webhook_receiver.wait_for(1)


def test_what_was_scripted_for_all_and_met_by_no_call_is_left_over(pool: ServerPool) -> None:
    mock = pool.account("one", settings={})
    pull(mock, "/scenarios")
    (left,) = mock.unconsumed
    assert left == "scenario-all-1: internal_error on any route, 1 of 1 left"
    assert credits(mock) == 500
    assert mock.unconsumed == []


def test_what_an_earlier_test_scripted_for_all_is_not_left_over_by_this_one(pool: ServerPool) -> None:
    pull(pool.account("one", settings={}), "/scenarios")
    assert pool.account("two", settings={}).unconsumed == []


def test_the_end_of_a_test_forgets_its_account(pool: ServerPool) -> None:
    mock = pool.account("one", settings={})
    credits(mock)
    assert mock.journal
    mock.end()
    assert not mock.journal


def test_accepted_keys_do_not_cost_each_test_a_server(pool: ServerPool) -> None:
    mocks = [pool.account(test, settings={"keys": ("theirs",)}) for test in ("one", "two", "three")]
    assert len({mock.base_url for mock in mocks}) == 1
    assert [credits(mock) for mock in mocks] == [200, 200, 200]
    assert [credits(mocks[0], key=key) for key in ("theirs", "another")] == [200, 403]


def test_other_accepted_keys_are_another_server(pool: ServerPool) -> None:
    one, two = (pool.account("a", settings={"keys": keys}) for keys in (("theirs",), ("ours",)))
    assert one.base_url != two.base_url
    assert [credits(mock, key="theirs") for mock in (one, two)] == [200, 403]


def test_a_lever_without_a_key_ends_with_its_test_and_a_script_left_over_is_its_error(tmp_path: Path) -> None:
    (tmp_path / "test_theirs.py").write_text(SUITE)
    names = ("cacheprovider", "xdist", "benchmark", "hypothesispytest")
    plugins = [option for name in names for option in ("-p", f"no:{name}")]
    command = [sys.executable, "-m", "pytest", "-q", "-rE", *plugins, str(tmp_path)]
    finished = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert "3 passed, 1 error" in finished.stdout, finished.stdout + finished.stderr
    assert "fault-all-1: internal_error on any route, 1 of 1 left" in finished.stdout
