"""Faults with a name: what real services did to real clients, and which bug each of them finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from mock_bfl.errors import ScriptError

from .faults import Fault
from .spelling import unknown

_HTML = "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>Checking your browser.</body></html>"


@dataclass(frozen=True, slots=True)
class Preset:
    """A fault, the sentence about the bug that it finds, and the route that it is for (None: any)."""

    fault: Fault
    finds: str
    route: str | None = None


_ROWS: Mapping[str, Preset] = {
    "rate_limited": Preset(
        Fault(status=429, retry_after="1"),
        "A client that takes a 429 for the end of the job, or that asks again before the second is over.",
    ),
    "rate_limited_ms": Preset(
        Fault(status=429, retry_after_ms=700),
        "A client that reads retry-after-ms as seconds and sleeps for ten minutes, or does not wait at all.",
    ),
    "rate_limited_date": Preset(
        Fault(status=429, retry_after_date_s=2),
        "A client that turns Retry-After into a number and falls over an HTTP date.",
    ),
    "rate_limited_garbage": Preset(
        Fault(status=429, retry_after="soon"), "A client that dies of a Retry-After that is neither number nor date."
    ),
    "rate_limited_silent": Preset(
        Fault(status=429, retry_after_missing=True),
        "A client that has no wait of its own and hammers where no Retry-After says how long.",
    ),
    "rate_limited_long": Preset(
        Fault(status=429, retry_after="86400"),
        "A client that sleeps for a day because a header says so, without a cap and without a word.",
    ),
    "service_unavailable": Preset(
        Fault(status=503, retry_after="1"),
        "A client that gives a paid task up at the first 503 of a poll, or submits it anew.",
    ),
    "internal_error": Preset(
        Fault(status=500), "A client that takes a 500 of a poll for the end of the task and pays for another."
    ),
    "bad_gateway": Preset(
        Fault(status=502, body=_HTML, content_type="text/html"),
        "A client that parses the HTML of a proxy as JSON and hides the 502 behind a decoding error.",
    ),
    "gateway_timeout": Preset(
        Fault(status=504), "A client that submits again although the task behind a 504 may have been accepted."
    ),
    "forbidden": Preset(
        Fault(status=403), "A client that polls on with a key that is refused, or throws the task id away."
    ),
    "insufficient_credits": Preset(
        Fault(status=402), "A client that retries a 402, which no wait cures, or hides that credits are gone."
    ),
    "not_found": Preset(
        Fault(status=404),
        "A client that retries a path that does not exist, which no wait brings into being.",
        "submit",
    ),
    "task_not_found": Preset(
        Fault(status=404),
        "A client that polls a lost task for ever, or gives up at once where it may appear a moment later.",
        "get_result",
    ),
    "redirect_elsewhere": Preset(
        Fault(status=307, redirect="http://elsewhere.invalid/v1/get_result"),
        "A client that carries its key to whatever host a redirect names.",
    ),
    "html_page": Preset(
        Fault(status=200, body=_HTML, content_type="text/html"),
        "A client that trusts a 200 and crashes, or saves the page of a proxy as a result.",
    ),
    "empty_body": Preset(
        Fault(when="after", body=""), "A client that parses an empty 200 as JSON and forgets which task it was."
    ),
    "garbage_body": Preset(
        Fault(when="after", garbage_bytes=512),
        "A client that lets a decoding error escape in the place of its own error.",
    ),
    "wrong_content_type": Preset(
        Fault(when="after", content_type="text/plain"), "A client that reads good JSON only under the right label."
    ),
    "truncated_json": Preset(
        Fault(keep=0.5), "A client that reports half a reply as an error of the user, and loses a paid task."
    ),
    "huge_body": Preset(
        Fault(huge_bytes=8_000_000), "A client, or what it hands the reply to, that breaks above five megabytes."
    ),
    "reset": Preset(
        Fault(wire="reset"), "A client whose handler of a broken connection reads a reply that it never had."
    ),
    "close": Preset(
        Fault(wire="close"), "A client that retries a submit after a closed connection as if it could not be accepted."
    ),
    "reply_lost": Preset(
        Fault(wire="close", when="after"),
        "A client that submits again where a task was accepted and charged and only its reply was lost: it pays twice.",
        "submit",
    ),
    "truncate": Preset(
        Fault(wire="truncate"), "A client that takes a body that ends before its Content-Length for a whole one."
    ),
    "stall": Preset(
        Fault(wire="stall", stall_s=30.0), "A client without a read time-out, which hangs for as long as the server."
    ),
    "stall_then_close": Preset(
        Fault(wire="stall", stall_s=30.0, then="close"),
        "A client that waits out a silence and then meets a closed connection that it does not expect.",
    ),
    "slow_body": Preset(
        Fault(wire="drip", pause_ms=50),
        "A client whose deadline counts the pauses between bytes, and so never comes.",
    ),
    "sample_expired": Preset(
        Fault(status=403), "A client that saves the XML of an expired link as if it were the picture.", "sample"
    ),
    "sample_unavailable": Preset(
        Fault(status=503), "A client that throws a paid picture away at the first 503 of the storage.", "sample"
    ),
    "sample_gone": Preset(
        Fault(status=404), "A client that retries a blob that is gone, or saves the refusal as the picture.", "sample"
    ),
    "sample_cut": Preset(
        Fault(keep=0.5), "A client that hands on half a picture because its Content-Length was right.", "sample"
    ),
    "sample_truncated": Preset(
        Fault(wire="truncate"), "A client that does not compare what it got with Content-Length.", "sample"
    ),
    "sample_wrong_type": Preset(
        Fault(when="after", content_type="application/octet-stream"),
        "A client that refuses a good picture for its label, or names the file after it.",
        "sample",
    ),
    "sample_html": Preset(
        Fault(status=200, body=_HTML, content_type="text/html"),
        "A client that saves an HTML page as a picture because the status was 200.",
        "sample",
    ),
}

PRESETS: Mapping[str, Preset] = MappingProxyType(
    {name: replace(preset, fault=replace(preset.fault, name=name)) for name, preset in _ROWS.items()}
)


def preset(name: str) -> Preset:
    """Return a preset by name. Raises ScriptError with the name that was meant."""
    if name not in PRESETS:
        raise ScriptError(unknown("preset", name, PRESETS))
    return PRESETS[name]
