"""What a user gets from the wheel: three packages, three commands, one plugin, and nothing else."""

from __future__ import annotations

import configparser
import subprocess
import sys
from email.message import Message
from email.parser import HeaderParser
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from zipfile import Path as ZipPath

import pytest

import mock_bfl
from tests.packaging.conftest import ROOT

HOMES = {"mock_bfl": ROOT, "bfl_client": ROOT / "client", "bfl_conformance": ROOT / "conformance"}
INFO = f"mock_bfl-{mock_bfl.__version__}.dist-info"
COMMANDS = {
    "mock-bfl": "mock_bfl.cli:main",
    "bfl": "bfl_client.cli:main",
    "bfl-conformance": "bfl_conformance.cli:main",
}


@pytest.fixture
def metadata(wheel: ZipPath) -> Message:
    return HeaderParser().parsestr((wheel / INFO / "METADATA").read_text("utf-8"))


@pytest.fixture
def entry_points(wheel: ZipPath) -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.optionxform = str  # type: ignore[assignment, method-assign]  # names are case-sensitive, as configparser documents
    parser.read_string((wheel / INFO / "entry_points.txt").read_text("utf-8"))
    return parser


def test_the_wheel_installs_three_packages_and_no_other_name(wheel_files: frozenset[str]) -> None:
    assert {path.partition("/")[0] for path in wheel_files} == {*HOMES, INFO}


def test_the_wheel_holds_modules_and_type_markers_only(wheel_files: frozenset[str]) -> None:
    """A data file is welcome; it is named here when it comes."""
    packaged = [PurePosixPath(path) for path in wheel_files if not path.startswith(INFO)]
    assert [path for path in packaged if path.suffix != ".py" and path.name != "py.typed"] == []


@pytest.mark.parametrize("package", HOMES)
def test_every_module_of_the_tree_is_in_the_wheel_and_no_other(package: str, wheel_files: frozenset[str]) -> None:
    home = HOMES[package]
    tree = {path.relative_to(home).as_posix() for path in (home / package).rglob("*.py")}
    assert {path for path in wheel_files if path.startswith(f"{package}/") and path.endswith(".py")} == tree


@pytest.mark.parametrize("package", HOMES)
def test_each_package_says_that_it_is_typed(package: str, wheel_files: frozenset[str]) -> None:
    assert f"{package}/py.typed" in wheel_files


def test_the_dist_info_holds_the_usual_files_and_the_license(wheel_files: frozenset[str]) -> None:
    found = {path.removeprefix(f"{INFO}/") for path in wheel_files if path.startswith(INFO)}
    assert found == {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE"}


def test_the_license_is_apache_2(wheel: ZipPath, metadata: Message) -> None:
    assert metadata["License-Expression"] == "Apache-2.0"
    assert (
        "Apache License\n                           Version 2.0" in (wheel / INFO / "licenses" / "LICENSE").read_text()
    )


def test_the_wheel_needs_no_compiler_and_no_platform(wheel: ZipPath) -> None:
    assert "Tag: py3-none-any" in (wheel / INFO / "WHEEL").read_text().splitlines()


def test_python_3_11_is_the_oldest_supported(metadata: Message) -> None:
    assert metadata["Requires-Python"] == ">=3.11"


def test_the_extras_are_those_documented(metadata: Message) -> None:
    assert set(metadata.get_all("Provides-Extra", [])) == {"async", "client", "conformance", "load", "tls", "dev"}


def test_the_version_is_the_same_everywhere(metadata: Message) -> None:
    assert metadata["Version"] == mock_bfl.__version__ == version("mock-bfl") == "0.1.0"


def test_the_readme_is_the_description(metadata: Message) -> None:
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert (ROOT / "README.md").read_text("utf-8").strip() in metadata.get_payload()


def test_the_entry_points_are_exactly_these(entry_points: configparser.ConfigParser) -> None:
    assert {section: dict(entry_points[section]) for section in entry_points.sections()} == {
        "console_scripts": COMMANDS,
        "pytest11": {"mock_bfl": "mock_bfl.pytest_plugin"},
    }


@pytest.mark.parametrize("reference", COMMANDS.values())
def test_each_command_runs_from_the_unpacked_wheel_alone(reference: str, installed: Path) -> None:
    module, function = reference.split(":")
    program = f"import sys; sys.path.insert(0, {str(installed)!r}); sys.argv = ['it', '--help']\n"
    program += f"import {module} as m; print(m.__file__); m.{function}()"
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(installed))
    assert "Usage:" in done.stdout
