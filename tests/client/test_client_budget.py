"""A client with a budget spends no more than that, as far as anybody can know."""

from __future__ import annotations

import pytest

import bfl_client as bfl
from bfl_client._budget import Budget


def test_what_fits_exactly_is_spent_and_no_more() -> None:
    budget = Budget(14.0)
    for _ in range(2):
        budget.settle(budget.reserve(7.0), 7.000000000000001)
    with pytest.raises(bfl.BudgetExceeded, match="nothing was sent"):
        budget.reserve(0.1)


def test_a_reservation_counts_before_it_is_settled() -> None:
    budget = Budget(10.0)
    first = budget.reserve(6.0)
    with pytest.raises(bfl.BudgetExceeded, match="4 are left"):
        budget.reserve(6.0)
    budget.give_back(first)
    budget.give_back(first)
    assert budget.spent_credits == 0
    budget.reserve(10.0)


def test_an_unknown_price_is_not_paid_from_a_budget() -> None:
    with pytest.raises(bfl.BudgetExceeded, match="not known"):
        Budget(10.0).reserve(None)
    Budget().reserve(None)


def test_where_the_api_names_no_cost_the_estimate_stays() -> None:
    budget = Budget()
    budget.settle(budget.reserve(2.5), None)
    assert budget.spent_credits == 2.5
    budget.settle(budget.reserve(2.5), 3.0)
    assert budget.spent_credits == 5.5
