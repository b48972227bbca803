"""The sample: what it is, how long it lives, and that its signature matters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from bfl_conformance.bodies import minimal_body
from bfl_conformance.errors import Inconclusive
from bfl_conformance.observation import Polled, expiry_of
from bfl_conformance.probe import Probe
from bfl_conformance.target import Need
from bfl_conformance.verdict import Level
from mock_bfl.contract import headers, limits
from mock_bfl.contract.sources import Certainty, cite

from .check import Check

_CHEAP = "flux-2-klein-4b"
_SIGNATURE = re.compile(r"(?<=[?&]sig=)[^&]+")
_EXPIRY = re.compile(r"(?<=[?&]se=)[^&]+")


def _each_format(probe: Probe) -> Iterator[str]:
    common = frozenset.intersection(*(frozenset(dialect.output_formats) for dialect in probe.expectations.dialects))
    for output_format in (None, *sorted(common)):
        seen = _picture(probe, output_format=output_format)
        probe.download(seen.task_id, seen.sample)
    kontext = probe.ready(probe.accepted("flux-kontext-max", minimal_body("flux-kontext-max")))
    probe.download(kontext.task_id, kontext.sample)
    yield from ()


def _picture(probe: Probe, *, output_format: str | None = None) -> Polled:
    body = minimal_body(_CHEAP) | {"width": 256, "height": 256, "output_format": output_format}
    return probe.ready(probe.accepted(_CHEAP, body))


def _to_the_end(probe: Probe) -> Iterator[str]:
    seen = _picture(probe)
    end_ms = expiry_of(seen.sample)
    if end_ms is None:
        raise Inconclusive(f"the sample URL names no end: {seen.sample}")
    left_ms = end_ms - seen.reply.received_at_ms
    for step_ms in (left_ms - 1000, 999, 1, 1000):
        probe.target.advance(seconds=step_ms / 1000)
        probe.download(seen.task_id, seen.sample)
    yield from ()


def _signed_again(probe: Probe) -> Iterator[str]:
    task = probe.accepted(_CHEAP, minimal_body(_CHEAP))
    probe.ready(task)
    for pause_s in (0.3, 7.0, 200.0):
        probe.target.advance(seconds=pause_s)
        probe.ready(task)
    probe.ready(probe.accepted(_CHEAP, minimal_body(_CHEAP)))
    yield from ()


def _forged(probe: Probe) -> Iterator[str]:
    seen = _picture(probe)
    if not (_SIGNATURE.search(seen.sample) and _EXPIRY.search(seen.sample)):
        raise Inconclusive(f"the sample URL carries no signature: {seen.sample}")
    other = "A" * 43 + "%3D"
    longer = _EXPIRY.sub("2099-01-01T00%3A00%3A00Z", seen.sample)
    for url in (_SIGNATURE.sub(other, seen.sample), longer):
        probe.download(seen.task_id, url, is_forged=True)
    yield from ()


_NEEDS = frozenset({Need.CLOCK})

DELIVERY_CHECKS = (
    Check(
        id="BFL-DELIV-001",
        sentence="The sample is an image of the format asked for, and needs no key.",
        level=Level.MUST,
        cite=cite("OAS, CASS, VERCEL", Certainty.SPEC),
        story=_each_format,
        laws=("sample-is-the-picture-asked-for", "sample-lives-until-se"),
        needs=_NEEDS,
        price_credits=Decimal("13.6"),
    ),
    Check(
        id="BFL-DELIV-002",
        sentence="The sample works until se, to the millisecond, and delivers nothing from then on.",
        level=Level.MUST,
        cite=limits.SAMPLE_URL_LIFE_S.cite,
        story=_to_the_end,
        laws=("sample-lives-until-se", "sample-dies-at-se"),
        needs=_NEEDS,
        price_credits=Decimal("1.4"),
    ),
    Check(
        id="BFL-DELIV-003",
        sentence="se is ten minutes after the URL was signed, rounded up to the second; no two tasks share a path.",
        level=Level.MUST,
        cite=limits.SAMPLE_URL_LIFE_S.cite,
        story=_signed_again,
        laws=("sample-expires-after-ten-minutes", "sample-is-its-own"),
        needs=_NEEDS,
        price_credits=Decimal("2.8"),
    ),
    Check(
        id="BFL-DELIV-004",
        sentence="A sample URL whose signature or end was changed is refused with 403.",
        level=Level.SHOULD,
        cite=headers.EXPIRED_SAMPLE.cite,
        story=_forged,
        laws=("sample-needs-its-signature",),
        needs=_NEEDS,
        price_credits=Decimal("1.4"),
    ),
    Check(
        id="BFL-DELIV-005",
        sentence="Later polls sign the same path.",
        level=Level.SHOULD,
        cite=cite("LIVE-UPS", Certainty.INFERRED),
        story=_signed_again,
        laws=("sample-keeps-its-path",),
        needs=_NEEDS,
        price_credits=Decimal("2.8"),
    ),
    Check(
        id="BFL-DELIV-006",
        sentence="An expired sample URL answers as Azure does: application/xml, AuthenticationFailed.",
        level=Level.OBSERVED,
        cite=headers.EXPIRED_SAMPLE.cite,
        story=_to_the_end,
        laws=("sample-is-refused-as-azure-does",),
        needs=_NEEDS,
        price_credits=Decimal("1.4"),
    ),
    Check(
        id="BFL-DELIV-007",
        sentence="A later poll brings a URL that lives ten minutes from then (live).",
        level=Level.OBSERVED,
        cite=cite("LIVE-UPS", Certainty.SEEN),
        story=_signed_again,
        laws=("sample-is-signed-anew",),
        needs=_NEEDS,
        price_credits=Decimal("2.8"),
    ),
)
