"""What the pytest fixtures hand out: servers shared by a run, an account and a clock for each test."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from types import TracebackType
from typing import Any, Unpack

from mock_bfl import assert_good_client
from mock_bfl.core.exchange import Exchange
from mock_bfl.core.rule import FaultFields, read_rule
from mock_bfl.core.script import Instruction, Script, leftover
from mock_bfl.core.verdict import Verdict
from mock_bfl.core.webhook import Attempt, Delivery
from mock_bfl.engine import Engine, account_of
from mock_bfl.engine.baseline import baseline_of, put_back
from mock_bfl.errors import SettingsError
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

    def set_rate(self, rate: float) -> None:
        """Let this account's time go on at `rate` times real time; 0 stops it. Raises ValueError if negative."""
        self._control.set_rate(self._account, rate)

    def advance(self, *, seconds: float = 0, ms: int = 0) -> None:
        """Move this account's time forward. Raises ValueError if negative."""
        self._control.advance(self._account, ms=round(seconds * 1000) + ms)


class AccountWebhooks:
    """The webhooks of one account of a mock."""

    def __init__(self, engine: Engine, account: str) -> None:
        self._webhooks = engine.webhooks
        self._account = account

    @property
    def deliveries(self) -> Sequence[Delivery]:
        """Every delivery with its attempts, in the order of planning."""
        return [logged.delivery for logged in self._webhooks.log(self._account)]

    def deliver(self) -> Sequence[Attempt]:
        """Send what is due now and return when it has ended; with a running clock that is only to wait for it."""
        return self._webhooks.deliver(self._account).attempts

    def replay(self, delivery: Delivery) -> Attempt:
        """Send a delivery again, at once and whatever its state. Raises LookupError if it was reset since."""
        attempt = self._webhooks.replay(delivery.id)
        if attempt is None:
            raise LookupError(f"no delivery {delivery.id}: the account was reset since")
        return attempt


class MockAccount:
    """One account of a live mock: give `base_url` and `api_key` to the code under test.

    It remembers what was set for all accounts when it was made, and `end` puts that back.
    """

    def __init__(self, server: LiveServer, engine: Engine, api_key: str) -> None:
        self.base_url = server.base_url
        self.api_key = api_key
        self.engine = engine
        self.clock = AccountClock(engine, account_of(api_key))
        self.webhooks = AccountWebhooks(engine, account_of(api_key))
        self._read: set[str] = set()
        self._baseline = baseline_of(engine.context)

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

    def verdict(self, *, strict: bool = False, shared_clock: bool = False) -> Verdict:
        """Return what is to be said of the client so far; what it finds counts as read."""
        judged = self.engine.verdict(api_key=self.api_key, strict=strict, shared_clock=shared_clock)
        self._read.update(judged.codes)
        return judged

    def assert_good_client(self, *, strict: bool = False, shared_clock: bool = False) -> Verdict:
        """Raise AssertionError, with the verdict as text, if the client fails; see `mock_bfl.assert_good_client`."""
        return assert_good_client(self, strict=strict, shared_clock=shared_clock)

    def unread(self) -> Verdict | None:
        """Return the verdict if the client fails for something that the test has not read; else None."""
        read = frozenset(self._read)
        judged = self.verdict()
        return judged if any(finding.code not in read for finding in judged.failing) else None

    def fail_next(
        self,
        preset: str | None = None,
        *,
        times: int | None = 1,
        route: str | None = None,
        model: str | None = None,
        probability: float = 1.0,
        **fault: Unpack[FaultFields],
    ) -> Script:
        """Let the next calls of this account fail: `fail_next(status=503, times=2)`, `fail_next("reset")`.

        `route` is submit, get_result, sample and so on; `times` None: all from now on. Raises ScriptError.
        """
        match = {"route": route, "slug": model}
        rule = {"match": match, "preset": preset, "fault": fault or None, "times": times, "probability": probability}
        return self.engine.scripts.fail_next(account_of(self.api_key), rule)

    def script(
        self, rules: Iterable[Mapping[str, Any] | Instruction], *, name: str = "", by_header: bool = False
    ) -> Script:
        """Say what the coming calls of this account meet, in order; each rule as POST /_mock/scenarios takes it.

        `by_header`: only calls that send the script's `id` in X-Mock-BFL-Scenario follow it. Raises ScriptError.
        """
        instructions = [read_rule(rule) for rule in rules]
        return self.engine.scripts.add(account_of(self.api_key), instructions, name=name, by_header=by_header)

    @property
    def unconsumed(self) -> Sequence[str]:
        """What was scripted, for this account or for all, and met by no call; at the end of a test that is an error."""
        scripts, earlier = self.engine.scripts, self._baseline.scripts
        for_all = [(script, row) for script, row in scripts.unconsumed(None) if script.id not in earlier]
        return [leftover(script, row) for script, row in (*scripts.unconsumed(account_of(self.api_key)), *for_all)]

    def reset(self) -> None:
        """Forget the account."""
        self.engine.control.reset(account_of(self.api_key))

    def end(self) -> None:
        """Forget the account, and put back what was set for all since it was made: other tests share its server."""
        self.reset()
        put_back(self.engine.context, self._baseline)


@dataclass(frozen=True, slots=True)
class _Server:
    """A live server and its engine; `keys` are those that it accepts, unless it takes any."""

    live: LiveServer
    engine: Engine
    keys: set[str]


class ServerPool:
    """The live servers of a test run: one for each configuration that a test asks for."""

    def __init__(self) -> None:
        self._running = ExitStack()
        self._servers: dict[Settings, _Server] = {}

    def account(self, name: str, *, settings: Mapping[str, object]) -> MockAccount:
        """Return a fresh account on a server of these settings; its key is derived from `name`, and always accepted.

        Raises SettingsError on an unknown or wrong setting.
        """
        api_key = f"test-{sha256(name.encode()).hexdigest()[:24]}"
        chosen = load_settings({"speed": 0.0, **settings}, environment={})
        if chosen.scheme == "https":
            raise SettingsError("only `mock-bfl serve` speaks https; leave out tls and tls_dir")
        if chosen not in self._servers:
            self._servers[chosen] = self._started(chosen)
        server = self._servers[chosen]
        server.keys.add(api_key)
        return MockAccount(server.live, server.engine, api_key)

    def _started(self, settings: Settings) -> _Server:
        keys = set(settings.keys)
        engine = engine_from(settings, keys=keys or None)
        self._running.callback(engine.close)
        return _Server(self._running.enter_context(LiveServer(create_app(engine))), engine, keys)

    def __enter__(self) -> ServerPool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running.close()
