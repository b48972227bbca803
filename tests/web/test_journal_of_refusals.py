"""The journal of an account shows what its client did wrong, and is bounded in bytes too."""

from __future__ import annotations

from typing import Any

import pytest

from mock_bfl.contract import GUIDE
from tests.web.mock import Mock, json_of, new_mock

KEY = "k"


def journal(mock: Mock) -> list[dict[str, Any]]:
    exchanges: list[dict[str, Any]] = json_of(mock.client.get("/_mock/journal", headers={"x-key": KEY}))["exchanges"]
    return exchanges


@pytest.mark.parametrize(
    ("asked", "body", "status"),
    [
        ("POST /v1/flux-pro-2", b"{}", 404),
        ("GET /v1/flux-2-pro", b"", 405),
        ("POST /v1/flux-2-pro", b"{", 422),
        ("POST /v1/flux-2-pro", b'{"prompt": "\xff"}', 400),
        ("GET /v1/get_result?id=nobody", b"", 404),
        ("GET /v1/get_result", b"", 422),
    ],
)
def test_a_wrong_call_stands_in_the_journal_of_its_key(mock: Mock, asked: str, body: bytes, status: int) -> None:
    method, path = asked.split()
    headers = {"x-key": KEY, "Content-Type": "application/json"}
    mock.client.open(path, method=method, data=body, headers=headers)
    assert [(row["method"], row["path"], row["status"]) for row in journal(mock)] == [
        (method, path.partition("?")[0], status)
    ]


def test_what_the_journal_keeps_of_a_call_is_bounded(mock: Mock) -> None:
    mock.client.get("/v1/get_result", query_string={"id": "x" * 100_000}, headers={"x-key": KEY})
    mock.client.get("/v1/" + "y" * 100_000, headers={"x-key": KEY})
    assert [max(len(str(value)) for value in row.values()) for row in journal(mock)] == [2000, 2000]


def test_the_guide_lists_a_bounded_number_of_surplus_references() -> None:
    mock = new_mock(dialect=GUIDE)
    surplus = {f"input_image_{number}": "x" for number in range(9, 5000)}
    details = json_of(mock.submit(**surplus))["details"]
    assert set(details) == {f"input_image_{number}" for number in range(9, 100)}


@pytest.mark.parametrize(
    ("headers", "origin"),
    [
        ({"X-Forwarded-Proto": "javascript"}, "http://localhost"),
        ({"X-Forwarded-Proto": "https", "X-Forwarded-Host": "proxy.example"}, "https://proxy.example"),
        ({"Host": "a b<>"}, "http://localhost"),
        ({"X-Forwarded-Host": 'evil"/'}, "http://localhost"),
        ({"Host": "[::1]:8080"}, "http://[::1]:8080"),
    ],
)
def test_links_are_built_from_a_plain_scheme_and_host_only(mock: Mock, headers: dict[str, str], origin: str) -> None:
    reply = mock.client.post("/v1/flux-2-pro", json={"prompt": "a"}, headers={"x-key": KEY, **headers})
    assert reply.get_json()["polling_url"].startswith(f"{origin}/v1/get_result?id=")
