"""`mock-bfl demo` shows the whole life of an image and leaves it on disk."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image

from mock_bfl.cli import cli


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
