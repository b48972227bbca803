"""The table of the documents says what the SDK and our client did, run again here."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.interop.comparison import TROUBLES, Trouble, seen_with_ours, seen_with_the_sdk

# The SDK hands pydantic arguments that pydantic will drop one day; that is the SDK's affair.
pytestmark = pytest.mark.filterwarnings("ignore:Using extra keyword arguments on `Field` is deprecated")

PAGE = (Path(__file__).parents[2] / "docs" / "explanation" / "compared-with-the-sdk.md").read_text("utf-8")


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.name)
def test_each_row_is_what_was_seen(trouble: Trouble) -> None:
    row = f"| {trouble.name} | {seen_with_the_sdk(trouble)} | {seen_with_ours(trouble)} |"
    assert row in PAGE


def test_the_table_has_no_row_that_nobody_ran() -> None:
    table = PAGE.partition("<!-- run -->")[2].partition("<!-- end -->")[0]
    rows = [line for line in table.splitlines() if line.startswith("|")][2:]
    assert [row.split(" | ")[0].removeprefix("| ") for row in rows] == [trouble.name for trouble in TROUBLES]


def test_the_page_names_the_version_and_the_models_that_were_looked_at() -> None:
    registry = import_module("blackforest.resources.mapping.model_input_registry").MODEL_INPUT_REGISTRY
    assert f"`blackforest` {version('blackforest')}" in PAGE
    assert f"{len(registry)} models, none of FLUX.2" in PAGE
    assert not [name for name in registry if name.startswith("flux-2")]
