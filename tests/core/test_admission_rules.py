"""A task may begin when its account can pay for it and has a free slot; a refusal says which figures decided."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_bfl.contract import MODELS_BY_SLUG, LimitClass
from mock_bfl.core.admission import Admitted, Allowance, NoCredits, NoSlot, admit
from mock_bfl.core.pricing import Quote
from mock_bfl.core.task import Task, is_settled
from tests.core.examples import NOW_MS, TASK

QUOTE = Quote(Decimal(3), 3.0, 0.0, 1.0)


def tasks(count: int, *, slug: str = "flux-2-pro", settles_at_ms: int | None = NOW_MS + 8000) -> list[Task]:
    return [replace(TASK, id=f"task-{n}", slug=slug, settles_at_ms=settles_at_ms) for n in range(count)]


def ask(
    slug: str = "flux-2-pro",
    *,
    balance: str = "1000",
    active: list[Task] | None = None,
    allowance: Allowance | None = None,
) -> Admitted | NoCredits | NoSlot:
    return admit(
        MODELS_BY_SLUG[slug],
        quote=QUOTE,
        balance=Decimal(balance),
        active=active or [],
        allowance=allowance or Allowance(),
        now_ms=NOW_MS,
    )


@pytest.mark.parametrize(
    ("active", "admitted"), [(0, True), (23, True), (24, False), (25, False)], ids=["1st", "24th", "25th", "26th"]
)
def test_an_account_has_twenty_four_slots(*, active: int, admitted: bool) -> None:
    assert isinstance(ask(active=tasks(active)), Admitted if admitted else NoSlot)


@pytest.mark.parametrize(("active", "admitted"), [(5, True), (6, False)], ids=["6th", "7th"])
def test_kontext_max_has_six_slots(*, active: int, admitted: bool) -> None:
    alike = tasks(active, slug="flux-kontext-max")
    assert isinstance(ask("flux-kontext-max", active=alike), Admitted if admitted else NoSlot)


def test_six_kontext_max_tasks_leave_the_other_slots_to_the_other_models() -> None:
    assert ask("flux-kontext-pro", active=tasks(6, slug="flux-kontext-max")) == Admitted()


def test_other_tasks_do_not_take_the_slots_of_kontext_max() -> None:
    assert ask("flux-kontext-max", active=tasks(23)) == Admitted()


def test_the_six_lie_inside_the_twenty_four() -> None:
    refused = ask("flux-kontext-max", active=tasks(24))
    assert isinstance(refused, NoSlot)
    assert (refused.limit, refused.limit_class) == (24, LimitClass.STANDARD)


@pytest.mark.parametrize(("balance", "admitted"), [("3", True), ("2.9", False), ("0", False), ("-1", False)])
def test_the_balance_must_reach_the_price(*, balance: str, admitted: bool) -> None:
    assert isinstance(ask(balance=balance), Admitted if admitted else NoCredits)


def test_credits_are_looked_at_before_slots() -> None:
    assert ask(balance="0", active=tasks(24)) == NoCredits(Decimal(0), Decimal(3))


def test_a_slot_is_free_at_the_very_instant_of_settling() -> None:
    ends_at_ms = NOW_MS + 8000
    held = [is_settled(TASK, now_ms=now_ms) for now_ms in (ends_at_ms - 1, ends_at_ms)]
    assert held == [False, True]


def test_a_refusal_for_credits_names_price_and_balance() -> None:
    refused = ask(balance="2.5")
    assert isinstance(refused, NoCredits)
    assert refused.why() == "This task costs 3 credits, the balance is 2.5."


def test_a_refusal_for_slots_names_the_limit_its_holders_and_when_the_next_is_free() -> None:
    late, soon = tasks(24), tasks(1, settles_at_ms=NOW_MS + 1234)
    refused = ask(active=[*late[:23], *soon])
    assert isinstance(refused, NoSlot)
    assert refused.why() == (
        "24 of 24 tasks are active (task-0, task-1, task-2, ...); the next slot is free in 1.234 s."
    )


def test_a_refusal_of_kontext_max_counts_its_own_tasks_only() -> None:
    refused = ask("flux-kontext-max", active=[*tasks(3), *tasks(6, slug="flux-kontext-max")])
    assert isinstance(refused, NoSlot)
    assert refused.why().startswith("6 of 6 flux-kontext-max tasks are active (")


def test_where_no_end_is_known_the_refusal_says_what_will_free_a_slot() -> None:
    refused = ask(active=tasks(2, settles_at_ms=None), allowance=Allowance(active_tasks=2))
    assert isinstance(refused, NoSlot)
    assert refused.why() == (
        "2 of 2 tasks are active (task-0, task-1); "
        "the next slot is free when a poll settles one of them, or at a reset."
    )


def test_an_account_without_slots_is_told_so() -> None:
    refused = ask(allowance=Allowance(active_tasks=0, kontext_max=0))
    assert isinstance(refused, NoSlot)
    assert refused.why() == "This account may have 0 active tasks."


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30), st.sampled_from(["flux-2-pro", "flux-kontext-max"]))
def test_a_task_is_admitted_exactly_while_both_limits_hold(others: int, alike: int, limit: int, slug: str) -> None:
    active = [*tasks(others), *tasks(alike, slug="flux-kontext-max")]
    allowance = Allowance(active_tasks=limit, kontext_max=6)
    fits = others + alike < limit and (slug != "flux-kontext-max" or alike < 6)
    assert isinstance(ask(slug, active=active, allowance=allowance), Admitted) is fits
