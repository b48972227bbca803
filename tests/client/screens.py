"""Real pipes and a real (pseudo) terminal for a command that runs in this very process."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from bfl_client._commands import bfl

Kind = Literal["pipe", "terminal", "closed"]


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what came out where; both streams of one terminal come as one."""

    exit_code: int
    stdout: str
    stderr: str


def call(arguments: Sequence[str], *, obj: object = None, stdout: Kind = "pipe", stderr: Kind = "pipe") -> Ended:
    """Run the command with its streams on pipes or terminals."""
    with _sink(stdout) as out, _sink(stderr) as err:
        before = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = out.writer, err.writer
        try:
            code = _exit_code(arguments, obj)
        finally:
            sys.stdout, sys.stderr = before
        out.writer.close()
        err.writer.close()
    return Ended(code, out.text, err.text)


def _exit_code(arguments: Sequence[str], obj: object) -> int:
    try:
        bfl.main(list(arguments), prog_name="bfl", obj=obj)
    except SystemExit as ending:
        return ending.code if isinstance(ending.code, int) else 0
    raise AssertionError("a command ends by exiting")


class _Sink:
    """The writing end for the command, and a thread that reads what came."""

    def __init__(self, kind: Kind) -> None:
        self._reader, written = os.openpty() if kind == "terminal" else os.pipe()
        self.writer = open(written, "w", encoding="utf-8", errors="backslashreplace", buffering=1)  # noqa: PTH123, SIM115 - a descriptor, closed by who uses it
        self._pieces: list[bytes] = []
        self._thread = threading.Thread(target=self._read)
        if kind == "closed":
            os.close(self._reader)
        else:
            self._thread.start()

    @property
    def text(self) -> str:
        return b"".join(self._pieces).decode("utf-8", "surrogateescape").replace("\r\n", "\n")

    def end(self) -> None:
        if self._thread.ident is not None:
            self._thread.join()
            os.close(self._reader)

    def _read(self) -> None:
        try:
            while piece := os.read(self._reader, 65536):
                self._pieces.append(piece)
        except OSError:
            return  # a terminal that is closed: EIO


@contextmanager
def _sink(kind: Kind) -> Iterator[_Sink]:
    sink = _Sink(kind)
    try:
        yield sink
    finally:
        sink.writer.close()
        sink.end()
