"""The delivery host: signed sample URLs, no key needed and none looked at."""

from __future__ import annotations

from flask import Blueprint, Response, request

from .exchange import Desk


def delivery_routes(desk: Desk) -> Blueprint:
    """Return the routes that deliver samples; ranges and conditional requests work as on blob storage."""
    routes = Blueprint("delivery", __name__)

    def sample(name: str) -> Response:
        response = desk.answer(desk.engine.generation.sample)
        if response.status_code == 200:
            size = response.content_length
            response.make_conditional(request.environ, accept_ranges=True, complete_length=size)
        return response

    routes.add_url_rule("/results/<path:name>", "sample", sample, methods=["GET"], provide_automatic_options=False)
    return routes
