"""How the commands put things: amounts, what a task left behind, results as lines and as JSON."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from bfl_client._batch import BatchOutcome, BatchResult
from bfl_client._flows import Order
from bfl_client._inputs import is_url, size_of_text
from bfl_client._prices import Estimate
from bfl_client._replies import Snapshot
from bfl_client._tasks import ResultFacts
from bfl_client._urls import redact_url
from bfl_client.models import ModelRow, Request, body_of

from .job_lines import EndedItem, JobLine, Quotes
from .stages import Counts

_SECRET = "webhook_secret"  # noqa: S105 - the name of a field
_LONG = 200  # characters of a text in a body; more is a picture, or nothing to look at


def in_figures(number: float) -> str:
    """Return a number as a person writes it: 7.000000000000001 is what the wire says for 7.  [CASS]"""
    return f"{round(number, 6):g}" if abs(number) < 1e6 else f"{round(number, 2):,.10g}"


def in_credits(credits: float) -> str:
    """Return an amount with its unit."""
    return f"{in_figures(credits)} credit{'' if round(credits, 6) == 1 else 's'}"


def in_money(credits: float) -> str:
    """Return an amount in credits and dollars: a credit is a US cent.  [GUIDE]"""
    return f"{in_credits(credits)} (${in_figures(credits / 100)})"


def priced(credits: float | None) -> str:
    """Return what is to be added to a line about something that cost so much; nothing where that is not known."""
    return "" if credits is None else f", {in_credits(credits)}"


def progress_of(snapshot: Snapshot) -> float | None:
    """Return how much of a task is done, as a fraction."""
    # Progress was seen as a fraction and as a percentage.  [CASS; LESSONS C]
    progress = snapshot.progress
    return progress / 100 if progress is not None and progress > 1 else progress


def step_line(snapshot: Snapshot) -> str:
    """Return what a poll showed."""
    fraction = progress_of(snapshot)
    return snapshot.status if fraction is None else f"{snapshot.status} {fraction:.0%}"


def command_line(words: Sequence[str]) -> str:
    """Return a command to paste into a shell."""
    return shlex.join(words)


def way_on_lines(*, task_id: str | None, polling_url: str | None, command: str) -> str:
    """Return what a person needs to go on with a task."""
    known = {"id": task_id, "polling_url": polling_url, "resume": command}
    return "\n".join(f"  {name:<12} {value}" for name, value in known.items() if value is not None)


def result_fields(result: ResultFacts, output: Path) -> Mapping[str, object]:
    """Return a saved picture as JSON has it; `bfl wait` and `bfl download` take that as TASK, too."""
    return {
        "id": result.id,
        "polling_url": result.polling_url,
        "model": result.model,
        "seed": result.seed,
        "prompt": result.prompt,
        "cost_credits": result.cost_credits,
        "output": str(output),
    }


def estimate_fields(request: Request, estimate: Estimate) -> Mapping[str, object]:
    """Return an estimate as JSON has it."""
    return {"model": request.MODEL, **asdict(estimate)}


def estimate_lines(request: Request, estimate: Estimate) -> str:
    """Return an estimate for a person."""
    if estimate.credits is None:
        return f"{request.MODEL}: {estimate.why}"
    sureness = "" if estimate.is_exact else "about "
    return f"{request.MODEL}: {sureness}{in_money(estimate.credits)}\n  {estimate.why}"


def plan_fields(request: Request, estimate: Estimate) -> Mapping[str, object]:
    """Return what would be sent, whole, as JSON has it."""
    return {
        "dry_run": True,
        "method": "POST",
        "path": request.PATH,
        "body": body_of(request),
        "estimate": estimate_fields(request, estimate),
    }


def plan_lines(request: Request, estimate: Estimate) -> str:
    """Return what would be sent, pictures and long texts in brief, for a person."""
    body = {name: "***" if name == _SECRET else _in_brief(value) for name, value in body_of(request).items()}
    return "\n".join(
        [
            estimate_lines(request, estimate),
            f"POST {request.PATH}",
            json.dumps(body, indent=2, ensure_ascii=False),
        ]
    )


def model_fields(row: ModelRow) -> Mapping[str, object]:
    """Return a model as JSON has it."""
    return asdict(row)


def item_fields(ended: EndedItem) -> Mapping[str, object]:
    """Return how an item of a batch came out, as JSON has it."""
    line, item = ended.line, ended.item
    return {
        "line": line.number,
        "line_id": line.id,
        "outcome": item.outcome.value,
        "id": item.id,
        "polling_url": item.polling_url,
        "output": None if item.path is None else str(item.path),
        "cost_credits": item.cost_credits,
        "error": None if item.error is None else item.error.to_dict(),
    }


def item_line(ended: EndedItem) -> str:
    """Return how an item of a batch came out, for a person."""
    line, item = ended.line, ended.item
    name = f"line {line.number}" + ("" if line.id is None else f" ({line.id})")
    if item.error is not None:
        return f"{name}: {item.outcome.value}: {item.error}"
    return f"{name}: {item.outcome.value} {item.path}{priced(item.cost_credits)}"


def summary_fields(result: BatchResult, *, journal: Path, way_on: str | None) -> Mapping[str, object]:
    """Return how a batch came out, as JSON has it."""
    counts = {outcome.value: count for outcome, count in result.counts.items() if outcome is not BatchOutcome.READY}
    return {
        "summary": {
            "items": len(result.items),
            **counts,
            "known_credits": result.known_credits,
            "unknown_credits": result.unknown_credits,
            "journal": str(journal),
            "stopped_by": None if result.stopped_by is None else result.stopped_by.to_dict(),
            "resume": way_on,
        }
    }


def summary_line(result: BatchResult) -> str:
    """Return how a batch came out, for a person."""
    said = ", ".join(f"{count} {outcome.value.replace('_', ' ')}" for outcome, count in result.counts.items() if count)
    return f"{in_number(len(result.items), 'item')}: {said}; {_charged(result)}"


def counts_line(counts: Counts) -> str:
    """Return how far a batch came, for a person."""
    parts = f"{counts.ready} saved, {counts.failed} failed, {counts.unknown} unknown"
    return f"{counts.ended} of {in_number(counts.total, 'item')} ended: {parts}; {counts.active} active"


def order_fields(line: JobLine, order: Order) -> Mapping[str, object]:
    """Return what would be sent for a line, whole, as JSON has it."""
    return {
        "line": line.number,
        "line_id": line.id,
        "path": order.path,
        "body": json.loads(order.body),
        "credits": order.estimate_credits,
        "is_exact": order.is_price_certain,
    }


def order_line(line: JobLine, order: Order) -> str:
    """Return what would be sent for a line, for a person."""
    about = "" if order.is_price_certain else "about "
    price = "price unknown" if order.estimate_credits is None else f"{about}{in_credits(order.estimate_credits)}"
    return f"line {line.number}: {order.model}, {price}"


def quotes_line(quotes: Quotes) -> str:
    """Return what a batch would cost, for a person."""
    about = "" if quotes.is_exact else "about "
    rest = f", and {quotes.unknown_prices} of unknown price" if quotes.unknown_prices else ""
    return f"{in_number(quotes.items, 'item')}: {about}{in_money(quotes.credits)}{rest}"


def in_number(count: int, noun: str) -> str:
    """Return so many things."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _charged(result: BatchResult) -> str:
    charged = f"{in_money(result.known_credits)} charged"
    if result.unknown_credits is None:
        return f"{charged}, and perhaps more, at a price that is not known"
    return f"{charged}, and at most {in_credits(result.unknown_credits)} more" if result.unknown_credits else charged


def _in_brief(value: object) -> object:
    if isinstance(value, list):
        return [_in_brief(each) for each in value]
    if not isinstance(value, str):
        return value
    if is_url(value):
        return redact_url(value)
    size = size_of_text(value) if len(value) > _LONG else None
    if size is not None:
        return f"<a picture of {size[0]}x{size[1]} pixels in base64>"
    return value if len(value) <= _LONG else f"{value[:_LONG]}..."
