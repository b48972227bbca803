"""How long a sample URL lives, and what comes from it.

`se` in the URL is its end: the instant of Ready, or of the poll that signed it, rounded up to the second, plus ten
minutes. Before that instant the URL answers without a key, from that instant on it is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from bfl_conformance.expect import Expectations
from bfl_conformance.observation import Document, Polled, Sampled, expiry_of
from bfl_conformance.verdict import Level
from mock_bfl.contract import MODELS_BY_SLUG, Dialect, headers, limits, statuses
from mock_bfl.contract.sources import Certainty, cite

from .history import polls_of, submission_of
from .law import History, law

_LIFE_MS = limits.SAMPLE_URL_LIFE_S.value * 1000
_ROUNDING_MS = 1000
_SIGNATURES = {
    "jpeg": lambda body: body.startswith(b"\xff\xd8\xff"),
    "png": lambda body: body.startswith(b"\x89PNG\r\n\x1a\n"),
    "webp": lambda body: body.startswith(b"RIFF") and body[8:12] == b"WEBP",
}


def _expires_ten_minutes_after_ready(history: History, seen: Polled, expectations: Expectations) -> Iterator[str]:
    if seen.status != statuses.READY or not urlsplit(seen.sample).query:
        return
    end_ms = expiry_of(seen.sample)
    earliest_ms, latest_ms = _possible_ends(history, seen, expectations)
    if end_ms is None:
        yield f"the sample URL has no readable se: {seen.sample}"
    elif not earliest_ms <= end_ms < latest_ms:
        yield (
            f"se is {end_ms}; the URL was signed {_LIFE_MS} ms before, so it lies in [{earliest_ms}, {latest_ms}): "
            f"off by {end_ms - (earliest_ms if end_ms < earliest_ms else latest_ms)} ms"
        )


def _possible_ends(history: History, seen: Polled, expectations: Expectations) -> tuple[int, int]:
    """Return the earliest `se` that is permitted, and the first that is not."""
    task = submission_of(history, seen.task_id)
    still_running = [task.reply.sent_at_ms] if task else [0]
    signed_by = seen.reply.received_at_ms
    for poll in polls_of(history, seen.task_id):
        if poll.status in statuses.IN_PROGRESS:
            still_running.append(poll.reply.sent_at_ms)
        elif poll.status == statuses.READY and expectations.agree(_signs_once):
            signed_by = min(signed_by, poll.reply.received_at_ms)
    return max(still_running) + _LIFE_MS, signed_by + _LIFE_MS + _ROUNDING_MS


def _signs_once(dialect: Dialect) -> bool:
    return not dialect.sample_resigned


def _is_signed_anew(history: History, seen: Polled, expectations: Expectations) -> Iterator[str]:
    if seen.status != statuses.READY or not expectations.agree(lambda dialect: dialect.sample_resigned):
        return
    was_ready = any(poll.status == statuses.READY for poll in polls_of(history, seen.task_id))
    end_ms = expiry_of(seen.sample)
    if was_ready and end_ms is not None and end_ms < seen.reply.sent_at_ms + _LIFE_MS:
        yield f"a later poll brought a URL that lives {(end_ms - seen.reply.sent_at_ms) / 1000:.3f} s more, not 600"


def _lives_until_its_end(_: History, seen: Sampled, __: Expectations) -> Iterator[str]:
    end_ms = expiry_of(seen.url)
    alive = end_ms is None or seen.reply.received_at_ms < end_ms
    if alive and not seen.is_forged and seen.reply.status_code != 200:
        left = "" if end_ms is None else f" {(end_ms - seen.reply.received_at_ms) / 1000:.3f} s before its end"
        yield f"the sample answered {seen.reply.status_code} without a key{left}: {seen.reply.excerpt()}"


def _dies_at_its_end(_: History, seen: Sampled, __: Expectations) -> Iterator[str]:
    end_ms = expiry_of(seen.url)
    if end_ms is not None and seen.reply.sent_at_ms >= end_ms and seen.reply.status_code < 400:
        past_s = (seen.reply.sent_at_ms - end_ms) / 1000
        yield f"the sample answered {seen.reply.status_code} {past_s:.3f} s after its end"


def _needs_its_signature(_: History, seen: Sampled, __: Expectations) -> Iterator[str]:
    if seen.is_forged and seen.reply.status_code != headers.EXPIRED_SAMPLE.value:
        yield f"a URL with another signature answered {seen.reply.status_code}, not 403"


def _is_the_picture_asked_for(history: History, seen: Sampled, expectations: Expectations) -> Iterator[str]:
    task = submission_of(history, seen.task_id)
    if task is None or seen.reply.status_code != 200:
        return
    formats = expectations.among(lambda dialect: _format_of(task.model, task.request, dialect))
    if not any(seen.reply.content_type == f"image/{name}" and _SIGNATURES[name](seen.reply.body) for name in formats):
        yield (
            f"{' or '.join(sorted(formats))} was asked for; came {seen.reply.content_type!r} "
            f"beginning {seen.reply.body[:12]!r}"
        )


def _format_of(slug: str, request: Document, dialect: Dialect) -> str:
    asked = request.get("output_format")
    if asked is not None:
        return str(asked)
    if "kontext" in slug:
        return dialect.kontext_output_format
    defaults = (field.default for field in MODELS_BY_SLUG[slug].fields if field.name == "output_format")
    return next((str(default) for default in defaults if default is not None), "jpeg")


def _is_refused_as_azure_does(_: History, seen: Sampled, __: Expectations) -> Iterator[str]:
    end_ms = expiry_of(seen.url)
    is_over = seen.is_forged or (end_ms is not None and seen.reply.sent_at_ms >= end_ms)
    if not is_over or seen.reply.status_code < 400:
        return
    as_azure = seen.reply.content_type == "application/xml" and b"AuthenticationFailed" in seen.reply.body
    if seen.reply.status_code != headers.EXPIRED_SAMPLE.value or not as_azure:
        yield f"the refusal is {seen.reply.status_code}, {seen.reply.content_type!r}: {seen.reply.excerpt()}"


def _never_leads_elsewhere(history: History, seen: Polled, _: Expectations) -> Iterator[str]:
    paths = {urlsplit(poll.sample).path for poll in polls_of(history, seen.task_id) if poll.sample}
    if seen.sample and paths and urlsplit(seen.sample).path not in paths:
        yield f"{seen.task_id} was delivered at {', '.join(sorted(paths))}, now at {urlsplit(seen.sample).path}"


def _shares_no_path(history: History, seen: Polled, _: Expectations) -> Iterator[str]:
    others = (poll for poll in history if isinstance(poll, Polled) and poll.task_id != seen.task_id)
    path = urlsplit(seen.sample).path
    owner = next((poll.task_id for poll in others if poll.sample and urlsplit(poll.sample).path == path), None)
    if seen.sample and owner is not None:
        yield f"{seen.task_id} is delivered at {path}, where {owner} is"


LAWS_OF_DELIVERY = (
    law(
        "sample-expires-after-ten-minutes",
        "se is ten minutes after the instant at which the URL was signed, rounded up to the second.",
        level=Level.MUST,
        cite=limits.SAMPLE_URL_LIFE_S.cite,
        about=Polled,
        broken_by=_expires_ten_minutes_after_ready,
    ),
    law(
        "sample-is-signed-anew",
        "A later poll brings a URL that lives ten minutes from then (live).",
        level=Level.OBSERVED,
        cite=cite("LIVE-UPS", Certainty.SEEN),
        about=Polled,
        broken_by=_is_signed_anew,
    ),
    law(
        "sample-keeps-its-path",
        "Later polls sign the same path.",
        level=Level.SHOULD,
        cite=cite("LIVE-UPS", Certainty.INFERRED, "the signature is seen to change, nothing else"),
        about=Polled,
        broken_by=_never_leads_elsewhere,
    ),
    law(
        "sample-is-its-own",
        "No two tasks are delivered at one path.",
        level=Level.MUST,
        cite=cite("CASS", Certainty.RECORDED, "each recording has its own"),
        about=Polled,
        broken_by=_shares_no_path,
    ),
    law(
        "sample-lives-until-se",
        "Until se the sample URL answers 200, and needs no key.",
        level=Level.MUST,
        cite=cite("CASS, DOCS-INT, GUIDE, VERCEL", Certainty.RECORDED),
        about=Sampled,
        broken_by=_lives_until_its_end,
    ),
    law(
        "sample-dies-at-se",
        "From se on the sample URL delivers nothing.",
        level=Level.MUST,
        cite=limits.SAMPLE_URL_LIFE_S.cite,
        about=Sampled,
        broken_by=_dies_at_its_end,
    ),
    law(
        "sample-needs-its-signature",
        "A sample URL with another signature answers 403.",
        level=Level.SHOULD,
        cite=headers.EXPIRED_SAMPLE.cite,
        about=Sampled,
        broken_by=_needs_its_signature,
    ),
    law(
        "sample-is-the-picture-asked-for",
        "The sample is an image of the format asked for: by its content type and by its first bytes.",
        level=Level.MUST,
        cite=cite("OAS, CASS, GUIDE", Certainty.SPEC),
        about=Sampled,
        broken_by=_is_the_picture_asked_for,
    ),
    law(
        "sample-is-refused-as-azure-does",
        "A refused sample URL answers application/xml with the code AuthenticationFailed.",
        level=Level.OBSERVED,
        cite=headers.EXPIRED_SAMPLE.cite,
        about=Sampled,
        broken_by=_is_refused_as_azure_does,
    ),
)
