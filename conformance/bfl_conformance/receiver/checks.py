"""What a webhook receiver must do, and how it is seen: only by its answers.

Law: a refusal proves nothing unless a good delivery is accepted beside it: a receiver that refuses all would pass.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from bfl_conformance.errors import Inconclusive
from bfl_conformance.verdict import Level
from mock_bfl.contract import Cite, webhooks
from mock_bfl.contract.sources import Certainty, assumed, cite

from .events import Events, Posted, compact, signature, signed, spaced
from .wire import Receiver, ReceiverAnswer

_DAY_S = 24 * 3600
_WRONG_KEY = "not-the-secret"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A receiver on the bench, the secret it should know, and the form of its events. `slow_s`: of a slow delivery."""

    receiver: Receiver
    secret: str
    events: Events
    slow_s: float = 2.0

    def good(self) -> Posted:
        """Return a delivery that deserves a 2xx."""
        return signed(compact(self.events.ready()), self.secret)


Story = Callable[[Bench], Iterable[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverCheck:
    """What must hold, how binding it is, on whose word, and what breaks when it does not."""

    id: str
    sentence: str
    level: Level
    cite: Cite
    story: Story


def _accepts(bench: Bench, posted: Posted, what: str) -> Iterator[str]:
    answer = bench.receiver.post(posted)
    if not answer.is_accepted:
        yield f"{what} was answered with {answer}: the API takes it for lost, and sends it again"


def _refuses(bench: Bench, posted: Posted, what: str) -> Iterator[str]:
    control = bench.receiver.post(bench.good())
    if not control.is_accepted:
        raise Inconclusive(f"a good delivery is not accepted either ({control}), so a refusal proves nothing")
    answer = bench.receiver.post(posted)
    if answer.is_accepted:
        yield f"{what} was accepted ({answer}): anybody who knows the URL can tell this receiver that a task has ended"


def _good(bench: Bench) -> Iterator[str]:
    yield from _accepts(bench, bench.good(), "a good delivery")


def _soon_enough(bench: Bench) -> Iterator[str]:
    answer = bench.receiver.post(bench.good())
    if answer.status is None:
        yield f"a good delivery got {answer} after {answer.took_s:.1f} s"
    elif answer.took_s > webhooks.ANSWER_WITHIN_S.value:
        yield f"a good delivery was answered after {answer.took_s:.1f} s: too late, it is sent again"


def _tampered(bench: Bench) -> Iterator[str]:
    good = bench.good()
    changed = compact({**bench.events.ready(), "status": bench.events.form.failed})
    yield from _refuses(bench, good.with_body(changed), "a body that was changed after it was signed")


def _wrong_key(bench: Bench) -> Iterator[str]:
    yield from _refuses(bench, signed(bench.good().body, _WRONG_KEY), "a signature made with another secret")


def _unsigned(bench: Bench) -> Iterator[str]:
    posted = bench.good().with_header(webhooks.SIGNATURE.value, None)
    yield from _refuses(bench, posted, "a delivery without a signature")


def _signed_otherwise(bench: Bench) -> Iterator[str]:
    good = bench.good()
    digest = signature(good.body, bench.secret).removeprefix(webhooks.SIGNATURE_PREFIX.value)
    for value in ("", digest, f"sha1={digest}", f"sha256={digest[:-2]}", "sha256="):
        yield from _refuses(bench, good.with_header(webhooks.SIGNATURE.value, value), f"the signature {value[:12]!r}")


def _raw_bytes(bench: Bench) -> Iterator[str]:
    what = "an event with blanks and escapes, signed over its own bytes,"
    yield from _accepts(bench, signed(spaced(bench.events.ready()), bench.secret), what)


def _reserialised(bench: Bench) -> Iterator[str]:
    body = spaced(bench.events.ready())
    posted = signed(body, bench.secret, over=compact(json.loads(body)))
    yield from _refuses(bench, posted, "a body whose signature is that of its re-serialised JSON")


def _duplicate(bench: Bench) -> Iterator[str]:
    good = bench.good()
    answers = [bench.receiver.post(good) for _ in range(2)]
    yield from _not_all_accepted(answers, "the same event, delivered twice,")


def _twins(bench: Bench) -> Iterator[str]:
    answers = bench.receiver.post_at_once(bench.good(), times=2)
    yield from _not_all_accepted(answers, "the same event, delivered twice at the same time,")


def _not_all_accepted(answers: list[ReceiverAnswer], what: str) -> Iterator[str]:
    if not all(answer.is_accepted for answer in answers):
        yield f"{what} got {', '.join(map(str, answers))}: delivery is at least once, and a refusal brings it back"


def _last_retry(bench: Bench) -> Iterator[str]:
    age_s = sum(webhooks.RETRIES_AFTER_S.value)
    posted = signed(compact(bench.events.ready(age_s=age_s)), bench.secret)
    yield from _accepts(bench, posted, f"an event {age_s} s old, as the last retry brings it,")


def _replayed(bench: Bench) -> Iterator[str]:
    if not bench.events.has_timestamp:
        raise Inconclusive("events of this form carry no time, so a receiver cannot tell an old one")
    posted = signed(compact(bench.events.ready(age_s=_DAY_S)), bench.secret)
    yield from _refuses(bench, posted, "an event that is a day old")


def _slow(bench: Bench) -> Iterator[str]:
    answer = bench.receiver.post(bench.good(), over_s=bench.slow_s)
    if not answer.is_accepted:
        yield f"a good delivery whose body takes {bench.slow_s:g} s to arrive was answered with {answer}"


def _progress(bench: Bench) -> Iterator[str]:
    yield from _accepts(bench, signed(compact(bench.events.progress()), bench.secret), "an event before the end")


def _failed(bench: Bench) -> Iterator[str]:
    yield from _accepts(bench, signed(compact(bench.events.failed()), bench.secret), "the event of a failed task")


def _moderated(bench: Bench) -> Iterator[str]:
    yield from _accepts(bench, signed(compact(bench.events.moderated()), bench.secret), "the event of a moderated task")


def _unknown_fields(bench: Bench) -> Iterator[str]:
    event = {**bench.events.ready(), "added_later": {"by": "the API"}, "cost": None}
    yield from _accepts(bench, signed(compact(event), bench.secret), "an event with fields that no document names")


def _any_letter_case(bench: Bench) -> Iterator[str]:
    good = bench.good()
    value = good.headers[webhooks.SIGNATURE.value]
    lower = replace(good, headers={webhooks.SIGNATURE.value.lower(): value})
    yield from _accepts(bench, lower, "a delivery whose header names are in lower case, as HTTP/2 has them,")


def _on_purpose(bench: Bench) -> Iterator[str]:
    """See that what is wrong is refused, not crashed upon: a 5xx is sent again, three times."""
    good, secret = bench.good(), bench.secret
    wrong = {
        "a body that is no JSON": signed(b"{", secret),
        "a body that is no object": signed(b"[]", secret),
        "an empty body": signed(b"", secret),
        "a signature that is no ASCII": good.with_header(webhooks.SIGNATURE.value, "sha256=\xe9"),
        "no signature": good.with_header(webhooks.SIGNATURE.value, None),
    }
    for what, posted in wrong.items():
        answer = bench.receiver.post(posted)
        if not (answer.is_refused or answer.is_accepted):
            yield f"{what} was answered with {answer}, not with a 4xx"


_GUIDE = cite("GUIDE", Certainty.GUIDE, "webhook-integration.md")
_SEEN = cite("RECEIVERS", Certainty.CLIENTS, "receivers get events before the end")
_ADVICE = assumed("good practice of webhook receivers; no document of the vendor says it")


_ROWS: tuple[tuple[Level, Cite, Story, str], ...] = (
    (Level.MUST, _GUIDE, _good, "A good delivery is answered with a 2xx."),
    (Level.MUST, _GUIDE, _soon_enough, "A delivery is answered within 30 seconds."),
    (Level.MUST, _GUIDE, _tampered, "A body that was changed after it was signed is refused."),
    (Level.MUST, _GUIDE, _wrong_key, "A signature made with another secret is refused."),
    (Level.MUST, _GUIDE, _unsigned, "A delivery without a signature is refused."),
    (Level.MUST, _GUIDE, _signed_otherwise, "A signature that is cut, empty or of another kind is refused."),
    (Level.MUST, _GUIDE, _raw_bytes, "The signature is checked over the bytes as they came, however they are spelt."),
    (Level.MUST, _GUIDE, _reserialised, "A signature over the re-serialised JSON is refused."),
    (Level.MUST, _GUIDE, _duplicate, "An event that comes twice is answered with a 2xx twice."),
    (Level.SHOULD, _ADVICE, _twins, "An event that comes twice at once is answered with a 2xx twice."),
    (Level.MUST, _GUIDE, _last_retry, "An event as old as the last retry (36 s) is accepted."),
    (Level.OBSERVED, _ADVICE, _replayed, "An event that is a day old is refused."),
    (Level.SHOULD, _ADVICE, _slow, "A delivery that arrives slowly is accepted."),
    (Level.SHOULD, _SEEN, _progress, "An event before the end is accepted."),
    (Level.MUST, _GUIDE, _failed, "The event of a failed task is accepted."),
    (Level.SHOULD, webhooks.MODERATED.cite, _moderated, "The event of a moderated task is accepted."),
    (Level.SHOULD, webhooks.EXTRA_KEYS_2025.cite, _unknown_fields, "An event with unknown fields is accepted."),
    (Level.SHOULD, _ADVICE, _any_letter_case, "The letter case of header names does not matter."),
    (Level.SHOULD, _ADVICE, _on_purpose, "What is wrong is refused with a 4xx, not crashed upon."),
)

RECEIVER_CATALOGUE = tuple(
    ReceiverCheck(id=f"BFL-HOOK-{number:03}", sentence=sentence, level=level, cite=source, story=story)
    for number, (level, source, story, sentence) in enumerate(_ROWS, start=1)
)
