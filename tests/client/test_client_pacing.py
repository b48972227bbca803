"""How long the client waits: Retry-After in all its forms, full jitter, polling intervals."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bfl_client import Pacing
from bfl_client._pacing import asked_wait_s, backoff_s, poll_interval_s
from bfl_client._replies import Reply


def asked(status: int = 429, body: bytes = b"", *, epoch_s: float = 0.0, **headers: str) -> float | None:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return asked_wait_s(Reply(status, named, body), epoch_s=epoch_s)


@pytest.mark.parametrize(
    ("text", "wait_s"),
    [
        ("5", 5.0),
        (" 5 ", 5.0),
        ("0", 0.0),
        ("1.5", 1.5),
        ("nan", None),
        ("inf", None),
        ("-1", None),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_in_seconds_is_read_and_nonsense_ignored(text: str, wait_s: float | None) -> None:
    assert asked(retry_after=text) == wait_s


def test_digits_without_end_are_a_wait_above_any_cap_and_still_json() -> None:
    assert asked(retry_after="9" * 400) == 1e9


def test_retry_after_as_a_date_counts_from_the_replys_own_date() -> None:
    wait_s = asked(retry_after="Wed, 21 Oct 2026 07:28:30 GMT", date="Wed, 21 Oct 2026 07:28:00 GMT", epoch_s=5.0)
    assert wait_s == 30.0


def test_retry_after_as_a_date_counts_from_the_clock_if_the_reply_has_no_date() -> None:
    assert asked(retry_after="Thu, 01 Jan 1970 00:01:40 GMT", epoch_s=70.0) == 30.0


def test_a_date_without_a_zone_is_in_gmt() -> None:
    assert asked(retry_after="Thu, 01 Jan 1970 00:01:40 -0000", epoch_s=70.0) == 30.0


def test_a_date_in_the_past_is_ignored() -> None:
    assert asked(retry_after="Thu, 01 Jan 1970 00:00:01 GMT", epoch_s=70.0) is None


def test_retry_after_ms_is_read() -> None:
    assert asked(retry_after_ms="1500") == 1.5


def test_the_guides_retry_after_in_the_body_is_read() -> None:
    assert asked(body=b'{"error":"rate_limit_exceeded","retry_after":5}') == 5.0


@pytest.mark.parametrize("value", [b"NaN", b"-3", b"true", b'"5"', b"1e999"])
def test_a_retry_after_in_the_body_that_is_no_wait_is_ignored(value: bytes) -> None:
    assert asked(body=b'{"retry_after":' + value + b"}") is None


def test_of_several_waits_the_longest_counts() -> None:
    assert asked(body=b'{"retry_after":2}', retry_after="1", retry_after_ms="3000") == 3.0


def test_a_200_asks_for_nothing() -> None:
    assert asked(200, b'{"retry_after":9}', retry_after="9") is None


@given(failures=st.integers(0, 10**9), floor_s=st.floats(0, 1e6), seed=st.integers())
def test_backoff_stays_between_its_floor_and_the_longest(failures: int, floor_s: float, seed: int) -> None:
    wait_s = backoff_s(failures, floor_s=floor_s, pacing=Pacing(), rng=random.Random(seed))
    assert floor_s <= wait_s <= floor_s + 30.0


def test_jitter_is_full_between_zero_and_the_ceiling() -> None:
    rng = random.Random(3)
    waits = [backoff_s(3, floor_s=0.0, pacing=Pacing(), rng=rng) for _ in range(500)]
    assert min(waits) < 0.1
    assert 3.9 < max(waits) <= 4.0


def test_the_same_dice_give_the_same_waits() -> None:
    waits = {backoff_s(2, floor_s=0.0, pacing=Pacing(), rng=random.Random(1)) for _ in range(3)}
    assert len(waits) == 1


@given(polls=st.integers(0, 10**9), seed=st.integers())
def test_polling_intervals_stay_between_half_a_second_and_a_few(polls: int, seed: int) -> None:
    assert 0.5 <= poll_interval_s(polls, pacing=Pacing(), rng=random.Random(seed)) <= 3.3
