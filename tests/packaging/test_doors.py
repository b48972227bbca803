"""The doors a newcomer knocks on: `make`, and what it says when the machine is not ready."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.packaging.conftest import ROOT

MAKE = shutil.which("make")
pytestmark = pytest.mark.skipif(MAKE is None, reason="make is not installed")


def make(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    # The suite itself may run below make, whose flags are not meant for this one.
    command = ["env", "-u", "MAKEFLAGS", "-u", "MFLAGS", "-u", "MAKELEVEL", MAKE or "make", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A fresh clone as far as installing is concerned."""
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def test_make_alone_lists_the_doors_newcomers_first() -> None:
    doors = [line.split()[1] for line in make().stdout.splitlines()]
    assert doors[1:3] == ["demo", "test"]
    assert set(doors) >= {"check", "deep", "bench", "load", "conform", "docs", "build"}


def test_an_old_python_is_refused_with_a_sentence(clone: Path) -> None:
    refused = make("demo", "PYTHON=false", cwd=clone)
    assert refused.returncode != 0
    assert "mock-bfl needs Python 3.11 or newer." in refused.stderr
    assert not (clone / ".venv").exists()


def test_a_first_run_installs_and_a_second_does_not(clone: Path) -> None:
    assert "pip install" in make("--dry-run", "test", cwd=clone).stdout
    (clone / ".venv").mkdir()
    (clone / ".venv" / ".installed").touch()
    assert "pip install" not in make("--dry-run", "test", cwd=clone).stdout


@pytest.mark.deep
def test_a_changed_dependency_installs_again(clone: Path) -> None:
    (clone / ".venv").mkdir()
    (clone / ".venv" / ".installed").touch()
    assert "pip install" in make("--dry-run", "--what-if=pyproject.toml", "test", cwd=clone).stdout
    assert "pip install" in make("--dry-run", "--what-if=constraints.txt", "test", cwd=clone).stdout


def test_no_door_names_an_index() -> None:
    for name in ("Makefile", ".ci/run", "constraints.txt", "pyproject.toml"):
        text = (ROOT / name).read_text("utf-8")
        assert "index-url" not in text
        assert "find-links" not in text
