"""What this client has spent, and the sum beyond which it spends no more. All in credits (US cents) [GUIDE]."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from ._errors import BudgetExceeded


@dataclass(eq=False, slots=True)
class Expense:
    """What one submit costs: its estimate while it is under way, then what the API said.

    It is at stake from the moment the submit is sent until an answer shows that it was not accepted.
    """

    credits: float
    is_at_stake: bool = False


class Budget:
    """Keeps count of what was submitted; safe to use from several threads. `limit_credits` None: without a limit."""

    def __init__(self, limit_credits: float | None = None) -> None:
        self._limit_credits = limit_credits
        self._lock = threading.Lock()
        self._spent_credits = 0.0

    @property
    def spent_credits(self) -> float:
        """What was charged as far as is known; a submit whose outcome is unknown counts with its estimate."""
        return self._spent_credits

    def reserve(self, estimate_credits: float | None) -> Expense:
        """Set the estimate aside before the submit.

        Raises BudgetExceeded if it does not fit, and for an unknown price if there is a limit at all.
        """
        with self._lock:
            if self._limit_credits is not None:
                self._check(estimate_credits, self._limit_credits)
            expense = Expense(estimate_credits or 0.0)
            self._spent_credits += expense.credits
            return expense

    def settle(self, expense: Expense, credits: float | None) -> None:
        """Replace the estimate by what the API says; where it says nothing (null), the estimate stays."""
        if credits is None:
            return
        with self._lock:
            self._spent_credits += credits - expense.credits
            expense.credits = credits

    def give_back(self, expense: Expense) -> None:
        """Forget an expense: nothing was accepted, or it was refunded. Doing it twice changes nothing."""
        self.settle(expense, 0.0)

    def _check(self, estimate_credits: float | None, limit_credits: float) -> None:
        left = limit_credits - self._spent_credits
        if estimate_credits is None:
            raise BudgetExceeded(
                f"What this request costs is not known, and the budget of {limit_credits:g} credits may not be "
                "exceeded; nothing was sent. Submit it with a client without a budget."
            )
        if estimate_credits > left + 1e-9:  # sums of floats such as 7.000000000000001  [CASS]
            raise BudgetExceeded(
                f"The request would cost {estimate_credits:g} credits, but of the budget of {limit_credits:g} only "
                f"{max(0.0, left):g} are left; nothing was sent. Raise budget_credits, or ask for less."
            )
