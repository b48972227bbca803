"""`--store` from the command line to the file."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from mock_bfl.cli import main
from mock_bfl.fixtures import ServerPool
from mock_bfl.store import MemoryStore
from mock_bfl.store.sqlite import SqliteStore


@pytest.mark.parametrize(
    ("store", "sentence"),
    [
        ("redis", r"store is memory, or sqlite:PATH such as sqlite:tasks\.db, not 'redis'"),
        ("sqlite:", "store is memory, or sqlite:PATH"),
        ("sqlite:notes.txt", r"notes\.txt cannot be used as a store: file is not a database"),
        ("sqlite:no-such-directory/tasks.db", "name a file in a directory that may be written"),
    ],
)
def test_a_store_that_cannot_be_gets_a_sentence(
    store: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("notes.txt").write_text("notes " * 1000, "utf-8")
    monkeypatch.setattr(sys, "argv", ["mock-bfl", "serve", "--listen", "127.0.0.1:0", "--store", store])
    with pytest.raises(SystemExit, match=f"^mock-bfl: .*{sentence}"):
        main()


def test_the_fixtures_keep_their_tasks_where_they_are_told_to(tmp_path: Path) -> None:
    with ServerPool() as pool:
        kept = pool.account("kept", settings={"store": f"sqlite:{tmp_path / 'tasks.db'}"})
        forgotten = pool.account("forgotten", settings={})
        assert isinstance(kept.engine.context.store, SqliteStore)
        assert isinstance(forgotten.engine.context.store, MemoryStore)
        kept.clock.freeze()
        now_ms = kept.clock.now_ms
    with ServerPool() as pool:
        assert pool.account("kept", settings={"store": f"sqlite:{tmp_path / 'tasks.db'}"}).clock.now_ms == now_ms
