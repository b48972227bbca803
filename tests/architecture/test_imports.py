"""What an import loads and does, seen from a fresh process."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.architecture.conftest import ImportFresh

WEB = {"flask", "werkzeug", "jinja2", "requests", "urllib3", "granian", "click", "fastapi", "starlette", "hypothesis"}
OURS = {"mock_bfl", "bfl_client", "bfl_conformance", "loadtests"}


def test_the_core_loads_no_web_framework_and_no_http_client(import_fresh: ImportFresh) -> None:
    assert import_fresh("mock_bfl.core").top_levels.isdisjoint(WEB)


def test_the_core_loads_nothing_of_ours_but_the_contract_and_the_errors(import_fresh: ImportFresh) -> None:
    ours = {name for name in import_fresh("mock_bfl.core").loaded if name.partition(".")[0] in OURS}
    assert {".".join(name.split(".")[:2]) for name in ours} <= {
        "mock_bfl",
        "mock_bfl.core",
        "mock_bfl.contract",
        "mock_bfl.errors",
    }


def test_the_contract_loads_the_standard_library_alone(import_fresh: ImportFresh) -> None:
    fresh = import_fresh("mock_bfl.contract")
    # A .pth file of the environment may load modules before any import of ours; a bare process shows which.
    bare = import_fresh()
    assert fresh.top_levels - bare.top_levels <= set(sys.stdlib_module_names) | {"mock_bfl"}


def test_the_client_loads_nothing_of_ours_and_no_server_side(import_fresh: ImportFresh) -> None:
    assert import_fresh("bfl_client").top_levels.isdisjoint(OURS - {"bfl_client"} | {"flask", "werkzeug", "pydantic"})


def test_the_client_as_a_library_needs_nothing_of_its_command_line(import_fresh: ImportFresh) -> None:
    assert import_fresh("bfl_client", wholly=False).top_levels.isdisjoint({"click", "rich"})


def test_the_mock_itself_loads_on_first_use(import_fresh: ImportFresh) -> None:
    """`import mock_bfl` is paid by every pytest run that has the plugin installed."""
    assert import_fresh("mock_bfl", wholly=False).top_levels.isdisjoint(WEB | {"pydantic", "PIL", "bfl_client"})


def test_the_engine_and_its_stores_load_no_web_framework(import_fresh: ImportFresh) -> None:
    assert import_fresh("mock_bfl.engine", "mock_bfl.store").top_levels.isdisjoint({"flask", "werkzeug", "click"})


def test_what_judges_a_server_loads_of_the_mock_only_facts(import_fresh: ImportFresh) -> None:
    fresh = import_fresh("bfl_conformance.oracle", "bfl_conformance.checks", "bfl_conformance.strategies")
    ours = {name for name in fresh.loaded if name.startswith("mock_bfl.")}
    assert {".".join(name.split(".")[:2]) for name in ours} <= {"mock_bfl.contract"}


def test_the_pytest_plugin_loads_nothing_else_of_ours(import_fresh: ImportFresh) -> None:
    """Pytest imports it in every run of every project that has the mock installed."""
    ours = {name for name in import_fresh("mock_bfl.pytest_plugin").loaded if name.partition(".")[0] in OURS}
    assert ours == {"mock_bfl", "mock_bfl.pytest_plugin"}


@pytest.mark.parametrize("package", ["mock_bfl", "bfl_client", "bfl_conformance"])
def test_importing_everything_starts_no_thread_and_touches_nothing(import_fresh: ImportFresh, package: str) -> None:
    fresh = import_fresh(package)
    assert len(fresh.walked) > 1
    assert (fresh.deeds, fresh.threads) == ([], [])
