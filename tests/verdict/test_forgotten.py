"""A journal that has forgotten, all or the beginning: what is gone is neither praised nor held against anybody."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import requests
from click.testing import CliRunner

import mock_bfl
from mock_bfl.cli import cli
from mock_bfl.core.timeline import Timeline
from mock_bfl.core.verdict import Verdict, as_text, verdict
from mock_bfl.engine import Engine
from mock_bfl.store import MemoryStore
from mock_bfl.testing import IN_PROCESS_URL, LiveServer
from mock_bfl.web import create_app
from tests.verdict.story import API, Story
from tests.verdict.world import new_world

GONE = verdict((), is_cut=True)
SAID = "Nothing left to judge: the journal is bounded, and may have forgotten all that the client asked for."


@pytest.fixture
def story() -> Story:
    return Story()


# --- all of it


def test_who_is_forgotten_is_not_good() -> None:
    assert (GONE.is_judged, GONE.is_good, GONE.findings) == (False, False, ())


def test_the_text_says_that_nothing_is_left() -> None:
    assert as_text(GONE).startswith(f"{SAID}\n")


def test_who_asked_for_nothing_is_good_enough() -> None:
    assert (verdict(()).is_judged, verdict(()).is_good) == (True, True)


def test_a_webhook_that_was_refused_is_found_though_the_requests_are_gone(story: Story) -> None:
    story.deliver("task-0", 404)
    judged = verdict((), deliveries=story.deliveries, is_cut=True, strict=True)
    assert (judged.is_judged, judged.is_good, judged.codes) == (True, False, ("webhook_slow_or_rejected",))
    assert as_text(judged).startswith("The client fails: 1 finding.")


class _Forgetful:
    """Gives the verdict of a journal that has forgotten everything."""

    def verdict(self, *, strict: bool = False, shared_clock: bool = False) -> Verdict:
        return verdict((), strict=strict, shared_clock=shared_clock, is_cut=True)


def test_a_client_that_is_forgotten_cannot_be_asserted_to_be_good() -> None:
    with pytest.raises(AssertionError, match="Nothing left to judge"):
        mock_bfl.assert_good_client(_Forgetful())


@pytest.fixture
def served() -> Iterator[str]:
    """A mock whose journal has room for one exchange: that of another client."""
    store = MemoryStore(Timeline(0, 0), journal_total=1)
    with LiveServer(create_app(Engine(store=store))) as server:
        for key in ("forgotten", "another"):
            requests.get(f"{server.base_url}/v1/credits", headers={"x-key": key}, timeout=5)
        yield server.base_url


def test_the_command_ends_with_2_and_says_why(served: str) -> None:
    done = CliRunner().invoke(cli, ["verdict", "--url", served, "--key", "forgotten"])
    assert (done.exit_code, done.output.startswith(SAID)) == (2, True)


def test_the_command_ends_with_0_for_one_that_is_not_forgotten(served: str) -> None:
    assert CliRunner().invoke(cli, ["verdict", "--url", served, "--key", "another"]).exit_code == 0


def test_the_commands_json_says_so_too(served: str) -> None:
    done = CliRunner().invoke(cli, ["verdict", "--url", served, "--key", "forgotten", "--json"])
    shown = json.loads(done.output)
    assert (done.exit_code, shown["judged"], shown["good"], shown["totals"]["is_cut"]) == (2, False, False, True)


def test_a_verdict_that_was_given_says_so_in_json() -> None:
    world = new_world()
    world.get(world.sample(world.task()))
    shown = world.session.get(f"{IN_PROCESS_URL}/_mock/verdict").json()
    assert (shown["judged"], shown["good"]) == (True, True)


# --- the beginning


def test_what_is_left_is_praised_as_far_as_it_goes(story: Story) -> None:
    story.download(story.ready(story.submit()))
    del story.exchanges[0]
    judged = story.verdict(is_cut=True)
    assert (judged.is_judged, judged.is_good) == (True, True)
    assert as_text(judged).startswith("A good client, as far as the journal goes back: nothing to find.\n")


def test_warnings_are_given_as_far_as_it_goes(story: Story) -> None:
    story.ready(story.submit())
    text = as_text(story.verdict(is_cut=True))
    assert text.startswith("A good client, as far as the journal goes back, with 1 warning.\n")


def test_a_task_whose_submit_is_forgotten_may_be_new(story: Story) -> None:
    task = story.submit()
    story.polls(task, "Task not found", times=12, every_s=1)
    story.ready(task)
    story.download(task)
    del story.exchanges[0]
    assert story.verdict(is_cut=True).codes == ()


def test_a_task_that_was_never_submitted_is_not_new(story: Story) -> None:
    story.polls("nobody", "Task not found", times=12, every_s=1)
    assert story.codes == ("poll_after_terminal",)


def test_a_task_that_lastingly_is_not_found_is_found_out_though_its_submit_is_forgotten(story: Story) -> None:
    story.polls("task-0", "Task not found", times=30, every_s=1)
    assert story.verdict(is_cut=True).codes == ("poll_after_terminal",)


def test_the_key_belongs_where_a_task_is_polled_that_was_submitted_before(story: Story) -> None:
    """By another process, or before the journal begins: its polling_url is all that is known of the API's origin."""
    story.poll("task-0", has_key=True)
    story.wait(0.6).poll("task-0", "Ready", has_key=True)
    story.download("task-0", has_key=True)
    assert story.codes == ()


def test_a_key_sent_to_the_host_of_a_sample_is_found_though_the_submit_is_forgotten(story: Story) -> None:
    story.poll("task-0", "Ready", has_key=True, leads_to="http://blobs.test/results/task-0.jpeg")
    story.download("task-0", has_key=True, origin="http://blobs.test")
    assert story.codes == ("key_sent_to_foreign_host",)


def test_a_key_sent_after_a_redirect_is_found_though_the_submit_is_forgotten(story: Story) -> None:
    story.poll("task-0", None, status=307, has_key=True, leads_to="http://blobs.test/v1/get_result")
    story.poll("task-0", has_key=True, origin="http://blobs.test")
    assert story.codes == ("key_sent_to_foreign_host",)
    assert story.exchanges[0].origin == API
