"""From a sample URL to a file: into a temporary file beside it, checked, then renamed in one step."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

from ._clock import Deadline
from ._errors import DownloadFailed
from ._explain import download_failed
from ._pictures import find_unfit
from ._policy import Again, Renew, Stop, Unfit, judge_download
from ._replies import Fault, Outcome, Ticket
from ._runtime import Runtime


def download(
    sample: str, output: Path, *, ticket: Ticket, runtime: Runtime, deadline: Deadline, renew: Callable[[], str]
) -> Path:
    """Save the picture at `sample` as `output` and return that path; the file appears whole or not at all.

    `renew` polls for a newly signed URL and is called at most once. Raises DownloadFailed, or what `renew` raises.
    """
    partial = _partial_path(output)
    failures, is_renewed = 0, False
    try:
        while True:
            outcome = _fetch(sample, partial, runtime=runtime, deadline=deadline)
            if outcome is None:
                return partial.replace(output)
            turn = runtime.turn(deadline, failures=failures)
            match judge_download(outcome, ticket=ticket, turn=turn, is_renewed=is_renewed):
                case Stop(error):
                    # Not `from` the cause: its text holds the signed URL.
                    raise error from None
                case Renew():
                    sample, is_renewed = renew(), True
                case Again(wait_s):
                    runtime.clock.sleep(wait_s)
                    failures += 1
    except OSError as error:
        raise download_failed(
            DownloadFailed, f"The picture cannot be written to {output} ({error})", ticket=ticket
        ) from error
    finally:
        partial.unlink(missing_ok=True)


def _fetch(sample: str, partial: Path, *, runtime: Runtime, deadline: Deadline) -> Outcome | Unfit | None:
    """Return what went wrong with the picture, None if it lies whole in `partial`."""
    with partial.open("wb") as sink:
        outcome = runtime.wire.download(sample, sink, deadline=deadline)
        sink.flush()
        os.fsync(sink.fileno())  # so that a crash after the rename leaves a picture, not an empty name
    if isinstance(outcome, Fault) or outcome.status_code != 200:
        return outcome
    return find_unfit(partial, reply=outcome)


def _partial_path(output: Path) -> Path:
    # Same folder, so that the rename is atomic; one name per process and thread, so that no two write into one file.
    return output.with_name(f".{output.name}.{os.getpid()}-{threading.get_ident()}.part")
