"""`bfl generate` and `bfl edit`: submit one request, wait, save the picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import click

from bfl_client._models import checked_output
from bfl_client._prices import estimate
from bfl_client._tasks import Task
from bfl_client.models import Request

from . import wording
from .acting import Run, running
from .asked import request_from
from .options import (
    Reach,
    Spending,
    field_options,
    mask_option,
    model_option,
    output_option,
    reach_options,
    spending_options,
)


@click.command()
@click.argument("prompt")
@output_option
@model_option
@field_options
@spending_options
@reach_options
def generate(
    *, prompt: str, output: Path, model: str, fields: Mapping[str, object], spending: Spending, reach: Reach
) -> None:
    """Generate a picture of PROMPT, which costs credits, and save it."""
    with running(reach, output=output) as run:
        request = request_from(model, prompt=prompt, fields=fields, output=checked_output(output))
        _make(request, output, run=run, spending=spending)


@click.command()
@click.argument("prompt", required=False)
@click.option(
    "--image",
    "images",
    multiple=True,
    required=True,
    metavar="FILE|URL",
    help="A picture to start from; repeatable, up to what the model takes.",
)
@mask_option
@output_option
@model_option
@field_options
@spending_options
@reach_options
def edit(
    *,
    prompt: str | None,
    images: Sequence[str],
    mask: str | None,
    output: Path,
    model: str,
    fields: Mapping[str, object],
    spending: Spending,
    reach: Reach,
) -> None:
    """Change pictures as PROMPT says, which costs credits, and save the result.

    Some tools, such as deblur, need no prompt.
    """
    with running(reach, output=output) as run:
        request = request_from(
            model, prompt=prompt, fields=fields, images=images, mask=mask, output=checked_output(output)
        )
        _make(request, output, run=run, spending=spending)


def finish(task: Task, output: Path, *, run: Run, on_update: Callable[..., None] | None = None) -> None:
    """Wait for a task, save its picture, and say so."""
    result = task.wait(timeout_s=run.deadline.remaining_s, on_update=on_update or run.display.seen)
    task.download(output, timeout_s=run.deadline.remaining_s)
    run.display.note(f"saved: seed {result.seed}{wording.priced(result.cost_credits)}")
    run.display.result(wording.result_fields(result, output), bytes(output))


def _make(request: Request, output: Path, *, run: Run, spending: Spending) -> None:
    if spending.dry_run:
        price = estimate(request)
        return run.display.result(wording.plan_fields(request, price), wording.plan_lines(request, price))
    with run.client(budget_credits=spending.budget) as client:
        return finish(run.submit(client, request), output, run=run)
