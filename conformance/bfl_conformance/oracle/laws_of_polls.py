"""What a poll answers, and how the polls of one task follow each other: the life of a task.

    Pending, Reasoning, Generating  ──►  Ready | Request Moderated | Content Moderated | Error
          ▲     │ any order               │ stays, for as long as its sample lives
          └─────┘                         ▼

"Task not found" is permitted before a task was first found (briefly), and after its sample has expired.
"""

from __future__ import annotations

from collections.abc import Iterator

from bfl_conformance.expect import Expectations
from bfl_conformance.observation import Polled, number_of
from bfl_conformance.verdict import Level
from mock_bfl.contract import MODELS_BY_SLUG, endpoints, headers, limits, statuses
from mock_bfl.contract.sources import Certainty, cite

from .history import end_of, polls_of, submission_of
from .law import History, law

# A task may be unknown for a moment after its submission: clients tolerate up to five such polls.  [HELP-FAIL; the
# number of seconds is ASSUMED]
GRACE_MS = 10_000
_LIFE_MS = limits.SAMPLE_URL_LIFE_S.value * 1000


def _speaks_of_its_task(_: History, seen: Polled, expectations: Expectations) -> Iterator[str]:
    document = seen.reply.document
    if document.get("id") != seen.task_id and ("id" in document or expectations.agree(lambda d: d.poll_null_keys)):
        yield f"a poll of {seen.task_id} spoke of {document.get('id')!r}"


def _has_a_known_word(_: History, seen: Polled, expectations: Expectations) -> Iterator[str]:
    known = expectations.words | {statuses.TASK_NOT_FOUND}
    if seen.status not in known:
        yield f"status is {seen.reply.document.get('status')!r}; known: {', '.join(sorted(known))}"


def _has_the_status_of_its_word(_: History, seen: Polled, expectations: Expectations) -> Iterator[str]:
    missing = seen.status == statuses.TASK_NOT_FOUND
    permitted = expectations.task_not_found_statuses if missing else {200}
    if seen.reply.status_code not in permitted:
        yield f"{seen.status!r} came with HTTP {seen.reply.status_code}; permitted: {sorted(permitted)}"


def _has_six_keys(_: History, seen: Polled, expectations: Expectations) -> Iterator[str]:
    keys, six = tuple(seen.reply.document), endpoints.GET_RESULT.reply
    if expectations.agree(lambda dialect: dialect.poll_null_keys) and sorted(keys) != sorted(six):
        yield f"the body has the keys {', '.join(keys)}; always: {', '.join(six)}"


def _has_the_keys_in_order(_: History, seen: Polled, expectations: Expectations) -> Iterator[str]:
    keys, six = tuple(seen.reply.document), endpoints.GET_RESULT.reply
    ordered = expectations.agree(lambda dialect: dialect.poll_null_keys)
    if ordered and sorted(keys) == sorted(six) and keys != six:
        yield f"the keys came in the order {', '.join(keys)}; recorded: {', '.join(six)}"


def _never_goes_back(history: History, seen: Polled, _: Expectations) -> Iterator[str]:
    end = end_of(history, seen.task_id)
    if end is None or seen.status == end.status:
        return
    forgotten = seen.status == statuses.TASK_NOT_FOUND
    if not forgotten or seen.reply.received_at_ms < end.reply.sent_at_ms + _LIFE_MS:
        yield f"{seen.task_id} was {end.status!r} and is {seen.status!r} now"


def _is_found(history: History, seen: Polled, _: Expectations) -> Iterator[str]:
    task = submission_of(history, seen.task_id)
    if seen.status != statuses.TASK_NOT_FOUND or task is None or end_of(history, seen.task_id):
        return
    was_found = any(poll.status in statuses.IN_PROGRESS for poll in polls_of(history, seen.task_id))
    age_ms = seen.reply.sent_at_ms - task.reply.received_at_ms
    if was_found or GRACE_MS < age_ms < _LIFE_MS:
        yield f"{seen.task_id} was accepted {age_ms / 1000:.3f} s before, and is not found"


def _has_progress_in_range(_: History, seen: Polled, __: Expectations) -> Iterator[str]:
    value = seen.reply.document.get("progress")
    number = number_of(value)
    if value is not None and (number is None or not 0 <= number <= 100):
        yield f"progress is {value!r}, neither null nor a fraction or percentage"


def _never_falls(history: History, seen: Polled, _: Expectations) -> Iterator[str]:
    if seen.progress is None:
        return
    reached = [poll.progress for poll in polls_of(history, seen.task_id) if poll.progress is not None]
    if reached and seen.progress < max(reached):
        yield f"progress of {seen.task_id} fell from {max(reached)} to {seen.progress}"


