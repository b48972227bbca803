"""The `bfl` command itself: what is wrong with its arguments comes as JSON too, and Ctrl-C is never a traceback."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from bfl_client import _exits

from .acting import WORDS
from .stages import Outlet


class Door(click.Group):
    """A group of commands that keeps the words it was called with."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Note the words before they are taken apart."""
        ctx.meta[WORDS] = ("bfl", *args)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was asked for; with --json say also what is wrong with its arguments as JSON."""
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            if "--json" not in ctx.meta[WORDS]:
                raise
            fields = {"error": "UsageError", "message": error.format_message()}
            Outlet(is_stderr=False).say(json.dumps(fields))
            sys.exit(error.exit_code)
        except KeyboardInterrupt:
            Outlet(is_stderr=True).say("Interrupted. Nothing was sent.")
            sys.exit(_exits.INTERRUPTED)
