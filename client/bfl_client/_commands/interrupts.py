"""Ctrl-C that loses no paid task: while a submit is on its way, the first one waits for the answer, which holds the id.

Between two tries of a submit nothing is accepted, so there it takes effect at once. SIGTERM, which `timeout` and CI
send, ends a command the same way.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from bfl_client._clock import Clock


class Terminated(KeyboardInterrupt):
    """The command was asked to end by SIGTERM; whatever minds Ctrl-C minds this too."""


_KINDS: dict[int, type[KeyboardInterrupt]] = {signal.SIGINT: KeyboardInterrupt, signal.SIGTERM: Terminated}


def end_on_sigterm() -> None:
    """Make SIGTERM end this process as Ctrl-C does, unless it is ignored."""
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _raise)


class Interrupts:
    """Holds an interrupt back while a submit is on its way; is the clock of the client, so as to see its pauses.

    `say` is called when one is held back; a second one is not.
    """

    def __init__(self, clock: Clock, *, say: Callable[[], None]) -> None:
        self._clock = clock
        self._say = say
        self._is_pausing = False
        self._held: type[KeyboardInterrupt] | None = None
        self.came_in_a_pause = False

    def monotonic_s(self) -> float:
        return self._clock.monotonic_s()

    def epoch_s(self) -> float:
        return self._clock.epoch_s()

    def sleep(self, seconds: float) -> None:
        """Sleep as the clock does, but end with an interrupt that came before or meanwhile."""
        self._is_pausing = True
        try:
            if self._held is not None:
                raise self._held
            self._clock.sleep(seconds)
        except KeyboardInterrupt:
            self.came_in_a_pause = True
            raise
        finally:
            self._is_pausing = False

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold an interrupt back until the block has ended well; if it ends with an error, that says more."""
        with _handling(self._on_signal):
            yield
        if self._held is not None:
            raise self._held

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._is_pausing or self._held is not None:
            _raise(number, frame)
        self._held = _KINDS[number]
        _tell(self._say)


@contextmanager
def telling_of_interrupts(say: Callable[[], None]) -> Iterator[None]:
    """Say something at an interrupt, at once; what it ends may take its time."""

    def tell(number: int, frame: FrameType | None) -> None:
        _tell(say)
        _raise(number, frame)

    with _handling(tell):
        yield


def _tell(say: Callable[[], None]) -> None:
    # The signal may have come in the midst of printing, which cannot be entered twice.
    with suppress(RuntimeError):
        say()


@contextmanager
def _handling(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Handle the signals that are not ignored (`nohup`, a job in the background) for a while, in the main thread."""
    numbers = [number for number in _KINDS if signal.getsignal(number) not in (signal.SIG_IGN, signal.SIG_DFL, None)]
    if threading.current_thread() is not threading.main_thread():
        numbers = []
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)


def _raise(number: int, frame: FrameType | None) -> None:
    del frame
    raise _KINDS[number]
