"""What may be a store's file and what may not, and what its transactions promise."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import make_dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_bfl.clock import ManualClock
from mock_bfl.core.exchange import Exchange
from mock_bfl.errors import StoreError
from mock_bfl.store.sqlite import STORED, SqliteStore
from mock_bfl.store.sqlite_codec import Codec, fingerprint_of
from mock_bfl.store.sqlite_file import Database, FileInUse
from mock_bfl.store.sqlite_schema import SCHEMA
from tests.store.values import values

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60
ARRIVED = Exchange(at_ms=0, real_ms=0, account="one", method="GET", path="/")

Open = Callable[[], SqliteStore]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "tasks.db"


@pytest.fixture
def reopened(file: Path, clock: ManualClock) -> Iterator[Open]:
    """Opens the same file once more, as another process would."""
    with ExitStack() as opened:
        yield lambda: opened.enter_context(closing(SqliteStore(file, clock=clock)))


@pytest.mark.parametrize("kind", STORED, ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_whatever_is_stored_is_read_back_equal(kind: type, data: st.DataObject) -> None:
    codec: Codec[Any] = Codec(kind)
    value = data.draw(values(kind))
    assert codec.decode(codec.encode(value)) == value


def outer(**inside: type) -> type:
    """Return a class that holds another one of these fields."""
    inner: Any = make_dataclass("Inner", inside.items())
    return make_dataclass("Outer", [("parts", tuple[inner, ...])])


def test_the_version_of_a_file_follows_from_the_fields_of_what_is_stored_however_deep() -> None:
    versions = [
        fingerprint_of((kind,), schema="") for kind in (outer(size=int), outer(size=float), outer(size=int, colour=str))
    ]
    assert len(set(versions)) == 3
    assert fingerprint_of((outer(size=int),), schema="") == versions[0]


def test_the_version_of_a_file_follows_from_its_tables_too() -> None:
    assert fingerprint_of((outer(size=int),), schema="one") != fingerprint_of((outer(size=int),), schema="two")


def test_a_file_of_another_version_gets_a_sentence(file: Path, clock: ManualClock) -> None:
    SqliteStore(file, clock=clock).close()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA user_version=7")
    with pytest.raises(StoreError, match=r"written by another version of mock-bfl.*name a file"):
        SqliteStore(file, clock=clock)


def test_a_database_of_another_program_gets_a_sentence_and_stays_as_it_was(file: Path, clock: ManualClock) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE birds (name TEXT)")
    before = file.read_bytes()
    with pytest.raises(StoreError, match="a database of another program"):
        SqliteStore(file, clock=clock)
    assert file.read_bytes() == before


def test_a_file_that_is_no_database_gets_a_sentence_and_stays_as_it_was(file: Path, clock: ManualClock) -> None:
    file.write_text("notes " * 1000, "utf-8")
    with pytest.raises(StoreError, match=r"tasks\.db cannot be used as a store: file is not a database"):
        SqliteStore(file, clock=clock)
    assert file.read_text("utf-8") == "notes " * 1000


@pytest.mark.parametrize("path", [".", "no-such-directory/tasks.db"])
def test_what_cannot_be_opened_gets_a_sentence(tmp_path: Path, path: str, clock: ManualClock) -> None:
    with pytest.raises(StoreError, match="name a file in a directory that may be written"):
        SqliteStore(tmp_path / path, clock=clock)


def test_what_a_failed_transaction_wrote_was_never_there(reopened: Open) -> None:
    store = reopened()

    def fail_halfway() -> None:
        with store.transaction():
            with store.transaction():
                store.set_lever(None, "a", "1")
                store.journal.arrive(ARRIVED)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_halfway()
    assert store.lever(None, "a") is None
    assert store.journal.arrive(ARRIVED).number == 1


def test_after_a_failed_transaction_the_next_one_goes_through(reopened: Open) -> None:
    store = reopened()
    with pytest.raises(ZeroDivisionError), store.transaction():
        raise ZeroDivisionError
    with store.transaction():
        store.set_lever(None, "a", "1")
    assert reopened().lever(None, "a") == "1"


def test_another_process_sees_a_transaction_when_it_has_ended_and_not_before(reopened: Open) -> None:
    one, other = reopened(), reopened()
    with one.transaction():
        one.set_lever(None, "a", "1")
        assert other.lever(None, "a") is None
    assert other.lever(None, "a") == "1"


def test_another_process_decides_nothing_before_a_transaction_has_ended(reopened: Open) -> None:
    """Even one that has not written anything yet: what it has read must still hold when it does."""
    one, other = reopened(), reopened()
    decided = threading.Event()

    def decide() -> None:
        with other.transaction():
            decided.set()

    thread = threading.Thread(target=decide, daemon=True)
    with one.transaction():
        one.lever(None, "a")
        thread.start()
        assert not decided.wait(0.05)
    assert decided.wait(PATIENCE_S)
    thread.join(PATIENCE_S)


def test_a_number_of_the_journal_is_given_once_whoever_asks(reopened: Open) -> None:
    one, other = reopened(), reopened()
    assert [store.journal.arrive(ARRIVED).number for store in (one, other, one)] == [1, 2, 3]


def test_who_wants_a_file_alone_is_refused_while_another_has_it(file: Path, reopened: Open) -> None:
    reopened()
    with pytest.raises(FileInUse, match="in use by another process"):
        Database(file, schema=SCHEMA, version=fingerprint_of(STORED, schema=SCHEMA), alone=True)


def started(file: Path, submits: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.store.crowd", str(file), str(submits)]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize(
    ("processes", "rounds"), [(4, 1), pytest.param(4, 20, marks=pytest.mark.deep)], ids=["once", "often"]
)
def test_several_processes_over_one_file_never_accept_a_25th_task(tmp_path: Path, processes: int, rounds: int) -> None:
    for number in range(rounds):
        crowd = [started(tmp_path / f"{number}.db", submits=12) for _ in range(processes)]
        try:
            for each in crowd:
                assert each.stdout is not None
                assert each.stdout.readline() == "ready\n"
            for each in crowd:
                assert each.stdin is not None
                each.stdin.write("go\n")
                each.stdin.flush()
            statuses = [status for each in crowd for status in json.loads(each.communicate(timeout=PATIENCE_S)[0])]
        finally:
            for each in crowd:
                each.kill()
                each.wait(PATIENCE_S)
        assert (statuses.count(200), statuses.count(429)) == (24, 12 * processes - 24)
