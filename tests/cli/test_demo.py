"""`mock-bfl demo` shows the whole life of an image and leaves it on disk."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image

from mock_bfl.cli import cli
from tests.cli.process import PATIENCE_S


def test_the_demo_generates_fills_the_slots_is_moderated_and_expires(tmp_path: Path) -> None:
    output = tmp_path / "cube.jpg"
    result = CliRunner().invoke(cli, ["demo", "-o", str(output)], catch_exceptions=False)
    assert result.exit_code == 0
    assert "3.0 credits for 0.75 MP: the balance went from 1000.0 to 997.0." in result.output
    assert result.output.count("200  cost=1.4") == 25
    assert "Submission 25 is refused: 24 of 24 tasks are active" in result.output
    assert "At 9:59 the URL works." in result.output
    assert "At 10:00 the URL is refused." in result.output
    assert "The client raises ContentModerated" in result.output
    assert "The balance is 962.0 again; before it was 962.0." in result.output
    with Image.open(output) as image:
        assert (image.format, image.size) == ("JPEG", (1024, 768))


@pytest.mark.parametrize("output", ["cube.gif", "no/such/directory/cube.png"])
def test_an_output_that_cannot_be_written_is_refused_before_anything_starts(output: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["demo", "-o", str(tmp_path / output)])
    assert result.exit_code == 2
    assert "POST" not in result.output


UNREAD = ["models", *(pytest.param(each, marks=pytest.mark.deep) for each in ("demo", "dialects", "openapi", "--help"))]


@pytest.mark.parametrize("command", UNREAD)
def test_a_command_ends_quietly_when_nobody_reads_on(command: str, tmp_path: Path) -> None:
    """As in `mock-bfl demo | head -2`: no traceback, and no message about something else."""
    reader, writer = os.pipe()
    os.close(reader)
    with subprocess.Popen(
        [sys.executable, "-m", "mock_bfl", *command.split()],
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    ) as process:
        os.close(writer)
        _, complaint = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, complaint) == (1, "")


def test_the_demo_ends_quietly_when_its_reader_leaves_in_the_middle(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "mock_bfl", "demo"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert any("200  credits" in line for line in process.stdout)
        process.stdout.close()
        complaint = process.stderr.read()
        assert (process.wait(PATIENCE_S), complaint) == (1, "")
