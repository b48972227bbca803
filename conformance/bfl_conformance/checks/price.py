"""Prices and megapixels, and what becomes of a balance."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from bfl_conformance.bodies import minimal_body, png, scripted, served_models
from bfl_conformance.errors import Inconclusive
from bfl_conformance.observation import Json, Refused
from bfl_conformance.probe import Probe
from bfl_conformance.target import Need
from bfl_conformance.verdict import Level
from mock_bfl.contract import Family, prices, statuses
from mock_bfl.contract.sources import Certainty, assumed, cite

from .check import Check

# On both sides of a whole megapixel of 2^20; each a multiple of 16, which the guide demands.
_SIZES = ((64, 64), (256, 256), (1024, 1024), (1040, 1024), (1920, 1072), (2048, 1024), (1600, 2000))
# Smaller and crookeder ones, which the guide refuses.  [YUTO, HK: costs 3.0 and 4.5 were seen]
_SIZES_LIVE = ((65, 65), (1920, 1080), (1025, 1023))
_REFERENCES = ((256, 256), (1024, 1024), (1025, 1024))


def _by_size(probe: Probe) -> Iterator[str]:
    crooked = _SIZES_LIVE if probe.expectations.agree(lambda dialect: dialect.size_multiple_of_px == 1) else ()
    for width, height in _SIZES + crooked:
        probe.accepted("flux-2-pro", _sized("flux-2-pro", width, height))
    for model in _flux_2(probe):
        probe.accepted(model, _sized(model, 1440, 1024))
    yield from ()


def _sized(model: str, width: int, height: int) -> dict[str, Json]:
    return {**minimal_body(model), "width": width, "height": height}


def _flux_2(probe: Probe) -> list[str]:
    return [model.slug for model in served_models(probe.expectations) if model.family is Family.FLUX_2]


def _by_reference(probe: Probe) -> Iterator[str]:
    for model in _flux_2(probe):
        body = _sized(model, 1024, 1024)
        probe.accepted(model, {**body, "input_image": png(256, 256)})
        images = zip(("input_image", "input_image_2", "input_image_3"), _REFERENCES, strict=True)
        probe.accepted(model, {**body, **{name: png(*size) for name, size in images}})
    yield from ()


def _flat(probe: Probe) -> Iterator[str]:
    for model in served_models(probe.expectations):
        if model.family is Family.FLUX_1 and model.slug != "flux-dev":
            probe.accepted(model.slug, minimal_body(model.slug))
    yield from ()


def _as_recorded(probe: Probe) -> Iterator[str]:
    probe.accepted("flux-dev", {**minimal_body("flux-dev"), "width": 256, "height": 256})
    for model in ("flux-2-max", "flux-2-pro", "flux-2-klein-4b"):
        probe.accepted(model, _sized(model, 256, 256))
    yield from ()


def _one_reference(probe: Probe) -> Iterator[str]:
    for width, height in _SIZES[:5]:
        probe.accepted("flux-2-klein-4b", _sized("flux-2-klein-4b", width, height))
    for size in _REFERENCES:
        probe.accepted("flux-2-klein-4b", {**_sized("flux-2-klein-4b", 256, 256), "input_image": png(*size)})
    yield from ()


def _spend(probe: Probe) -> Iterator[str]:
    probe.credits()
    for model in ("flux-2-klein-4b", "flux-2-pro", "flux-pro-1.1"):
        task = probe.accepted(model, minimal_body(model))
        probe.poll(task)
        probe.credits()
        probe.settled(task)
        probe.credits()
    yield from ()


def _be_refused(probe: Probe) -> Iterator[str]:
    probe.credits()
    probe.submit("flux-2-klein-4b", {"prompt": []}, faults=("prompt",))
    probe.credits()
    yield from ()


def _be_moderated(probe: Probe) -> Iterator[str]:
    for status in (statuses.REQUEST_MODERATED, statuses.CONTENT_MODERATED):
        probe.credits()
        task = probe.accepted("flux-2-pro", minimal_body("flux-2-pro", prompt=scripted(status)))
        probe.poll(task)
        probe.credits()
        if probe.settled(task).status == statuses.READY:
            raise Inconclusive(f"the target ignored the directive for {status}")
        probe.credits()
    yield from ()


def _fail(probe: Probe) -> Iterator[str]:
    before = probe.credits().credits
    task = probe.accepted("flux-2-pro", minimal_body("flux-2-pro", prompt=scripted(statuses.ERROR)))
    if probe.settled(task).status != statuses.ERROR:
        raise Inconclusive("the target ignored the directive for Error")
    after = probe.credits().credits
    if before != after:
        yield f"the balance was {before} before the failed task and is {after} after it"


def _spend_of_another(probe: Probe) -> Iterator[str]:
    probe.credits(key="B")
    probe.accepted("flux-2-klein-4b", minimal_body("flux-2-klein-4b"))
    seen = probe.look_at_credits(key="B")
    if isinstance(seen, Refused):
        yield f"the second key's balance was refused with {seen.reply.status_code}"


_EXACT = ("cost-equals-the-price-list",)
_BALANCE = ("balance-follows-from-what-was-accepted", "credits-are-a-number")

PRICE_CHECKS = (
    Check(
        id="BFL-PRICE-001",
        sentence="FLUX.2 costs the first megapixel and each further one: 2^20 pixels, rounded up, at least one.",
        level=Level.MUST,
        cite=prices.ROUNDING.cite,
        story=_by_size,
        laws=_EXACT,
        price_credits=Decimal(110),
    ),
    Check(
        id="BFL-PRICE-002",
        sentence="Each reference image is rounded up to whole megapixels by itself, at least one.",
        level=Level.MUST,
        cite=cite("GUIDE, COMFYPRICE", Certainty.GUIDE, "no body with references was recorded"),
        story=_by_reference,
        laws=_EXACT,
        price_credits=Decimal(140),
    ),
    Check(
        id="BFL-PRICE-003",
        sentence="FLUX.1 models cost their flat price.",
        level=Level.MUST,
        cite=cite("GUIDE, DOCS-PRICE, COMFYPRICE", Certainty.DOCS),
        story=_flat,
        laws=_EXACT,
        price_credits=Decimal(50),
    ),
    Check(
        id="BFL-PRICE-004",
        sentence="flux-dev shows null for cost and megapixels; costs are dollars times a hundred in binary floats.",
        level=Level.OBSERVED,
        cite=cite("CASS", Certainty.RECORDED),
        story=_as_recorded,
        laws=("dev-shows-no-price", "cost-is-dollars-times-100"),
        price_credits=Decimal("112.5"),
    ),
    Check(
        id="BFL-PRICE-005",
        sentence="input_mp and output_mp are megapixels of 2^20 pixels with two decimals.",
        level=Level.MUST,
        cite=prices.MEGAPIXEL_PX.cite,
        story=_one_reference,
        laws=("megapixels-have-two-decimals",),
        price_credits=Decimal(250),
    ),
    Check(
        id="BFL-CRED-001",
        sentence="The balance falls by the cost of each accepted submission, once.",
        level=Level.MUST,
        cite=cite("OAS, DOCS-BILL", Certainty.DOCS),
        story=_spend,
        laws=_BALANCE,
        needs=frozenset({Need.CLOCK}),
        price_credits=Decimal("8.4"),
    ),
    Check(
        id="BFL-CRED-002",
        sentence="A moderated task is given back in full, once.",
        level=Level.MUST,
        cite=cite("HELP-FAIL", Certainty.DOCS),
        story=_be_moderated,
        laws=_BALANCE,
        needs=frozenset({Need.CLOCK, Need.DIRECTIVES}),
        price_credits=Decimal(3),
    ),
    Check(
        id="BFL-CRED-003",
        sentence="What one key spends is not taken from another.",
        level=Level.MUST,
        cite=cite("GUIDE", Certainty.GUIDE, "keys and credits belong to an organisation"),
        story=_spend_of_another,
        laws=_BALANCE,
        needs=frozenset({Need.SECOND_KEY, Need.FRESH_ACCOUNT}),
        price_credits=Decimal("1.4"),
    ),
    Check(
        id="BFL-CRED-004",
        sentence="A refused submission costs nothing.",
        level=Level.MUST,
        cite=cite(
            "VERCEL", Certainty.CLIENTS, "charged when a task is created; that a refusal creates none is inferred"
        ),
        story=_be_refused,
        laws=_BALANCE,
    ),
    Check(
        id="BFL-CRED-005",
        sentence="A failed task is given back in full.",
        level=Level.OBSERVED,
        cite=assumed("no document says whether a task that ends in Error is paid"),
        story=_fail,
        laws=(),
        needs=frozenset({Need.CLOCK, Need.DIRECTIVES}),
        price_credits=Decimal(3),
    ),
)
