"""The use cases: all that a web layer may ask for. It decides nothing itself; it asks the rules, inside the store."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal

from mock_bfl.clock import Clock, SystemClock
from mock_bfl.contract import LIVE, Dialect, limits
from mock_bfl.core.admission import Allowance
from mock_bfl.core.faults import WERKZEUG, Server
from mock_bfl.core.keys import account_of
from mock_bfl.core.planning import Latency
from mock_bfl.core.rules import RULES, Rules
from mock_bfl.core.timeline import Timeline
from mock_bfl.core.verdict import Verdict
from mock_bfl.store import MemoryStore, Store

from .accounts import Accounts
from .call import Call
from .context import Context, Setup
from .control import ClockReading, Control
from .dispatch import Dispatcher, NoDispatcher
from .generation import Generation
from .oversight import Oversight
from .references import Fetch, LoopbackFetcher, References
from .regions import Regions
from .samples import Samples
from .scripts import Scripts, Taken
from .verdicts import Verdicts
from .webhooks import Webhooks


class Engine:
    """One mock: `generation`, `samples`, `accounts` and its levers over one store, one clock, one set of rules.

    `speed` is the factor on each model's latency preset: 1 as measured, 0 at once. `keys` None accepts any
    well-formed key. Two engines of the same `seed` answer the same calls alike. `fetch` measures the input images
    behind URLs of this machine. URLs in answers stand under `public_url` and `poll_origin`; without, under the host
    that was asked.
    Webhooks wait in the outbox unless a `dispatcher` sends them: `mock_bfl.testing.engine_from` gives one.

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
        server: Server = WERKZEUG,
        public_url: str | None = None,
        poll_origin: str | None = None,
        fetch: Fetch | None = None,
        dispatcher: Dispatcher | None = None,
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
            server=server,
            public_url=public_url,
            poll_origin=poll_origin,
        )
        store = store or MemoryStore(Timeline(real_ms, real_ms))
        self.context = Context(setup, store, clock, rules, dispatcher=dispatcher or NoDispatcher())
        self.control = Control(self.context)
        self.samples = Samples(self.context)
        references = References(self.context, fetch=fetch or LoopbackFetcher(), sample=self.samples.answer)
        self.generation = Generation(self.context, references=references)
        self.accounts = Accounts(self.context)
        self.regions = Regions(self.context)
        self.scripts = Scripts(self.context)
        self.oversight = Oversight(self.context)
        self.webhooks = Webhooks(self.context)
        self.verdicts = Verdicts(self.context)

    def verdict(self, *, api_key: str | None = None, strict: bool = False, shared_clock: bool = False) -> Verdict:
        """Grade the client of a key, or whoever asked for anything; see `Verdicts.verdict`."""
        account = None if api_key is None else account_of(api_key)
        return self.verdicts.verdict(account, strict=strict, shared_clock=shared_clock)

    def close(self) -> None:
        """Send no webhooks any more and let go of the store. Nothing may be asked afterwards."""
        self.context.dispatcher.stop()
        self.context.store.close()

    @property
    def dialect(self) -> Dialect:
        """How the mock speaks."""
        return self.context.dialect


__all__ = [
    "Accounts",
    "Call",
    "ClockReading",
    "Control",
    "Engine",
    "Generation",
    "Samples",
    "Scripts",
    "Taken",
    "account_of",
]
