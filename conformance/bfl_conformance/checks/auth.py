"""Keys and paths: what is refused before a request is looked at."""

from __future__ import annotations

import json
from collections.abc import Iterator

from bfl_conformance.bodies import minimal_body
from bfl_conformance.probe import Probe
from bfl_conformance.verdict import Level
from mock_bfl.contract.sources import Certainty, cite

from .check import Check
from .wording import differs

_MODEL = "flux-2-klein-4b"
_BODY = json.dumps(minimal_body(_MODEL)).encode()


def _without_a_key(probe: Probe) -> Iterator[str]:
    for method, path, body in (("POST", f"/v1/{_MODEL}", _BODY), ("GET", "/v1/credits", None)):
        refused = probe.ask(method, path, key="", body=body)
        yield from differs(
            refused.reply,
            "not_authenticated",
            status=lambda dialect: dialect.missing_key_status,
            expectations=probe.expectations,
        )


def _with_a_malformed_key(probe: Probe) -> Iterator[str]:
    reply = probe.send("POST", f"/v1/{_MODEL}", key="", body=_BODY, headers={"x-key": "not a key"})
    yield from differs(
        reply,
        "malformed_key",
        status=lambda dialect: dialect.malformed_key_status,
        expectations=probe.expectations,
    )


def _with_a_key_in_another_header(probe: Probe) -> Iterator[str]:
    bearer = {"Authorization": f"Bearer {probe.target.keys['A']}"}
    reply = probe.send("GET", "/v1/credits", key="", headers=bearer)
    yield from differs(
        reply,
        "not_authenticated",
        status=lambda dialect: dialect.missing_key_status,
        expectations=probe.expectations,
    )


def _an_unknown_path(probe: Probe) -> Iterator[str]:
    for path in ("/v1/flux-2-dev", "/v1/no-such-model", "/v1/"):
        refused = probe.ask("POST", path, key="", body=_BODY)
        yield from differs(refused.reply, "not_found", status=lambda _: 404, expectations=probe.expectations)


AUTH_CHECKS = (
    Check(
        id="BFL-AUTH-001",
        sentence="A request without a key is refused: 403 'Not authenticated' (guide: 401 invalid_api_key).",
        level=Level.MUST,
        cite=cite("PROBE, WIRE", Certainty.SEEN),
        story=_without_a_key,
        laws=("refusal-has-the-envelope",),
    ),
    Check(
        id="BFL-AUTH-002",
        sentence="A malformed key is refused: 422 'Invalid API key format' (guide: 401 invalid_api_key).",
        level=Level.SHOULD,
        cite=cite(
            "PROBE, WIRE, LIVE-UPS", Certainty.SEEN, "what makes a key malformed is not documented; a blank does"
        ),
        story=_with_a_malformed_key,
    ),
    Check(
        id="BFL-AUTH-003",
        sentence="A key as 'Authorization: Bearer' is no key.",
        level=Level.SHOULD,
        cite=cite("OAS, WIRE", Certainty.SPEC),
        story=_with_a_key_in_another_header,
    ),
    Check(
        id="BFL-PATH-001",
        sentence="An unknown model is 404 'Not Found', even without a key; FLUX.2 [dev] is not on the API.",
        level=Level.MUST,
        cite=cite("CASS, PROBE, GUIDE", Certainty.RECORDED, "the guide shows no body for it"),
        story=_an_unknown_path,
    ),
)
