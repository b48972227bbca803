"""The verdict as a whole: its table, its levels, its money, its words."""

from __future__ import annotations

from decimal import Decimal

import pytest

from mock_bfl.contract import SOURCES, Fact, conduct
from mock_bfl.core.verdict import FINDINGS, Evidence, Finding, Level, Row, Totals, Verdict, as_text
from tests.verdict.story import PRICE, Story

DESIGNED = {
    "polled_too_fast",
    "zero_sleep_polling",
    "poll_after_terminal",
    "unknown_status_unbounded",
    "moderation_not_terminal",
    "retry_after_ignored",
    "no_backoff",
    "retried_non_retryable",
    "resubmitted_paid_job",
    "over_concurrency",
    "polling_url_ignored",
    "download_after_expiry",
    "result_never_fetched",
    "key_sent_to_foreign_host",
    "webhook_slow_or_rejected",
    "guide_only_path",
}


def test_each_finding_has_one_row() -> None:
    assert sorted(row.code for row in FINDINGS) == sorted(DESIGNED)


@pytest.mark.parametrize("row", FINDINGS, ids=lambda row: row.code)
def test_a_row_names_sources_that_exist(row: Row) -> None:
    assert {tag.strip() for tag in row.source.split(",")} <= set(SOURCES)


@pytest.mark.parametrize("row", FINDINGS, ids=lambda row: row.code)
def test_a_row_says_everything(row: Row) -> None:
    assert all((row.title, row.spelt_rule, row.why, row.advice, row.cost))
    assert "{" not in row.spelt_rule


def test_every_threshold_stands_in_the_rule_that_it_decides() -> None:
    facts = {name for name, value in vars(conduct).items() if isinstance(value, Fact) and name != "ANSWER_WITHIN_S"}
    assert facts == {name for row in FINDINGS for name in row.thresholds}


def test_strict_turns_warnings_into_failures() -> None:
    story = Story()
    story.ready(story.submit())
    assert story.verdict().is_good
    assert story.verdict().findings[0].level is Level.WARN
    strict = story.verdict(strict=True)
    assert not strict.is_good
    assert strict.failing[0].code == "result_never_fetched"


def test_failures_come_before_warnings() -> None:
    story = Story()
    story.ready(story.submit(slug="flux-kontext"))
    story.polls(story.submit(), "Error", times=3, every_s=1)
    levels = [finding.level for finding in story.verdict().findings]
    assert levels == [Level.FAIL, Level.WARN, Level.WARN]


def test_a_task_that_two_findings_name_costs_once() -> None:
    story = Story()
    task = story.submit(leads_to="http://eu.test/v1/get_result")
    story.ready(task)
    verdict = story.verdict()
    assert verdict.codes == ("polling_url_ignored", "result_never_fetched")
    assert verdict.cost_credits == PRICE


def test_the_totals_count_requests_tasks_and_money() -> None:
    story = Story()
    story.download(story.ready(story.submit()))
    story.polls(story.submit(), "Content Moderated", times=1, every_s=1)
    totals = story.verdict().totals
    assert (totals.requests, totals.tasks) == (6, 2)
    assert (totals.charged_credits, totals.returned_credits) == (2 * PRICE, PRICE)


def test_an_empty_journal_is_not_praised() -> None:
    assert as_text(Story().verdict()).startswith("Nothing to judge: the client asked for nothing.")


def test_a_finding_is_found_by_its_code_or_missed() -> None:
    with pytest.raises(KeyError):
        Story().verdict()["no_backoff"]


def test_a_good_client_is_told_so() -> None:
    story = Story()
    story.download(story.ready(story.submit()))
    text = as_text(story.verdict())
    assert text.startswith("A good client: nothing to find.\n")
    assert text.endswith("In all: 4 requests, 1 task, 3.0 credits charged.\n")


def test_a_warning_alone_leaves_a_client_good() -> None:
    story = Story()
    story.ready(story.submit())
    assert str(story.verdict()).startswith("A good client, with 1 warning.")


SAID = """\
The client fails: 1 finding and 1 warning.

FAIL  resubmitted_paid_job: A paid job was submitted again
  happened  #1 was accepted; then #2 failed with 502, and #3 submitted the same request again: this
            retry loop cost 3.0 credits. [requests #1 to #3; 0 ms after the start; task task-1]
  matters   A submit is charged when it is accepted. A poll that fails, or a reply that is lost,
            does not undo that.
  cost      3.0 credits: the price of each task paid again, unless it was given back
  do        Retry the poll, not the submit. Keep id and polling_url, and resume; when the submit's
            own reply was lost, stop and let a person look before paying again.

WARN  result_never_fetched: A ready picture was never fetched
  happened  #5 said 'Ready', and the picture was never asked for. [request #5; 2.11 s after the
            start; task task-1]
  matters   The picture was paid for, and its link dies ten minutes later.
  cost      3.0 credits: the price of the task
  do        Download the sample as soon as it is ready; hand over the picture, not its URL.

Not observable here, so neither found nor passed:
  polling_url_ignored: the mock answered under one origin only, so a polling_url that the client
    builds itself looks the same.
  key_sent_to_foreign_host: the mock answered under one origin only, or the client asked no other;
    samples and redirects have to lead to a second one.

In all: 5 requests, 2 tasks, 6.0 credits charged; the findings cost or put at risk 3.0 credits.
"""


def test_the_text_says_what_happened_why_it_matters_what_it_cost_and_what_to_do() -> None:
    story = Story()
    story.wait(0.6).poll(story.submit(), status=502)
    story.wait(1)
    story.ready(story.submit())
    assert as_text(story.verdict()) == SAID


def test_the_text_shows_three_occurrences_and_counts_the_rest() -> None:
    story = Story()
    for number in range(5):
        story.polls(story.submit(f"job {number}"), "Error", times=3, every_s=1)
    assert "... and 2 more like this" in as_text(story.verdict())


def test_a_journal_that_forgot_its_beginning_says_so() -> None:
    totals = Totals(requests=1, tasks=0, charged_credits=Decimal(0), returned_credits=Decimal("1.25"), is_cut=True)
    text = as_text(Verdict(findings=(), not_observable=(), totals=totals))
    assert "1.25 credits of them given back." in text
    assert text.endswith("The journal is bounded and has forgotten the beginning.\n")


def test_what_may_cost_and_did_not_is_said_to_have_cost_nothing_this_time() -> None:
    finding = Finding(
        code="code",
        level=Level.FAIL,
        title="title",
        why="why",
        advice="advice",
        cost="the price",
        evidence=(Evidence(what="This.", requests=(1, 2, 4), count=9),),
    )
    totals = Totals(requests=9, tasks=0, charged_credits=Decimal(0), returned_credits=Decimal(0))
    text = as_text(Verdict(findings=(finding,), not_observable=(), totals=totals))
    assert "no credits this time (the price); 9 requests over 0 ms" in text
    assert "[requests #1 to #2, #4 (9 in all)]" in text
