"""A batch from outside: the jobs that go in, the news on the way, and the outcome of each that comes out."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Literal

from ._errors import BFLError
from ._replies import Snapshot
from ._tasks import Result
from .models import Request

_NOISE_DIGITS = 6  # 7.000000000000001  [CASS]


@dataclass(frozen=True, slots=True)
class Job:
    """One picture of a batch: a model's name with the vendor's fields, or a request of `bfl_client.models`.

    >>> job = Job("flux-2-pro", {"prompt": "a red cube", "seed": 7}, output="cube.png")

    `extra` and the suffix of `output` mean what they mean to `BFLClient.generate`. Without an output (and without the
    batch's output_dir) the picture is not fetched; its URL dies within ten minutes.
    """

    model: str | Request
    fields: Mapping[str, object] = field(default_factory=dict, repr=False, hash=False)
    extra: Mapping[str, object] | None = field(default=None, kw_only=True, repr=False, hash=False)
    output: str | Path | None = field(default=None, kw_only=True)


class BatchOutcome(StrEnum):
    """How an item of a batch came out."""

    SAVED = "saved"  # the picture is on disk
    READY = "ready"  # it can be fetched, and no output was named
    FAILED = "failed"  # see the error: refused, ended without a picture, or accepted and its end not seen
    UNKNOWN = "unknown"  # it may have been accepted and billed, and is not submitted again unasked
    NOT_STARTED = "not_started"  # nothing was sent: the batch was stopped before


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchItem:
    """How the job at `index` came out.

    `result` is None unless this run saw the task Ready. `cost_credits` is the API's own figure. What was charged lies
    between `known_credits` and that plus `unknown_credits`, which is None where no price is known.
    """

    index: int
    job: Job
    outcome: BatchOutcome
    id: str | None = None
    polling_url: str | None = None
    cost_credits: float | None = None
    path: Path | None = None
    result: Result | None = None
    error: BFLError | None = None
    known_credits: float = 0.0
    unknown_credits: float | None = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchUpdate:
    """News of the job at `index`: `snapshot` comes with "polled", `id` from "accepted" on, `item` with "ended"."""

    index: int
    stage: Literal["submitting", "accepted", "polled", "ended"]
    id: str | None = None
    cost_credits: float | None = None
    snapshot: Snapshot | None = None
    item: BatchItem | None = None


@dataclass(frozen=True, slots=True)
class BatchResult:
    """How all jobs came out, in their order. `stopped_by` is the error that kept the rest from being submitted."""

    items: tuple[BatchItem, ...]
    stopped_by: BFLError | None = None

    @property
    def known_credits(self) -> float:
        """What was charged for certain: pictures that are there, at the cost that the API named."""
        return round(math.fsum(item.known_credits for item in self.items), _NOISE_DIGITS)

    @property
    def unknown_credits(self) -> float | None:
        """What may have been charged besides; None if the price of some of it is not known.

        These are the quotes of unknown outcomes, and the cost of tasks whose end was not seen or that failed: no
        document says that a failed one is given back. Moderated ones are [HELP-FAIL].
        """
        parts = [item.unknown_credits for item in self.items]
        known = [part for part in parts if part is not None]
        return round(math.fsum(known), _NOISE_DIGITS) if len(known) == len(parts) else None

    @property
    def counts(self) -> Mapping[BatchOutcome, int]:
        """How many items came out each way; 0 where none did."""
        counted = Counter(item.outcome for item in self.items)
        return {outcome: counted[outcome] for outcome in BatchOutcome}

    def raise_for_failures(self) -> None:
        """Raise an ExceptionGroup of the items' errors if any item has no picture, for `except*`; else do nothing."""
        counts = self.counts
        missing = len(self.items) - counts[BatchOutcome.SAVED] - counts[BatchOutcome.READY]
        errors = [item.error for item in self.items if item.error is not None]
        if missing:
            said = ", ".join(f"{count} {outcome.value}" for outcome, count in counts.items() if count)
            raise ExceptionGroup(f"{missing} of {len(self.items)} items have no picture ({said})", errors)
