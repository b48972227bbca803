"""Findings about whom the client asked, and what it let that host see. They need a second origin to be observed."""

from __future__ import annotations

from collections.abc import Iterator

from .facts import Facts, TaskFacts, origin_in
from .request import GET_RESULT, SAMPLE, Request
from .saying import evidence, times
from .values import Evidence

_ONE_ORIGIN = "the mock answered under one origin only"


def polling_url_ignored(facts: Facts) -> Iterator[Evidence]:
    """Find tasks that were polled at another origin than that of their polling_url."""
    for task in facts.tasks:
        handed_out = _polling_origins(task)
        strayed = [poll for poll in task.polls if handed_out and poll.row.origin not in handed_out]
        if strayed:
            told = f"the polling_url is at {handed_out[0]}; {times(len(strayed), 'poll')} went to"
            said = f"{told} {strayed[0].row.origin}."
            yield evidence(strayed, said, task_id=task.id, cost_credits=task.price_credits)


def key_sent_to_foreign_host(facts: Facts) -> Iterator[Evidence]:
    """Find keys that went to an origin that is neither the API's nor a polling_url's."""
    for origin in sorted(_foreign_origins(facts)):
        leaks = [request for request in facts.requests if request.row.origin == origin and request.row.has_key]
        if leaks:
            yield evidence(leaks, f"{times(len(leaks), 'request')} carried the x-key to {origin}.")


def why_polling_is_unseen(facts: Facts) -> str | None:
    """Return why it cannot be told whether the polling_url was followed, or None if it can."""
    polled = [task for task in facts.tasks if task.polls and _polling_origins(task)]
    if any(task.submit is not None and task.submit.row.origin not in _polling_origins(task) for task in polled):
        return None
    if not polled:
        return "no task was polled that had a polling_url"
    return f"{_ONE_ORIGIN}, so a polling_url that the client builds itself looks the same"


def why_key_is_unseen(facts: Facts) -> str | None:
    """Return why it cannot be told whether the key went to a foreign host, or None if it can."""
    foreign = _foreign_origins(facts)
    if any(request.row.origin in foreign for request in facts.requests):
        return None
    return f"{_ONE_ORIGIN}, or the client asked no other; samples and redirects have to lead to a second one"


def _polling_origins(task: TaskFacts) -> list[str]:
    """Return where a task may be polled: where its polling_url leads, and where redirects led from there.

    A webhook's submit reply has no polling_url; then any origin will do.
    """
    if task.submit is None or task.submit.row.leads_to is None:
        return []
    redirects = [poll.row.leads_to for poll in task.polls if poll.row.leads_to and _is_redirect(poll)]
    return [origin_in(url) for url in (task.submit.row.leads_to, *redirects)]


def _foreign_origins(facts: Facts) -> set[str]:
    """Return the origins that samples and redirects led to, but for those that the client chose or may poll."""
    own = {request.row.origin for request in facts.requests if request.row.route not in {GET_RESULT, SAMPLE}}
    own |= {origin_in(task.submit.row.leads_to) for task in facts.tasks if task.submit and task.submit.row.leads_to}
    leading = [one for one in facts.requests if one.row.leads_to]
    redirected = {origin_in(one.row.leads_to or "") for one in leading if _is_redirect(one)}
    led_to = {origin_in(one.row.leads_to or "") for one in leading if one.row.route == GET_RESULT}
    return (led_to - own - _of_older_tasks(facts)) | (redirected - own)


def _of_older_tasks(facts: Facts) -> set[str]:
    """Return where tasks were polled whose submit is not in the journal: there their polling_urls led."""
    return {poll.row.origin for task in facts.tasks if task.submit is None for poll in task.polls}


def _is_redirect(request: Request) -> bool:
    return 300 <= (request.row.status or 0) < 400
