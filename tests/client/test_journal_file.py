"""The journal file of a batch: what survives a kill, what is refused, and that two runs never share one."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bfl_client as bfl
from bfl_client._journal import Journal, batch_digest
from bfl_client._records import Accepted, Begin, Intent, ItemState, Refused, Saved, line_of

DIGESTS = ("a" * 64, "b" * 64)
INTENT = Intent(item=0, digest=DIGESTS[0], quote_credits=3.0)
ACCEPTED = Accepted(item=0, id="t1", polling_url="https://api.bfl.ai/v1/get_result?id=t1", cost_credits=3.0)
SAVED = Saved(item=0, path="/a.png", cost_credits=3.0)
STORY = (
    *(INTENT, ACCEPTED, Intent(item=1, digest=DIGESTS[1], quote_credits=None), SAVED),
    *(Refused(item=1, error={"error": "RateLimited"}), Intent(item=1, digest=DIGESTS[1], quote_credits=None)),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "batch.journal"


def opened(path: Path, digests: Sequence[str] = DIGESTS) -> Journal:
    return Journal(path, digests=digests)


def written(path: Path) -> bytes:
    with opened(path) as journal:
        for record in STORY:
            journal.append(record)
    return path.read_bytes()


def states(journal: Journal) -> list[ItemState]:
    return [known.state for known in journal.known]


def test_what_was_appended_is_known_to_the_next_run(path: Path) -> None:
    written(path)
    with opened(path) as journal:
        assert states(journal) == [ItemState.SAVED, ItemState.UNKNOWN]


def test_a_new_journal_begins_with_its_batch_and_knows_nothing(path: Path) -> None:
    with opened(path) as journal:
        assert states(journal) == [ItemState.NEW, ItemState.NEW]
    assert path.read_bytes() == line_of(Begin(batch=batch_digest(DIGESTS), items=2))


def test_opening_a_journal_again_adds_nothing(path: Path) -> None:
    before = written(path)
    opened(path).close()
    assert path.read_bytes() == before


def test_only_its_owner_can_read_a_journal(path: Path) -> None:
    opened(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_every_record_is_forced_to_disk_before_append_returns(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forced: list[int] = []
    with opened(path) as journal:
        monkeypatch.setattr(os, "fsync", lambda file: forced.append(os.fstat(file).st_size))
        journal.append(INTENT)
        assert forced == [path.stat().st_size]


def test_a_new_journal_is_forced_into_its_folder(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forced: list[bool] = []
    monkeypatch.setattr(os, "fsync", lambda file: forced.append(stat.S_ISDIR(os.fstat(file).st_mode)))
    opened(path).close()
    assert True in forced


@given(cut=st.integers(0, 10_000))
def test_a_journal_cut_off_anywhere_is_read_and_forgets_no_submit(cut: int) -> None:
    """However a run was killed, an item whose intent was on disk is never taken for a new or a refused one."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "batch.journal"
        whole = written(path)
        kept = whole[: cut % len(whole)]
        path.write_bytes(kept)
        lines = [line for line in kept.splitlines(keepends=True) if line.endswith(b"\n")]
        with opened(path) as journal:
            for item, known in enumerate(journal.known):
                last = [line for line in lines if f'"item": {item},'.encode() in line][-1:]
                may_be_accepted = bool(last) and b'"refused"' not in last[0]
                assert may_be_accepted == (known.state not in {ItemState.NEW, ItemState.REFUSED})


