"""What we import is declared, pinned and explained."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
BASE = tuple(Requirement(line) for line in PROJECT["dependencies"])
EXTRAS = {
    extra: tuple(Requirement(line) for line in lines) for extra, lines in PROJECT["optional-dependencies"].items()
}
DIRECT = {
    requirement.name: requirement
    for requirement in (*BASE, *(each for extra in EXTRAS.values() for each in extra))
    if requirement.name != PROJECT["name"]
}
OURS = {"mock_bfl", "bfl_client", "bfl_conformance", "loadtests"}
# Parts of a declared dependency that it documents as its own surface.
PART_OF = {
    "jinja2": "flask",
    "markupsafe": "flask",
    "pydantic-core": "pydantic",
    "urllib3": "requests",
    "werkzeug": "flask",
}


def names(requirements: tuple[Requirement, ...]) -> set[str]:
    return {canonicalize_name(requirement.name) for requirement in requirements}


COMMAND_LINE = {"requests", "click"} | names(EXTRAS["client"])
ALLOWED_AT_LOAD = {
    "mock_bfl": names(BASE),
    "mock_bfl/pytest_plugin.py": {"pytest"},
    "mock_bfl/testing.py": names(BASE),
    "client/bfl_client": {"requests"},
    "client/bfl_client/_async_client.py": names(EXTRAS["async"]),
    "client/bfl_client/_async_wire.py": names(EXTRAS["async"]),
    "client/bfl_client/cli.py": {"requests", "click"},
    "client/bfl_client/_commands": COMMAND_LINE,
    "conformance/bfl_conformance": names(BASE) | names(EXTRAS["conformance"]),
    "loadtests": names(BASE) | names(EXTRAS["load"]),
}


def imports(tree: ast.AST, *, on_load: bool) -> Iterator[str]:
    """Yield imported top-level names, those for type checkers left out; `on_load`, those inside functions too."""
    for child in ast.iter_child_nodes(tree):
        match child:
            case ast.Import(names=aliases):
                yield from (alias.name.partition(".")[0] for alias in aliases)
            case ast.ImportFrom(module=str(module), level=0):
                yield module.partition(".")[0]
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                continue
            case ast.FunctionDef() | ast.AsyncFunctionDef() if on_load:
                continue
            case _:
                yield from imports(child, on_load=on_load)


@cache
def distributions_by_module() -> dict[str, list[str]]:
    return {module: [canonicalize_name(name) for name in found] for module, found in packages_distributions().items()}


def distributions(path: str, *, on_load: bool) -> set[str]:
    """The distributions a module of ours imports directly, a part counted as the whole that documents it."""
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    foreign = {name for name in imports(tree, on_load=on_load) if name not in sys.stdlib_module_names | OURS}
    found = {name: distributions_by_module().get(name, [f"(not installed: {name})"])[0] for name in foreign}
    return {PART_OF.get(name, name) for name in found.values()}


MODULES = sorted(
    {path.relative_to(ROOT).as_posix() for folder in ALLOWED_AT_LOAD for path in (ROOT / folder).rglob("*.py")}
)


def home(path: str) -> str:
    """The most specific entry of the table above that a module falls under."""
    return max((entry for entry in ALLOWED_AT_LOAD if path == entry or path.startswith(f"{entry}/")), key=len)


def test_a_module_loads_only_what_its_package_declares() -> None:
    undeclared = {path: distributions(path, on_load=True) - ALLOWED_AT_LOAD[home(path)] for path in MODULES}
    assert {path: found for path, found in undeclared.items() if found} == {}


def test_what_a_module_imports_later_is_at_least_an_extra() -> None:
    optional = {canonicalize_name(each.name) for extra, lines in EXTRAS.items() if extra != "dev" for each in lines}
    undeclared = {path: distributions(path, on_load=False) - names(BASE) - optional for path in MODULES}
    assert {path: found for path, found in undeclared.items() if found} == {}


def test_every_package_has_modules_to_judge() -> None:
    assert {home(path) for path in MODULES} == set(ALLOWED_AT_LOAD)


PINS = dict(
    line.split("==") for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines() if not line.startswith("#")
)


def test_constraints_are_plain_pins() -> None:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    assert [line for line in lines if not re.fullmatch(r"#.*|[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", line)] == []


def test_constraints_are_sorted_and_name_nothing_twice() -> None:
    pinned = [canonicalize_name(name) for name in PINS]
    assert pinned == sorted(set(pinned))


@pytest.mark.parametrize("name", sorted(DIRECT))
def test_each_declared_dependency_is_pinned_within_its_range(name: str) -> None:
    pins = {canonicalize_name(pinned): version for pinned, version in PINS.items()}
    assert DIRECT[name].specifier.contains(pins[canonicalize_name(name)])


def test_pydantic_is_held_to_one_minor() -> None:
    """Its words are part of the wire contract, so a new minor is a change of ours."""
    assert DIRECT["pydantic"].specifier.contains("2.14.99")
    assert not DIRECT["pydantic"].specifier.contains("2.15.0")


def test_pillow_leaves_room_for_the_official_sdk() -> None:
    """The SDK demands Pillow 10.4.0 exactly."""
    assert DIRECT["pillow"].specifier.contains("10.4.0")


def test_each_dependency_is_explained_once_and_nothing_else_is() -> None:
    document = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
    explained = re.findall(r"^\| `([A-Za-z0-9._-]+)` \|", document, re.MULTILINE)
    assert sorted(explained) == sorted(DIRECT)
