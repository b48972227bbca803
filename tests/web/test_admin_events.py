"""The live event stream: what it tells, how it resumes, who may follow, and that nobody keeps a thread for ever."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import requests
from werkzeug.test import TestResponse

from mock_bfl.core.webhook import Attempt, Delivery
from mock_bfl.settings import Settings
from mock_bfl.testing import IN_PROCESS_URL, LiveServer, WSGIAdapter, engine_from
from mock_bfl.web import create_app
from mock_bfl.web.admin.events import MOST_FOLLOWERS
from tests.cli.process import PATIENCE_S, line_of, served
from tests.web.mock import Mock, json_of

ONE, TWO = {"x-key": "one"}, {"x-key": "two"}
FOLLOW = "/_mock/events?heartbeat_s=0.1"
_TRIES = 400
_PAUSE_S = 0.05


@pytest.fixture
def server(mock: Mock) -> Iterator[str]:
    with LiveServer(mock.app) as live:
        yield live.base_url


def events(reply: TestResponse) -> list[dict[str, str]]:
    """Return the events of a stream that has ended, each as its fields."""
    assert (reply.status_code, reply.content_type) == (200, "text/event-stream"), reply.data
    blocks = [block for block in reply.text.split("\n\n") if block]
    return [dict(line.split(": ", 1) for line in block.splitlines()) for block in blocks]


def told(mock: Mock, query: str = "", *, headers: dict[str, str] | None = None) -> list[dict[str, str]]:
    return events(mock.client.get(f"/_mock/events?follow=0{query}", headers=headers))


def follow(base_url: str, **headers: str) -> requests.Response:
    return requests.get(base_url + FOLLOW, stream=True, timeout=30, headers=headers)


def lines(reply: requests.Response) -> Iterator[str]:
    """Yield what comes, line by line and at once."""
    return (line.decode() for line in reply.iter_lines(chunk_size=1))


def next_of(reply: Iterator[str], field: str) -> str:
    return next(line.partition(": ")[2] for line in reply if line.startswith(f"{field}: "))


def test_each_exchange_is_an_event_with_its_number_and_its_row_of_the_journal(mock: Mock) -> None:
    mock.credits(key="one")
    mock.submit(key="two")
    rows = json_of(mock.client.get("/_mock/journal"))["exchanges"]
    shown = told(mock)
    assert [(event["event"], event["id"]) for event in shown] == [("exchange", "1"), ("exchange", "2")]
    assert [json.loads(event["data"]) for event in shown] == rows


def test_with_a_key_the_stream_is_that_accounts(mock: Mock) -> None:
    for key in ("one", "two", "one"):
        mock.credits(key=key)
    assert [event["id"] for event in told(mock, headers=ONE)] == ["1", "3"]
    assert [event["id"] for event in told(mock, headers=TWO)] == ["2"]


def test_who_comes_back_goes_on_where_the_stream_broke_off(mock: Mock) -> None:
    for _ in range(3):
        mock.credits()
    assert [event["id"] for event in told(mock, "&after=1")] == ["2", "3"]
    assert [event["id"] for event in told(mock, headers={"Last-Event-ID": "2"})] == ["3"]


def test_a_browser_repeats_its_first_query_so_the_header_is_newer(mock: Mock) -> None:
    for _ in range(3):
        mock.credits()
    assert [event["id"] for event in told(mock, "&after=0", headers={"Last-Event-ID": "2"})] == ["3"]


@pytest.mark.parametrize("header", ["", "x", "-1", "1.5", "9" * 19])
def test_an_id_that_is_none_is_a_400_that_says_so(mock: Mock, header: str) -> None:
    reply = mock.client.get("/_mock/events", headers={"Last-Event-ID": header})
    assert (reply.status_code, json_of(reply)["error"][:13]) == (400, "Last-Event-ID")


def test_a_webhook_attempt_is_an_event_without_an_id(mock: Mock) -> None:
    attempt = Attempt(at_ms=5, real_ms=6, took_ms=7, status=503)
    delivery = Delivery(id="d1", account="a1", task_id="t1", due_at_ms=0, attempts=(attempt,))
    with mock.engine.context.store.transaction():
        mock.engine.context.store.outbox.add([delivery])
    (event,) = told(mock)
    assert (event["event"], "id" in event) == ("webhook", False)
    data: dict[str, Any] = json.loads(event["data"])
    expected = {"delivery": "d1", "task_id": "t1", "state": "waiting", "number": 1, "at_ms": 5, "took_ms": 7}
    assert data.items() >= (expected | {"status": 503, "error": None}).items()


def test_a_follower_hears_of_an_exchange_when_it_happens(mock: Mock, server: str) -> None:
    with follow(server) as reply:
        stream = lines(reply)
        assert next_of(stream, "retry") == "1000"
        for expected in ("1", "2"):
            mock.credits()
            assert next_of(stream, "id") == expected


def test_a_silent_stream_shows_that_it_is_alive(server: str) -> None:
    with follow(server) as reply:
        assert next(line for line in lines(reply) if line.startswith(":")) == ": heartbeat"


def test_only_so_many_may_follow_and_one_that_goes_makes_room(server: str) -> None:
    followers = [follow(server) for _ in range(MOST_FOLLOWERS)]
    crowded = follow(server)
    assert (crowded.status_code, "follow=0" in crowded.json()["error"]) == (503, True)
    assert requests.get(f"{server}/_mock/events?follow=0", timeout=30).status_code == 200
    followers[0].close()
    with wait_for_a_place(server):
        pass
    for follower in followers[1:]:
        follower.close()


def wait_for_a_place(base_url: str) -> requests.Response:
    """Return a stream once there is room for it again."""
    pause = Event()
    for _ in range(_TRIES):
        reply = follow(base_url)
        if reply.status_code == 200:
            return reply
        pause.wait(_PAUSE_S)
    raise AssertionError("no follower that went has made room")


def test_a_stopped_server_ends_its_streams_and_keeps_no_thread(mock: Mock) -> None:
    before = set(threading.enumerate())
    with LiveServer(mock.app) as live:
        streams = [lines(follow(live.base_url)) for _ in range(MOST_FOLLOWERS)]
        assert [next_of(stream, "retry") for stream in streams] == ["1000"] * MOST_FOLLOWERS
    assert set(threading.enumerate()) <= before
    assert all("heartbeat" in line or not line for stream in streams for line in stream)


def test_a_stream_has_ended_before_the_file_that_it_reads_is_closed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Else it would read on from a closed file, and its server complain."""
    engine = engine_from(Settings(store=f"sqlite:{tmp_path}/mock.db"))
    before = set(threading.enumerate())
    with LiveServer(create_app(engine)) as live:
        assert next_of(lines(follow(live.base_url)), "retry")
    engine.close()
    for thread in set(threading.enumerate()) - before:
        thread.join(PATIENCE_S)
    assert caplog.text == ""