@given(cut=st.integers(0, 10_000))
def test_appending_after_a_cut_leaves_whole_lines_only(cut: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "batch.journal"
        whole = written(path)
        path.write_bytes(whole[: cut % len(whole)])
        with opened(path) as journal:
            journal.append(INTENT)
        with opened(path) as journal:
            assert journal.known[0].state is ItemState.UNKNOWN


@pytest.mark.parametrize("torn", [b'{"record": "sav', b"\x00\x00\x00", b'{"record": "saved", "item": 0}'])
def test_a_torn_last_line_is_ignored_and_cut(path: Path, torn: bytes) -> None:
    whole = written(path)
    path.write_bytes(whole + torn)
    with opened(path) as journal:
        assert states(journal) == [ItemState.SAVED, ItemState.UNKNOWN]
    assert path.read_bytes() == whole


@pytest.mark.parametrize("garbage", [b"\n", b"{}\n", b"\x00\x00\n", b'{"record": "saved", "item": 0}\n'])
def test_garbage_elsewhere_is_refused_and_named_by_its_line(path: Path, garbage: bytes) -> None:
    lines = written(path).splitlines(keepends=True)
    spoilt = b"".join([*lines[:3], garbage, *lines[3:]])
    path.write_bytes(spoilt)
    with pytest.raises(bfl.ConfigurationError, match=r"Line 4 of the journal '.*batch\.journal' is no record"):
        opened(path)
    assert path.read_bytes() == spoilt


@pytest.mark.parametrize(
    "content", [b"my notes", b"my notes\n", b'{"prompt": "a red cube"}\n', b'{"prompt"', b"\xff\xd8\xff"]
)
def test_a_file_that_is_no_journal_is_left_as_it_is(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(bfl.ConfigurationError, match="is no journal of a batch"):
        opened(path)
    assert path.read_bytes() == content


def test_a_journal_cut_off_in_its_first_line_begins_anew(path: Path) -> None:
    path.write_bytes(line_of(Begin(batch=batch_digest(DIGESTS), items=2))[:20])
    opened(path).close()
    assert path.read_bytes() == line_of(Begin(batch=batch_digest(DIGESTS), items=2))


def test_a_second_beginning_is_garbage(path: Path) -> None:
    whole = written(path)
    path.write_bytes(whole + whole)
    with pytest.raises(bfl.ConfigurationError, match="is no record"):
        opened(path)


def test_a_journal_of_a_newer_format_is_refused(path: Path) -> None:
    path.write_bytes(line_of(Begin(batch=batch_digest(DIGESTS), items=2, format=2)))
    with pytest.raises(bfl.ConfigurationError, match="format 2, and this client knows 1"):
        opened(path)


def test_a_changed_item_is_named(path: Path) -> None:
    written(path)
    with pytest.raises(bfl.InvalidRequest, match=r"jobs\[1\] is not the request .* was submitted"):
        opened(path, (DIGESTS[0], "c" * 64))


@pytest.mark.parametrize("digests", [(*DIGESTS, "c" * 64), DIGESTS[:1], (), (DIGESTS[1], DIGESTS[0])])
def test_a_journal_of_another_batch_is_refused(path: Path, digests: tuple[str, ...]) -> None:
    opened(path).close()
    with pytest.raises(bfl.InvalidRequest, match=r"batch\.journal' is that of another batch"):
        opened(path, digests)


def test_a_record_of_an_item_beyond_the_batch_is_garbage(path: Path) -> None:
    path.write_bytes(written(path) + line_of(Saved(item=2, path="/a", cost_credits=None)))
    with pytest.raises(bfl.ConfigurationError, match="is no record of this batch"):
        opened(path)


def test_two_runs_cannot_have_the_same_journal_open(path: Path) -> None:
    with opened(path), pytest.raises(bfl.ConfigurationError, match=r"batch\.journal' is in use by another run"):
        opened(path)
    opened(path).close()


def test_a_refused_journal_is_not_left_locked(path: Path) -> None:
    path.write_bytes(b"my notes\n")
    with pytest.raises(bfl.ConfigurationError):
        opened(path)
    path.unlink()
    path.write_bytes(b"")
    opened(path).close()


@pytest.mark.parametrize("name", ["", "no/such/folder/batch.journal"])
def test_a_journal_that_cannot_be_opened_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(bfl.ConfigurationError, match="cannot be opened"):
        opened(tmp_path / name)


def test_a_journal_that_cannot_be_written_takes_no_further_record(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a line followed by a whole one would be garbage to the next run."""
    with opened(path) as journal:
        journal.append(INTENT)
        before = path.read_bytes()

        def fill_up(file: int, data: bytes) -> int:
            real_write(file, data[:5])
            raise OSError(28, "No space left on device")

        real_write = os.write
        monkeypatch.setattr(os, "write", fill_up)
        with pytest.raises(bfl.ConfigurationError, match="No space left on device"):
            journal.append(ACCEPTED)
        monkeypatch.undo()
        with pytest.raises(bfl.ConfigurationError, match="cannot be written"):
            journal.append(SAVED)
    assert path.read_bytes().startswith(before)
    with opened(path) as journal:
        assert states(journal) == [ItemState.UNKNOWN, ItemState.NEW]


def test_a_short_write_is_carried_on(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real_write = os.write
    with opened(path) as journal:
        monkeypatch.setattr(os, "write", lambda file, data: real_write(file, data[:7]))
        journal.append(INTENT)
    monkeypatch.undo()
    assert path.read_bytes().endswith(line_of(INTENT))


def test_a_closed_journal_takes_no_record(path: Path) -> None:
    journal = opened(path)
    journal.close()
    journal.close()
    with pytest.raises(bfl.ConfigurationError, match="is closed"):
        journal.append(INTENT)
