"""In process a fault is the exception that `requests` raises over a socket, and no silence is waited for."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import requests

from bfl_client import BFLClient, BFLError
from mock_bfl.clock import SystemClock
from mock_bfl.core.presets import PRESETS
from mock_bfl.core.rule import read_rule
from mock_bfl.engine import Engine, account_of
from mock_bfl.testing import IN_PROCESS_URL, LiveServer, WSGIAdapter
from mock_bfl.web import create_app
from mock_bfl.web.faults import Pauses
from tests.client.wire_double import FakeClock

HEADERS = {"x-key": "k"}
CREDITS = f"{IN_PROCESS_URL}/v1/credits"


@pytest.fixture
def engine() -> Engine:
    return Engine(speed=0)


@pytest.fixture
def session(engine: Engine) -> requests.Session:
    session = requests.Session()
    session.mount(IN_PROCESS_URL, WSGIAdapter(create_app(engine)))
    return session


def script(engine: Engine, fault: dict[str, Any]) -> None:
    engine.scripts.add(account_of("k"), [read_rule({"fault": fault})])


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"wire": "reset"}, requests.ConnectionError),
        ({"wire": "close"}, requests.ConnectionError),
        ({"wire": "truncate"}, requests.exceptions.ChunkedEncodingError),
        ({"wire": "stall", "stall_s": 60}, requests.ReadTimeout),
        ({"wire": "stall", "stall_s": 60, "then": "close"}, requests.ReadTimeout),
        ({"wire": "stall", "stall_s": 1, "then": "close"}, requests.ConnectionError),
        ({"wire": "drip", "pause_ms": 9000}, requests.ReadTimeout),
    ],
)
def test_a_fault_is_the_exception_of_a_socket(
    engine: Engine, session: requests.Session, fault: dict[str, Any], expected: type[Exception]
) -> None:
    script(engine, fault)
    with pytest.raises(expected):
        session.get(CREDITS, headers=HEADERS, timeout=(1, 5))
    assert session.get(CREDITS, headers=HEADERS, timeout=5).status_code == 200


@pytest.mark.parametrize(
    "fault",
    [{"wire": "stall", "stall_s": 100}, {"wire": "drip", "chunk_bytes": 1, "pause_ms": 9000}, {"huge_bytes": 5000}],
)
def test_a_client_without_a_time_out_gets_its_answer_at_once(
    engine: Engine, session: requests.Session, fault: dict[str, Any]
) -> None:
    script(engine, fault)
    assert session.get(CREDITS, headers=HEADERS).json() == {"credits": 1000.0}


@pytest.mark.parametrize("name", [name for name, preset in PRESETS.items() if preset.fault.wire is None])
def test_a_fault_without_a_wire_comes_as_an_answer(engine: Engine, session: requests.Session, name: str) -> None:
    engine.scripts.add(account_of("k"), [read_rule({"preset": name, "match": {"route": "credits"}})])
    answer = session.get(CREDITS, headers=HEADERS, timeout=5, allow_redirects=False)
    assert answer.status_code == (PRESETS[name].fault.status or 200)


def test_the_reference_client_survives_a_reset_of_a_poll(engine: Engine, session: requests.Session) -> None:
    rule = {"preset": "reset", "match": {"route": "get_result"}}
    engine.scripts.add(account_of("k"), [read_rule(rule)])
    with BFLClient("k", base_url=IN_PROCESS_URL, session=session, clock=FakeClock()) as client:
        assert client.generate("flux-2-pro", "a red cube").sample
    assert engine.scripts.unconsumed(account_of("k")) == ()


def test_the_reference_client_does_not_pay_twice_for_a_lost_reply(engine: Engine, session: requests.Session) -> None:
    engine.scripts.add(account_of("k"), [read_rule({"preset": "reply_lost"})])
    with BFLClient("k", base_url=IN_PROCESS_URL, session=session) as client, pytest.raises(BFLError):
        client.generate("flux-2-pro", "a red cube")
    assert session.get(CREDITS, headers=HEADERS, timeout=5).json() == {"credits": 997.0}


def test_a_silence_ends_with_the_server_and_nobody_waits_for_it(engine: Engine) -> None:
    script(engine, {"wire": "stall", "stall_s": 60})
    arrived = threading.Event()
    with LiveServer(create_app(engine)) as server:
        url = f"{server.base_url}/v1/credits"
        asking = threading.Thread(target=lambda: requests.get(url, headers=HEADERS, timeout=50), daemon=True)
        asking.start()
        for _ in range(2000):
            if engine.control.journal(None):
                arrived.set()
                break
            arrived.wait(0.01)
    assert arrived.is_set()
    asking.join(30)
    assert not asking.is_alive(), "it was a minute of silence"


def test_pauses_that_have_ended_begin_anew_with_a_server() -> None:
    pauses = Pauses()
    pauses.end()
    pauses.wait(100)
    pauses.begin()
    clock = SystemClock()
    began_ms = clock.real_ms()
    pauses.wait(0.03)
    assert clock.real_ms() - began_ms >= 20


def test_a_server_of_which_nothing_is_known_is_told_by_an_exception(engine: Engine) -> None:
    script(engine, {"wire": "close"})
    with pytest.raises(ConnectionError):
        create_app(engine).test_client().get("/v1/credits", headers=HEADERS)