def _shows_progress_by_family(history: History, seen: Polled, expectations: Expectations) -> Iterator[str]:
    task = submission_of(history, seen.task_id)
    model = MODELS_BY_SLUG.get(task.model) if task else None
    recorded = expectations.agree(lambda dialect: dialect.progress == "by_family")
    if recorded and model and not model.shows_progress and seen.progress is not None:
        yield f"{model.slug} showed progress {seen.progress}; recordings of its family show null"


def _has_the_recorded_headers(_: History, seen: Polled, expectations: Expectations) -> Iterator[str]:
    if not expectations.agree(lambda dialect: dialect.rate_headers == "poll_window"):
        return
    values = {name: seen.reply.headers.get(name.lower()) for name in _RATE_HEADERS}
    if seen.status != statuses.TASK_NOT_FOUND and not _is_a_window(values):
        yield f"a poll had {values}; recorded: 1200, 0 to 1200, a float epoch, 0 or 1"


_RATE_HEADERS = (
    headers.RATE_LIMIT.value,
    headers.RATE_REMAINING.value,
    headers.RATE_RESET.value,
    headers.RETRY_AFTER.value,
)


def _is_a_window(values: dict[str, str | None]) -> bool:
    limit, remaining, reset, retry_after = values.values()
    window = limits.POLLS_PER_WINDOW.value
    if limit != str(window) or retry_after not in {"0", "1"}:
        return False
    is_counted = remaining is not None and remaining.isdecimal() and int(remaining) <= window
    return is_counted and reset is not None and "." in reset


LAWS_OF_POLLS = (
    law(
        "poll-speaks-of-its-task",
        "The id in a poll's body is the one that was asked for.",
        level=Level.MUST,
        cite=cite("OAS, CASS", Certainty.SPEC),
        about=Polled,
        broken_by=_speaks_of_its_task,
    ),
    law(
        "status-is-known",
        "The status is one of the words of the dialect, spelt exactly.",
        level=Level.MUST,
        cite=cite("OAS, KAIBO, PROBE, GUIDE", Certainty.SPEC),
        about=Polled,
        broken_by=_has_a_known_word,
    ),
    law(
        "poll-has-the-http-status-of-its-word",
        "A poll answers 200 whatever became of the task; 'Task not found' has the dialect's own HTTP status.",
        level=Level.MUST,
        cite=cite("OAS, DOCS-ERR, LIVE-UPS", Certainty.DOCS),
        about=Polled,
        broken_by=_has_the_status_of_its_word,
    ),
    law(
        "poll-has-six-keys",
        "Each poll body has exactly id, status, result, progress, details and preview, null where empty (live).",
        level=Level.MUST,
        cite=endpoints.GET_RESULT.cite,
        about=Polled,
        broken_by=_has_six_keys,
    ),
    law(
        "poll-keys-are-in-order",
        "The six keys come in the recorded order (live).",
        level=Level.OBSERVED,
        cite=cite("CASS", Certainty.RECORDED),
        about=Polled,
        broken_by=_has_the_keys_in_order,
    ),
    law(
        "terminal-status-stays",
        "A task that has ended keeps its status: no other word follows while its sample could live.",
        level=Level.MUST,
        cite=cite("LIVE-UPS", Certainty.SEEN, "polls after Ready still said Ready; how long a result is kept is open"),
        about=Polled,
        broken_by=_never_goes_back,
    ),
    law(
        "accepted-task-is-found",
        "An accepted task is found by its id, but for a moment after its submission.",
        level=Level.MUST,
        cite=cite("OAS, HELP-FAIL", Certainty.DOCS, "that the moment is at most 10 s is ASSUMED"),
        about=Polled,
        broken_by=_is_found,
    ),
    law(
        "progress-is-a-share",
        "Progress is null, a fraction or a percentage.",
        level=Level.MUST,
        cite=cite("OAS, CASS", Certainty.SPEC),
        about=Polled,
        broken_by=_has_progress_in_range,
    ),
    law(
        "progress-never-falls",
        "Progress never falls, but to null.",
        level=Level.MUST,
        cite=cite("CASS", Certainty.RECORDED),
        about=Polled,
        broken_by=_never_falls,
    ),
    law(
        "progress-follows-the-family",
        "FLUX.2 shows no progress (live).",
        level=Level.OBSERVED,
        cite=cite("CASS", Certainty.RECORDED),
        about=Polled,
        broken_by=_shows_progress_by_family,
    ),
    law(
        "poll-has-the-recorded-headers",
        "Each poll carries X-Ratelimit-Limit 1200, -Remaining, a float -Reset, and Retry-After 0 or 1 (live).",
        level=Level.OBSERVED,
        cite=cite("CASS", Certainty.RECORDED),
        about=Polled,
        broken_by=_has_the_recorded_headers,
    ),
)
