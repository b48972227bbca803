"""What an accepted submission answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

from bfl_conformance.expect import Expectations
from bfl_conformance.observation import Submitted
from bfl_conformance.verdict import Level
from mock_bfl.contract.sources import Certainty, cite

from .history import accepted
from .law import History, law

_KEYS_OF_A_REPLY = ("id", "polling_url", "cost", "input_mp", "output_mp")
_ID_FORMS = {
    "uuid4": re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"),
    "gen": re.compile(r"gen_[A-Za-z0-9]+"),
}


def _has_webhook(seen: Submitted) -> bool:
    return seen.request.get("webhook_url") is not None


def _names_its_task(_: History, seen: Submitted, __: Expectations) -> Iterator[str]:
    if seen.reply.status_code != 200:
        yield f"an accepted submission answered {seen.reply.status_code}, not 200"
    if not seen.task_id:
        yield f"the reply has no id: {seen.reply.excerpt()}"


def _says_where_to_poll(_: History, seen: Submitted, expectations: Expectations) -> Iterator[str]:
    if _has_webhook(seen):
        yield from _answers_a_webhook(seen, expectations)
    elif urlsplit(seen.polling_url).scheme not in {"http", "https"}:
        yield f"polling_url is no URL: {seen.reply.excerpt()}"
    elif parse_qs(urlsplit(seen.polling_url).query).get("id") != [seen.task_id]:
        yield f"polling_url {seen.polling_url} does not carry id={seen.task_id}"


def _answers_a_webhook(seen: Submitted, expectations: Expectations) -> Iterator[str]:
    replies = expectations.among(lambda dialect: dialect.webhook_reply)
    if seen.polling_url and replies == {"without_polling_url"}:
        yield f"a submission with webhook_url was answered with polling_url {seen.polling_url}"
    if not seen.polling_url and replies == {"with_polling_url"}:
        yield f"a submission with webhook_url was answered without polling_url: {seen.reply.excerpt()}"


def _has_an_id_of_its_own(history: History, seen: Submitted, _: Expectations) -> Iterator[str]:
    if any(earlier.task_id == seen.task_id for earlier in accepted(history)):
        yield f"id {seen.task_id} was given to an earlier task"


def _is_compact(_: History, seen: Submitted, __: Expectations) -> Iterator[str]:
    if seen.polling_url and b'"polling_url":"' not in seen.reply.body:
        yield f'the body does not contain "polling_url":" without a blank: {seen.reply.excerpt()}'


def _has_the_recorded_keys(_: History, seen: Submitted, expectations: Expectations) -> Iterator[str]:
    keys = tuple(seen.reply.document)
    recorded = expectations.agree(lambda dialect: dialect.error_envelope == "detail")
    if recorded and not _has_webhook(seen) and keys != _KEYS_OF_A_REPLY:
        yield f"the reply has the keys {', '.join(keys)}; recorded: {', '.join(_KEYS_OF_A_REPLY)}"


def _has_an_id_of_the_known_form(_: History, seen: Submitted, expectations: Expectations) -> Iterator[str]:
    forms = expectations.among(lambda dialect: dialect.id_form)
    if not any(_ID_FORMS[form].fullmatch(seen.task_id) for form in forms):
        yield f"id {seen.task_id} is not of the form {' or '.join(sorted(forms))}"


def _was_valid(_: History, seen: Submitted, __: Expectations) -> Iterator[str]:
    if seen.faults:
        yield f"{seen.model} accepted a body whose {', '.join(seen.faults)} is invalid"


LAWS_OF_SUBMITS = (
    law(
        "submit-names-its-task",
        "An accepted submission answers 200 with the id of the task.",
        level=Level.MUST,
        cite=cite("OAS, CASS", Certainty.SPEC),
        about=Submitted,
        broken_by=_names_its_task,
    ),
    law(
        "submit-says-where-to-poll",
        "Without webhook_url the reply has a polling_url that carries the id; with one, what the dialect says.",
        level=Level.MUST,
        cite=cite("OAS, CASS, GUIDE", Certainty.SPEC),
        about=Submitted,
        broken_by=_says_where_to_poll,
    ),
    law(
        "id-is-unique",
        "No two tasks share an id.",
        level=Level.MUST,
        cite=cite("CASS", Certainty.RECORDED, "each recorded task has an id of its own"),
        about=Submitted,
        broken_by=_has_an_id_of_its_own,
    ),
    law(
        "reply-is-compact",
        "JSON is compact: the guide's own shell client greps for '\"polling_url\":\"'.",
        level=Level.MUST,
        cite=cite("CASS, GUIDE", Certainty.RECORDED),
        about=Submitted,
        broken_by=_is_compact,
    ),
    law(
        "submit-has-the-recorded-keys",
        "The reply has the keys id, polling_url, cost, input_mp, output_mp, in this order.",
        level=Level.OBSERVED,
        cite=cite("CASS", Certainty.RECORDED),
        about=Submitted,
        broken_by=_has_the_recorded_keys,
    ),
    law(
        "id-has-the-known-form",
        "An id is a UUID of version 4 (live), or begins with gen_ (guide).",
        level=Level.OBSERVED,
        cite=cite("CASS, GUIDE", Certainty.RECORDED),
        about=Submitted,
        broken_by=_has_an_id_of_the_known_form,
    ),
    law(
        "invalid-is-refused",
        "A body with a field outside its type or range is not accepted.",
        level=Level.MUST,
        cite=cite("OAS, LIVE-UPS, GUIDE", Certainty.SPEC),
        about=Submitted,
        broken_by=_was_valid,
    ),
)
