"""The timelines in an SQLite file, over one real time for all processes that share it.

Law: no account ever sees its time go back: not when processes have clocks that differ, not when the machine's clock was
set back while no process ran. The file knows the latest real instant over which anything was decided. Whoever begins a
transaction and finds its own clock before that instant is late, and adds the difference from then on; whoever ends one
in which it looked at the time writes down when that was. SQLite lets in one at a time, so each is later than the last.

Outside of this module real instants are those of the process's own clock. Only in the file are they the common ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from mock_bfl.clock import Clock
from mock_bfl.core.rate import PollWindow
from mock_bfl.core.timeline import Timeline

from .sqlite_codec import Codec
from .sqlite_file import EVERYONE, Database


class SqliteClocks:
    """One timeline for all, and one for each account that was given its own; and what else runs on real time."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._timelines, self._windows = Codec(Timeline), Codec(PollWindow)
        self._late_ms = 0  # how much later it is in the file than by our clock: only grows, until a reset
        self._latest_real_ms = 0  # the instant that the file knows, as read when the transaction began
        self._resets = 0
        self._is_inside = False
        self._has_looked = False
        with database.transaction():
            if database.row("SELECT 1 FROM latest") is None:
                self._start(clock.real_ms())

    def _start(self, real_ms: int) -> None:
        first = self._timelines.encode(Timeline(real_ms, real_ms))
        self._database.write("INSERT INTO latest VALUES (?, 0, ?)", real_ms, first)
        self._database.write("INSERT INTO timeline VALUES (?, ?)", EVERYONE, first)

    def go_on(self) -> None:
        """Let time go on from the latest instant, if our clock stands before it and no other process runs."""
        with self._database.transaction():
            real_ms = self._clock.real_ms()
            late_ms = self._database.only("SELECT real_ms FROM latest")[0] - real_ms
            if late_ms > 0:
                self._move_back(late_ms)
                self._database.write("UPDATE latest SET real_ms = ?", real_ms)

    def _move_back(self, span_ms: int) -> None:
        """Let every timeline show now what it would have shown `span_ms` later."""
        for account, body in self._database.rows("SELECT account, body FROM timeline"):
            self._write(account, _moved(self._timelines.decode(body), -span_ms))
        self._database.write("DELETE FROM poll_window")  # they run on the real clock and would not end

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the file for the block, in which it is never earlier than in a block before; re-entrant."""
        with self._database.transaction():
            if self._is_inside:
                yield
                return
            self._is_inside, self._has_looked = True, False
            try:
                self._catch_up()
                yield
                self._write_down()
            finally:
                self._is_inside = False

    def _catch_up(self) -> None:
        self._latest_real_ms, resets = self._database.only("SELECT real_ms, resets FROM latest")
        if resets != self._resets:
            self._late_ms, self._resets = 0, resets
        self._late_ms = max(self._late_ms, self._latest_real_ms - self._clock.real_ms())

    def _write_down(self) -> None:
        """Write down that it is as late as this: at the end, for the clock is read after the timeline."""
        real_ms = self._clock.real_ms() + self._late_ms
        if self._has_looked and real_ms > self._latest_real_ms:
            self._database.write("UPDATE latest SET real_ms = ?", real_ms)

    def timeline(self, account: str | None) -> Timeline:
        """Return the timeline of an account, or the common one."""
        with self.transaction():
            self._has_looked = True
            (body,) = self._database.only(
                "SELECT body FROM timeline WHERE account IN (?, ?) ORDER BY account DESC LIMIT 1",
                account or EVERYONE,
                EVERYONE,
            )
            return _moved(self._timelines.decode(body), -self._late_ms)

    def set_timeline(self, account: str | None, timeline: Timeline) -> None:
        """Set the timeline of an account, or the common one."""
        with self.transaction():
            self._write(account or EVERYONE, _moved(timeline, self._late_ms))

    def _write(self, account: str, timeline: Timeline) -> None:
        body = self._timelines.encode(timeline)
        self._database.write("INSERT OR REPLACE INTO timeline VALUES (?, ?)", account, body)

    def accounts_with_own_timeline(self) -> Sequence[str]:
        """Return the accounts whose time does not follow the common timeline."""
        rows = self._database.rows("SELECT account FROM timeline WHERE account <> ? ORDER BY account", EVERYONE)
        return tuple(account for (account,) in rows)

    def poll_window(self, account: str | None) -> PollWindow:
        """Return the window in which an account's polls are counted."""
        with self.transaction():
            row = self._database.row("SELECT body FROM poll_window WHERE account = ?", account or EVERYONE)
            if row is None:
                return PollWindow()
            window = self._windows.decode(row[0])
            return replace(window, started_real_ms=window.started_real_ms - self._late_ms)

    def set_poll_window(self, account: str | None, window: PollWindow) -> None:
        """Set the window of an account."""
        with self.transaction():
            body = self._windows.encode(replace(window, started_real_ms=window.started_real_ms + self._late_ms))
            self._database.write("INSERT OR REPLACE INTO poll_window VALUES (?, ?)", account or EVERYONE, body)

    def forget(self, account: str | None) -> None:
        """Put an account back to the common timeline, or all to the first one and to the clock of this process."""
        with self.transaction():
            self._database.forget("poll_window", account)
            self._database.forget("timeline", account)
            if account is None:
                self._begin_anew(self._clock.real_ms())

    def _begin_anew(self, real_ms: int) -> None:
        """Take up the first timeline; where our clock stands before it, one that begins now."""
        (first,) = self._database.only("SELECT first_timeline FROM latest")
        if real_ms < self._timelines.decode(first).anchor_real_ms:
            first = self._timelines.encode(Timeline(real_ms, real_ms))
        self._database.write("INSERT INTO timeline VALUES (?, ?)", EVERYONE, first)
        self._database.write("UPDATE latest SET real_ms = ?, resets = resets + 1", real_ms)
        self._late_ms, self._latest_real_ms = 0, real_ms
        self._resets += 1


def _moved(timeline: Timeline, span_ms: int) -> Timeline:
    """Return a timeline that shows what it did, `span_ms` later on the real clock."""
    return replace(timeline, anchor_real_ms=timeline.anchor_real_ms + span_ms) if span_ms else timeline
