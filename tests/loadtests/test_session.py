"""What Locust is told of an exchange, seen in a process of its own because Locust patches the one it is loaded in."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from typing import Any

import pytest

from mock_bfl.testing import LiveServer
from tests.loadtests.conftest import ROOT

CREDITS = b'{"credits":12.5}'
REFUSAL = b'{"detail":"too many"}'

# Makes one exchange of each kind and prints what Locust was told of each.
PROBE = """
import json, sys
from locust.event import EventHook
from bfl_client import BFLClient, RateLimited
from loadtests.session import WholeExchangeSession

base_url, told = sys.argv[1], []
hook = EventHook()
hook.add_listener(lambda **meta: told.append(
    [meta["request_type"], meta["name"], meta["response_length"], str(meta["exception"] or "")]
))
session = WholeExchangeSession(base_url=base_url, request_event=hook, user=None)
client = BFLClient("a-key", base_url=base_url, session=session)
assert client.credits() == 12.5
try:
    client.submit("flux-2-pro", "a red cube", timeout_s=0.01)
except RateLimited:
    pass
reply = session.get(f"{base_url}/results/x?sig=y", stream=True)
before = len(told)
assert reply.raw.read1(100) == b"half"
reply.close()
reply.close()
assert len(told) == before + 1
session.get("http://127.0.0.1:9/v1/credits", stream=True)
print(json.dumps(told))
"""


def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Answer credits without a Content-Length, refuse submits, and break off a sample in the middle."""
    match environ["REQUEST_METHOD"], environ["PATH_INFO"]:
        case "GET", "/v1/credits":
            start_response("200 OK", [])
            return [CREDITS[:5], CREDITS[5:]]
        case "POST", _:
            start_response("429 Too Many Requests", [("Content-Length", str(len(REFUSAL)))])
            return [REFUSAL]
        case _:
            start_response("200 OK", [("Content-Length", "8")])
            return [b"half"]


@pytest.fixture(scope="module")
def told() -> list[list[Any]]:
    """What Locust was told: method, row, length, failure; one list for each exchange."""
    with LiveServer(app) as server:
        command = [sys.executable, "-c", PROBE, server.base_url]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=60)
    assert done.returncode == 0, done.stderr
    exchanges: list[list[Any]] = json.loads(done.stdout.splitlines()[-1])
    return exchanges


def test_the_length_is_that_of_the_body_that_came_even_if_no_header_says_it(told: list[list[Any]]) -> None:
    assert told[0] == ["GET", "/v1/credits", len(CREDITS), ""]


def test_a_refused_submit_is_told_in_a_row_of_its_own_without_a_failure(told: list[list[Any]]) -> None:
    assert told[1] == ["POST", "/v1/[model] (429)", len(REFUSAL), ""]


def test_an_answer_that_broke_off_is_told_once_as_a_failure_with_the_bytes_that_came(told: list[list[Any]]) -> None:
    assert told[2] == ["GET", "[sample]", len(b"half"), "the body broke off"]


def test_an_exchange_without_an_answer_is_told_as_a_failure(told: list[list[Any]]) -> None:
    assert told[3:] == [["GET", "/v1/credits", 0, "ConnectionError"]]
