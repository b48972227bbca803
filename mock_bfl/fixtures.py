"""What the pytest fixtures hand out: servers shared by a run, an account and a clock for each test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from decimal import Decimal
from hashlib import sha256
from types import TracebackType

from mock_bfl.core.exchange import Exchange
from mock_bfl.engine import Engine, account_of
from mock_bfl.settings import Settings, load_settings
from mock_bfl.testing import LiveServer, engine_from
from mock_bfl.web import create_app


class AccountClock:
    """The clock of one account of a mock."""

    def __init__(self, engine: Engine, account: str) -> None:
        self._control = engine.control
        self._account = account

    @property
    def now_ms(self) -> int:
        """What the clock shows, in milliseconds since the epoch."""
        return self._control.clock(self._account).now_ms

    def freeze(self) -> None:
        """Stop time for this account, on a whole second: expiries are whole seconds, so spans come out exact."""
        self._control.freeze(self._account)
        self._control.advance(self._account, ms=-self.now_ms % 1000)

    def advance(self, *, seconds: float = 0, ms: int = 0) -> None:
        """Move this account's time forward. Raises ValueError if negative."""
        self._control.advance(self._account, ms=round(seconds * 1000) + ms)


class MockAccount:
    """One account of a live mock: give `base_url` and `api_key` to the code under test."""

    def __init__(self, server: LiveServer, engine: Engine, api_key: str) -> None:
        self.base_url = server.base_url
        self.api_key = api_key
        self.engine = engine
        self.clock = AccountClock(engine, account_of(api_key))

    @property
    def environment(self) -> dict[str, str]:
        """The variables that point a client at this account."""
        return {"BFL_BASE_URL": self.base_url, "BFL_API_KEY": self.api_key}

    @property
    def journal(self) -> Sequence[Exchange]:
        """What was asked of this account and answered, oldest first."""
        return self.engine.control.journal(account_of(self.api_key))

    @property
    def credits(self) -> Decimal:
        """The balance in effect now."""
        account = account_of(self.api_key)
        store = self.engine.context.store
        with store.transaction():
            if not store.has_account(account):
                return self.engine.context.setup.starting_balance
            return store.balance(account, now_ms=self.clock.now_ms)

    def reset(self) -> None:
        """Forget the account."""
        self.engine.control.reset(account_of(self.api_key))


class ServerPool:
    """The live servers of a test run: one for each configuration that a test asks for."""

    def __init__(self) -> None:
        self._running = ExitStack()
        self._servers: dict[Settings, tuple[LiveServer, Engine]] = {}

    def account(self, name: str, *, settings: Mapping[str, object]) -> MockAccount:
        """Return a fresh account on a server of these settings; its key is derived from `name`, and always accepted.

        Raises SettingsError on an unknown or wrong setting.
        """
        api_key = f"test-{sha256(name.encode()).hexdigest()[:24]}"
        chosen = load_settings({"speed": 0.0, **settings}, environment={})
        if chosen.keys:
            chosen = replace(chosen, keys=(*chosen.keys, api_key))
        if chosen not in self._servers:
            engine = engine_from(chosen)
            self._servers[chosen] = (self._running.enter_context(LiveServer(create_app(engine))), engine)
        server, engine = self._servers[chosen]
        return MockAccount(server, engine, api_key)

    def __enter__(self) -> ServerPool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running.close()
