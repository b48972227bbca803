"""Several processes over one file, each with its own idea of the real time: no account sees its time go back."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_bfl.clock import ManualClock
from mock_bfl.core.rate import PollWindow, count_poll
from mock_bfl.core.timeline import Timeline
from mock_bfl.store.sqlite import SqliteStore

START_MS = ManualClock().real_ms()
APART_MS = [1, 50, 99, 100, 3_600_000]
RATES = [None, 0, 0.5, 1, 3]  # of an account's own timeline; None: it follows the common one


class Process:
    """A process over the file: its store, and the clock that it believes in."""

    def __init__(self, file: Path, *, clock: ManualClock) -> None:
        self.clock = clock
        self.store = SqliteStore(file, clock=clock)

    def shown_ms(self, account: str | None = None) -> int:
        """Return what the process shows an account, decided in a transaction as a use case does."""
        with self.store.transaction():
            return self.store.timeline(account).at(self.clock.real_ms())

    def asked_beside_ms(self, account: str | None = None) -> int:
        """Return what the process shows who asks outside of a transaction."""
        return self.store.timeline(account).at(self.clock.real_ms())

    def fails_ms(self) -> None:
        """Let a use case fail after it has looked at the clock."""
        with suppress(ZeroDivisionError), self.store.transaction():
            self.shown_ms()
            raise ZeroDivisionError


Start = Callable[..., Process]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a process whose clock is `late_ms` behind."""
    with ExitStack() as running:

        def started(*, late_ms: int = 0) -> Process:
            process = Process(tmp_path / "tasks.db", clock=ManualClock(START_MS - late_ms))
            running.callback(process.store.close)
            return process

        yield started


@pytest.mark.parametrize("late_ms", APART_MS)
@pytest.mark.parametrize("rate", RATES)
def test_what_one_process_has_shown_no_other_shows_earlier(start: Start, *, late_ms: int, rate: float | None) -> None:
    one, late = start(), start(late_ms=late_ms)
    if rate is not None:
        one.store.set_timeline("a", Timeline(START_MS, START_MS, rate))
    instants = []
    for span_ms in (0, 1, 98, 1, 1, 500):
        for process in (one, late):
            process.clock.advance(ms=span_ms)
        instants += [one.shown_ms("a"), late.shown_ms("a"), one.asked_beside_ms("a"), late.asked_beside_ms("a")]
    assert instants == sorted(instants)


def test_processes_whose_clocks_agree_move_no_time(start: Start) -> None:
    one, other = start(), start()
    for seconds in range(50):
        assert one.shown_ms() == other.shown_ms() == other.asked_beside_ms() == START_MS + 1000 * seconds
        for process in (one, other):
            process.clock.advance(seconds=1)


def test_a_process_whose_clock_is_late_shows_what_the_other_shows(start: Start) -> None:
    one, late = start(), start(late_ms=3_600_000)
    for _ in range(50):
        assert late.shown_ms() == one.shown_ms()
        for process in (one, late):
            process.clock.advance(seconds=1)


def test_time_does_not_stand_still_when_the_process_with_the_earlier_clock_is_alone(start: Start) -> None:
    one, late = start(), start(late_ms=3_600_000)
    before_ms = one.shown_ms()
    late.shown_ms()
    one.store.close()
    late.clock.advance(seconds=7)
    assert late.shown_ms() == before_ms + 7000


@pytest.mark.parametrize("late_ms", APART_MS)
def test_what_a_late_process_sets_is_set_for_all(start: Start, late_ms: int) -> None:
    one, late = start(), start(late_ms=late_ms)
    one.shown_ms()
    with late.store.transaction():
        real_ms = late.clock.real_ms()
        late.store.set_timeline("a", late.store.timeline("a").advanced(60_000, real_ms=real_ms))
    assert one.shown_ms("a") == late.shown_ms("a") == START_MS + 60_000


def test_a_late_process_counts_polls_by_the_second_that_the_other_began(start: Start) -> None:
    one, late = start(), start(late_ms=3_600_000)
    with one.store.transaction():
        one.store.timeline("a")
        one.store.set_poll_window("a", count_poll(one.store.poll_window("a"), real_ms=one.clock.real_ms()))
    late.shown_ms()
    late.clock.advance(ms=999)
    with late.store.transaction():
        window = late.store.poll_window("a")
    assert count_poll(window, real_ms=late.clock.real_ms()).used == 2
    late.clock.advance(ms=1)
    assert count_poll(window, real_ms=late.clock.real_ms()).used == 1


def test_a_window_that_nobody_began_is_none(start: Start) -> None:
    one, late = start(), start(late_ms=3_600_000)
    one.shown_ms()
    with late.store.transaction():
        assert late.store.poll_window("a") == PollWindow()


def test_what_was_seen_in_a_use_case_that_failed_is_not_taken_for_what_the_file_knows(start: Start) -> None:
    """The failure took back what was written of the instant: who looks again must write it again."""
    one = start()
    one.clock.advance(seconds=60)
    one.fails_ms()
    before_ms = one.shown_ms()
    assert start(late_ms=3_600_000).shown_ms() >= before_ms


def test_a_reset_of_everything_puts_the_time_of_every_process_right(start: Start) -> None:
    one, late, later = start(), start(late_ms=3_600_000), start(late_ms=3_600_000)
    for process in (one, late, later):
        process.shown_ms()
    one.store.close()
    late.store.reset(None)
    assert later.shown_ms() == late.shown_ms() == late.clock.real_ms()


def test_a_reset_that_failed_puts_nothing_back(start: Start) -> None:
    one, late = start(), start(late_ms=3_600_000)
    before_ms = one.shown_ms()
    with suppress(ZeroDivisionError), late.store.transaction():
        late.store.reset(None)
        raise ZeroDivisionError
    assert late.shown_ms() == before_ms


STEPS = st.lists(
    st.tuples(
        st.integers(0, 2),  # which process
        st.sampled_from(["look", "look beside", "fail", "set", "restart", "pass"]),
        st.integers(0, 5000),  # how its clock moves
    ),
    max_size=30,
)


@given(late_ms=st.lists(st.integers(0, 3000), min_size=3, max_size=3), steps=STEPS)
def test_whoever_looks_in_whatever_order_time_goes_forward(
    late_ms: list[int], steps: list[tuple[int, str, int]]
) -> None:
    """The clocks drift apart, processes stop and come again with a clock that was set back: time does not."""
    with tempfile.TemporaryDirectory() as directory, ExitStack() as running:
        file = Path(directory, "tasks.db")
        processes = [Process(file, clock=ManualClock(START_MS - late)) for late in late_ms]
        for process in processes:
            running.enter_context(closing(process.store))
        seen_ms = 0
        for number, step, span_ms in steps:
            process = processes[number]
            match step:
                case "pass":
                    process.clock.advance(ms=span_ms)
                case "fail":
                    process.fails_ms()
                case "set":
                    with process.store.transaction():
                        real_ms = process.clock.real_ms()
                        process.store.set_timeline(None, process.store.timeline(None).advanced(1, real_ms=real_ms))
                case "restart":
                    process.store.close()
                    process = processes[number] = Process(file, clock=ManualClock(START_MS - span_ms))
                    running.enter_context(closing(process.store))
            now_ms = process.asked_beside_ms() if step == "look beside" else process.shown_ms()
            assert now_ms >= seen_ms
            seen_ms = now_ms
