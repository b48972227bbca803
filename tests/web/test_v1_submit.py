"""What a client meets when it submits: the replies and refusals that real clients depend on."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from mock_bfl.contract import MODELS, Model
from tests.web.mock import FLUX_2_PRO, Mock, json_of, new_mock
from tests.web.wire import KEY

IMAGE = "https://example.com/photo.jpg"
REQUIRED = {
    **dict.fromkeys(("image", "mask", "person", "garment", "input_image"), IMAGE),
    "finetune_id": "my-finetune",
    "prompt": "a red cube",
    "width": 512,
    "height": 512,
}


def minimal(model: Model) -> dict[str, Any]:
    return {field.name: REQUIRED[field.name] for field in model.fields if field.required}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.slug)
def test_every_model_accepts_its_required_fields_alone(mock: Mock, model: Model) -> None:
    reply = mock.client.post(model.path, json=minimal(model), headers={"x-key": KEY})
    assert (reply.status_code, list(json_of(reply))) == (200, ["id", "polling_url", "cost", "input_mp", "output_mp"])


@pytest.mark.parametrize(
    ("path", "fields", "numbers"),
    [
        ("/v1/flux-2-max", {"width": 256, "height": 256}, (7.000000000000001, 0.0, 0.06)),
        ("/v1/flux-2-pro", {"width": 256, "height": 256}, (3.0, 0.0, 0.06)),
        ("/v1/flux-2-pro", {"width": 65, "height": 65}, (3.0, 0.0, 0.0)),
        ("/v1/flux-2-pro", {"width": 1920, "height": 1080}, (4.5, 0.0, 1.98)),
        ("/v1/flux-dev", {}, (None, None, None)),
    ],
)
def test_the_submit_reply_always_has_five_keys_with_the_recorded_numbers(
    *, mock: Mock, path: str, fields: dict[str, Any], numbers: tuple[float | None, ...]
) -> None:
    """[CASS; HK; YUTO]"""
    body = json_of(mock.submit(path, **fields))
    assert (body["cost"], body["input_mp"], body["output_mp"]) == numbers


def test_a_shell_client_finds_the_polling_url_because_json_is_compact(mock: Mock) -> None:
    """The vendor's curl examples grep `"polling_url":"[^"]*"` and with a space there they poll an empty URL."""
    text = mock.submit().text
    found = re.search(r'"polling_url":"([^"]*)"', text)
    assert found is not None
    assert found[1] == json.loads(text)["polling_url"]


def test_every_json_of_the_mock_is_compact(mock: Mock) -> None:
    task = mock.submit()
    replies = (
        task,
        mock.client.get(json_of(task)["polling_url"]),
        mock.client.post(FLUX_2_PRO),
        mock.client.get("/v1/credits", headers={"x-key": KEY}),
        mock.client.get("/_mock/clock"),
        mock.client.get("/nowhere"),
    )
    for reply in replies:
        assert reply.data == json.dumps(reply.json, separators=(",", ":"), ensure_ascii=False).encode()


@pytest.mark.parametrize("host", ["", "a b<>"], ids=["none", "junk"])
@pytest.mark.parametrize(
    ("name", "port", "scheme", "origin"),
    [
        ("127.0.0.1", "8080", "http", "http://127.0.0.1:8080"),
        ("::1", "8080", "http", "http://[::1]:8080"),
        ("0.0.0.0", "8080", "http", "http://127.0.0.1:8080"),
        ("localhost", "80", "http", "http://localhost"),
        ("localhost", "443", "https", "https://localhost"),
        ("a b", "8080", "http", "http://localhost:8080"),
    ],
)
def test_who_names_no_host_is_led_to_the_servers_own_address(
    mock: Mock, *, host: str, name: str, port: str, scheme: str, origin: str
) -> None:
    """HTTP/1.0 needs no Host header: polling_url has the port all the same."""
    environ = {"HTTP_HOST": host, "SERVER_NAME": name, "SERVER_PORT": port, "wsgi.url_scheme": scheme}
    reply = mock.client.post(FLUX_2_PRO, json={"prompt": "a"}, headers={"x-key": KEY}, environ_overrides=environ)
    assert json_of(reply)["polling_url"].startswith(f"{origin}/v1/get_result?id=")


@pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.1:8080", "[::1]:8080", "mock.example"])
def test_polling_url_and_sample_are_on_the_host_that_was_asked(host: str) -> None:
    """Some clients refuse a URL whose host differs from their base URL, `localhost` against `127.0.0.1` included."""
    mock = new_mock(speed=0)
    headers = {"x-key": KEY, "Host": host}
    url = json_of(mock.client.post(FLUX_2_PRO, json={"prompt": "a"}, headers=headers))["polling_url"]
    assert url.startswith(f"http://{host}/v1/get_result?id=")
    sample = json_of(mock.client.get(url, headers={"Host": host}))["result"]["sample"]
    assert sample.startswith(f"http://{host}/results/")


def test_behind_a_proxy_the_urls_are_the_proxys(mock: Mock) -> None:
    headers = {"x-key": KEY, "X-Forwarded-Proto": "https, http", "X-Forwarded-Host": "api.eu2.bfl.ai, inner"}
    reply = mock.client.post(FLUX_2_PRO, json={"prompt": "a"}, headers=headers)
    assert json_of(reply)["polling_url"].startswith("https://api.eu2.bfl.ai/v1/get_result?id=")


def test_a_proxy_that_names_only_the_scheme_leaves_the_host(mock: Mock) -> None:
    headers = {"x-key": KEY, "X-Forwarded-Proto": "https", "Host": "gpu.bfl.ai"}
    reply = mock.client.post(FLUX_2_PRO, json={"prompt": "a"}, headers=headers)
    assert json_of(reply)["polling_url"].startswith("https://gpu.bfl.ai/")


