"""The lever that shows what was asked and answered."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from mock_bfl.core.exchange import Exchange
from mock_bfl.engine import Engine

from .routing import Json, Lever, account_asked


class JournalQuery(BaseModel):
    """What GET /_mock/journal takes: `after` leaves out the exchanges up to that number."""

    model_config = ConfigDict(extra="forbid")

    after: Annotated[int, Field(ge=0, le=2**53)] = 0


def journal_levers(engine: Engine) -> tuple[Lever, ...]:
    """Return the lever."""

    def journal(query: JournalQuery) -> Json:
        exchanges = engine.control.journal(account_asked(), after=query.after)
        return {"exchanges": [shown_exchange(exchange) for exchange in exchanges]}

    about = "Shows what was asked and answered, oldest first."
    return (Lever(method="GET", path="/journal", about=about, view=journal, query=JournalQuery),)


def shown_exchange(exchange: Exchange) -> Json:
    """Return an exchange as JSON: its number first, money as text."""
    row = asdict(exchange)
    cost = exchange.cost_credits
    return {"number": row.pop("number"), **row, "cost_credits": None if cost is None else str(cost)}
