"""An account is the unit of isolation: slots, money, clock and reset are its own."""

from __future__ import annotations

import pytest

from mock_bfl.clock import ManualClock, SystemClock
from mock_bfl.contract import GUIDE, LIVE
from mock_bfl.core.exchange import Exchange
from mock_bfl.engine import account_of
from tests.engine.driver import KEY, Mock, body_of

OTHER = "another-key"


def fill(mock: Mock, count: int, *, slug: str = "flux-2-pro", key: str = KEY) -> list[int]:
    """Submit tasks that take ten seconds and return the statuses of the answers."""
    return [mock.submit("a [mock: after=10s]", slug=slug, key=key).status for _ in range(count)]


def test_the_25th_active_task_is_refused_and_says_who_holds_the_slots() -> None:
    mock = Mock()
    assert fill(mock, 25) == [200] * 24 + [429]
    refused = mock.submit()
    assert body_of(refused) == {"detail": "Too many active tasks"}
    assert (refused.why or "").startswith("24 of 24 tasks are active (")
    assert (refused.why or "").endswith("the next slot is free in 10.000 s.")


def test_a_slot_is_free_at_the_very_instant_a_task_settles() -> None:
    mock = Mock()
    fill(mock, 24)
    mock.advance(ms=9999)
    assert mock.submit().status == 429
    mock.advance(ms=1)
    assert fill(mock, 25) == [200] * 24 + [429]


def test_the_7th_kontext_max_is_refused_and_the_other_models_are_not() -> None:
    mock = Mock()
    assert fill(mock, 7, slug="flux-kontext-max") == [200] * 6 + [429]
    assert fill(mock, 18) == [200] * 18
    assert fill(mock, 1) == [429]


def test_a_refused_task_costs_nothing() -> None:
    mock = Mock()
    fill(mock, 30)
    assert mock.credits() == 1000 - 24 * 3


def test_the_guides_429_says_when_to_retry_in_body_and_header() -> None:
    mock = Mock(dialect=GUIDE)
    fill(mock, 24)
    refused = mock.submit()
    assert body_of(refused)["retry_after"] == 5
    assert dict(refused.headers)["Retry-After"] == "5"