@pytest.mark.parametrize(
    "name", ["api_key_override", "num_inference_steps", "aspect_ratio", "_sa", "", "input_image_9"]
)
def test_unknown_body_fields_are_ignored(mock: Mock, name: str) -> None:
    assert mock.submit(**{name: "16:9"}).status_code == 200


NULLABLE = [(model, field.name) for model in MODELS for field in model.fields if field.nullable]
NOT_NULLABLE = [(model, field.name) for model in MODELS for field in model.fields if not field.nullable]


def test_an_explicit_null_is_accepted_wherever_the_openapi_allows_it() -> None:
    mock = new_mock(speed=0, starting_balance=10**9)
    for model, name in NULLABLE:
        reply = mock.client.post(model.path, json={**minimal(model), name: None}, headers={"x-key": KEY})
        assert (reply.status_code, "polling_url" in json_of(reply)) == (200, True), (model.slug, name)


def test_an_explicit_null_is_a_422_wherever_the_openapi_does_not_allow_it(mock: Mock) -> None:
    for model, name in NOT_NULLABLE:
        reply = mock.client.post(model.path, json={**minimal(model), name: None}, headers={"x-key": KEY})
        assert [fault["loc"] for fault in json_of(reply)["detail"]] == [["body", name]], (model.slug, name)


def test_the_nulls_that_differ_between_families_are_those_of_the_openapi() -> None:
    """[OAS: FLUX.1's width, height, raw and prompt_upsampling are not nullable; FLUX.2's width and height are]"""
    refused = {(model.slug, name) for model, name in NOT_NULLABLE}
    assert {("flux-pro-1.1", "width"), ("flux-pro-1.1-ultra", "raw"), ("flux-dev", "prompt_upsampling")} <= refused
    assert {("flux-2-pro", "width"), ("flux-2-flex", "prompt_upsampling")}.isdisjoint(refused)
    assert {model.slug for model in MODELS} == {slug for slug, name in refused if name == "safety_tolerance"}


@pytest.mark.parametrize("name", ["x-key", "X-Key", "X-KEY", "x-Key"])
def test_the_key_is_found_in_any_letter_case(mock: Mock, name: str) -> None:
    assert mock.client.post(FLUX_2_PRO, json={"prompt": "a"}, headers={name: KEY}).status_code == 200


@pytest.mark.parametrize("header", [{"Authorization": f"Bearer {KEY}"}, {"Authorization": f"X-Key {KEY}"}])
def test_a_key_in_another_header_is_no_key(mock: Mock, header: dict[str, str]) -> None:
    reply = mock.client.post(FLUX_2_PRO, json={"prompt": "a"}, headers=header)
    assert (reply.status_code, reply.data) == (403, b'{"detail":"Not authenticated"}')


@pytest.mark.parametrize("path", ["/v1/flux-pro-2", "/v1/flux-2-dev", "/v1/", "/flux-2-pro", "/v1/FLUX-2-PRO"])
def test_an_unknown_model_is_the_recorded_404_of_22_bytes(mock: Mock, path: str) -> None:
    reply = mock.client.post(path, json={"prompt": "a"}, headers={"x-key": KEY})
    assert (reply.status_code, reply.data, len(reply.data)) == (404, b'{"detail":"Not Found"}', 22)


def test_the_headers_of_a_submit_are_the_recorded_ones(mock: Mock) -> None:
    """[CASS: no rate headers and no Retry-After on a submit]"""
    headers = mock.submit().headers
    assert headers["Content-Type"] == "application/json"
    assert headers["Accept-Ranges"] == "bytes"
    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert headers["X-Cache"] == "CONFIG_NOCACHE"
    assert headers["X-Azure-Ref"]
    assert not [name for name, _ in headers if "ratelimit" in name.lower() or name == "Retry-After"]


def test_a_webhook_submit_has_no_polling_url_and_the_journal_says_that_a_foreign_host_gets_nothing(mock: Mock) -> None:
    body = json_of(mock.submit(webhook_url="https://example.com/hook"))
    assert list(body) == ["id", "status", "webhook_url", "cost", "input_mp", "output_mp"]
    assert body["webhook_url"] == "https://example.com/hook"
    last = json_of(mock.client.get("/_mock/journal"))["exchanges"][-1]
    assert any("--allow-webhook-host" in note for note in last["notes"])


def test_in_the_guide_a_webhook_submit_keeps_its_polling_url(guide: Mock) -> None:
    body = json_of(guide.submit(webhook_url="https://example.com/hook"))
    assert list(body) == ["id", "polling_url", "cost", "input_mp", "output_mp"]
    last = json_of(guide.client.get("/_mock/journal"))["exchanges"][-1]
    assert any("--allow-webhook-host" in note for note in last["notes"])


@pytest.mark.parametrize(("slug", "document"), [("flux-kontext", "GUIDE"), ("flux-dev", "OAS")])
def test_a_path_that_one_document_alone_knows_is_served_and_noted(mock: Mock, slug: str, document: str) -> None:
    assert mock.submit(f"/v1/{slug}").status_code == 200
    last = json_of(mock.client.get("/_mock/journal"))["exchanges"][-1]
    assert last["notes"] == [f"path known to {document} only"]


def test_a_refusal_has_the_headers_of_the_recorded_403(mock: Mock) -> None:
    """[CASS: Strict-Transport-Security, X-Azure-Ref, X-Cache]"""
    headers = mock.client.post("/v1/flux-2-pro", json={"prompt": "a"}, headers={"x-key": "mock-revoked"}).headers
    assert {"Strict-Transport-Security", "X-Azure-Ref", "X-Cache"} <= {name for name, _ in headers}
    assert "Accept-Ranges" not in headers
