"""What a restart finds on the same file: time that goes on, leases that ended with their holder, ids that are new."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from mock_bfl.clock import ManualClock
from mock_bfl.core.rate import PollWindow
from mock_bfl.core.timeline import Timeline
from mock_bfl.core.webhook import Delivery
from mock_bfl.engine import Engine, account_of
from mock_bfl.settings import load_settings
from mock_bfl.store.sqlite import SqliteStore
from mock_bfl.testing import engine_from
from tests.store.crowd import KEY, submit

START_MS = ManualClock().real_ms()
DELIVERY = Delivery(id="one", account="a", task_id="t", due_at_ms=0, leased_until_real_ms=START_MS + 40_000)

Life = Callable[[ManualClock], SqliteStore]
End = Callable[[SqliteStore, Path], Path]


def stop(store: SqliteStore, file: Path) -> Path:
    """End cleanly; return where to go on."""
    store.close()
    return file


def kill(store: SqliteStore, file: Path) -> Path:
    """End as by kill -9: a copy of the open files is what such a process leaves behind."""
    left = file.parent / "left"
    left.mkdir()
    for part in file.parent.glob("tasks.db*"):
        shutil.copy(part, left)
    store.close()
    return left / file.name


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "tasks.db"


@pytest.fixture(params=[stop, kill])
def end(request: pytest.FixtureRequest) -> End:
    chosen: End = request.param
    return chosen


def shown(store: SqliteStore, clock: ManualClock, account: str | None = None) -> int:
    return store.timeline(account).at(clock.real_ms())


def test_time_goes_on_while_no_process_runs(file: Path, end: End, clock: ManualClock) -> None:
    store = SqliteStore(file, clock=clock)
    store.set_timeline("hasty", Timeline(START_MS, START_MS + 5000, rate=2))
    assert shown(store, clock) == START_MS
    left = end(store, file)
    clock.advance(seconds=60)
    with closing(SqliteStore(left, clock=clock)) as store:
        assert shown(store, clock) == START_MS + 60_000
        assert shown(store, clock, "hasty") == START_MS + 125_000


def test_a_frozen_clock_stays_frozen(file: Path, end: End, clock: ManualClock) -> None:
    store = SqliteStore(file, clock=clock)
    store.set_timeline(None, Timeline(START_MS, START_MS + 5000, rate=0))
    left = end(store, file)
    clock.advance(seconds=60)
    with closing(SqliteStore(left, clock=clock)) as store:
        assert shown(store, clock) == START_MS + 5000


@pytest.mark.parametrize("rate", [0, 0.5, 1, 3])
@pytest.mark.parametrize("set_back_ms", [1, 86_400_000])
def test_time_never_goes_back_though_the_machines_clock_was_set_back(
    file: Path, end: End, clock: ManualClock, *, rate: float, set_back_ms: int
) -> None:
    store = SqliteStore(file, clock=clock)
    store.set_timeline("own", Timeline(START_MS, START_MS, rate))
    clock.advance(seconds=60)
    before = {account: shown(store, clock, account) for account in (None, "own")}
    left = end(store, file)
    yesterday = ManualClock(clock.real_ms() - set_back_ms)
    with closing(SqliteStore(left, clock=yesterday)) as store:
        after = {account: shown(store, yesterday, account) for account in (None, "own")}
        assert after == before
        yesterday.advance(seconds=1)
        assert shown(store, yesterday) == after[None] + 1000
        assert shown(store, yesterday, "own") == after["own"] + 1000 * rate


def test_a_clock_that_was_set_back_once_moves_time_once(file: Path, clock: ManualClock) -> None:
    SqliteStore(file, clock=clock).close()
    yesterday = ManualClock(START_MS - 86_400_000)
    instants = []
    for _ in range(3):
        with closing(SqliteStore(file, clock=yesterday)) as store:
            instants.append(shown(store, yesterday) - yesterday.real_ms())
        yesterday.advance(seconds=1)
    assert len(set(instants)) == 1


def test_after_a_clock_was_set_back_polls_are_counted_anew(file: Path, clock: ManualClock) -> None:
    """The window of a second runs on the real clock: it would not end before tomorrow."""
    with closing(SqliteStore(file, clock=clock)) as store:
        store.set_poll_window("one", PollWindow(START_MS, 1200))
        shown(store, clock)
    with closing(SqliteStore(file, clock=ManualClock(START_MS - 86_400_000))) as store:
        assert store.poll_window("one") == PollWindow()


def test_a_reset_puts_the_clock_right_again(file: Path, clock: ManualClock) -> None:
    SqliteStore(file, clock=clock).close()
    yesterday = ManualClock(START_MS - 86_400_000)
    with closing(SqliteStore(file, clock=yesterday)) as store:
        store.reset(None)
        assert shown(store, yesterday) == yesterday.real_ms()


def test_a_process_beside_another_one_moves_no_clock(file: Path, clock: ManualClock) -> None:
    with ExitStack() as opened:
        one, other = (opened.enter_context(closing(SqliteStore(file, clock=clock))) for _ in range(2))
        assert shown(one, clock) == shown(other, clock) == START_MS


def test_a_lease_ends_with_the_process_that_held_it(file: Path, end: End, clock: ManualClock) -> None:
    store = SqliteStore(file, clock=clock)
    store.outbox.add((DELIVERY,))
    with closing(SqliteStore(end(store, file), clock=clock)) as store:
        assert [row.leased_until_real_ms for row in store.outbox.waiting("a")] == [0]


def test_a_lease_holds_while_its_process_lives(file: Path, clock: ManualClock) -> None:
    with ExitStack() as opened:
        one = opened.enter_context(closing(SqliteStore(file, clock=clock)))
        one.outbox.add((DELIVERY,))
        other = opened.enter_context(closing(SqliteStore(file, clock=clock)))
        assert tuple(other.outbox.waiting("a")) == (DELIVERY,)


@pytest.fixture
def started(file: Path, clock: ManualClock) -> Iterator[Callable[..., Engine]]:
    """Starts a mock on the file, after ending the one before."""
    with ExitStack() as running:

        def start(**settings: object) -> Engine:
            running.close()
            engine = engine_from(load_settings({"store": f"sqlite:{file}", **settings}, environment={}), clock=clock)
            running.callback(engine.context.store.close)
            return engine

        yield start


def ids_of(engine: Engine, count: int) -> list[str | None]:
    return [submit(engine)[1] for _ in range(count)]


def test_an_id_never_comes_again_after_a_restart(started: Callable[..., Engine]) -> None:
    ids = [task_id for _ in range(3) for task_id in ids_of(started(), 2)]
    assert len(set(ids)) == 6


def test_after_a_reset_the_same_ids_are_born_again(started: Callable[..., Engine]) -> None:
    first = ids_of(started(), 2)
    engine = started()
    engine.control.reset(account_of(KEY))
    assert ids_of(engine, 2) == first


def test_a_restart_may_speak_another_dialect(started: Callable[..., Engine]) -> None:
    _, task_id = submit(started(dialect="live"))
    engine = started(dialect="guide")
    with engine.context.store.transaction():
        task = engine.context.store.task(task_id or "")
    assert task is not None
    assert str(submit(engine)[1]).startswith("gen_")


def test_what_was_not_answered_for_lack_of_slots_is_admitted_once_time_went_on(
    started: Callable[..., Engine], clock: ManualClock
) -> None:
    engine = started()
    assert [submit(engine)[0] for _ in range(25)] == [200] * 24 + [429]
    assert submit(started())[0] == 429
    clock.advance(seconds=60)
    assert submit(started())[0] == 200


def test_a_refund_that_falls_due_while_no_process_runs_is_paid_once(
    started: Callable[..., Engine], clock: ManualClock
) -> None:
    account, engine = account_of(KEY), started()
    submit(engine, 'a red cube [mock: status="Content Moderated" after=5s]')
    store = engine.context.store
    assert store.balance(account, now_ms=clock.real_ms()) == 997
    clock.advance(seconds=60)
    for _ in range(2):
        store = started().context.store
        assert store.balance(account, now_ms=clock.real_ms()) == 1000
