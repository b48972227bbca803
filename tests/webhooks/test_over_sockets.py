"""Webhooks from a live mock to a live receiver: what a client's receiver meets, and how to bring it about."""

from __future__ import annotations

import hmac
import json
import threading
from hashlib import sha256

import pytest
import requests

from mock_bfl.core.webhook import DeliveryState
from mock_bfl.fixtures import AccountClock, MockAccount
from mock_bfl.webhook_receiver import Response, WebhookReceiver
from tests.webhooks.conftest import Submit

PATIENCE_S = 10
OLD_FORM = pytest.mark.mock_bfl(overrides=("webhook_form=2025",))


def test_a_task_that_ends_sends_its_event_by_itself(submit: Submit, webhook_receiver: WebhookReceiver) -> None:
    task = submit().json()
    (came,) = webhook_receiver.wait_for(1)
    event = json.loads(came.body)
    assert (event["id"], event["status"]) == (task["id"], "Ready")
    assert requests.get(event["result"]["sample"], timeout=PATIENCE_S).headers["content-type"] == "image/jpeg"


def test_the_signature_holds_over_the_raw_body(submit: Submit, webhook_receiver: WebhookReceiver) -> None:
    submit()
    (came,) = webhook_receiver.wait_for(1)
    digest = hmac.new(b"s3cret", came.body, sha256).hexdigest()
    assert came.headers["x-bfl-signature"] == f"sha256={digest}"


def test_without_a_secret_there_is_no_signature(submit: Submit, webhook_receiver: WebhookReceiver) -> None:
    submit(webhook_secret=None)
    assert "x-bfl-signature" not in webhook_receiver.wait_for(1)[0].headers


def test_a_bad_signature_is_that_of_another_secret(submit: Submit, webhook_receiver: WebhookReceiver) -> None:
    submit("a [mock: webhook=bad_signature]")
    (came,) = webhook_receiver.wait_for(1)
    digest = hmac.new(b"s3cret", came.body, sha256).hexdigest()
    assert came.headers["x-bfl-signature"].startswith("sha256=")
    assert came.headers["x-bfl-signature"] != f"sha256={digest}"


@OLD_FORM
def test_the_form_before_2026_can_be_set(submit: Submit, webhook_receiver: WebhookReceiver) -> None:
    task = submit().json()
    event = json.loads(webhook_receiver.wait_for(1)[0].body)
    assert (event["task_id"], event["status"]) == (task["id"], "SUCCESS")


@pytest.mark.mock_bfl(dialect="guide")
def test_the_guide_sends_one_event_with_a_timestamp(submit: Submit, webhook_receiver: WebhookReceiver) -> None:
    submit("a [mock: after=0s]")
    assert list(json.loads(webhook_receiver.wait_for(1)[0].body)) == ["id", "status", "result", "timestamp"]


@pytest.mark.usefixtures("mock_bfl_clock")
def test_before_the_reply_means_before_the_reply(submit: Submit, webhook_receiver: WebhookReceiver) -> None:
    """The receiver holds its answer: while it does, the submit has no reply. With a frozen clock, too."""
    webhook_receiver.hold()
    replies: list[int] = []
    client = threading.Thread(target=lambda: replies.append(submit("a [mock: webhook=before_reply]").status_code))
    client.start()
    webhook_receiver.wait_for(1)
    assert replies == []
    webhook_receiver.release()
    client.join(PATIENCE_S)
    assert replies == [200]


def test_early_delivery_and_a_later_end_contradict_each_other(submit: Submit) -> None:
    refusal = submit("a [mock: webhook=before_reply after=5s]")
    assert refusal.status_code == 422
    assert "before_reply ends the task at once" in refusal.text


def test_a_misspelt_instruction_is_refused(submit: Submit) -> None:
    refusal = submit("a [mock: webhook=dorp]")
    assert refusal.status_code == 422
    assert "Did you mean drop?" in refusal.text


def test_dropped_events_never_come(
    submit: Submit, mock_bfl: MockAccount, mock_bfl_clock: AccountClock, webhook_receiver: WebhookReceiver
) -> None:
    submit("a [mock: webhook=drop]")
    mock_bfl_clock.advance(seconds=3600)
    assert webhook_receiver.received == ()
    assert [row.state for row in mock_bfl.webhooks.deliveries] == [DeliveryState.DROPPED]


