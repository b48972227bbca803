"""Where the words of a command go: results to stdout, everything else to stderr. This is the stage without a terminal.

A reader that went away (`| head`) is told nothing more, and the command goes on: what it does may be paid for.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self, TextIO

import click


@dataclass(frozen=True, slots=True)
class Counts:
    """How far a batch is. `active` items are accepted and have not ended; `credits` is what is known to be charged."""

    total: int
    ready: int = 0
    failed: int = 0
    unknown: int = 0
    active: int = 0
    credits: float = 0.0

    @property
    def ended(self) -> int:
        """How many items have come to an end."""
        return self.ready + self.failed + self.unknown


class Stage(Protocol):
    """Shows what a command says."""

    def __enter__(self) -> Self:
        """Begin to show how it goes."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Take away what was there for the time being."""

    def result(self, text: str | bytes) -> None:
        """Print a line of the result; bytes go out as they are."""

    def table(self, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Print a result that has many rows."""

    def note(self, line: str) -> None:
        """Print a line for a person."""

    def busy(self, line: str) -> None:
        """Show that something is going on, where that can be taken away again."""

    def step(self, line: str, *, fraction: float | None) -> None:
        """Show what a task is doing, and how much of it is done if that is known."""

    def count(self, counts: Counts, *, line: str, is_good: bool) -> None:
        """Show how far a batch is; `line` is what is new, empty if that is but a number."""


class Outlet:
    """Prints lines on stdout or stderr, until nobody reads them."""

    def __init__(self, *, is_stderr: bool) -> None:
        self._is_stderr = is_stderr
        self._is_heard = True

    @property
    def stream(self) -> TextIO:
        """The stream as it is now; a test may have replaced it."""
        return sys.stderr if self._is_stderr else sys.stdout

    def say(self, text: str | bytes) -> None:
        """Print a line; what its encoding cannot say comes escaped."""
        if not self._is_heard:
            return
        if isinstance(text, str):
            text = text.encode(self.stream.encoding or "utf-8", "backslashreplace")
        try:
            click.echo(text, err=self._is_stderr)
        except BrokenPipeError:
            self._is_heard = False
            _drain_into_nothing(self.stream)


class PlainStage:
    """Shows all as lines, so that a log reads well."""

    def __init__(self) -> None:
        self._out, self._err = Outlet(is_stderr=False), Outlet(is_stderr=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Leave the lines where they are."""

    def result(self, text: str | bytes) -> None:
        """Print a line of the result; bytes go out as they are."""
        self._out.say(text)

    def table(self, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Print a line for each row, its cells between tabs."""
        for row in (headings, *rows):
            self.result("\t".join(row))

    def note(self, line: str) -> None:
        """Print a line for a person."""
        self._err.say(printable(line))

    def busy(self, line: str) -> None:
        """Say nothing: the next line comes soon."""

    def step(self, line: str, *, fraction: float | None) -> None:
        """Print what a task is doing; the fraction is in the line."""
        del fraction
        self.note(line)

    def count(self, counts: Counts, *, line: str, is_good: bool) -> None:
        """Print what is new, and how many have ended."""
        del is_good
        if line:
            self.note(f"{counts.ended}/{counts.total} {line}")


def printable(text: str) -> str:
    """Return a text that does nothing to a terminal: control characters but line breaks and tabs come escaped."""
    return "".join(
        character if character in "\n\t" or not _is_control(character) else f"\\x{ord(character):02x}"
        for character in text
    )


def _is_control(character: str) -> bool:
    return character < " " or "\x7f" <= character <= "\x9f"


def _drain_into_nothing(stream: TextIO) -> None:
    """Let the rest of a stream, which Python writes at its end, go nowhere.  [Python docs: note on SIGPIPE]"""
    try:
        number = stream.fileno()
    except (io.UnsupportedOperation, ValueError):
        return  # no file of the system
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, number)
    os.close(nothing)
