"""A batch against the mock, and what the mock knows of it: what it accepted, charged and was asked twice."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import bfl_client as bfl
from mock_bfl.core.exchange import Exchange
from mock_bfl.core.ledger import EntryKind
from mock_bfl.engine import Engine, account_of

_REFUSALS = frozenset({*range(300, 303), *range(304, 408), *range(409, 425), *range(426, 500), 503})


def numbered_jobs(prompts: Sequence[str], folder: Path) -> list[bfl.Job]:
    """Return a job for each prompt, told apart by its seed."""
    return [
        bfl.Job(
            "flux-2-pro",
            {"prompt": prompt, "width": 64, "height": 64, "seed": seed},
            output=folder / f"{seed}.png",
        )
        for seed, prompt in enumerate(prompts)
    ]


def accepted(engine: Engine, key: str) -> Counter[int]:
    """Return how many tasks the mock accepted of each job."""
    tasks = [engine.oversight.task(row.id, account=None) for row in engine.oversight.tasks(account_of(key))]
    return Counter(task.decided["seed"] for task in tasks if task is not None)


def charged(engine: Engine, key: str) -> Decimal:
    """Return what the mock's ledger has taken and not given back by now."""
    if account_of(key) not in {row.id for row in engine.oversight.accounts(None)}:
        return Decimal(0)
    detail = engine.oversight.account(account_of(key))
    moved = {EntryKind.CHARGED, EntryKind.REFUNDED}
    entries = [entry for entry in detail.ledger if entry.kind in moved]
    return -sum((entry.credits for entry in entries if entry.effective_at_ms <= detail.account.now_ms), Decimal(0))


def submitted_again(engine: Engine, key: str) -> list[Exchange]:
    """Return the submits of a request that may have been accepted before."""
    at_stake: dict[str | None, bool] = defaultdict(bool)
    found = []
    for row in engine.control.journal(account_of(key)):
        if row.route == "submit":
            found += [row] if at_stake[row.body_digest] else []
            at_stake[row.body_digest] |= row.status not in _REFUSALS
    return found


def check_books(engine: Engine, key: str, result: bfl.BatchResult) -> None:
    """Hold the client's sums to the mock's ledger."""
    assert result.unknown_credits is not None
    known, most = Decimal(str(result.known_credits)), Decimal(str(result.known_credits + result.unknown_credits))
    assert known <= charged(engine, key) <= most


def most_active(engine: Engine, key: str) -> int:
    """Return the greatest number of tasks that held a slot at one instant of the mock."""
    detail = [engine.oversight.task(row.id, account=None) for row in engine.oversight.tasks(account_of(key))]
    spans = [(task.task.created_at_ms, task.task.settles_at_ms) for task in detail if task is not None]
    return max((sum(born <= at and (end is None or at < end) for born, end in spans) for at, _ in spans), default=0)
