"""The reference says what the contract and the commands say, now."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from mock_bfl.contract import DIALECTS, LIVE, MODELS, Dialect, Model
from mock_bfl.contract.errors import ERRORS
from mock_bfl.engine import Engine
from mock_bfl.web import create_app
from tests.docs.pages import PAGES, read
from tools.reference_assumed import assumptions_of
from tools.reference_facts import CONTRADICTIONS, fields_by_row, refusal_statuses
from tools.write_reference import SECTIONS, generated_names, main, regenerated, stale_pages

ROWS = tomllib.loads(CONTRADICTIONS.read_text("utf-8"))["row"]


def test_no_page_is_stale() -> None:
    """If one is: `python -m tools.write_reference`."""
    assert stale_pages() == []


def test_every_generated_part_stands_on_one_page() -> None:
    assert sorted(name for page in PAGES for name in generated_names(read(page))) == sorted(SECTIONS)


def test_each_of_the_59_contradictions_has_one_row() -> None:
    assert [row["number"] for row in ROWS] == list(range(1, 60))


def test_a_contradiction_is_settled_by_dialect_exactly_where_a_field_names_it() -> None:
    assert {row["number"] for row in ROWS if row["mock"] == "by dialect"} == set(fields_by_row())


def test_what_no_field_settles_says_how_and_why() -> None:
    others = [row for row in ROWS if row["mock"] != "by dialect"]
    assert {row["mock"] for row in others} == {"alike", "out of scope"}
    assert [row["number"] for row in others if not row.get("how")] == []


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.slug)
def test_every_model_is_listed_with_its_fields(model: Model) -> None:
    assert read("docs/reference/models.md").count(f"`{model.path}`") >= 2


PROVOKED = {
    "not_authenticated": ("POST", "/v1/flux-2-pro", ""),
    "invalid_key": ("POST", "/v1/flux-2-pro", "mock-revoked"),
    "malformed_key": ("POST", "/v1/flux-2-pro", "mock-malformed"),
    "insufficient_credits": ("POST", "/v1/flux-2-pro", "mock-broke"),
    "too_many_tasks": ("POST", "/v1/flux-2-pro", "mock-crowded"),
    "not_found": ("POST", "/v1/flux-2-dev", "any-key"),
    "task_not_found": ("GET", "/v1/get_result?id=7", "any-key"),
    "method_not_allowed": ("GET", "/v1/flux-2-pro", "any-key"),
    "finetune_not_found": ("GET", "/v1/finetune_details?finetune_id=7", "any-key"),
}


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=lambda dialect: dialect.name)
@pytest.mark.parametrize("refusal", PROVOKED)
def test_a_refusal_has_the_status_of_the_table(refusal: str, dialect: Dialect) -> None:
    method, path, key = PROVOKED[refusal]
    client = create_app(Engine(dialect=dialect)).test_client()
    body = {"prompt": "a red cube"} if method == "POST" else None
    answer = client.open(path, method=method, json=body, headers={"x-key": key} if key else {})
    assert answer.status_code == refusal_statuses(dialect)[refusal]


def test_every_refusal_of_the_contract_has_a_status() -> None:
    assert list(refusal_statuses(LIVE)) == list(ERRORS)


def test_a_stale_page_is_named_then_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "a.md"
    page.write_text("before\n<!-- generated: task errors -->\nold\n<!-- end of generated -->\nafter\n", "utf-8")
    assert main(["--check"], docs=tmp_path) == 1
    assert main([], docs=tmp_path) == 0
    assert main(["--check"], docs=tmp_path) == 0
    assert capsys.readouterr().out == "a.md is stale\na.md is written anew\n"
    assert page.read_text("utf-8").startswith("before\n<!-- generated: task errors -->\n\n| Code |")


def test_a_part_that_nothing_generates_is_an_error() -> None:
    with pytest.raises(KeyError):
        regenerated("<!-- generated: weather -->\n<!-- end of generated -->\n")


def test_an_assumption_is_found_in_docstrings_and_comments() -> None:
    source = (
        '"""Head.\n\nIt rains.  [ASSUMED]\n"""\n# Why.  [ASSUMED]\nSPREAD = 1\n\n\n'
        'def f():\n    """Return wet.\n\n    [OAS; ASSUMED]\n    """\n    return 1  # so it is ASSUMED\n'
    )
    assert list(assumptions_of(source)) == [
        ("", "It rains. [ASSUMED]"),
        ("f", "Return wet. [OAS; ASSUMED]"),
        ("SPREAD", "Why.  [ASSUMED]"),
        ("f", "so it is ASSUMED"),
    ]
