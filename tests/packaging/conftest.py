"""The archives under test, built once per process without touching the network."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with a freshly built wheel and sdist."""
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--sdist", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return out


@pytest.fixture(scope="session")
def wheel(archives: Path) -> zipfile.Path:
    """The root folder of the wheel."""
    [path] = archives.glob("*.whl")
    return zipfile.Path(path)


@pytest.fixture(scope="session")
def wheel_files(archives: Path) -> frozenset[str]:
    """The paths of all files in the wheel."""
    [path] = archives.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        return frozenset(archive.namelist())


@pytest.fixture(scope="session")
def sdist_files(archives: Path) -> frozenset[str]:
    """The paths of all files in the sdist, without its top folder."""
    [path] = archives.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        return frozenset(member.name.partition("/")[2] for member in archive.getmembers() if member.isfile())


@pytest.fixture(scope="session")
def installed(archives: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel unpacked, as an installer leaves it."""
    [path] = archives.glob("*.whl")
    target = tmp_path_factory.mktemp("site-packages")
    with zipfile.ZipFile(path) as archive:
        archive.extractall(target)
    return target
