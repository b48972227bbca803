"""Slots and credits over HTTP: when a submit is refused, and when it is not any more."""

from __future__ import annotations

from decimal import Decimal

import pytest

from mock_bfl.contract import GUIDE
from tests.web.mock import Mock, json_of, new_mock

MAX = "/v1/flux-kontext-max"


def test_the_25th_active_task_is_a_429_and_its_slot_is_free_the_instant_a_task_settles(mock: Mock) -> None:
    """[HELP-CONC: active is submitted and not completed]"""
    mock.script("after=10s")
    for _ in range(23):
        assert mock.script("after=60s").status_code == 200
    mock.clock.advance(ms=9_999)
    refused = mock.script("after=60s")
    assert (refused.status_code, json_of(refused)) == (429, {"detail": "Too many active tasks"})
    mock.clock.advance(ms=1)
    assert mock.script("after=60s").status_code == 200
    assert mock.script("after=60s").status_code == 429


def test_a_refused_submit_says_who_holds_the_slots_and_when_one_is_free(mock: Mock) -> None:
    first = json_of(mock.script("after=10s"))["id"]
    for _ in range(23):
        mock.script("after=60s")
    mock.clock.advance(seconds=4)
    why = mock.submit().headers["X-Mock-BFL-Why"]
    assert why.startswith("24 of 24 tasks are active")
    assert first in why
    assert "the next slot is free in 6.000 s" in why


def test_a_live_429_has_no_retry_after_because_none_was_ever_observed(mock: Mock) -> None:
    assert "Retry-After" not in mock.submit(key="mock-crowded").headers


def test_the_seventh_kontext_max_is_a_429_and_other_models_go_on(mock: Mock) -> None:
    for _ in range(6):
        assert mock.script("after=60s", path=MAX).status_code == 200
    refused = mock.script("after=60s", path=MAX)
    assert refused.status_code == 429
    assert "6 of 6 flux-kontext-max tasks" in refused.headers["X-Mock-BFL-Why"]
    assert mock.script("after=60s", path="/v1/flux-kontext-pro").status_code == 200


def test_the_six_kontext_max_lie_inside_the_24(mock: Mock) -> None:
    """ASSUMED."""
    for _ in range(24):
        mock.script("after=60s")
    refused = mock.script("after=60s", path=MAX)
    assert "24 of 24 tasks" in refused.headers["X-Mock-BFL-Why"]


def test_the_slots_of_one_account_are_no_other_accounts(mock: Mock) -> None:
    for _ in range(24):
        mock.script("after=60s")
    assert mock.submit(key="another").status_code == 200


def test_a_stuck_task_holds_its_slot_until_reset(mock: Mock) -> None:
    for _ in range(24):
        mock.script('status="Pending"')
    mock.clock.advance(seconds=365 * 86_400)
    assert mock.submit().status_code == 429
    mock.client.post("/_mock/reset")
    assert mock.submit().status_code == 200


def test_a_submit_that_costs_more_than_the_balance_is_a_402() -> None:
    mock = new_mock(starting_balance=Decimal("2.9"))
    refused = mock.submit()
    assert (refused.status_code, json_of(refused)) == (402, {"detail": "Insufficient credits"})
    assert "the balance is 2.9" in refused.headers["X-Mock-BFL-Why"]


def test_a_balance_that_equals_the_price_is_enough() -> None:
    mock = new_mock(starting_balance=Decimal(3))
    assert mock.submit().status_code == 200
    assert mock.credits() == 0


def test_credits_fall_at_submission_and_come_back_when_a_task_is_moderated(mock: Mock) -> None:
    assert mock.credits() == 1000
    mock.script('status="Content Moderated" after=5s')
    assert mock.credits() == 997
    mock.clock.advance(ms=4_999)
    assert mock.credits() == 997
    mock.clock.advance(ms=1)
    assert mock.credits() == 1000


@pytest.mark.parametrize(
    ("key", "status"), [("mock-revoked", 403), ("mock-malformed", 422), ("mock-broke", 402), ("mock-crowded", 429)]
)
def test_a_reserved_key_provokes_its_rung(mock: Mock, key: str, status: int) -> None:
    assert mock.submit(key=key).status_code == status


@pytest.mark.parametrize("key", ["mock-broke", "mock-crowded"])
def test_a_reserved_key_opens_an_account_that_can_ask_for_its_credits(mock: Mock, key: str) -> None:
    assert mock.credits(key=key) == (0 if key == "mock-broke" else 1000)


def test_with_a_list_of_keys_others_are_refused_and_reserved_ones_work() -> None:
    mock = new_mock(keys=("known",))
    refused = mock.submit(key="unknown")
    assert (refused.status_code, json_of(refused)) == (403, {"detail": "Not authenticated - Invalid Authentication"})
    assert mock.submit(key="known").status_code == 200
    assert mock.submit(key="mock-broke").status_code == 402


def test_no_answer_and_no_journal_shows_a_key() -> None:
    mock = new_mock(keys=("s3cret",))
    task = mock.submit(key="s3cret")
    refused = mock.submit(key="s3cret-but-wrong")
    journal = mock.client.get("/_mock/journal")
    for reply in (task, refused, journal, mock.client.get(json_of(task)["polling_url"])):
        assert "s3cret" not in f"{reply.headers}{reply.text}"


def test_in_the_guide_a_429_says_when_to_come_back() -> None:
    """[GUIDE: rate limiting]"""
    refused = new_mock(dialect=GUIDE).submit(key="mock-crowded")
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "5"
    assert json_of(refused) == {
        "error": "rate_limit_exceeded",
        "message": "Too many concurrent requests",
        "retry_after": 5,
    }


def test_in_the_guide_a_402_has_its_words(guide: Mock) -> None:
    refused = guide.submit(key="mock-broke")
    assert (refused.status_code, json_of(refused)) == (
        402,
        {"error": "insufficient_credits", "message": "Your account does not have enough credits"},
    )
