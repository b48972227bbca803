"""Print the help of every command as it comes, at one width."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import click

from bfl_client._commands import bfl
from bfl_conformance.cli import main as bfl_conformance
from mock_bfl.cli import cli as mock_bfl

WIDTH = 100
COMMANDS: Mapping[str, click.Command] = {"mock-bfl": mock_bfl, "bfl": bfl, "bfl-conformance": bfl_conformance}


def all_help() -> str:
    """Return the help of each command and subcommand, a heading over each."""
    return "\n\n".join(
        f"{'##' if ' ' not in path else '###'} {path}\n\n```text\n{text}\n```" for path, _, text in _walked()
    )


def options_of() -> dict[str, frozenset[str]]:
    """Return the options that each command takes, by its full name; a group takes its own."""
    return {
        path: frozenset(option for parameter in command.params for option in parameter.opts) | {"--help", "-h"}
        for path, command, _ in _walked()
    }


def _walked() -> Iterator[tuple[str, click.Command, str]]:
    for name, command in COMMANDS.items():
        context = _context(command, name=name, parent=None)
        yield name, command, command.get_help(context)
        if isinstance(command, click.Group):
            yield from _below(command, context)


def _below(group: click.Group, context: click.Context) -> Iterator[tuple[str, click.Command, str]]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is not None:
            inner = _context(command, name=name, parent=context)
            yield inner.command_path, command, command.get_help(inner)


def _context(command: click.Command, *, name: str, parent: click.Context | None) -> click.Context:
    help_names = command.context_settings.get("help_option_names")
    return click.Context(command, info_name=name, parent=parent, terminal_width=WIDTH, help_option_names=help_names)
