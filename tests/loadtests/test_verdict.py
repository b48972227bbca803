"""When a run passes, when it fails, and when nothing can be said."""

from __future__ import annotations

import pytest

from loadtests.verdict import LOCUST_EXIT_OF_FAILED, Exit, Tally, exit_from_locust, problems, summary

ALL_TRIED = {
    ("POST", "/v1/[model]"): 5,
    ("GET", "/v1/get_result"): 20,
    ("GET", "[sample]"): 4,
    ("GET", "/v1/credits"): 5,
}
REFUSED = ("POST", "/v1/[model] (429)")


def test_a_run_of_expected_answers_passes() -> None:
    assert problems(Tally(exchanges=ALL_TRIED)) == ()


def test_refused_submits_do_not_fail_a_run() -> None:
    assert problems(Tally(exchanges={**ALL_TRIED, REFUSED: 400})) == ()


def test_a_run_without_samples_fails_for_each_row() -> None:
    assert problems(Tally()) == (
        "no sample of POST /v1/[model]",
        "no sample of GET /v1/get_result",
        "no sample of GET [sample]",
        "no sample of GET /v1/credits",
    )


@pytest.mark.parametrize("row", ALL_TRIED)
def test_a_row_that_was_never_tried_fails_the_run(row: tuple[str, str]) -> None:
    assert problems(Tally(exchanges={**ALL_TRIED, row: 0})) == (f"no sample of {' '.join(row)}",)


def test_submits_that_were_all_refused_are_no_sample_of_a_submit() -> None:
    rows = {row: count for row, count in ALL_TRIED.items() if row[0] == "GET"}
    assert problems(Tally(exchanges={**rows, REFUSED: 9})) == ("no sample of POST /v1/[model]",)


def test_one_failed_exchange_fails_the_run() -> None:
    assert problems(Tally(ALL_TRIED, failures={"GET /v1/credits: HTTP 500": 1})) == ("1 x GET /v1/credits: HTTP 500",)


def test_an_error_of_the_client_fails_the_run_although_every_exchange_succeeded() -> None:
    assert problems(Tally(ALL_TRIED, exceptions={"The task ended as 'Error'.": 2})) == (
        "2 x The task ended as 'Error'.",
    )


def test_the_summary_counts_refusals_apart() -> None:
    text = summary(Tally(exchanges={**ALL_TRIED, REFUSED: 7}), found=())
    assert text == (
        "41 exchanges. 7 submits were refused because all slots were taken (429), and repeated.\n"
        "Passed: every answer was an expected one."
    )


def test_the_summary_of_a_failed_run_says_what_failed() -> None:
    assert summary(Tally(), found=["one", "two"]).endswith("\nFailed:\n  one\n  two")


def test_the_summary_shows_the_first_twenty_of_many_problems() -> None:
    lines = summary(Tally(), found=[f"problem {number}" for number in range(23)]).splitlines()
    assert (len(lines), lines[-2:]) == (23, ["  problem 19", "  ... and 3 more"])


@pytest.mark.parametrize(
    ("code", "means"),
    [(0, Exit.PASSED), (LOCUST_EXIT_OF_FAILED, Exit.FAILED), (1, Exit.BROKE), (2, Exit.BROKE), (-9, Exit.BROKE)],
)
def test_only_our_own_verdict_counts_as_failed_and_a_crash_of_locust_as_broken(code: int, means: Exit) -> None:
    assert exit_from_locust(code) is means


def test_the_exit_codes_tell_failed_from_broken() -> None:
    assert (Exit.PASSED, Exit.FAILED, Exit.BROKE) == (0, 1, 2)