def test_a_redirect_counts_as_a_failure_and_is_tried_again(
    submit: Submit, mock_bfl: MockAccount, mock_bfl_clock: AccountClock, webhook_receiver: WebhookReceiver
) -> None:
    webhook_receiver.answer(Response(status=302, location="/elsewhere"), 200)
    submit()
    mock_bfl_clock.advance(seconds=1)
    assert [came.path for came in webhook_receiver.received] == ["/hook", "/hook"]
    (delivery,) = mock_bfl.webhooks.deliveries
    assert [attempt.status for attempt in delivery.attempts] == [302, 200]


def test_after_four_failures_a_delivery_is_abandoned_and_visible(
    submit: Submit, mock_bfl: MockAccount, mock_bfl_clock: AccountClock, webhook_receiver: WebhookReceiver
) -> None:
    webhook_receiver.answer(500)
    submit()
    mock_bfl_clock.advance(seconds=3600)
    (delivery,) = mock_bfl.webhooks.deliveries
    assert (delivery.state, len(delivery.attempts)) == (DeliveryState.ABANDONED, 4)


def test_a_replay_delivers_what_was_abandoned(
    submit: Submit, mock_bfl: MockAccount, mock_bfl_clock: AccountClock, webhook_receiver: WebhookReceiver
) -> None:
    webhook_receiver.answer(500)
    submit()
    mock_bfl_clock.advance(seconds=3600)
    webhook_receiver.answer(200)
    assert mock_bfl.webhooks.replay(mock_bfl.webhooks.deliveries[0]).is_replay
    assert mock_bfl.webhooks.deliveries[0].state is DeliveryState.DELIVERED
    assert len({came.body for came in webhook_receiver.received}) == 1


def test_a_replay_of_what_was_reset_is_an_error(submit: Submit, mock_bfl: MockAccount) -> None:
    submit("a [mock: webhook=drop]")
    (delivery,) = mock_bfl.webhooks.deliveries
    mock_bfl.reset()
    with pytest.raises(LookupError, match="reset"):
        mock_bfl.webhooks.replay(delivery)


def test_with_a_running_clock_deliver_waits_for_the_background(
    submit: Submit, mock_bfl: MockAccount, webhook_receiver: WebhookReceiver
) -> None:
    submit()
    mock_bfl.webhooks.deliver()
    assert len(webhook_receiver.received) == 1
    assert mock_bfl.webhooks.deliveries[0].state is DeliveryState.DELIVERED


def test_a_foreign_receiver_is_accepted_abandoned_and_not_contacted(
    submit: Submit, mock_bfl: MockAccount, mock_bfl_clock: AccountClock
) -> None:
    assert submit(webhook_url="https://example.com/hook").status_code == 200
    mock_bfl_clock.advance(seconds=0)
    (delivery,) = mock_bfl.webhooks.deliveries
    assert delivery.state is DeliveryState.ABANDONED
    assert "--allow-webhook-host example.com" in (delivery.attempts[0].error or "")
    assert any("--allow-webhook-host" in note for note in mock_bfl.journal[-1].notes)


@pytest.mark.mock_bfl(overrides=("webhook_needs_https=yes",))
def test_where_https_is_demanded_a_plain_webhook_url_is_refused(submit: Submit) -> None:
    refusal = submit()
    assert refusal.status_code == 422
    assert refusal.json()["detail"][0]["msg"] == "URL scheme should be 'https'"
    assert submit(webhook_url="https://example.com/hook").status_code == 200
    assert submit(webhook_url=None).status_code == 200


@pytest.mark.mock_bfl(dialect="guide", overrides=("webhook_needs_https=yes",))
def test_the_guide_refuses_it_in_its_own_envelope(submit: Submit) -> None:
    refusal = submit()
    assert (refusal.status_code, list(refusal.json()["details"])) == (400, ["webhook_url"])


def test_a_receiver_that_is_awaited_in_vain_is_an_error(webhook_receiver: WebhookReceiver) -> None:
    with pytest.raises(TimeoutError, match="0 of 1 events"):
        webhook_receiver.wait_for(1, timeout_s=0.01)


def test_a_receiver_runs_what_it_was_given_before_it_answers(submit: Submit, webhook_receiver: WebhookReceiver) -> None:
    seen: list[bytes] = []
    webhook_receiver.on_event = lambda came: seen.append(came.body)
    submit("a [mock: webhook=before_reply]")
    assert len(seen) == 1
