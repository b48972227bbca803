"""Fixtures for tests that talk to the BFL API: `mock_bfl`, `mock_bfl_clock`, `bfl`, `webhook_receiver`.

The plugin is loaded by every pytest run of an environment that has mock-bfl, so it imports only pytest at its top.

    def test_my_code(mock_bfl):
        my_code.generate(base_url=mock_bfl.base_url, api_key=mock_bfl.api_key)

`@pytest.mark.mock_bfl(dialect="guide", speed=0.01)` chooses another mock; any field of `Settings` may be named.
`graded=True` fails the test when the client under test does something wrong and the test did not look at the verdict;
the option `mock_bfl_graded = true` does so for every test. A fault or scenario that was scripted and met by no call
fails the test, too, unless `leaves_faults=True`. What a test sets for all accounts is put back at its end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bfl_client import BFLClient
    from mock_bfl.fixtures import AccountClock, MockAccount, ServerPool
    from mock_bfl.webhook_receiver import WebhookReceiver


def pytest_addoption(parser: pytest.Parser) -> None:
    """Make the option known."""
    about = "fail each test whose client got a failing verdict that the test did not read"
    parser.addini("mock_bfl_graded", about, type="bool", default=False)


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line(
        "markers", "mock_bfl(**settings): the mock of this test, such as dialect='guide', speed=0.1, balance=Decimal(5)"
    )


@pytest.fixture(scope="session")
def _mock_bfl_servers() -> Iterator[ServerPool]:
    from mock_bfl.fixtures import ServerPool

    with ServerPool() as pool:
        yield pool


@pytest.fixture
def mock_bfl(request: pytest.FixtureRequest, _mock_bfl_servers: ServerPool) -> Iterator[MockAccount]:
    """A live mock on loopback, with an account of its own for each test. Tasks settle at once unless told otherwise."""
    marker = request.node.get_closest_marker("mock_bfl")
    settings = dict(marker.kwargs) if marker else {}
    graded = settings.pop("graded", request.config.getini("mock_bfl_graded"))
    leaves_faults = settings.pop("leaves_faults", False)
    account = _mock_bfl_servers.account(request.node.nodeid, settings=settings)
    yield account
    unread = account.unread() if graded else None
    unused = () if leaves_faults else account.unconsumed
    account.end()
    if unread is not None:
        pytest.fail(f"The client under test failed for what this test did not look at.\n\n{unread}", pytrace=False)
    if unused:
        pytest.fail(
            f"What was scripted never happened, so this test did not show what it meant to: {'; '.join(unused)}. "
            "@pytest.mark.mock_bfl(leaves_faults=True) allows it.",
            pytrace=False,
        )


@pytest.fixture
def mock_bfl_clock(mock_bfl: MockAccount) -> AccountClock:
    """The clock of this test's account, frozen: `advance(seconds=600)` and a URL is dead."""
    mock_bfl.clock.freeze()
    return mock_bfl.clock


@pytest.fixture
def webhook_receiver() -> Iterator[WebhookReceiver]:
    """A receiver on loopback: give its `url` as webhook_url; it keeps what comes and answers as it is told."""
    from mock_bfl.webhook_receiver import WebhookReceiver

    with WebhookReceiver() as receiver:
        yield receiver


@pytest.fixture
def bfl(mock_bfl: MockAccount) -> Iterator[BFLClient]:
    """The reference client, pointed at this test's account; it polls at once, because tasks settle at once."""
    from bfl_client import BFLClient, Pacing

    with BFLClient(mock_bfl.api_key, base_url=mock_bfl.base_url, pacing=Pacing(first_poll_s=0.01)) as client:
        yield client
