"""How a body arrives: its size limit, and bodies that come in pieces or not wholly."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import pytest

from mock_bfl.contract import limits
from tests.web.mock import FLUX_2_PRO, Mock, json_of
from tests.web.wire import JSON, KEY

CUBE = b'{"prompt": "a red cube"}'


def post(mock: Mock, body: bytes, **environ: Any) -> Any:
    """POST bytes with parts of the WSGI environment replaced."""
    overrides = {"wsgi.input": BytesIO(body), "CONTENT_TYPE": JSON, **environ}
    return mock.client.post(FLUX_2_PRO, headers={"x-key": KEY}, environ_overrides=overrides)


@pytest.fixture
def small(mock: Mock) -> Mock:
    """A mock whose limit is a hundred bytes: nobody wants to build a body of the true one."""
    mock.app.config["MAX_CONTENT_LENGTH"] = 100
    return mock


def test_the_stated_limit_fits_eight_references_of_20_mib_in_base64(mock: Mock) -> None:
    reference = 4 * -(-20 * 1024 * 1024 // 3)
    assert mock.app.config["MAX_CONTENT_LENGTH"] == limits.MAX_BODY_BYTES.value
    assert 8 * reference < limits.MAX_BODY_BYTES.value < 9 * reference


def test_a_body_over_the_limit_is_a_413_that_states_it(small: Mock) -> None:
    refused = small.submit(prompt="a" * 100)
    assert (refused.status_code, json_of(refused)) == (413, {"detail": "Request body too large"})
    assert refused.headers["X-Mock-BFL-Why"].startswith("A body may have 100 bytes")


def test_a_body_of_exactly_the_limit_is_read(small: Mock) -> None:
    body = json.dumps({"prompt": "a" * 86}).encode()
    assert len(body) == 100
    assert post(small, body, CONTENT_LENGTH="100").status_code == 200


def test_a_body_without_a_length_is_read_to_its_end(mock: Mock) -> None:
    """So a chunked body comes from a server that ends it itself."""
    environ = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    assert post(mock, CUBE, **environ).status_code == 200


def test_a_body_without_a_length_may_not_pass_the_limit_either(small: Mock) -> None:
    body = json.dumps({"prompt": "a" * 86}).encode()
    assert post(small, body, **{"wsgi.input_terminated": True}).status_code == 200
    assert post(small, body + b" ", **{"wsgi.input_terminated": True}).status_code == 413


@pytest.mark.parametrize("server", [{}, {"wsgi.input_terminated": True}], ids=["plain", "ends the stream itself"])
def test_a_body_that_is_cut_off_is_the_frameworks_400_and_costs_nothing(mock: Mock, server: dict[str, bool]) -> None:
    """[FASTAPI: a client that disconnects while its body is read]"""
    refused = post(mock, CUBE, CONTENT_LENGTH=str(len(CUBE) + 1), **server)
    assert (refused.status_code, json_of(refused)) == (400, {"detail": "There was an error parsing the body"})
    assert refused.headers["X-Mock-BFL-Why"].startswith("The body: ")
    assert mock.credits() == 1000
