"""The levers of webhooks: a log that hides secrets, a replay, and sending at once what is due."""

from __future__ import annotations

import json

import pytest

from mock_bfl.contract import LIVE
from mock_bfl.engine import Engine
from mock_bfl.fixtures import AccountClock, MockAccount
from mock_bfl.web import create_app
from mock_bfl.webhook_receiver import WebhookReceiver
from tests.webhooks.conftest import Lever, Submit


def test_the_log_shows_each_delivery_with_every_attempt(
    submit: Submit, lever: Lever, mock_bfl_clock: AccountClock, webhook_receiver: WebhookReceiver
) -> None:
    webhook_receiver.answer(500, 200)
    task = submit().json()
    mock_bfl_clock.advance(seconds=1)
    status, log = lever("GET", "/webhooks")
    (shown,) = log["deliveries"]
    assert status == 200
    assert shown["id"] == f"{task['id']}.final"
    assert (shown["event"], shown["state"], shown["due_at_ms"]) == ("final", "delivered", None)
    assert [attempt["status"] for attempt in shown["attempts"]] == [500, 200]
    assert shown["attempts"][1]["at_ms"] == mock_bfl_clock.now_ms
    assert json.loads(shown["body"])["id"] == task["id"]


def test_what_waits_says_until_when(submit: Submit, lever: Lever, mock_bfl_clock: AccountClock) -> None:
    submit("a [mock: after=4s]")
    _, log = lever("GET", "/webhooks")
    assert [row["event"] for row in log["deliveries"]] == ["progress", "progress", "progress", "final"]
    assert [row["due_at_ms"] - mock_bfl_clock.now_ms for row in log["deliveries"]] == [1000, 2000, 3000, 4000]


@pytest.mark.usefixtures("mock_bfl_clock")
def test_no_lever_shows_a_secret(submit: Submit, lever: Lever, webhook_receiver: WebhookReceiver) -> None:
    url = webhook_receiver.url.replace("http://", "http://me:password@") + "?token=hidden"
    task = submit(webhook_url=url, webhook_secret="s3cret").json()
    texts = [json.dumps(lever("GET", path)) for path in ("/webhooks", f"/webhooks/{task['id']}.final")]
    for text in texts:
        assert "s3cret" not in text
        assert "password" not in text
        assert "hidden" not in text
        assert "sig=..." in text


@pytest.mark.usefixtures("mock_bfl_clock")
def test_what_is_due_is_sent_at_once_and_counted(
    submit: Submit, lever: Lever, webhook_receiver: WebhookReceiver
) -> None:
    webhook_receiver.answer(200, 500)
    submit()
    submit()
    assert lever("POST", "/webhooks/deliver") == (200, {"attempts": 2, "delivered": 1, "failed": 1, "waiting": 1})
    assert lever("POST", "/webhooks/deliver") == (200, {"attempts": 0, "delivered": 0, "failed": 0, "waiting": 1})


@pytest.mark.usefixtures("mock_bfl_clock")
def test_a_replay_is_sent_at_once_and_appended(submit: Submit, lever: Lever, webhook_receiver: WebhookReceiver) -> None:
    task = submit("a [mock: webhook=drop]").json()
    status, shown = lever("POST", f"/webhooks/{task['id']}.final/replay")
    assert (status, shown["state"]) == (200, "delivered")
    assert [attempt["is_replay"] for attempt in shown["attempts"]] == [True]
    assert len(webhook_receiver.received) == 1


@pytest.mark.parametrize(("method", "path"), [("GET", "/webhooks/none"), ("POST", "/webhooks/none/replay")])
def test_an_unknown_delivery_gets_a_sentence_that_helps(lever: Lever, method: str, path: str) -> None:
    status, refusal = lever(method, path)
    assert status == 404
    assert "GET /_mock/webhooks lists them" in refusal["error"]


@pytest.mark.usefixtures("mock_bfl_clock")
def test_another_accounts_deliveries_are_not_shown(submit: Submit, lever: Lever) -> None:
    task = submit().json()
    assert lever("GET", "/webhooks", key="another-key")[1] == {"deliveries": []}
    assert lever("GET", f"/webhooks/{task['id']}.final", key="another-key")[0] == 404
    assert lever("POST", "/webhooks/deliver", key="another-key")[1]["attempts"] == 0


@pytest.mark.usefixtures("mock_bfl_clock")
def test_the_clock_lever_returns_when_receivers_have_answered_and_they_may_call_back(
    submit: Submit, lever: Lever, mock_bfl: MockAccount, webhook_receiver: WebhookReceiver
) -> None:
    """No transaction is held while the receiver, in another thread, reads the log of the same mock."""
    states: list[str] = []
    webhook_receiver.on_event = lambda _: states.extend(
        row["state"] for row in lever("GET", "/webhooks")[1]["deliveries"]
    )
    submit("a [mock: after=4s webhook=final_only]")
    assert lever("POST", "/clock", json={"advance_s": 4})[0] == 200
    assert states == ["waiting"]
    assert mock_bfl.webhooks.deliveries[0].attempts


def test_a_mock_without_a_courier_says_how_to_get_one() -> None:
    client = create_app(Engine(dialect=LIVE, speed=0)).test_client()
    body = {"prompt": "x", "webhook_url": "http://127.0.0.1:9/hook"}
    task = client.post("/v1/flux-2-pro", json=body, headers={"x-key": "a-key"}).get_json()
    refusal = client.post(f"/_mock/webhooks/{task['id']}.final/replay")
    assert refusal.status_code == 409
    assert "engine_from" in refusal.get_json()["error"]
