"""What the mock delivers, in each of its forms, is verified, understood, de-duplicated and met by the one who waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import requests

from bfl_client import BFLClient
from bfl_client.webhooks import Deduplicator, Inbox, WebhookEvent, WebhookRejected, receive, wsgi_receiver
from mock_bfl.fixtures import AccountClock, MockAccount
from mock_bfl.testing import LiveServer
from mock_bfl.webhook_receiver import WebhookReceiver

SECRET = "s3cret"
PATIENCE_S = 10
FORMS = [
    pytest.param(marks=pytest.mark.mock_bfl(dialect="live"), id="live"),
    pytest.param(marks=pytest.mark.mock_bfl(dialect="guide"), id="guide"),
    pytest.param(marks=pytest.mark.mock_bfl(overrides=("webhook_form=2025",)), id="2025"),
]
in_every_form = pytest.mark.parametrize((), FORMS)

Submit = Callable[[str], str]


@pytest.fixture
def submit(bfl: BFLClient, mock_bfl_clock: AccountClock, webhook_receiver: WebhookReceiver) -> Submit:
    """Submit a task whose events go to the receiver, let it end, and return its id."""

    def post(prompt: str) -> str:
        task = bfl.submit("flux-2-pro", prompt, webhook_url=webhook_receiver.url, webhook_secret=SECRET)
        mock_bfl_clock.advance(seconds=60)
        return task.id

    return post


def events_of(receiver: WebhookReceiver) -> list[WebhookEvent]:
    """Return what came, verified and parsed."""
    return [receive(came.body, came.headers, SECRET) for came in receiver.received]


@in_every_form
def test_the_event_of_a_picture_is_verified_and_its_sample_is_a_picture(
    submit: Submit, webhook_receiver: WebhookReceiver
) -> None:
    task_id = submit("a red cube [mock: after=0s]")
    (event,) = events_of(webhook_receiver)
    assert (event.task_id, event.status, event.is_final) == (task_id, "Ready", True)


@in_every_form
def test_the_sample_of_an_event_is_a_picture(bfl: BFLClient, webhook_receiver: WebhookReceiver) -> None:
    bfl.submit("flux-2-pro", "a red cube", webhook_url=webhook_receiver.url, webhook_secret=SECRET)
    webhook_receiver.wait_for(1)
    sample = events_of(webhook_receiver)[-1].sample
    assert sample is not None
    assert requests.get(sample, timeout=PATIENCE_S).headers["content-type"] == "image/jpeg"


@in_every_form
@pytest.mark.parametrize("end", ["Request Moderated", "Content Moderated", "Error"])
def test_the_event_of_a_failure_is_final_and_says_why(
    submit: Submit, webhook_receiver: WebhookReceiver, end: str
) -> None:
    task_id = submit(f'a red cube [mock: status="{end}" after=0s]')
    (event,) = events_of(webhook_receiver)
    assert (event.task_id, event.status, event.is_final) == (task_id, "Error", True)
    assert (event.sample, bool(event.error)) == (None, True)


@pytest.mark.parametrize(
    "form", [pytest.param(name, marks=pytest.mark.mock_bfl(dialect=name)) for name in ("live", "guide")]
)
def test_moderation_is_told_from_an_error(submit: Submit, webhook_receiver: WebhookReceiver, form: str) -> None:
    submit('a red cube [mock: status="Request Moderated" after=0s]')
    submit('a red cube [mock: status="Error" after=0s]')
    moderated, failed = events_of(webhook_receiver)
    assert (moderated.is_moderated, failed.is_moderated) == (True, False)
    assert bool(moderated.reasons) is (form == "live")


@in_every_form
def test_progress_counts_up_and_ends_with_the_end(submit: Submit, webhook_receiver: WebhookReceiver) -> None:
    submit("a red cube [mock: after=4s webhook=progress]")
    *before, last = events_of(webhook_receiver)
    assert [(event.status, event.progress) for event in before] == [("Pending", 25), ("Pending", 50), ("Pending", 75)]
    assert last.is_final


@in_every_form
def test_of_duplicates_and_late_progress_only_the_end_is_new(submit: Submit, webhook_receiver: WebhookReceiver) -> None:
    submit("a red cube [mock: after=4s webhook=reorder,duplicate:3]")
    events, seen = events_of(webhook_receiver), Deduplicator()
    assert len(events) == 6
    assert [event.status for event in events if seen.is_new(event)] == ["Ready"]


@in_every_form
def test_a_bad_signature_is_refused(submit: Submit, webhook_receiver: WebhookReceiver) -> None:
    submit("a red cube [mock: after=0s webhook=bad_signature]")
    with pytest.raises(WebhookRejected, match="does not fit"):
        events_of(webhook_receiver)


def test_an_event_of_a_submit_without_a_secret_is_refused(bfl: BFLClient, webhook_receiver: WebhookReceiver) -> None:
    bfl.submit("flux-2-pro", "a red cube", webhook_url=webhook_receiver.url)
    webhook_receiver.wait_for(1)
    with pytest.raises(WebhookRejected, match="webhook_secret"):
        events_of(webhook_receiver)


class Served:
    """Our own receiver behind a socket: what it handed on is in `events` and in `inbox`."""

    def __init__(self) -> None:
        self.inbox, self.events = Inbox(), list[WebhookEvent]()
        self.failures = 0
        self._server = LiveServer(wsgi_receiver(SECRET, self.take))

    def take(self, event: WebhookEvent) -> None:
        if self.failures:
            self.failures -= 1
            raise OSError("no disk")
        self.events.append(event)
        self.inbox.put(event)

    @property
    def url(self) -> str:
        return f"{self._server.base_url}/hook"

    def stop(self) -> None:
        self._server.stop()


@pytest.fixture
def served() -> Iterator[Served]:
    made = Served()
    yield made
    made.stop()


@in_every_form
def test_whoever_waits_at_the_inbox_gets_the_end_without_a_poll(
    bfl: BFLClient, mock_bfl: MockAccount, served: Served
) -> None:
    task = bfl.submit("flux-2-pro", "a red cube", webhook_url=served.url, webhook_secret=SECRET)
    event = served.inbox.wait(task.id, timeout_s=PATIENCE_S)
    assert event is not None
    assert event.sample is not None
    assert [exchange.method for exchange in mock_bfl.journal] == ["POST"]


def test_an_event_that_comes_before_the_reply_to_its_submit_is_met(bfl: BFLClient, served: Served) -> None:
    prompt = "a red cube [mock: webhook=before_reply]"
    task = bfl.submit("flux-2-pro", prompt, webhook_url=served.url, webhook_secret=SECRET)
    event = served.inbox.wait(task.id, timeout_s=0)
    assert event is not None
    assert event.is_final


def test_an_event_that_could_not_be_handled_comes_again_and_is_handled_once(
    bfl: BFLClient, mock_bfl: MockAccount, mock_bfl_clock: AccountClock, served: Served
) -> None:
    served.failures = 2
    prompt = "a red cube [mock: after=0s webhook=duplicate]"
    task = bfl.submit("flux-2-pro", prompt, webhook_url=served.url, webhook_secret=SECRET)
    mock_bfl_clock.advance(seconds=60)
    statuses = sorted(made.status or 0 for row in mock_bfl.webhooks.deliveries for made in row.attempts)
    assert (statuses, [event.task_id for event in served.events]) == ([200, 200, 500, 500], [task.id])
