"""What a task brings at its end: a result when Ready, a reason when not."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from bfl_conformance.expect import Expectations
from bfl_conformance.observation import Polled
from bfl_conformance.verdict import Level
from mock_bfl.contract import MODELS_BY_SLUG, Family, statuses
from mock_bfl.contract.sources import Certainty, cite

from .history import end_of, submission_of
from .law import History, law

_MODERATED = frozenset({statuses.REQUEST_MODERATED, statuses.CONTENT_MODERATED})
_LIVE_KEYS = {
    Family.FLUX_2: ("start_time", "prompt", "seed", "sample"),
    Family.FLUX_1: ("sample", "prompt", "seed", "start_time", "end_time", "duration"),
}


def _brings_a_sample(_: History, seen: Polled, __: Expectations) -> Iterator[str]:
    if seen.status != statuses.READY:
        return
    if urlsplit(seen.sample).scheme not in {"http", "https"}:
        yield f"a Ready task has no sample URL: {seen.reply.excerpt()}"
    seed = seen.result.get("seed")
    if not isinstance(seed, int) or isinstance(seed, bool):
        yield f"a Ready task has the seed {seed!r}, not an integer"


def _echoes_the_seed(history: History, seen: Polled, __: Expectations) -> Iterator[str]:
    task = submission_of(history, seen.task_id)
    asked = task.request.get("seed") if task else None
    if seen.status == statuses.READY and asked is not None and seen.result.get("seed") != asked:
        yield f"seed {asked} was asked for, the result has {seen.result.get('seed')!r}"


def _stays_the_same(history: History, seen: Polled, __: Expectations) -> Iterator[str]:
    end = end_of(history, seen.task_id)
    if end is None or seen.status != statuses.READY:
        return
    for name in ("seed", "prompt", "start_time"):
        if seen.result.get(name) != end.result.get(name):
            yield f"{name} of {seen.task_id} was {end.result.get(name)!r} and is {seen.result.get(name)!r}"


def _has_none_unless_ready(_: History, seen: Polled, __: Expectations) -> Iterator[str]:
    if seen.status != statuses.READY and seen.reply.document.get("result") is not None:
        yield f"a task that is {seen.status!r} has a result: {seen.reply.excerpt()}"


def _has_the_recorded_keys(history: History, seen: Polled, expectations: Expectations) -> Iterator[str]:
    task = submission_of(history, seen.task_id)
    model = MODELS_BY_SLUG.get(task.model) if task else None
    if model is None or seen.status != statuses.READY:
        return
    if expectations.agree(lambda dialect: dialect.result_keys == "by_family"):
        keys, recorded = tuple(seen.result), _LIVE_KEYS.get(model.family)
        if recorded is not None and keys != recorded:
            yield f"the result of {model.slug} has the keys {', '.join(keys)}; recorded: {', '.join(recorded)}"


def _explains_an_error(_: History, seen: Polled, expectations: Expectations) -> Iterator[str]:
    places = expectations.among(lambda dialect: dialect.failure_at)
    if seen.status == statuses.ERROR and not any(seen.reply.document.get(place) for place in places):
        yield f"a failed task has no {' or '.join(sorted(places))}: {seen.reply.excerpt()}"


def _explains_moderation(_: History, seen: Polled, expectations: Expectations) -> Iterator[str]:
    if seen.status not in _MODERATED or not expectations.agree(lambda dialect: dialect.moderation_reasons):
        return
    details = seen.reply.document.get("details")
    reasons = details.get(statuses.MODERATION_REASONS_KEY.value) if isinstance(details, dict) else None
    if not isinstance(reasons, list) or not all(isinstance(reason, str) for reason in reasons):
        yield f"details of a moderated task are {details!r}; seen: {{'{statuses.MODERATION_REASONS_KEY.value}': [...]}}"


LAWS_OF_RESULTS = (
    law(
        "ready-brings-a-sample",
        "A Ready task has result.sample, a URL, and result.seed, an integer.",
        level=Level.MUST,
        cite=cite("CASS, GUIDE, DOCS-GEN", Certainty.RECORDED),
        about=Polled,
        broken_by=_brings_a_sample,
    ),
    law(
        "seed-is-echoed",
        "The seed of the request is the seed of the result.",
        level=Level.MUST,
        cite=cite("CASS", Certainty.RECORDED),
        about=Polled,
        broken_by=_echoes_the_seed,
    ),
    law(
        "result-stays-the-same",
        "A later poll of a Ready task shows the same seed, prompt and start.",
        level=Level.SHOULD,
        cite=cite("LIVE-UPS", Certainty.INFERRED, "only the signature of the sample is seen to change"),
        about=Polled,
        broken_by=_stays_the_same,
    ),
    law(
        "only-ready-has-a-result",
        "A task that is not Ready has no result: in progress, moderated or failed.",
        level=Level.MUST,
        cite=cite("CASS, VERCEL, DOCS-ERR", Certainty.RECORDED),
        about=Polled,
        broken_by=_has_none_unless_ready,
    ),
    law(
        "result-has-the-recorded-keys",
        "The keys of a result are those of the recordings of its family, in their order (live).",
        level=Level.OBSERVED,
        cite=cite("CASS", Certainty.RECORDED),
        about=Polled,
        broken_by=_has_the_recorded_keys,
    ),
    law(
        "error-is-explained",
        "A failed task says why: in details (live), in error and message (guide).",
        level=Level.SHOULD,
        cite=cite("OAS, VERCEL, GUIDE", Certainty.SPEC, "no body of a failed task was ever recorded"),
        about=Polled,
        broken_by=_explains_an_error,
    ),
    law(
        "moderation-is-explained",
        "A moderated task lists its reasons under details, 'Moderation Reasons' (live).",
        level=Level.SHOULD,
        cite=cite("DOCS-ERR, VERCEL", Certainty.DOCS, "since 2026-06-15"),
        about=Polled,
        broken_by=_explains_moderation,
    ),
)
