"""An offline double of the Black Forest Labs FLUX image API.

`mock-bfl serve` runs it, the pytest fixture `mock_bfl` hands it to a test, `mock_bfl.testing` uses it in process.
"""

from __future__ import annotations

import typing

__version__ = "0.1.0"

__all__ = ["__version__", "assert_good_client"]


class _Verdict(typing.Protocol):
    @property
    def is_good(self) -> bool: ...


_V = typing.TypeVar("_V", bound=_Verdict)
_V_co = typing.TypeVar("_V_co", bound=_Verdict, covariant=True)


class _Graded(typing.Protocol[_V_co]):
    def verdict(self, *, strict: bool = False, shared_clock: bool = False) -> _V_co: ...


def assert_good_client(mock: _Graded[_V], *, strict: bool = False, shared_clock: bool = False) -> _V:
    """Return the verdict on the client of a mock; raise AssertionError, with all of it as text, if the client fails.

    `mock` is what the fixture `mock_bfl` gives, or an `Engine`. `strict` fails for warnings, too. Waits are judged by
    real time; `shared_clock`: client and mock sleep by one clock, so by that one.
    """
    judged = mock.verdict(strict=strict, shared_clock=shared_clock)
    if not judged.is_good:
        raise AssertionError(f"\n{judged}")
    return judged
