"""The plugin that pytest loads in every run costs that run nothing."""

from __future__ import annotations

import ast

from tests.architecture.conftest import ROOT

STANDARD = {"__future__", "typing", "collections"}


def test_the_plugin_imports_only_pytest_at_its_top() -> None:
    tree = ast.parse((ROOT / "mock_bfl" / "pytest_plugin.py").read_text("utf-8"))
    assert set(imported_on_load(tree.body)) - STANDARD == {"pytest"}


def imported_on_load(body: list[ast.stmt]) -> list[str]:
    """The top-level modules that statements import when they run, but for those under `if TYPE_CHECKING`."""
    found: list[str] = []
    for statement in body:
        match statement:
            case ast.Import(names=names):
                found += [alias.name.partition(".")[0] for alias in names]
            case ast.ImportFrom(module=module, level=level):
                found.append("." * level + (module or "").partition(".")[0])
            case ast.If(test=ast.Name(id="TYPE_CHECKING"), orelse=otherwise):
                found += imported_on_load(otherwise)
            case ast.If(body=inner) | ast.With(body=inner) | ast.Try(body=inner) | ast.ClassDef(body=inner):
                found += imported_on_load(inner)
    return found


def test_an_import_inside_a_condition_counts_as_one_at_the_top() -> None:
    source = (
        "import pytest\nif TYPE_CHECKING:\n    import flask\ntry:\n    import requests\nexcept ImportError:\n    pass"
    )
    assert imported_on_load(ast.parse(source).body) == ["pytest", "requests"]
