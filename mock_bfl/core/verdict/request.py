"""One request of a journal, timed by the clock by which the client is judged: what it shows for certain.

Law: in doubt for the client. What it may not have seen (an answer that was spoiled or never came) is not held against
it.
"""

from __future__ import annotations

from dataclasses import dataclass

from mock_bfl.contract import endpoints, statuses
from mock_bfl.core.exchange import Exchange

SUBMIT = "submit"
SAMPLE = "sample"
GET_RESULT = endpoints.GET_RESULT.name

_TRANSIENT = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Request:
    """An exchange with its instants on the clock by which the client is judged."""

    row: Exchange
    begun_ms: int
    ended_ms: int | None

    @property
    def number(self) -> int:
        """The number in the journal."""
        return self.row.number

    @property
    def is_answered(self) -> bool:
        """Whether the client has certainly read the answer; one that was tampered with it may not have understood."""
        return self.row.status is not None and (self.row.fault is None or self.row.status >= 400)

    @property
    def is_success(self) -> bool:
        """Whether the client has certainly seen that it went well."""
        return self.is_answered and (self.row.status or 500) < 400

    @property
    def has_failed(self) -> bool:
        """Whether it has certainly failed, in a way that may pass: no whole answer, or one that says so."""
        if self.row.status is None or self.row.is_broken:
            return self.ended_ms is not None
        return self.row.status in _TRANSIENT or self.row.status >= 500

    @property
    def word(self) -> str | None:
        """The status word that the client has certainly seen; any 404 of a poll says that there is no such task.

        A poll without an id asks for none: to it that is a refusal.
        """
        if self.row.route == GET_RESULT and self.row.status == 404:
            return statuses.TASK_NOT_FOUND if self.row.task_id else None
        return self.row.status_word if self.is_answered else None

    def pause_ms(self, following: Request) -> int:
        """Return how long after the answer the next request began; negative if they overlap."""
        return following.begun_ms - (self.begun_ms if self.ended_ms is None else self.ended_ms)

    def ends_before(self, following: Request) -> bool:
        """Tell whether the answer had come when the other request began."""
        return self.ended_ms is not None and self.ended_ms <= following.begun_ms and self.number < following.number
