"""The `bfl` command: its arguments, what it calls, how it speaks and how it ends."""

from __future__ import annotations

import click

# Named first, so that a missing extra is told at once, and not in the midst of a paid task on a terminal.
import rich  # noqa: F401 - used by what is loaded on a terminal only

from bfl_client import _exits

from .batches import batch
from .door import Door
from .facts import credits, estimate, models
from .interrupts import end_on_sigterm
from .pictures import edit, generate
from .resumed import download, wait

__all__ = ["bfl", "end_on_sigterm"]


def _epilog() -> str:
    return "\b\nExit codes:\n" + (_exits.__doc__ or "").partition("\n\n")[2]


@click.group(cls=Door, epilog=_epilog())
def bfl() -> None:
    """Generate pictures with the BFL FLUX API.

    The key comes from BFL_API_KEY, or from .env in the working directory.
    """


for _command in (generate, edit, batch, wait, download, credits, estimate, models):
    bfl.add_command(_command)
