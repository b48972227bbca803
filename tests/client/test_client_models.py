"""Request bodies, output formats and places to write to, checked before any money is spent."""

from __future__ import annotations

from pathlib import Path

import pytest

from bfl_client import InvalidRequest
from bfl_client._models import as_json, checked_output, output_format_for


def test_a_body_is_sent_as_compact_json() -> None:
    assert as_json({"prompt": "\u00e9", "seed": None, "raw": True}) == b'{"prompt":"\\u00e9","seed":null,"raw":true}'


@pytest.mark.parametrize("value", [float("nan"), float("inf"), b"bytes", {1, 2}])
def test_what_is_no_json_is_refused_unsent(value: object) -> None:
    with pytest.raises(InvalidRequest):
        as_json({"guidance": value})


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
