"""The reference client against bare `requests`: the same exchanges, turn and turn about; and what its import costs."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import pytest
import requests

from bfl_client import BFLClient, Pacing
from tests.bench.conftest import KEY, MILLISECONDS, Figures

TURNS = 60
IMPORTS = 15
MODEL = "flux-2-klein-4b"
BODY = {"prompt": "a red cube", "width": 64, "height": 64}


@pytest.fixture
def client(served: str) -> Iterator[BFLClient]:
    # Without the pause before the first poll: the exchanges are compared, not the patience.
    with BFLClient(KEY, base_url=served, pacing=Pacing(first_poll_s=0.0)) as client:
        yield client


@pytest.fixture
def bare(served: str) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.headers["x-key"] = KEY
        yield session


def test_the_balance(served: str, client: BFLClient, bare: requests.Session, figures: Figures) -> None:
    def by_hand() -> object:
        return bare.get(f"{served}/v1/credits", timeout=5).json()["credits"]

    compare("GET /v1/credits", client.credits, by_hand, figures=figures)


def test_a_picture(*, served: str, client: BFLClient, bare: requests.Session, figures: Figures, tmp_path: Path) -> None:
    output = tmp_path / "a.jpg"

    def by_hand() -> None:
        task = bare.post(f"{served}/v1/{MODEL}", json=BODY, timeout=5).json()
        sample = bare.get(task["polling_url"], timeout=5).json()["result"]["sample"]
        output.write_bytes(bare.get(sample, timeout=5).content)

    def by_client() -> None:
        client.generate(MODEL, "a red cube", width=64, height=64, output=output)

    compare("submit, poll, download", by_client, by_hand, figures=figures)


def test_import(figures: Figures) -> None:
    """A fresh process each time, the two turn and turn about; what the interpreter itself needs is in both."""
    compare("import", lambda: imported("bfl_client"), lambda: imported("requests"), figures=figures, turns=IMPORTS)


def imported(name: str) -> None:
    subprocess.run([sys.executable, "-c", f"import {name}"], check=True)


def compare(
    what: str,
    by_client: Callable[[], object],
    by_hand: Callable[[], object],
    *,
    figures: Figures,
    turns: int = TURNS,
) -> None:
    """Time both in turns, which of them is first changing; report both, and the ratio within the run."""
    timed: dict[str, list[float]] = {"client": [], "bare": []}
    pair = [("client", by_client), ("bare", by_hand)]
    for _, target in pair:
        target()  # connections are made, code is loaded
    for turn in range(turns):
        for name, target in pair if turn % 2 else reversed(pair):
            timed[name].append(seconds(target))
    figures.add_spread(f"{what}: bare requests", timed["bare"], unit=MILLISECONDS)
    figures.add_spread(f"{what}: bfl_client", timed["client"], unit=MILLISECONDS)
    ratios = sorted(ours / theirs for ours, theirs in zip(timed["client"], timed["bare"], strict=True))
    more_ms = (median(timed["client"]) - median(timed["bare"])) * 1000
    spread = f"{ratios[len(ratios) // 10]:.2f} to {ratios[-len(ratios) // 10]:.2f} (9 of 10 turns)"
    figures.add(f"{what}: ratio", f"median {median(ratios):.2f}, {spread}; {more_ms:+.2f} ms")


def seconds(target: Callable[[], object]) -> float:
    begun_s = time.perf_counter()
    target()
    return time.perf_counter() - begun_s
