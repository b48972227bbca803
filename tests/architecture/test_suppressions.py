"""A silenced warning says which one and why."""

from __future__ import annotations

import io
import re
import tokenize

import pytest

from tests.architecture.conftest import ROOT

FOLDERS = ("mock_bfl", "client", "conformance", "loadtests", "tests", "tools")
MODULES = sorted(path.relative_to(ROOT).as_posix() for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))

NOQA = re.compile(r"noqa\b(?P<codes>: [A-Z]+\d+(?:, ?[A-Z]+\d+)*)?(?P<reason>.*)")
IGNORE = re.compile(r"type: ignore(?P<codes>\[[a-z-]+(?:, ?[a-z-]+)*\])?(?P<reason>.*)")
PRAGMA = re.compile(r"pragma: no (?:cover|branch)(?P<codes>)(?P<reason>.*)")


def unexplained(source: str) -> list[str]:
    """Return the comments of a module that silence a tool without naming the code or without a reason."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    comments = [token.string for token in tokens if token.type == tokenize.COMMENT]
    return [comment for comment in comments if not all(map(is_explained, silenced(comment)))]


def silenced(comment: str) -> list[re.Match[str]]:
    return [found for pattern in (NOQA, IGNORE, PRAGMA) if (found := pattern.search(comment))]


def is_explained(found: re.Match[str]) -> bool:
    return found["codes"] is not None and found["reason"].strip(" -–#:") != ""


def test_each_suppression_names_its_code_and_its_reason() -> None:
    found = {module: unexplained((ROOT / module).read_text("utf-8")) for module in MODULES}
    assert {module: comments for module, comments in found.items() if comments} == {}


def test_every_folder_has_modules_to_judge() -> None:
    assert {module.partition("/")[0] for module in MODULES} == set(FOLDERS)


@pytest.mark.parametrize(
    "comment",
    [
        "# noqa",
        "# noqa: TID251",
        "# type: ignore",
        "# type: ignore[misc]",
        "# type: ignore - the stubs lie",
        "# pragma: no cover",
    ],
)
def test_a_bare_suppression_is_found(comment: str) -> None:
    assert unexplained(f"x = 1  {comment}\n") == [comment]


@pytest.mark.parametrize(
    "comment",
    [
        "# noqa: TID251 - the one clock",
        "# type: ignore[misc]  # the stubs lie",
        "# no question at all",
        "# noqa: A001, A002 - vendor's word",
    ],
)
def test_an_explained_suppression_passes(comment: str) -> None:
    assert unexplained(f"x = 1  {comment}\n") == []
