"""From what came back to the error that says so: which class of the tree, which words, which data. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from . import _errors as errors
from ._replies import Fault, Outcome, Reply, Snapshot, Ticket, error_code, error_text, salvage
from ._urls import redact_url

Error = TypeVar("Error", bound=errors.BFLError)

# What the status of a refusal says about its cause; the docs list 403 for a bad key, the guide 401.  [DOCS-ERR; GUIDE]
_REFUSALS: Mapping[int, type[errors.BFLError]] = {
    401: errors.AuthenticationFailed,
    402: errors.InsufficientCredits,
    403: errors.AuthenticationFailed,
    404: errors.UnknownModel,
    429: errors.RateLimited,
    503: errors.Unavailable,
}
_ADVICE: Mapping[type[errors.BFLError], str] = {
    errors.AuthenticationFailed: "check BFL_API_KEY",
    errors.ConfigurationError: "check base_url, no redirect is followed with a request that costs money",
    errors.InsufficientCredits: "add credits",
    errors.InvalidRequest: "correct the request",
    errors.Moderated: "change the prompt or the input images",
    errors.RateLimited: "wait until a task has finished",
    errors.Unavailable: "try later",
    errors.UnknownModel: "check the model's name",
}
_BAD_KEY_WORDS = "api key"  # 422 {"detail": "Invalid API key format"}  [PROBE]
_MODERATION_CODE = "content_policy_violation"  # [GUIDE]
_FAILURES: Mapping[str, type[errors.TaskFailed]] = {
    "Request Moderated": errors.RequestModerated,
    "Content Moderated": errors.ContentModerated,
    "Task not found": errors.TaskNotFound,
    "Error": errors.GenerationFailed,
    "Failed": errors.GenerationFailed,  # tested for by the docs' polling loop, never seen  [DOCS-GEN]
}
TERMINAL_FAILURES = frozenset(_FAILURES)


def described(outcome: Outcome) -> str:
    """Return an outcome in a few words."""
    if isinstance(outcome, Fault):
        return outcome.reason
    return f"HTTP {outcome.status_code}: {error_text(outcome)}"


def refusal(reply: Reply) -> errors.BFLError:
    """Return the error for a request that the API certainly did not accept."""
    kind = _refusal_kind(reply)
    message = f"The API refused the request ({described(reply)}). Nothing was accepted or billed; {_ADVICE[kind]}."
    return _with_facts(kind(message), reply=reply)


def never_reached(fault: Fault) -> errors.Unavailable:
    """Return the error for an API that no connection could be made to."""
    return errors.Unavailable(f"The API could not be reached ({fault.reason}). Nothing was sent or billed; try later.")


def unknown_outcome(outcome: Outcome) -> errors.UnknownOutcome:
    """Return the error for a submit that may have been accepted, with id and polling_url where they can be made out."""
    error = errors.UnknownOutcome(
        f"The submit was sent, but its answer does not say whether it was accepted ({described(outcome)}). "
        "The task may exist and be billed, so it was not sent again; look at your balance before you do."
    )
    if isinstance(outcome, Fault):
        return error
    found = salvage(outcome)
    error.task_id, error.polling_url = found.get("id"), found.get("polling_url")
    return _with_facts(error, reply=outcome)


def task_failed(snapshot: Snapshot, *, reply: Reply, ticket: Ticket) -> errors.TaskFailed:
    """Return the error for a task that ended without a picture."""
    kind = _FAILURES[snapshot.status]
    if error_code(reply) == _MODERATION_CODE:  # the guide's dialect has no status for moderation  [GUIDE]
        kind = errors.Moderated
    reasons = f": {', '.join(snapshot.reasons)}" if snapshot.reasons else ""
    error = kind(f"The task {ticket.id} ended as {snapshot.status!r}{reasons or _failure_text(reply)}.")
    error.reasons = snapshot.reasons
    error.cost_credits = snapshot.cost
    return _with_facts(error, reply=reply, ticket=ticket)


def polling_refused(ticket: Ticket, outcome: Outcome) -> errors.PollingRefused:
    """Return the error for a task whose result cannot be asked for."""
    error = errors.PollingRefused(f"The task {ticket.id} cannot be polled ({described(outcome)}). {resumable(ticket)}")
    return _with_facts(error, reply=outcome if isinstance(outcome, Reply) else None, ticket=ticket)


def unreadable_result(ticket: Ticket, reply: Reply) -> errors.UnreadableResult:
    """Return the error for a task that is Ready without a sample."""
    error = errors.UnreadableResult(
        f"The task {ticket.id} is Ready, but its result has no sample URL (see the error's body). {resumable(ticket)}"
    )
    return _with_facts(error, reply=reply, ticket=ticket)


def deadline_exceeded(ticket: Ticket, *, last: str) -> errors.DeadlineExceeded:
    """Return the error for a task that outlived its caller's patience; `last` says what was seen of it."""
    error = errors.DeadlineExceeded(
        f"The deadline passed before the task {ticket.id} ended (last: {last}). {resumable(ticket)}"
    )
    return _with_facts(error, ticket=ticket)


def download_failed(kind: type[Error], what: str, *, ticket: Ticket, reply: Reply | None = None) -> Error:
    """Return the error for a picture that exists and is not on disk."""
    error = kind(
        f"{what}. The task {ticket.id} is done and billed; poll {redact_url(ticket.polling_url)} for a new URL."
    )
    return _with_facts(error, reply=reply, ticket=ticket)


def resumable(ticket: Ticket) -> str:
    """Return the sentence that tells how to go on with an accepted task."""
    return (
        "It was accepted and billed and may still finish: resume it by its polling_url "
        f"{redact_url(ticket.polling_url)} instead of submitting again."
    )


def _refusal_kind(reply: Reply) -> type[errors.BFLError]:
    if error_code(reply) == _MODERATION_CODE:
        return errors.Moderated
    if 300 <= reply.status_code < 400:
        return errors.ConfigurationError
    if reply.status_code == 422 and _BAD_KEY_WORDS in str(reply.mapping.get("detail", "")).lower() and _is_plain(reply):
        return errors.AuthenticationFailed
    return _REFUSALS.get(reply.status_code, errors.InvalidRequest)


def _is_plain(reply: Reply) -> bool:
    # The key's complaint is a string; a list holds complaints about fields, whose words may be the user's own.
    return isinstance(reply.mapping.get("detail"), str)


def _failure_text(reply: Reply) -> str:
    body = reply.mapping
    return f" ({error_text(reply)})" if any(body.get(key) for key in ("details", "error", "message")) else ""


def _with_facts(error: Error, *, reply: Reply | None = None, ticket: Ticket | None = None) -> Error:
    if reply is not None:
        error.status_code, error.body = reply.status_code, reply.content
    if ticket is not None:
        error.task_id, error.polling_url = ticket.id, ticket.polling_url
        error.cost_credits = ticket.cost if error.cost_credits is None else error.cost_credits
    return error
