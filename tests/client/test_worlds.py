"""One suite for the client in every world: in process, live server, the guide's dialect, and on request the real API.

The real API costs money: it is asked only if BFL_REAL_API_KEY and BFL_REAL_BUDGET_CREDITS are set when pytest starts,
through a client that spends no more than that budget; what only a mock can be told to do is left out there.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

import bfl_client as bfl
from bfl_client.models import Flux2Klein4B
from mock_bfl.contract import GUIDE, LIVE, Dialect
from mock_bfl.engine import Engine
from mock_bfl.testing import IN_PROCESS_URL, LiveServer, WSGIAdapter
from mock_bfl.web import create_app
from tests.client.pictures import picture

# The suite empties the environment of the client's own variables, not of these.
REAL_KEY = os.environ.get("BFL_REAL_API_KEY")  # noqa: TID251 - the opt-in of whoever pays
REAL_BUDGET = os.environ.get("BFL_REAL_BUDGET_CREDITS")  # noqa: TID251 - the opt-in of whoever pays
MODEL = "flux-2-klein-4b"  # the cheapest  [GUIDE]
QUICK = bfl.Pacing(first_poll_s=0.01, longest_poll_s=0.05)


@dataclass(frozen=True)
class Place:
    """A client somewhere."""

    client: bfl.BFLClient
    new_client: Callable[[], bfl.BFLClient]
    is_mock: bool


def in_process(dialect: Dialect) -> Iterator[Place]:
    session = requests.Session()
    session.mount(IN_PROCESS_URL, WSGIAdapter(create_app(Engine(speed=0, dialect=dialect))))

    def new_client() -> bfl.BFLClient:
        return bfl.BFLClient("a-key", base_url=IN_PROCESS_URL, session=session, pacing=QUICK)

    yield Place(new_client(), new_client, is_mock=True)


def live(dialect: Dialect) -> Iterator[Place]:
    with LiveServer(create_app(Engine(speed=0, dialect=dialect))) as server:

        def new_client() -> bfl.BFLClient:
            return bfl.BFLClient("a-key", base_url=server.base_url, pacing=QUICK)

        with new_client() as client:
            yield Place(client, new_client, is_mock=True)


def real() -> Iterator[Place]:
    if not REAL_KEY or not REAL_BUDGET:
        pytest.skip("asks the real API only with BFL_REAL_API_KEY and BFL_REAL_BUDGET_CREDITS")

    def new_client() -> bfl.BFLClient:
        return bfl.BFLClient(REAL_KEY, base_url="https://api.bfl.ai", budget_credits=float(REAL_BUDGET or 0))

    with new_client() as client:
        yield Place(client, new_client, is_mock=False)


WORLDS: dict[str, Callable[[], Iterator[Place]]] = {
    "in process": lambda: in_process(LIVE),
    "in process, guide": lambda: in_process(GUIDE),
    "live server": lambda: live(LIVE),
    "live server, guide": lambda: live(GUIDE),
    "real": real,
}


@pytest.fixture(params=list(WORLDS))
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    yield from WORLDS[request.param]()


@pytest.fixture
def mock(place: Place) -> Place:
    if not place.is_mock:
        pytest.skip("only a mock can be told to do that")
    return place


def test_a_picture_is_made_priced_and_saved(place: Place, tmp_path: Path) -> None:
    request = Flux2Klein4B(prompt="a red cube", width=256, height=256, seed=7)
    estimate = place.client.estimate(request)
    result = place.client.generate(request, output=tmp_path / "cube.png")
    assert (tmp_path / "cube.png").read_bytes().startswith(b"\x89PNG")
    assert result.seed == 7
    assert result.cost_credits == pytest.approx(estimate.credits)
    assert place.client.spent_credits == pytest.approx(estimate.credits)


def test_the_balance_falls_by_what_was_charged(place: Place) -> None:
    before = place.client.credits()
    task = place.client.submit(MODEL, "a red cube", width=256, height=256)
    task.wait()
    assert place.client.credits() == pytest.approx(before - (task.cost or 0))


def test_a_task_is_resumed_by_another_client(place: Place, tmp_path: Path) -> None:
    saved = place.client.submit(MODEL, "a red cube", width=256, height=256).to_dict()
    other = place.new_client()
    assert other.resume(saved).download(tmp_path / "cube.jpg").read_bytes().startswith(b"\xff\xd8\xff")


def test_a_picture_is_changed(place: Place, tmp_path: Path) -> None:
    result = place.client.edit("make it night", [picture(256, 256)], model=MODEL, output=tmp_path / "night.jpg")
    assert (tmp_path / "night.jpg").stat().st_size > 0
    assert result.model == MODEL


def test_a_bad_key_is_told_from_a_bad_request(place: Place) -> None:
    with pytest.raises(bfl.InvalidRequest) as caught:
        place.client.submit(MODEL, "a red cube", extra={"output_format": "tiff"})
    assert not isinstance(caught.value, bfl.AuthenticationFailed)


def test_an_unknown_model_is_named(mock: Place) -> None:
    """A client with a budget does not ask for what has no known price, so a mock has to be asked."""
    with pytest.raises(bfl.UnknownModel):
        mock.client.submit("flux-9-unheard-of", "a red cube")


def test_moderation_is_an_end(mock: Place) -> None:
    before = mock.client.credits()
    with pytest.raises(bfl.Moderated):
        mock.client.generate(MODEL, 'a riot [mock: status="Request Moderated" after=0s]')
    assert mock.client.credits() == before
    assert mock.client.spent_credits == 0


def test_a_batch_keeps_its_order_and_its_failures(mock: Place, tmp_path: Path) -> None:
    prompts = ["a", 'b [mock: status="Error" after=0s]', "c"]
    jobs = [bfl.Job(MODEL, {"prompt": prompt}, output=tmp_path / f"{n}.png") for n, prompt in enumerate(prompts)]
    batch = mock.client.batch(jobs, journal=tmp_path / "journal")
    assert [item.outcome.value for item in batch.items] == ["saved", "failed", "saved"]
    assert sorted(path.name for path in tmp_path.glob("*.png")) == ["0.png", "2.png"]
