"""The journal file of a batch: append-only, a JSON record a line, so that a run that was cut off never pays twice.

A record is on the disk when `append` returns. One process at a time has a journal open. There is no key in it; prompts
neither, but for what an error of the API quotes.
"""

from __future__ import annotations

import hashlib
import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from ._errors import ConfigurationError, InvalidRequest
from ._records import FORMAT, Begin, ItemRecord, Known, Record, after, line_of, record_from

if sys.platform != "win32":
    import fcntl

_FLAGS = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
_OWNER_ONLY = 0o600


class Journal:
    """The journal of the batch whose requests have these digests, open and locked until it is closed.

    `known` is what the runs before left of each item; a line that was cut off in writing is ignored and cut. Safe to
    append to from several threads. Raises ConfigurationError if the file cannot be used or is no journal, and
    InvalidRequest if it is that of another batch; either leaves it as it is.
    """

    def __init__(self, path: Path, *, digests: Sequence[str]) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._file: int | None = _open(path)
        self._broken: OSError | None = None
        try:
            _lock(self._file, path)
            content = _content(self._file)
            begin = Begin(batch=batch_digest(digests), items=len(digests))
            whole = _whole_lines(content, begin=begin, path=path)
            self.known = _summed_up(whole, begin=begin, digests=digests, path=path)
            self._size = len(whole)
            self._prepare(begin, cut=len(content) > len(whole))
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def append(self, record: Record) -> None:
        """Write a record; it is on the disk on return. Raises ConfigurationError, and takes no more after that."""
        with self._lock:
            if self._file is None:
                raise ConfigurationError(f"The journal {str(self.path)!r} is closed; {record} was not written.")
            try:
                if self._broken is not None:
                    raise self._broken
                self._write(self._file, line_of(record))
            except OSError as error:
                # What was half written must stay the last line.
                self._broken = error
                raise ConfigurationError(
                    f"The journal {str(self.path)!r} cannot be written ({error}), so nothing more is submitted. Make "
                    "room, then run the batch again with the same journal."
                ) from error

    def close(self) -> None:
        """Let another run have the journal."""
        with self._lock:
            if self._file is not None:
                os.close(self._file)  # which unlocks it
                self._file = None

    def _prepare(self, begin: Begin, *, cut: bool) -> None:
        if cut and self._file is not None:
            os.ftruncate(self._file, self._size)
        if self._size == 0:
            self.append(begin)
            _force_folder(self.path)

    def _write(self, file: int, line: bytes) -> None:
        left = line
        while left:
            left = left[os.write(file, left) :]
        os.fsync(file)


def batch_digest(digests: Sequence[str]) -> str:
    """Return the digest of a batch, from those of its requests."""
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()


def _open(path: Path) -> int:
    try:
        return os.open(path, _FLAGS, _OWNER_ONLY)
    except OSError as error:
        raise ConfigurationError(f"The journal {str(path)!r} cannot be opened ({error}); name another.") from error


def _lock(file: int, path: Path) -> None:
    if sys.platform == "win32":
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise ConfigurationError(
            f"The journal {str(path)!r} is in use by another run of the batch; wait until that has ended."
        ) from error
    except OSError as error:
        raise ConfigurationError(
            f"The journal {str(path)!r} cannot be locked ({error}); put it on a file system that can."
        ) from error


def _content(file: int) -> bytes:
    with open(file, "rb", closefd=False) as reader:  # by its number: the path may lead elsewhere by now
        return reader.read()


def _whole_lines(content: bytes, *, begin: Begin, path: Path) -> bytes:
    """Return the content without a last line that was cut off. Raises ConfigurationError if it is no journal's."""
    whole = content[: content.rfind(b"\n") + 1]
    first = record_from(whole.partition(b"\n")[0])
    is_cut_beginning = not whole and line_of(begin).startswith(content)
    if not isinstance(first, Begin) and not is_cut_beginning:
        raise ConfigurationError(f"The file {str(path)!r} is no journal of a batch; name another.")
    if isinstance(first, Begin) and first.format != FORMAT:
        raise ConfigurationError(
            f"The journal {str(path)!r} has format {first.format}, and this client knows {FORMAT}; use the client that "
            "began it."
        )
    return whole


def _summed_up(whole: bytes, *, begin: Begin, digests: Sequence[str], path: Path) -> list[Known]:
    lines = whole.split(b"\n")[:-1]
    written = record_from(lines[0]) if lines else begin
    if not isinstance(written, Begin) or written.items != begin.items:
        raise _of_another_batch(path)
    known = [Known()] * begin.items
    for number, line in enumerate(lines[1:], start=2):
        record = _item_record(line, items=begin.items)
        if record is None:
            raise ConfigurationError(
                f"Line {number} of the journal {str(path)!r} is no record of this batch, so what was submitted cannot "
                "be told. Restore the file, or look at your balance and begin another journal."
            )
        known[record.item] = after(known[record.item], record)
    if written.batch != begin.batch:
        raise _changed(known, digests=digests, path=path)
    return known


def _item_record(line: bytes, *, items: int) -> ItemRecord | None:
    record = record_from(line)
    return None if record is None or isinstance(record, Begin) or record.item >= items else record


def _changed(known: Sequence[Known], *, digests: Sequence[str], path: Path) -> InvalidRequest:
    """Return the error for a batch that is not the journal's; it names a submitted job that was changed."""
    for item, (each, digest) in enumerate(zip(known, digests, strict=True)):
        if each.digest not in {None, digest}:
            return InvalidRequest(
                f"jobs[{item}] is not the request that, by the journal {str(path)!r}, was submitted; nothing was sent. "
                "Take the change back, or begin another journal for what is new."
            )
    return _of_another_batch(path)


def _of_another_batch(path: Path) -> InvalidRequest:
    return InvalidRequest(
        f"The journal {str(path)!r} is that of another batch; nothing was sent. Run the same jobs in the same order, "
        "or begin another journal."
    )


def _force_folder(path: Path) -> None:
    """Force the name of a new file to disk, where a folder can be opened for that."""
    if sys.platform == "win32":
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
