"""From a sample URL to a file: into a temporary file beside it, checked, then renamed in one step."""

from __future__ import annotations

import os
from pathlib import Path

from ._clock import Deadline
from ._effects import Fetch, Flow, asked, paused
from ._errors import DownloadFailed
from ._explain import download_failed
from ._flows import Followed, renewing, waiting
from ._pictures import find_unfit
from ._policy import Again, Renew, Stop, Unfit, judge_download
from ._replies import Fault, FaultKind, Outcome
from ._runtime import Runtime
from ._urls import may_download, redact_url


def downloading(task: Followed, output: Path, *, runtime: Runtime, deadline: Deadline) -> Flow[Path]:
    """Wait if need be, save the picture as `output` and return that path; the file appears whole or not at all.

    An expired URL is renewed by polling again, once. Raises DownloadFailed, or what `waiting` raises.
    """
    sample = (yield from waiting(task, runtime=runtime, deadline=deadline)).sample
    mark = object()  # lives as long as this download, so no other one has its id
    partial = _partial_path(output, mark=mark)
    failures, is_renewed = 0, False
    try:
        while True:
            outcome = yield from _fetched(sample, partial, runtime=runtime, deadline=deadline)
            if outcome is None:
                return partial.replace(output)
            turn = runtime.turn(deadline, failures=failures)
            match judge_download(outcome, ticket=task.ticket, turn=turn, is_renewed=is_renewed):
                case Stop(error):
                    # Not `from` the cause: its text holds the signed URL.
                    raise error from None
                case Renew():
                    sample, is_renewed = (yield from renewing(task, runtime=runtime, deadline=deadline)).sample, True
                case Again(wait_s):
                    yield from paused(wait_s)
                    failures += 1
    except OSError as error:
        raise download_failed(
            DownloadFailed, f"The picture cannot be written to {output} ({error})", ticket=task.ticket
        ) from error
    finally:
        partial.unlink(missing_ok=True)


def _fetched(sample: str, partial: Path, *, runtime: Runtime, deadline: Deadline) -> Flow[Outcome | Unfit | None]:
    """Return what went wrong with the picture, None if it lies whole in `partial`."""
    if not may_download(sample, api=runtime.origin):
        return Fault(FaultKind.UNUSABLE, f"{redact_url(sample)} is no address to download from")
    outcome = yield from asked(Fetch(sample, partial, deadline))
    if isinstance(outcome, Fault) or outcome.status_code != 200:
        return outcome
    return find_unfit(partial, reply=outcome)


def _partial_path(output: Path, *, mark: object) -> Path:
    # Same folder, so that the rename is atomic; one name per download, so that no two write into one file.
    return output.with_name(f".{output.name}.{os.getpid()}-{id(mark)}.part")
