"""Mutants whose requests or replies are tampered with on the way."""

from __future__ import annotations

import json
from collections.abc import Iterable
from io import BytesIO
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from tests.conformance.mutants.mutant import Mutant
from tests.conformance.mutants.wrapping import (
    Json,
    altering,
    before,
    counting,
    dropping,
    json_response,
    rewriting,
    send,
)

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from tests.conformance.in_process import Wrapper


def bearer_as_key(request: Request) -> None:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme == "Bearer":
        request.environ["HTTP_X_KEY"] = key


def key_before_path(request: Request, reply: Response) -> Response:
    lost = reply.status_code == 404 and "x-key" not in request.headers and request.path.startswith("/v1/")
    return json_response(403, {"detail": "Not authenticated"}) if lost else reply


def without_path(path: str) -> Wrapper:
    def edit(request: Request, reply: Response) -> Response:
        return json_response(404, {"detail": "Not Found"}) if request.path == path else reply

    return altering(edit)


def with_blanks(_: Request, reply: Response) -> Response:
    if reply.mimetype == "application/json":
        reply.set_data(json.dumps(json.loads(reply.get_data())))
    return reply


def first_fault_only(document: Json) -> Json | None:
    detail = document.get("detail")
    return {"detail": detail[:1]} if isinstance(detail, list) else None


def faults_without_place(document: Json) -> Json | None:
    detail = document.get("detail")
    if not isinstance(detail, list):
        return None
    return {"detail": [{key: value for key, value in fault.items() if key != "loc"} for fault in detail]}


def faults_in_other_words(document: Json) -> Json | None:
    detail = document.get("detail")
    if not isinstance(detail, list):
        return None
    return {"detail": [{**fault, "msg": fault["msg"].lower()} for fault in detail]}


def closed_bodies(request: Request, reply: Response) -> Response:
    body = request.get_data()
    if b'"aspect_ratio"' not in body or "kontext" in request.path or reply.status_code != 200:
        return reply
    fault = {"type": "extra_forbidden", "loc": ["body", "aspect_ratio"], "msg": "Extra inputs are not permitted"}
    return json_response(422, {"detail": [fault]})


def no_id_is_a_server_error(request: Request, reply: Response) -> Response:
    lost = request.path == "/v1/get_result" and "id" not in request.args
    return json_response(500, {"detail": "Internal Server Error"}) if lost else reply


def another_start_each_time() -> Wrapper:
    """Answer each poll of a Ready task with another start: what should be the same result changes."""
    count = counting()

    def change(document: Json) -> Json | None:
        result: dict[str, Any] | None = document.get("result")
        return {**document, "result": {**result, "start_time": float(count())}} if result else None

    return rewriting("/v1/get_result", change)


def wandering_path() -> Wrapper:
    count = counting()

    def change(document: Json) -> Json | None:
        result: dict[str, Any] | None = document.get("result")
        if not result:
            return None
        return {
            **document,
            "result": {**result, "sample": result["sample"].replace("/results/", f"/results/{count()}/")},
        }

    return rewriting("/v1/get_result", change)


def one_path_for_all(document: Json) -> Json | None:
    result = document.get("result")
    if not result:
        return None
    origin, _, query = result["sample"].partition("/results/")
    return {**document, "result": {**result, "sample": f"{origin}/results/sample.jpeg?{query.partition('?')[2]}"}}


def pending_with_a_result(document: Json) -> Json | None:
    return {**document, "result": {}} if document.get("status") == "Pending" else None


def sample_with_key_only(request: Request, reply: Response) -> Response:
    shut = request.path.startswith("/results/") and "x-key" not in request.headers
    return (
        Response("<Error><Code>AuthenticationFailed</Code></Error>", 403, mimetype="application/xml") if shut else reply
    )


def sample_as_octets(request: Request, reply: Response) -> Response:
    if request.path.startswith("/results/") and reply.status_code == 200:
        reply.headers["Content-Type"] = "application/octet-stream"
    return reply


