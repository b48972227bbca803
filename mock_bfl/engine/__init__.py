"""The use cases: all that a web layer may ask for. It decides nothing itself; it asks the rules, inside the store."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal

from mock_bfl.clock import Clock, SystemClock
from mock_bfl.contract import LIVE, Dialect, limits
from mock_bfl.core.admission import Allowance
from mock_bfl.core.keys import account_of
from mock_bfl.core.planning import Latency
from mock_bfl.core.rules import RULES, Rules
from mock_bfl.core.timeline import Timeline
from mock_bfl.store import MemoryStore, Store

from .accounts import Accounts
from .call import Call
from .context import Context, Setup
from .control import ClockReading, Control
from .generation import Generation


class Engine:
    """One mock: `generation`, `accounts` and `control` over one store, one clock, one set of rules.

    `speed` is the factor on each model's latency preset: 1 as measured, 0 at once. `keys` None accepts any
    well-formed key. Two engines of the same `seed` answer the same calls alike.

    >>> engine = Engine(speed=0)
    >>> engine.generation.submit("flux-2-pro", Call(method="POST", path="/v1/flux-2-pro", origin="http://mock")).status
    422
    """

    def __init__(
        self,
        *,
        dialect: Dialect = LIVE,
        clock: Clock | None = None,
        store: Store | None = None,
        rules: Rules = RULES,
        seed: int = 0,
        starting_balance: Decimal = Decimal(limits.DEFAULT_BALANCE_CREDITS.value),
        keys: Collection[str] | None = None,
        allowance: Allowance | None = None,
        speed: float = 1.0,
    ) -> None:
        clock = clock or SystemClock()
        real_ms = clock.real_ms()
        setup = Setup(
            dialect=dialect,
            seed=seed,
            starting_balance=starting_balance,
            known_keys=keys,
            allowance=allowance or Allowance(),
            latency=Latency(speed),
        )
        self.context = Context(setup, store or MemoryStore(Timeline(real_ms, real_ms)), clock, rules)
        self.generation = Generation(self.context)
        self.accounts = Accounts(self.context)
        self.control = Control(self.context)

    @property
    def dialect(self) -> Dialect:
        """How the mock speaks."""
        return self.context.dialect


__all__ = ["Accounts", "Call", "ClockReading", "Control", "Engine", "Generation", "account_of"]
