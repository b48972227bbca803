"""The timelines in an SQLite file, and how time goes on after a restart.

Law: no account ever sees its time go back, not even when the machine's clock was set back while no process ran. So the
file knows an instant of the real clock that nothing shown has passed; a process that finds itself alone with the file
before that instant moves every timeline, so that it goes on from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mock_bfl.clock import Clock
from mock_bfl.core.timeline import Timeline

from .sqlite_codec import Codec
from .sqlite_file import EVERYONE, Database

_AHEAD_MS = 100  # how far ahead the file marks what may have been shown: one write in this time, not one per reply


class SqliteClocks:
    """One timeline for all, and one for each account that was given its own."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._codec = Codec(Timeline)
        self._marked_until_real_ms = 0
        with database.transaction():
            if database.row("SELECT 1 FROM shown") is None:
                self._start(clock.real_ms())

    def _start(self, real_ms: int) -> None:
        first = self._codec.encode(Timeline(real_ms, real_ms))
        self._database.write("INSERT INTO shown VALUES (?, ?)", real_ms, first)
        self._database.write("INSERT INTO timeline VALUES (?, ?)", EVERYONE, first)

    def go_on(self) -> None:
        """Let time go on from the last instant that may have been shown, if the real clock stands before it."""
        with self._database.transaction():
            real_ms = self._clock.real_ms()
            behind_ms = self._database.only("SELECT until_real_ms FROM shown")[0] - real_ms
            if behind_ms > 0:
                self._move_back(behind_ms)
                first = self._codec.encode(Timeline(real_ms, real_ms))
                self._database.write("UPDATE shown SET until_real_ms = ?, first_timeline = ?", real_ms, first)

    def _move_back(self, span_ms: int) -> None:
        """Let every timeline show now what it would have shown `span_ms` later."""
        for account, body in self._database.rows("SELECT account, body FROM timeline"):
            timeline = self._codec.decode(body)
            self._write(account, replace(timeline, anchor_real_ms=timeline.anchor_real_ms - span_ms))
        self._database.write("DELETE FROM poll_window")  # they run on the real clock and would not end

    def timeline(self, account: str | None) -> Timeline:
        """Return the timeline of an account, or the common one. Who asks is about to show an instant."""
        self._mark()
        (body,) = self._database.only(
            "SELECT body FROM timeline WHERE account IN (?, ?) ORDER BY account DESC LIMIT 1",
            account or EVERYONE,
            EVERYONE,
        )
        return self._codec.decode(body)

    def _mark(self) -> None:
        real_ms = self._clock.real_ms()
        if real_ms < self._marked_until_real_ms:
            return
        until_real_ms = real_ms + _AHEAD_MS
        self._database.write("UPDATE shown SET until_real_ms = MAX(until_real_ms, ?)", until_real_ms)
        self._marked_until_real_ms = until_real_ms

    def set_timeline(self, account: str | None, timeline: Timeline) -> None:
        """Set the timeline of an account, or the common one."""
        self._write(account or EVERYONE, timeline)

    def _write(self, account: str, timeline: Timeline) -> None:
        self._database.write("INSERT OR REPLACE INTO timeline VALUES (?, ?)", account, self._codec.encode(timeline))

    def accounts_with_own_timeline(self) -> Sequence[str]:
        """Return the accounts whose time does not follow the common timeline."""
        rows = self._database.rows("SELECT account FROM timeline WHERE account <> ? ORDER BY account", EVERYONE)
        return tuple(account for (account,) in rows)

    def forget(self, account: str | None) -> None:
        """Put an account back to the common timeline, or all to the first one."""
        if account is not None:
            self._database.write("DELETE FROM timeline WHERE account = ?", account)
            return
        self._database.write("DELETE FROM timeline")
        self._database.write("INSERT INTO timeline SELECT ?, first_timeline FROM shown", EVERYONE)

    def close(self) -> None:
        """Take back the mark that was set ahead, unless another process has set a later one."""
        self._database.write(
            "UPDATE shown SET until_real_ms = ? WHERE until_real_ms = ?",
            self._clock.real_ms(),
            self._marked_until_real_ms,
        )
