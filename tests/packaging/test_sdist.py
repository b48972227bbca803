"""What a packager gets from the source archive: everything needed to build it and to run its suite."""

from __future__ import annotations

import pytest

from tests.packaging.conftest import ROOT

pytestmark = pytest.mark.deep  # building it takes long; `make build` runs these

TOP_LEVEL = {
    ".ci",
    ".editorconfig",
    ".gitignore",
    ".importlinter",
    "CHANGELOG.md",
    "LICENSE",
    "Makefile",
    "PKG-INFO",
    "README.md",
    "client",
    "conformance",
    "constraints.txt",
    "docs",
    "loadtests",
    "mock_bfl",
    "pyproject.toml",
    "tests",
    "tools",
}


def test_the_sdist_holds_these_and_no_other_names_at_its_top(sdist_files: frozenset[str]) -> None:
    assert {path.partition("/")[0] for path in sdist_files} == TOP_LEVEL


@pytest.mark.parametrize("folder", ["mock_bfl", "client", "conformance", "loadtests", "tests", "tools"])
def test_every_module_of_the_tree_is_in_the_sdist(folder: str, sdist_files: frozenset[str]) -> None:
    tree = {path.relative_to(ROOT).as_posix() for path in (ROOT / folder).rglob("*.py")}
    assert tree - sdist_files == set()


def test_nothing_compiled_cached_or_stored_is_in_the_sdist(sdist_files: frozenset[str]) -> None:
    refuse = (".pyc", ".sqlite3", ".coverage")
    assert [path for path in sdist_files if path.endswith(refuse) or "__pycache__" in path] == []
