"""Tell callers apart: which of many equal requests is whose retry.

Law: in doubt for the client. How many callers there are is known by what went well, and by what overlapped; where a
request would be held against one caller and may be another's, it is another's.
"""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush
from itertools import pairwise

from mock_bfl.contract import conduct

from .request import Request
from .waits import asked_wait_ms

_Waiting = tuple[float, int, list[Request]]  # when a retry is due; the number of what failed; its call


def told_apart(group: Sequence[Request]) -> list[tuple[Request, ...]]:
    """Return equal requests as calls: an attempt continues a call whose last one failed and ended before it began.

    Equal requests may come from several callers: there were at least as many as requests that went well, and as came
    together where some of them overlapped. So an attempt continues the call whose retry is most overdue, and where each
    would come too soon it is a new caller, as long as there may be one.
    """
    callers = max(1, len([request for request in group if request.is_success]), _side_by_side(group))
    calls: list[list[Request]] = []
    waiting: list[_Waiting] = []
    for request in group:
        call = _continued(waiting, request, may_be_new=len(calls) < callers)
        if call is None:
            call = []
            calls.append(call)
        call.append(request)
        if not request.is_success and request.ended_ms is not None:
            heappush(waiting, (_due_ms(request), request.number, call))
    return [tuple(call) for call in calls]


def are_of_several(group: Sequence[Request]) -> bool:
    """Tell whether some requests were certainly under way side by side, so that one caller did not send all.

    Under a fault a caller may have gone away and come again, and one without an answer may have died with the mock.
    Whether they overlap is seen by real time, whatever the account's clock does.
    """
    until_ms = 0
    for request in group:
        row = request.row
        if row.fault is not None or row.ended_real_ms is None:
            continue
        if row.real_ms < until_ms:
            return True
        until_ms = max(until_ms, row.ended_real_ms)
    return False


def _side_by_side(group: Sequence[Request]) -> int:
    """Return the most callers that may have been started together: so many came at once, and some overlapped."""
    return max((len(burst) for burst in _bursts(group) if are_of_several(burst)), default=0)


def _bursts(group: Sequence[Request]) -> list[list[Request]]:
    bursts = [[request] for request in group[:1]]
    for earlier, later in pairwise(group):
        if later.row.real_ms - earlier.row.real_ms < conduct.SIDE_BY_SIDE_S.value * 1000:
            bursts[-1].append(later)
        else:
            bursts.append([later])
    return bursts


def _continued(waiting: list[_Waiting], request: Request, *, may_be_new: bool) -> list[Request] | None:
    """Take out the call that a request continues: the first that is due, of those that had ended; or return None."""
    beside: list[_Waiting] = []
    found = None
    while waiting and found is None and not (may_be_new and waiting[0][0] > request.begun_ms):
        next_due = heappop(waiting)
        if next_due[2][-1].ends_before(request):
            found = next_due[2]
        else:
            beside.append(next_due)
    for overlapping in beside:
        heappush(waiting, overlapping)
    return found


def _due_ms(failed: Request) -> float:
    """Return when a retry comes no longer too soon."""
    is_refused = failed.row.status in conduct.NOT_RETRYABLE.value
    least_s = conduct.REFUSED_AGAIN_WITHIN_S.value if is_refused else conduct.PAUSE_S.value
    ended_ms = failed.begun_ms if failed.ended_ms is None else failed.ended_ms
    return ended_ms + max(asked_wait_ms(failed.row) or 0, least_s * 1000)
