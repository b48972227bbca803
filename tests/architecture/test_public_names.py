"""`__all__` of each package says exactly what the package offers."""

from __future__ import annotations

import importlib
import types

import pytest

from tests.architecture.conftest import ROOT

NAMED = {
    "mock_bfl",
    "mock_bfl.contract",
    "mock_bfl.core",
    "mock_bfl.store",
    "mock_bfl.web",
    "bfl_client",
    "bfl_conformance",
}
HOMES = {"mock_bfl": ROOT, "bfl_client": ROOT / "client", "bfl_conformance": ROOT / "conformance"}
MARKERS = {"annotations", "TYPE_CHECKING"}
INITS = [(home, init) for top, home in HOMES.items() for init in (home / top).rglob("__init__.py")]
PACKAGES = sorted(".".join(init.parent.relative_to(home).parts) for home, init in INITS)


def public_names(package: types.ModuleType) -> set[str]:
    """The names a user can import from the package itself: no underscore, no modules, no typing markers."""
    return {
        name
        for name, value in vars(package).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType) and name not in MARKERS
    }


def test_the_packages_of_the_design_are_all_judged() -> None:
    assert set(PACKAGES) >= NAMED


@pytest.mark.parametrize("name", sorted(NAMED))
def test_all_equals_the_public_names(name: str) -> None:
    package = importlib.import_module(name)
    declared = set(getattr(package, "__all__", []))
    found = public_names(package)
    loaded_on_first_use = {offered for offered in declared - found if hasattr(package, offered)}
    assert found | loaded_on_first_use == declared


@pytest.mark.parametrize("name", sorted(set(PACKAGES) - NAMED))
def test_all_of_an_inner_package_exists_and_names_what_is_defined_there(name: str) -> None:
    package = importlib.import_module(name)
    declared = set(getattr(package, "__all__", []))
    defined = {each for each in public_names(package) if getattr(vars(package)[each], "__module__", None) == name}
    assert defined <= declared
    assert [offered for offered in declared if not hasattr(package, offered)] == []


@pytest.mark.parametrize("name", PACKAGES)
def test_nothing_is_declared_twice(name: str) -> None:
    declared = list(getattr(importlib.import_module(name), "__all__", []))
    assert len(declared) == len(set(declared))
