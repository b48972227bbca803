"""Thirty prompts by thirty threads in the manner of the guide, against 24 slots: thirty images.

Submit; on a 429 wait as long as Retry-After says (5 s without one); poll with a growing pause.  [GUIDE rate-limiting]
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal

import pytest
import requests

from mock_bfl.fixtures import MockAccount

PROMPTS = [f"prompt number {number}" for number in range(30)]
HASTE = 50  # the account's clock runs so many times faster, and the client waits so many times shorter


@dataclass(frozen=True)
class GuideClient:
    """What the guide's pages teach, with pauses that a test can bear."""

    base_url: str
    api_key: str

    def generate(self, prompt: str) -> bytes:
        polling_url = self._submit(prompt)
        return requests.get(self._wait(polling_url), timeout=10).content

    def _submit(self, prompt: str) -> str:
        while True:
            reply = requests.post(
                f"{self.base_url}/v1/flux-2-klein-4b",
                json={"prompt": prompt, "width": 64, "height": 64},
                headers={"x-key": self.api_key},
                timeout=10,
            )
            if reply.status_code != 429:
                reply.raise_for_status()
                polling_url: str = reply.json()["polling_url"]
                return polling_url
            pause(float(reply.headers.get("Retry-After", 5)))

    def _wait(self, polling_url: str) -> str:
        delay_s = 1.0
        while True:
            seen = requests.get(polling_url, headers={"x-key": self.api_key}, timeout=10).json()
            if seen["status"] == "Ready":
                sample: str = seen["result"]["sample"]
                return sample
            assert seen["status"] == "Pending", seen
            pause(delay_s)
            delay_s = min(delay_s * 1.5, 5.0)


def pause(seconds: float) -> None:
    threading.Event().wait(seconds / HASTE)


def assert_thirty_of_thirty(mock_bfl: MockAccount) -> None:
    mock_bfl.clock.set_rate(HASTE)
    client = GuideClient(mock_bfl.base_url, mock_bfl.api_key)
    with ThreadPoolExecutor(len(PROMPTS)) as pool:
        images = list(pool.map(client.generate, PROMPTS))
    assert len({image for image in images if image.startswith(b"\xff\xd8")}) == 30
    accepted = [row for row in mock_bfl.journal if row.route == "submit" and row.status == 200]
    assert (len(accepted), mock_bfl.credits) == (30, Decimal(1000) - 30 * Decimal("1.4"))
    assert mock_bfl.verdict(shared_clock=True).findings == ()


@pytest.mark.mock_bfl(speed=1.0)
def test_thirty_threads_get_thirty_images_out_of_24_slots(mock_bfl: MockAccount) -> None:
    assert_thirty_of_thirty(mock_bfl)


@pytest.mark.mock_bfl(dialect="guide", speed=1.0)
def test_so_they_do_where_the_mock_speaks_as_the_guide(mock_bfl: MockAccount) -> None:
    assert_thirty_of_thirty(mock_bfl)
