"""What is set for all accounts of a mock at once: remembered before a test, put back after it.

Accounts keep tests apart; what is set for all of them would reach the next test of the same server.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mock_bfl.core.timeline import Timeline

from . import regions, scripts, ticks
from .context import Context

_LEVERS = (regions.LEVER, scripts.COUNT, ticks.LEVER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """The common clock, the levers of all accounts by name, and the ids of the scripts for all."""

    timeline: Timeline
    levers: Mapping[str, str | None]
    scripts: frozenset[str]


def baseline_of(context: Context) -> Baseline:
    """Return what is set for all now."""
    store = context.store
    with store.transaction():
        return Baseline(
            timeline=store.timeline(None),
            levers={name: store.lever(None, name) for name in _LEVERS},
            scripts=frozenset(script.id for script in store.scripts.scripts(None)),
        )


def put_back(context: Context, before: Baseline) -> None:
    """Let all be set as it was before, but for what was consumed or forgotten of its scripts."""
    store = context.store
    with store.transaction():
        now = baseline_of(context)
        for script_id in now.scripts - before.scripts:
            store.scripts.remove(script_id)
        for name, value in before.levers.items():
            store.set_lever(None, name, value)
        if now.timeline != before.timeline:
            store.set_timeline(None, before.timeline)
            context.dispatcher.notify()