def test_after_a_stop_another_server_of_the_same_application_streams_again(mock: Mock) -> None:
    for _ in range(2):
        with LiveServer(mock.app) as live:
            streams = [lines(follow(live.base_url)) for _ in range(MOST_FOLLOWERS)]
            assert [next_of(stream, "retry") for stream in streams] == ["1000"] * MOST_FOLLOWERS
            mock.credits()
            assert {next_of(stream, "event") for stream in streams} == {"exchange"}


def test_in_process_where_no_connection_ends_the_stream_ends_after_what_there_is(mock: Mock) -> None:
    mock.credits()
    session, replies = requests.Session(), []
    session.mount(IN_PROCESS_URL, WSGIAdapter(mock.app))
    thread = threading.Thread(target=lambda: replies.append(session.get(f"{IN_PROCESS_URL}/_mock/events")), daemon=True)
    thread.start()
    thread.join(PATIENCE_S)
    assert [reply.text.splitlines()[0] for reply in replies] == ["event: exchange"]


@pytest.mark.parametrize(("heartbeat_s", "status"), [("10", 200), ("10.1", 400), ("60", 400)])
def test_a_follower_that_went_is_missed_within_ten_seconds(mock: Mock, heartbeat_s: str, status: int) -> None:
    reply = mock.client.get(f"/_mock/events?follow=0&heartbeat_s={heartbeat_s}")
    assert reply.status_code == status


def test_serve_streams_frees_the_thread_of_who_went_and_stops_while_others_follow() -> None:
    with served("--json") as process:
        base_url = json.loads(line_of(process))["base_url"]
        followers = [follow(base_url) for _ in range(MOST_FOLLOWERS)]
        stream = lines(followers[-1])
        requests.get(f"{base_url}/v1/credits", headers=ONE, timeout=30)
        assert json.loads(next_of(stream, "data"))["path"] == "/v1/credits"
        followers[0].close()
        followers.append(wait_for_a_place(base_url))
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
        for follower in followers:
            follower.close()
