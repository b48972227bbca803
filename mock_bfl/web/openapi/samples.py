"""The delivery of samples as a document describes it: a signed URL of four parts, answered as blob storage does."""

from __future__ import annotations

from mock_bfl.core.picture import CONTENT_TYPES

from .components import Json, why_header

_PATH = "/results/{first}/{second}/{third}/{file}"
_SIGNED = ("se", "sp", "sv", "sr", "rsct", "sig")
_REFUSALS = (
    ("403", "The URL has expired, or was not signed here."),
    ("404", "The sample is gone: the mock was reset since."),
    ("416", "The range lies outside the picture."),
)


def sample_paths() -> dict[str, Json]:
    """Return the route of samples. The parts are dates for FLUX.2 and hashes for FLUX.1.  [CASS]"""
    parts = [_text(name, "path") for name in ("first", "second", "third", "file")]
    described: Json = {
        "tags": ["Delivery"],
        "operationId": "sample",
        "summary": "Download a sample",
        "description": "`result.sample` of a poll is such a URL. It needs no key.",
        "parameters": [*parts, *(_text(name, "query") for name in _SIGNED)],
        "responses": _responses(),
    }
    return {_PATH: {"get": described}}


def _text(name: str, place: str) -> Json:
    return {"name": name, "in": place, "required": place == "path", "schema": {"type": "string"}}


def _responses() -> dict[str, Json]:
    picture = {
        content_type: {"schema": {"type": "string", "format": "binary"}} for content_type in CONTENT_TYPES.values()
    }
    refused: dict[str, Json] = {
        status: {
            "description": about,
            "headers": why_header(),
            "content": {"application/xml": {"schema": {"type": "string"}}},
        }
        for status, about in _REFUSALS
    }
    refused["404"]["content"]["application/json"] = {}  # where the parts are no path at all
    return {
        "200": {"description": "The picture.", "content": picture},
        "206": {"description": "The part of it that was asked for.", "content": picture},
        "304": {"description": "It is what you have."},
        **refused,
    }
