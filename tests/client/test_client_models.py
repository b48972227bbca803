"""Model names, request bodies and output formats, checked before any money is spent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bfl_client import InvalidRequest, UnknownModel
from bfl_client._models import checked_output, output_format_for, request_body, resolve_model


@pytest.mark.parametrize(
    ("model", "path"),
    [
        ("flux-2-pro", "/v1/flux-2-pro"),
        ("/v1/flux-2-pro", "/v1/flux-2-pro"),
        (" FLUX-2-Pro ", "/v1/flux-2-pro"),
        ("flux-tools/erase-v1", "/v1/flux-tools/erase-v1"),
        ("flux-9-unheard-of", "/v1/flux-9-unheard-of"),
        ("flux-kontext", "/v1/flux-kontext-pro"),
        ("flux-fill", "/v1/flux-pro-1.0-fill"),
    ],
)
def test_a_models_name_becomes_its_path(model: str, path: str) -> None:
    assert resolve_model(model)[0] == path


def test_the_guides_raw_model_is_ultra_with_a_field() -> None:
    path, implied = resolve_model("flux-pro-1.1-raw")
    assert (path, dict(implied)) == ("/v1/flux-pro-1.1-ultra", {"raw": True})


@pytest.mark.parametrize("model", ["", "../credits", "flux 2", "flux-2-pro?x=1", "//evil.example", "flux-2-dev"])
def test_what_is_no_model_on_the_api_is_refused_unsent(model: str) -> None:
    with pytest.raises(UnknownModel):
        resolve_model(model)


def test_none_is_left_out_and_extra_is_passed_as_it_is() -> None:
    body = request_body({"prompt": "p", "seed": None}, extra={"steps": 28, "webhook_url": None}, implied={"raw": True})
    assert json.loads(body) == {"prompt": "p", "raw": True, "steps": 28, "webhook_url": None}


def test_a_field_given_twice_with_different_values_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="seed"):
        request_body({"seed": 1}, extra={"seed": 2}, implied={})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), b"bytes", {1, 2}])
def test_what_is_no_json_is_refused_unsent(value: object) -> None:
    with pytest.raises(InvalidRequest):
        request_body({}, extra={"guidance": value}, implied={})


@pytest.mark.parametrize(
    ("name", "asked", "expected"),
    [
        ("a.jpg", None, "jpeg"),
        ("a.JPEG", None, "jpeg"),
        ("a.png", "png", "png"),
        ("a.webp", None, "webp"),
        ("a", None, None),
        ("a", "png", "png"),
        (None, "png", "png"),
        (None, None, None),
    ],
)
def test_the_suffix_sets_the_output_format(name: str | None, asked: str | None, expected: str | None) -> None:
    assert output_format_for(name, asked=asked) == expected


@pytest.mark.parametrize(("name", "asked"), [("a.png", "jpeg"), ("a.gif", None)])
def test_a_suffix_that_disagrees_or_means_nothing_is_refused(name: str, asked: str | None) -> None:
    with pytest.raises(InvalidRequest):
        output_format_for(name, asked=asked)


def test_an_output_that_cannot_be_written_is_refused_before_the_money_is_spent(tmp_path: Path) -> None:
    for bad in (tmp_path, tmp_path / "missing" / "a.png"):
        with pytest.raises(InvalidRequest):
            checked_output(bad)
    assert checked_output(tmp_path / "a.png") == tmp_path / "a.png"
