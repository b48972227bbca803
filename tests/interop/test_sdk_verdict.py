"""What the mock's verdict says of the vendor's own SDK, unmodified, when a prompt is moderated."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest

from mock_bfl.core.verdict import Level, Verdict, as_text
from mock_bfl.engine import Engine
from mock_bfl.testing import LiveServer
from mock_bfl.web import create_app
from tests.interop.conftest import KEY

# The SDK hands pydantic arguments that pydantic will drop one day; that is the SDK's affair.
pytestmark = pytest.mark.filterwarnings("ignore:Using extra keyword arguments on `Field` is deprecated")

POLLS = 4  # of the 60 that the SDK makes unless told otherwise


@pytest.fixture
def mock() -> Iterator[tuple[Engine, str]]:
    """An engine under the machine's clock: the SDK sleeps by it."""
    engine = Engine(speed=0)
    with LiveServer(create_app(engine)) as server:
        yield engine, server.base_url


def generate(base_url: str, prompt: str) -> Any:
    """Generate as the SDK's README does, with its shortest interval and few tries."""
    sdk = import_module("blackforest")
    settings = import_module("blackforest.types.general.client_config")
    config = settings.ClientConfig(sync=True, polling_interval=0.1, max_retries=POLLS)
    return sdk.BFLClient(api_key=KEY, base_url=base_url).generate("flux-dev", {"prompt": prompt}, config)


def moderated(mock: tuple[Engine, str]) -> Verdict:
    engine, base_url = mock
    with pytest.raises(import_module("blackforest").BFLError, match="exceeded maximum retries"):
        generate(base_url, 'a red cube [mock: status="Request Moderated" reasons="Violence"]')
    return engine.verdict(api_key=KEY)


def test_it_does_not_take_moderation_for_an_end(mock: tuple[Engine, str]) -> None:
    found = moderated(mock)["moderation_not_terminal"]
    (evidence,) = found.evidence
    assert found.level is Level.FAIL
    assert evidence.requests == (2, 3, 4, 5)
    assert evidence.what.startswith(f"#2 said 'Request Moderated'; {POLLS - 1} more polls followed over 0.")


def test_it_fails_for_nothing_else(mock: tuple[Engine, str]) -> None:
    """That it polls too often here is this test's interval, not the SDK's own."""
    assert [finding.code for finding in moderated(mock).failing] == ["moderation_not_terminal"]


def test_what_that_costs_is_time_and_no_credits(mock: tuple[Engine, str]) -> None:
    """A moderated task is given back; the caller learns of it at the SDK's own limit, and not why."""
    verdict = moderated(mock)
    assert verdict.cost_credits == 0
    assert verdict.totals.returned_credits == verdict.totals.charged_credits > 0
    assert verdict["moderation_not_terminal"].evidence[0].span_ms >= 3 * 100
    text = " ".join(as_text(verdict).split())
    assert "no credits: a moderated task is given back; what is lost is time; 4 requests over 0." in text


def test_on_a_good_day_its_picture_is_all_that_is_missing(mock: tuple[Engine, str]) -> None:
    """It hands over a URL that dies in ten minutes, and fetches nothing: a warning, no failure."""
    engine, base_url = mock
    assert generate(base_url, "a red cube").result["sample"]
    verdict = engine.verdict(api_key=KEY)
    assert verdict.is_good
    assert verdict.codes == ("result_never_fetched",)
