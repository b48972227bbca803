"""The delivery host: signed sample URLs, no key needed and none looked at."""

from __future__ import annotations

from flask import Blueprint, Response, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from mock_bfl.contract.headers import WHY

from .exchange import Desk
from .faults import FaultyResponse

# What Azure storage says to a range beyond the blob.  [AZURE; ASSUMED for BFL]
_INVALID_RANGE = (
    '\ufeff<?xml version="1.0" encoding="utf-8"?><Error><Code>InvalidRange</Code>'
    "<Message>The range specified is invalid for the current size of the resource.</Message></Error>"
)


def delivery_routes(desk: Desk) -> Blueprint:
    """Return the routes that deliver samples; ranges and conditional requests work as on blob storage."""
    routes = Blueprint("delivery", __name__)

    def sample(name: str) -> Response:
        response = desk.answer(desk.engine.samples.answer)
        whole = response.status_code == 200 and not isinstance(response, FaultyResponse)
        return _part_of(response) if whole else response

    routes.add_url_rule("/results/<path:name>", "sample", sample, methods=["GET"], provide_automatic_options=False)
    return routes


def _part_of(response: Response) -> Response:
    """Return what the request asked for: the whole, a range of it, or that it has not changed."""
    size = response.content_length
    try:
        response.make_conditional(request.environ, accept_ranges=True, complete_length=size)
    except RequestedRangeNotSatisfiable:
        response.status_code = 416
        response.data = _INVALID_RANGE
        response.content_type = "application/xml"
        response.headers["Content-Range"] = f"bytes */{size}"
        response.headers["x-ms-error-code"] = "InvalidRange"
        response.headers[WHY.value] = f"The picture has {size} bytes, and Range asks for others."
    return response
