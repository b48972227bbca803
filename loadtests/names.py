"""Name exchanges for a table of a few rows, and say which of their answers are expected. Pure.

| Row                     | Expected                                                             |
|-------------------------|----------------------------------------------------------------------|
| POST /v1/[model]        | 200                                                                  |
| POST /v1/[model] (429)  | all slots taken; the client waits and submits again: not a failure   |
| GET /v1/get_result      | 200                                                                  |
| GET [sample]            | 200, whole                                                           |
| GET /v1/credits         | 200                                                                  |
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

SUBMIT = "/v1/[model]"
POLL = "/v1/get_result"
SAMPLE = "[sample]"
CREDITS = "/v1/credits"

REFUSED = f"{SUBMIT} (429)"
NEEDED = (("POST", SUBMIT), ("GET", POLL), ("GET", SAMPLE), ("GET", CREDITS))


@dataclass(frozen=True, slots=True)
class Judged:
    """The row an exchange belongs to, and what was wrong with it, None if nothing was."""

    name: str
    failure: str | None = None


def grouped_name(method: str, url: str) -> str:
    """Return the row of a request: models and samples in one each; any other path for itself, without its query."""
    path = urlsplit(url).path
    if not path.startswith("/v1/"):
        return SAMPLE
    return SUBMIT if method == "POST" else path


def judge(name: str, *, status: int, is_whole: bool) -> Judged:
    """Return how an answered exchange counts; `is_whole` is false if its body broke off."""
    if name == SUBMIT and status == 429:
        return Judged(REFUSED)
    if status != 200:
        return Judged(name, f"HTTP {status}")
    return Judged(name, None if is_whole else "the body broke off")
