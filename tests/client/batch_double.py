"""A vendor of many tasks, scripted by prompt: what each submit, poll and download of an item is answered with."""

from __future__ import annotations

import json
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

import bfl_client as bfl
from tests.client.wire_double import Answer, Step, World, picture, poll, ready, reply

POLLS_AT = "https://api.eu2.bfl.ai/v1/get_result?id="
DELIVERS_AT = "https://delivery-eu4.bfl.ai/results/"

Answers = Iterable[Step | Callable[[], Step]]


class Vendor:
    """Accepts, finishes and delivers every task, but for what is scripted; the id of a task is its prompt."""

    def __init__(self, *, cost: float | None = 3.0) -> None:
        self.cost = cost
        self.submits: Counter[str] = Counter()
        self.polls: Counter[str] = Counter()
        self.downloads: Counter[str] = Counter()
        self.calls: list[tuple[str, str]] = []
        self._scripts: dict[tuple[str, str], list[Any]] = defaultdict(list)
        self._lock = threading.Lock()

    def on(self, route: str, prompt: str, *answers: Step | Callable[[], Step]) -> None:
        """Script what the next calls of a route are answered with; after those, all is well."""
        self._scripts[route, prompt] += answers

    def answer(self, request: requests.PreparedRequest) -> Step:
        route, prompt, usual = self._asked(request)
        with self._lock:
            self.calls.append((route, prompt))
            counted = {"submit": self.submits, "poll": self.polls, "download": self.downloads}[route]
            counted[prompt] += 1
            script = self._scripts[route, prompt]
            scripted = script.pop(0) if script else usual
        return scripted() if callable(scripted) else scripted

    def _asked(self, request: requests.PreparedRequest) -> tuple[str, str, Answer]:
        url = urlsplit(str(request.url))
        if request.method == "POST":
            prompt = json.loads(request.body or b"")["prompt"]
            return "submit", prompt, reply({"id": prompt, "polling_url": POLLS_AT + prompt, "cost": self.cost})
        if url.path == "/v1/get_result":
            prompt = parse_qs(url.query)["id"][0]
            return "poll", prompt, ready(DELIVERS_AT + prompt)
        prompt = url.path.rpartition("/")[2]
        return "download", prompt, picture()


def shop(*, cost: float | None = 3.0) -> tuple[Vendor, bfl.BFLClient]:
    """Return a vendor and a client of it."""
    vendor = Vendor(cost=cost)
    return vendor, World(script=vendor.answer).client


def jobs(*prompts: str, folder: Path | None = None, model: str = "flux-2-pro") -> list[bfl.Job]:
    """Return a job for each prompt, to be saved in a folder if one is given."""
    return [
        bfl.Job(model, {"prompt": prompt}, output=None if folder is None else folder / f"{prompt}.jpg")
        for prompt in prompts
    ]


def outcomes(result: bfl.BatchResult) -> list[str]:
    return [item.outcome.value for item in result.items]


__all__ = ["DELIVERS_AT", "POLLS_AT", "Vendor", "jobs", "outcomes", "poll", "shop"]