def test_the_guides_headers_count_the_slots() -> None:
    mock = Mock(dialect=GUIDE)
    fill(mock, 3)
    shown = dict(mock.submit("a [mock: after=1s]").headers)
    assert (shown["X-RateLimit-Limit"], shown["X-RateLimit-Remaining"]) == ("24", "20")
    assert shown["X-RateLimit-Reset"] == str(-(-(mock.now_ms() + 1000) // 1000))


def test_in_live_a_submit_has_no_rate_headers_and_a_poll_the_recorded_ones() -> None:
    mock = Mock()
    submitted = mock.submit()
    polls = [dict(mock.poll(body_of(submitted)["id"]).headers) for _ in range(2)]
    assert not any("ratelimit" in name.lower() for name, _ in submitted.headers)
    assert [poll["X-Ratelimit-Remaining"] for poll in polls] == ["1199", "1198"]
    assert "X-Azure-Ref" in dict(submitted.headers)
    assert "X-Azure-Ref" not in polls[0]


@pytest.mark.parametrize(("balance", "statuses"), [("6", [200, 200, 402]), ("5.9", [200, 402, 402]), ("0", [402] * 3)])
def test_below_the_price_a_task_is_refused_with_402(balance: str, statuses: list[int]) -> None:
    assert fill(Mock(balance=balance), 3) == statuses


def test_a_refusal_for_money_comes_before_one_for_slots() -> None:
    mock = Mock(balance="72")
    assert fill(mock, 25) == [200] * 24 + [402]


def test_a_refund_can_be_spent_at_the_instant_it_takes_effect() -> None:
    mock = Mock(balance="3")
    mock.task("a [mock: status=Error after=2s]")
    mock.advance(ms=1999)
    assert mock.submit().status == 402
    mock.advance(ms=1)
    assert mock.submit().status == 200


@pytest.mark.parametrize(
    ("key", "status"),
    [("mock-broke", 402), ("mock-crowded", 429), ("mock-revoked", 403), ("mock-malformed", 422), (None, 403)],
)
def test_a_reserved_key_provokes_its_refusal(key: str | None, status: int) -> None:
    assert Mock().submit(key=key).status == status


def test_only_listed_keys_are_accepted_where_keys_are_listed() -> None:
    mock = Mock(keys={KEY})
    assert (mock.submit().status, mock.submit(key=OTHER).status) == (200, 403)


def test_two_accounts_share_neither_slots_nor_money() -> None:
    mock = Mock()
    fill(mock, 24)
    assert mock.submit(key=OTHER).status == 200
    assert (mock.credits(), mock.credits(key=OTHER)) == (1000 - 72, 997)


def test_the_clock_of_an_account_is_its_own() -> None:
    mock = Mock()
    mine, theirs = mock.task("a [mock: after=60s]"), mock.task("a [mock: after=60s]", key=OTHER)
    mock.engine.control.advance(account_of(KEY), ms=60_000)
    assert (mock.status(mine), mock.status(theirs)) == ("Ready", "Pending")
    assert mock.now_ms(key=KEY) - mock.now_ms(key=OTHER) == 60_000


def test_a_common_advance_moves_every_account_by_as_much() -> None:
    mock = Mock()
    mock.engine.control.advance(account_of(KEY), ms=5000)
    before = [mock.now_ms(), mock.now_ms(key=KEY), mock.now_ms(key=OTHER)]
    mock.engine.control.advance(None, ms=1000)
    assert [mock.now_ms(), mock.now_ms(key=KEY), mock.now_ms(key=OTHER)] == [now_ms + 1000 for now_ms in before]


def test_a_frozen_account_stands_still_while_the_others_go_on() -> None:
    mock = Mock()
    control, account = mock.engine.control, account_of(KEY)
    control.freeze(account)
    before = (mock.now_ms(key=KEY), mock.now_ms())
    mock.advance(seconds=5)
    assert (mock.now_ms(key=KEY), mock.now_ms()) == (before[0], before[1] + 5000)
    assert control.clock(account).is_frozen
    control.set_rate(account, 2)
    mock.advance(seconds=5)
    assert mock.now_ms(key=KEY) == before[0] + 10_000
    assert not control.clock(account).is_frozen


def test_time_never_goes_back() -> None:
    mock = Mock()
    with pytest.raises(ValueError, match="never goes back"):
        mock.engine.control.advance(None, ms=-1)
    with pytest.raises(ValueError, match="never goes back"):
        mock.clock.advance(seconds=-1)


def test_a_reset_of_everything_begins_again_with_seed_balance_and_clock() -> None:
    mock = Mock()
    first = mock.task()
    mock.engine.control.advance(None, ms=5000)
    mock.engine.control.reset(None)
    assert mock.poll(first).status == 404
    assert mock.credits() == 1000
    assert mock.now_ms() == mock.clock.real_ms()
    assert mock.task() == first


def test_a_reset_of_one_account_leaves_the_others_alone() -> None:
    mock = Mock()
    mine, theirs = mock.task(), mock.task(key=OTHER)
    mock.engine.control.reset(account_of(KEY))
    assert (mock.poll(mine).status, mock.poll(theirs).status) == (404, 200)
    assert (mock.credits(), mock.credits(key=OTHER)) == (1000, 997)


def test_after_a_reset_polls_are_counted_from_the_first_again() -> None:
    """The seed begins again, so the same id comes back, and must not remember its former life."""
    mock = Mock()
    former = mock.task("a [mock: after=2polls]")
    assert [mock.status(former), mock.status(former)] == ["Pending", "Ready"]
    mock.engine.control.reset(account_of(KEY))
    again = mock.task("a [mock: after=2polls]")
    assert again == former
    assert [mock.status(again), mock.status(again)] == ["Pending", "Ready"]


def test_a_stuck_task_holds_its_slot_until_a_reset() -> None:
    mock = Mock()
    for _ in range(24):
        mock.task("a [mock: status=Pending]")
    mock.advance(seconds=10**6)
    assert mock.submit().status == 429
    mock.engine.control.reset(account_of(KEY))
    assert mock.submit().status == 200


def test_a_sample_of_a_task_forgotten_by_a_reset_is_gone() -> None:
    mock = Mock(speed=0)
    url = mock.sample_url(mock.task())
    mock.engine.control.reset(None)
    assert mock.download(url).status == 404


def test_two_engines_of_one_seed_answer_alike_and_of_two_seeds_do_not() -> None:
    answers = [Mock(seed=seed).submit().body for seed in (1, 1, 2)]
    assert answers[0] == answers[1] != answers[2]


def test_the_journal_keeps_each_account_apart() -> None:
    control = Mock().engine.control
    for account in ("one", "two", "one"):
        control.arrive(Exchange(at_ms=0, real_ms=0, account=account, method="GET", path="/"))
    assert [row.number for row in control.journal("one")] == [1, 3]
    assert [row.number for row in control.journal(None)] == [1, 2, 3]


def test_an_engine_knows_its_dialect() -> None:
    assert Mock().engine.dialect is LIVE


def test_a_manual_clock_moves_only_when_told_to() -> None:
    clock = ManualClock(start_ms=0)
    clock.advance(seconds=1.5, ms=1)
    assert clock.real_ms() == 1501


def test_the_system_clock_never_goes_back() -> None:
    clock = SystemClock()
    readings = [clock.real_ms() for _ in range(100)]
    assert readings == sorted(readings)