def sample_of_other_bytes(request: Request, reply: Response) -> Response:
    if request.path.startswith("/results/") and reply.status_code == 200:
        reply.set_data(b"<html>not a picture</html>")
    return reply


def expired_as_json(request: Request, reply: Response) -> Response:
    shut = request.path.startswith("/results/") and reply.status_code == 403
    return json_response(403, {"detail": "expired"}) if shut else reply


def expired_as_404(request: Request, reply: Response) -> Response:
    shut = request.path.startswith("/results/") and reply.status_code == 403
    return Response("<Error/>", 404, mimetype="application/xml") if shut else reply


def paying_for_refusals(app: WSGIApplication) -> WSGIApplication:
    """Charge a refused submission all the same: a second, valid one goes in behind the client's back."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        body = request.get_data()
        environ["wsgi.input"] = BytesIO(body)
        reply = Response.from_app(app, dict(environ), buffered=True)
        if reply.status_code == 422 and request.method == "POST":
            send(request, {"prompt": "paid for"})
            Response.from_app(app, request.environ, buffered=True)
        return reply(environ, start_response)

    return answer


BY_REPLY = (
    Mutant(what="a bearer token is a key", caught_by=("BFL-AUTH-003",), wrapped=before(bearer_as_key)),
    Mutant(what="the key is looked at before the path", caught_by=("BFL-PATH-001",), wrapped=altering(key_before_path)),
    Mutant(what="a model is missing", caught_by=("BFL-SUB-003",), wrapped=without_path("/v1/flux-dev")),
    Mutant(what="JSON with blanks", caught_by=("BFL-SUB-001",), wrapped=altering(with_blanks)),
    Mutant(what="one fault at a time", caught_by=("BFL-VAL-001",), wrapped=rewriting("/v1/", first_fault_only)),
    Mutant(
        what="faults without their place", caught_by=("BFL-VAL-001",), wrapped=rewriting("/v1/", faults_without_place)
    ),
    Mutant(what="faults in other words", caught_by=("BFL-VAL-001",), wrapped=rewriting("/v1/", faults_in_other_words)),
    Mutant(what="steps are not looked at", caught_by=("BFL-VAL-002",), wrapped=dropping("steps")),
    Mutant(what="unknown fields are refused", caught_by=("BFL-VAL-003",), wrapped=altering(closed_bodies)),
    Mutant(what="no id is a server error", caught_by=("BFL-VAL-004",), wrapped=altering(no_id_is_a_server_error)),
    Mutant(what="each poll shows another start", caught_by=("BFL-LIFE-005",), wrapped=another_start_each_time()),
    Mutant(
        what="a pending task with an empty result",
        caught_by=("BFL-LIFE-004",),
        wrapped=rewriting("/v1/get_result", pending_with_a_result),
    ),
    Mutant(what="each poll shows another path", caught_by=("BFL-DELIV-005",), wrapped=wandering_path()),
    Mutant(
        what="one path for all samples",
        caught_by=("BFL-DELIV-003",),
        wrapped=rewriting("/v1/get_result", one_path_for_all),
    ),
    Mutant(
        what="a sample needs a key",
        caught_by=("BFL-DELIV-001", "BFL-DELIV-002"),
        wrapped=altering(sample_with_key_only),
    ),
    Mutant(what="a sample as octets", caught_by=("BFL-DELIV-001",), wrapped=altering(sample_as_octets)),
    Mutant(what="a sample that is no picture", caught_by=("BFL-DELIV-001",), wrapped=altering(sample_of_other_bytes)),
    Mutant(what="an expired sample as JSON", caught_by=("BFL-DELIV-006",), wrapped=altering(expired_as_json)),
    Mutant(
        what="an expired sample is 404",
        caught_by=("BFL-DELIV-004", "BFL-DELIV-006"),
        wrapped=altering(expired_as_404),
    ),
    Mutant(what="a refusal is charged", caught_by=("BFL-CRED-004",), wrapped=paying_for_refusals),
)
