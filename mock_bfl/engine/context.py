"""What all use cases share: the store, the clocks, the rules, the dialect, and how a key becomes an account.

Law: a use case is one transaction, from the key to the reply, and the clock is read inside it: nothing may be reset
or settled between what is read and what is written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256
from itertools import count

from mock_bfl.clock import Clock
from mock_bfl.contract import Dialect, endpoints, headers, limits
from mock_bfl.core import ledger, rate
from mock_bfl.core.admission import Allowance
from mock_bfl.core.delivery import secret_of
from mock_bfl.core.faults import WERKZEUG, Server
from mock_bfl.core.keys import KeyAccepted, KeyRefused
from mock_bfl.core.planning import Latency
from mock_bfl.core.reply import Headers
from mock_bfl.core.rules import Rules
from mock_bfl.store import Store

from .dispatch import Dispatcher, NoDispatcher


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """How a mock is configured; fixed for its life.

    `starting_balance` in credits; `known_keys` None accepts any well-formed key; `latency` scales the models' presets.
    `server` is what stands in front: a fault that it cannot do is refused when it is scripted.
    URLs are built from `public_url`, or from the host that was asked; a polling_url from `poll_origin` where given:
    an origin, or `auto` for another name of the same address.
    """

    dialect: Dialect
    seed: int = 0
    starting_balance: Decimal = Decimal(limits.DEFAULT_BALANCE_CREDITS.value)
    known_keys: Collection[str] | None = None
    allowance: Allowance = Allowance()
    latency: Latency = Latency()
    server: Server = WERKZEUG
    public_url: str | None = None
    poll_origin: str | None = None

    @property
    def signing_secret(self) -> bytes:
        """The secret of sample URLs: the same for every worker of one seed."""
        return secret_of(self.seed)


@dataclass(frozen=True, slots=True)
class Context:
    """The collaborators of every use case."""

    setup: Setup
    store: Store
    clock: Clock
    rules: Rules
    numbers: Iterator[int] = field(default_factory=count)  # of the answers, for their X-Azure-Ref
    dispatcher: Dispatcher = NoDispatcher()

    @property
    def dialect(self) -> Dialect:
        """How the mock speaks."""
        return self.setup.dialect

    def now_ms(self, account: str | None) -> int:
        """Return what the account's clock shows; None: the common clock."""
        return self.store.timeline(account).at(self.clock.real_ms())

    def enter(self, key: str | None) -> KeyAccepted | KeyRefused:
        """Return the account of a key, opened if it is new, or the rung of the ladder at which the key fell.

        Called inside the transaction of a use case.
        """
        checked = self.rules.check_key(key, known=self.setup.known_keys)
        if isinstance(checked, KeyAccepted) and not self.store.has_account(checked.account):
            self._open(checked)
        return checked

    def _open(self, accepted: KeyAccepted) -> None:
        credits = accepted.opening.balance_credits
        self.store.open_account(
            accepted.account,
            entry=ledger.opened(
                self.setup.starting_balance if credits is None else credits, now_ms=self.now_ms(accepted.account)
            ),
            allowance=accepted.opening.allowance or self.setup.allowance,
            finetunes=endpoints.DEFAULT_FINETUNES.value,
        )

    def headers(self, account: str | None, *, task_id: str | None = None) -> Headers:
        """Return the headers of everything but polls: the recorded ones, and the guide's where the dialect has them.

        `task_id` is given with an accepted submit, which has one header more than a refusal.
        """
        azure_ref = sha256(f"{self.setup.seed}/{next(self.numbers)}".encode()).hexdigest()[:24]
        recorded = headers.REFUSAL_HEADERS if task_id is None else headers.SUBMIT_HEADERS
        return (*recorded.value, (headers.AZURE_REF.value, azure_ref), *self.task_headers(account))

    def task_headers(self, account: str | None) -> Headers:
        """Return X-RateLimit-* over active tasks where the dialect shows them and the account is known."""
        if account is None or self.dialect.rate_headers != "active_tasks":
            return ()
        with self.store.transaction():
            if not self.store.has_account(account):
                return ()
            now_ms = self.now_ms(account)
            active = self.store.active_tasks(account, now_ms=now_ms)
            ends = [task.settles_at_ms for task in active if task.settles_at_ms is not None]
            limit = self.store.allowance(account).active_tasks
        return rate.task_headers(limit=limit, active=len(active), now_ms=now_ms, frees_at_ms=min(ends, default=None))
