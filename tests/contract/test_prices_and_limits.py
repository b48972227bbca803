"""The prices and limits are the figures of the documents, typed in once more."""

from __future__ import annotations

from decimal import Decimal

import pytest

from mock_bfl.contract import MODELS_BY_SLUG, endpoints, errors, headers, limits, prices, statuses
from mock_bfl.contract.prices import FlatPrice, MegapixelPrice


@pytest.mark.parametrize(
    ("slug", "first", "further", "reference"),
    [
        ("flux-2-klein-4b", "1.4", "0.1", "0.1"),
        ("flux-2-klein-9b", "1.5", "0.2", "0.2"),
        ("flux-2-klein-9b-preview", "1.5", "0.2", "0.2"),
        ("flux-2-pro", "3", "1.5", "1.5"),
        ("flux-2-pro-preview", "3", "1.5", "1.5"),
        ("flux-2-max", "7", "3", "3"),
        ("flux-2-flex", "5", "5", "5"),
    ],
)
def test_flux_2_is_priced_by_the_megapixel(slug: str, first: str, further: str, reference: str) -> None:
    price = MODELS_BY_SLUG[slug].price
    assert isinstance(price, MegapixelPrice)
    assert (price.first, price.further, price.reference) == (Decimal(first), Decimal(further), Decimal(reference))


@pytest.mark.parametrize(
    ("slug", "credits"),
    [
        ("flux-kontext", "4"),
        ("flux-kontext-pro", "4"),
        ("flux-kontext-max", "8"),
        ("flux-pro-1.1", "4"),
        ("flux-pro-1.1-ultra", "6"),
        ("flux-pro-1.1-raw", "6"),
        ("flux-pro-1.1-ultra-finetuned", "6"),
        ("flux-pro-1.0-fill", "5"),
        ("flux-fill", "5"),
        ("flux-pro-1.0-fill-finetuned", "5"),
        ("flux-pro-1.0-expand", "5"),
        ("flux-dev", "2.5"),
    ],
)
def test_flux_1_has_a_flat_price(slug: str, credits: str) -> None:
    price = MODELS_BY_SLUG[slug].price
    assert isinstance(price, FlatPrice)
    assert price.credits == Decimal(credits)


def test_only_flux_dev_does_not_report_its_price() -> None:
    silent = [
        slug for slug, row in MODELS_BY_SLUG.items() if isinstance(row.price, FlatPrice) and not row.price.reported
    ]
    assert silent == ["flux-dev"]


def test_a_megapixel_is_two_to_the_twentieth_and_a_credit_a_cent() -> None:
    assert prices.MEGAPIXEL_PX.value == 2**20
    assert prices.CREDITS_PER_DOLLAR.value == 100


def test_the_limits_are_those_of_the_documents() -> None:
    assert limits.ACTIVE_TASKS.value == 24
    assert limits.ACTIVE_TASKS_KONTEXT_MAX.value == 6
    assert limits.SAMPLE_URL_LIFE_S.value == 600
    assert (limits.POLLS_PER_WINDOW.value, limits.POLL_WINDOW_S.value) == (1200, 1)
    assert limits.MAX_OUTPUT_MP.value == 4
    assert limits.MAX_REFERENCES.value == 8
    assert (limits.RATIO_MIN.value, limits.RATIO_MAX.value) == ((9, 21), (21, 9))


def test_a_body_fits_eight_of_the_largest_references_in_base64() -> None:
    assert limits.MAX_BODY_BYTES.value > 8 * limits.MAX_REFERENCE_BYTES.value * 4 / 3


@pytest.mark.parametrize(
    ("word", "terminal", "charged", "in_guide"),
    [
        ("Pending", False, True, True),
        ("Reasoning", False, True, False),
        ("Generating", False, True, False),
        ("Ready", True, True, True),
        ("Request Moderated", True, False, False),
        ("Content Moderated", True, False, False),
        ("Error", True, False, True),
        ("Task not found", True, False, False),
    ],
)
def test_a_status_word_ends_a_task_is_paid_and_stands_in_the_guide(
    word: str, terminal: bool, charged: bool, in_guide: bool
) -> None:
    status = next(status for status in statuses.STATUSES if status.word == word)
    assert (status.terminal, status.charged, status.in_guide) == (terminal, charged, in_guide)
    assert (word in statuses.TERMINAL, word in statuses.IN_PROGRESS) == (terminal, not terminal)
    assert (word in statuses.GUIDE_WORDS) is in_guide


@pytest.mark.parametrize(
    ("name", "detail", "code", "message"),
    [
        ("not_authenticated", "Not authenticated", "invalid_api_key", "The provided API key is invalid or expired"),
        (
            "invalid_key",
            "Not authenticated - Invalid Authentication",
            "invalid_api_key",
            "The provided API key is invalid or expired",
        ),
        ("malformed_key", "Invalid API key format", "invalid_api_key", "The provided API key is invalid or expired"),
        (
            "insufficient_credits",
            "Insufficient credits",
            "insufficient_credits",
            "Your account does not have enough credits",
        ),
        ("too_many_tasks", "Too many active tasks", "rate_limit_exceeded", "Too many concurrent requests"),
        ("not_found", "Not Found", "not_found", "Not Found"),
    ],
)
def test_a_refusal_is_worded_as_recorded_and_as_the_guide_has_it(
    name: str, detail: str, code: str, message: str
) -> None:
    row = errors.ERRORS[name]
    assert (row.detail, row.code, row.message) == (detail, code, message)


def test_a_poll_has_six_keys_in_the_recorded_order() -> None:
    assert endpoints.GET_RESULT.reply == ("id", "status", "result", "progress", "details", "preview")


def test_the_error_codes_of_a_task_are_the_guides() -> None:
    codes = {"content_policy_violation", "generation_timeout", "internal_error", "invalid_image"}
    assert errors.TASK_ERROR_CODES.keys() == codes


def test_the_licence_slugs_are_those_of_the_docs() -> None:
    slugs = {"flux-2-dev", "flux-1-dev", "flux-1-kontext-dev", "flux-tools", "flux-1-krea-dev"}
    assert set(endpoints.LICENCE_SLUGS.value) == slugs


def test_a_submit_has_the_recorded_headers_and_a_poll_fewer() -> None:
    submit = {name for name, _ in headers.SUBMIT_HEADERS.value}
    assert submit == {"Accept-Ranges", "Strict-Transport-Security", "X-Cache"}
    assert {name for name, _ in headers.POLL_HEADERS.value} == {"Strict-Transport-Security"}
