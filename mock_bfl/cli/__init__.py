"""The command `mock-bfl`: serve, demo, models, price, dialects.

Each command is imported when it is called: `serve` must not carry what only `demo` needs, nor wait for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType

import click

from mock_bfl import __version__
from mock_bfl.errors import MockBFLError

_MODULES: Mapping[str, str] = MappingProxyType(
    {
        "serve": "mock_bfl.cli.serve",
        "demo": "mock_bfl.cli.demo",
        "models": "mock_bfl.cli.tables",
        "price": "mock_bfl.cli.tables",
        "dialects": "mock_bfl.cli.tables",
        "openapi": "mock_bfl.cli.openapi",
        "verdict": "mock_bfl.cli.verdict",
    }
)


class _LazyGroup(click.Group):
    """A group whose commands are imported when they are asked for, as click's documentation proposes."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, in the order in which a newcomer needs them."""
        return list(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command by name."""
        if cmd_name not in _MODULES:
            return None
        command: click.Command = getattr(import_module(_MODULES[cmd_name]), cmd_name)
        return command


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="mock-bfl")
def cli() -> None:
    """An offline double of the Black Forest Labs FLUX image API."""


def main() -> None:
    """Run the command; what the package raises becomes a sentence and exit code 1."""
    try:
        cli()
    except MockBFLError as error:
        raise SystemExit(f"mock-bfl: {error}") from error


__all__ = ["cli", "main"]
