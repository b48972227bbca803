"""The journal of the memory store: the last exchanges of each account, in a room of which no account can push another.

Each account has a share: the numbers of its exchanges, oldest first. What has no account shares as if it were one.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from heapq import heapify, heappop, heappush
from itertools import takewhile

from mock_bfl.core.exchange import Exchange

JOURNAL_LENGTH = 20_000  # exchanges of one account
JOURNAL_TOTAL = 100_000  # of all: so many take about 80 MB
_NOBODY = ""  # the name of the share of what has no account: no account has it
_SPARE_RANKS = 64


@dataclass(slots=True)
class _Share:
    """What the journal keeps of one account. `is_cut`: it may have had more than that."""

    is_cut: bool
    numbers: deque[int] = field(default_factory=deque)


class MemoryJournal:
    """The last exchanges, by number. A number is never given twice, not even after a reset."""

    def __init__(self, *, length: int = JOURNAL_LENGTH, total: int = JOURNAL_TOTAL) -> None:
        self._length = length
        self._total = total
        self._numbered = 0
        self._clear()

    def _clear(self) -> None:
        self._rows: dict[int, Exchange] = {}
        self._shares: dict[str, _Share] = {}
        self._ranks: list[tuple[int, str]] = []  # a heap with the greatest share first; some are out of date
        self._is_name_lost = False

    def arrive(self, exchange: Exchange) -> Exchange:
        """Write a request under the next number; an older one makes room."""
        self._numbered += 1
        arrived = self._rows[self._numbered] = replace(exchange, number=self._numbered)
        self._enter(_name(arrived), self._numbered)
        self._make_room(_name(arrived))
        return arrived

    def complete(self, exchange: Exchange) -> None:
        """Write the answer to a request that is still kept; its account may be known only now."""
        arrived = self._rows.get(exchange.number)
        if arrived is None:
            return
        self._rows[exchange.number] = exchange
        if arrived.account != exchange.account:
            self._enter(_name(exchange), exchange.number)
            self._leave(_name(arrived), exchange.number)
            self._make_room(_name(exchange))

    def exchanges(self, account: str | None, *, after: int = 0) -> Sequence[Exchange]:
        """Return the exchanges of an account, or of all."""
        newest_first = takewhile(lambda number: number > after, self._newest_first(account))
        return tuple(self._rows[number] for number in newest_first)[::-1]

    def _newest_first(self, account: str | None) -> Iterator[int]:
        if account is None:
            return reversed(self._rows)
        return reversed(self._shares[account].numbers) if account in self._shares else iter(())

    def count(self, account: str | None) -> int:
        """Return how many exchanges of an account are kept, or of all."""
        if account is None:
            return len(self._rows)
        return len(self._shares[account].numbers) if account in self._shares else 0

    def is_cut(self, account: str | None) -> bool:
        """Tell whether an account may have had exchanges that were dropped, or with None any."""
        if account is None:
            return self._is_name_lost or any(share.is_cut for share in self._shares.values())
        return self._shares[account].is_cut if account in self._shares else self._is_name_lost

    def forget(self, account: str | None) -> None:
        """Forget the exchanges of an account, or all."""
        if account is None:
            self._clear()
            return
        gone = self._shares.pop(account, None)
        for number in gone.numbers if gone else ():
            del self._rows[number]

    def _make_room(self, name: str) -> None:
        """Drop what is one too many: of the account to which something came, else of the one that has most."""
        if len(self._shares[name].numbers) > self._length:
            self._drop_oldest(name)
        elif len(self._rows) > self._total:
            self._drop_oldest(self._greatest())

    def _drop_oldest(self, name: str) -> None:
        share = self._shares[name]
        share.is_cut = True
        number = share.numbers[0]
        del self._rows[number]
        self._leave(name, number)

    def _enter(self, name: str, number: int) -> None:
        share = self._shares.get(name)
        if share is None:
            share = self._shares[name] = _Share(self._is_name_lost)
        # Nearly always the last, or close to it: then this takes no longer in a long share than in a short one.
        share.numbers.insert(_place(share.numbers, number), number)
        self._rank(name, share)

    def _leave(self, name: str, number: int) -> None:
        """Take a number from a share. One that is empty goes, name and all: there is no end of names."""
        share = self._shares[name]
        del share.numbers[_place(share.numbers, number)]
        if share.numbers:
            self._rank(name, share)
        else:
            del self._shares[name]
            self._is_name_lost = self._is_name_lost or share.is_cut

    def _rank(self, name: str, share: _Share) -> None:
        heappush(self._ranks, (-len(share.numbers), name))
        if len(self._ranks) > 2 * len(self._shares) + _SPARE_RANKS:
            self._ranks = [(-len(share.numbers), name) for name, share in self._shares.items()]
            heapify(self._ranks)

    def _greatest(self) -> str:
        """Return the name of the greatest share; of equal ones the first."""
        while True:
            size, name = self._ranks[0]
            if name in self._shares and len(self._shares[name].numbers) == -size:
                return name
            heappop(self._ranks)


def _name(exchange: Exchange) -> str:
    return exchange.account or _NOBODY


def _place(numbers: deque[int], number: int) -> int:
    """Return where a number stands among others, or would. Looks at both ends first."""
    if not numbers or number > numbers[-1]:
        return len(numbers)
    return 0 if number <= numbers[0] else bisect_left(numbers, number)
