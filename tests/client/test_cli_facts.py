"""`bfl credits`, `bfl estimate` and `bfl models`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bfl_client._commands import bfl
from bfl_client.models import known_models
from tests.client.cli_double import run
from tests.client.pictures import picture
from tests.client.wire_double import Answer, World, reply


def offline(*arguments: str) -> Result:
    """Run a command that needs neither key nor wire."""
    return CliRunner().invoke(bfl, arguments)


def test_credits_are_said_in_money() -> None:
    ended = run(World(reply({"credits": 1234.5})), "credits")
    assert (ended.exit_code, ended.stdout) == (0, "1234.5 credits ($12.345)\n")


def test_credits_as_json_are_a_number() -> None:
    assert json.loads(run(World(reply({"credits": 7.000000000000001})), "credits", "--json").stdout) == {
        "credits": 7.000000000000001
    }


def test_an_api_that_is_unavailable_ends_with_6() -> None:
    ended = run(World(script=lambda request: Answer(503)), "credits", "--timeout", "5", "--json")
    assert ended.exit_code == 6
    assert json.loads(ended.stdout)["error"] == "Unavailable"


def test_an_exact_estimate_says_so() -> None:
    ended = offline("estimate", "flux-2-pro", "--width", "2048", "--height", "1024")
    assert ended.stdout.startswith("flux-2-pro: 4.5 credits ($0.045)\n")


def test_a_guess_says_what_makes_it_one() -> None:
    ended = offline("estimate", "flux-2-pro", "--image", "https://example.com/a.jpg")
    assert ended.stdout.startswith("flux-2-pro: about 4.5 credits")
    assert "counted as 1 MP" in ended.stdout


def test_an_estimate_measures_files(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(picture(2048, 1024))
    ended = offline(
        "estimate", "flux-2-pro", "--image", str(tmp_path / "a.png"), "--width", "1024", "--height", "1024", "--json"
    )
    assert {name: json.loads(ended.stdout)[name] for name in ("model", "credits", "input_mp", "is_exact")} == {
        "model": "flux-2-pro",
        "credits": 6.0,
        "input_mp": 2.0,
        "is_exact": True,
    }


def test_a_price_that_nobody_knows_is_no_error() -> None:
    ended = offline("estimate", "flux-9")
    assert ended.exit_code == 0
    assert "no document names a price" in ended.stdout


def test_a_model_that_cannot_be_is_refused() -> None:
    ended = offline("estimate", "flux-2-dev", "--json")
    assert ended.exit_code == 4
    assert json.loads(ended.stdout)["error"] == "UnknownModel"


def test_an_estimate_refuses_what_a_submit_would() -> None:
    assert offline("estimate", "flux-2-pro", "--width", "3").exit_code == 4


def test_models_are_a_line_each_in_a_pipe() -> None:
    lines = [line.split("\t") for line in offline("models").stdout.splitlines()]
    assert lines[0][0] == "model"
    assert [line[0] for line in lines[1:]] == [row.slug for row in known_models()]
    assert {len(line) for line in lines} == {5}


def test_models_as_json_have_their_fields() -> None:
    rows = {row["slug"]: row for row in json.loads(offline("models", "--json").stdout)["models"]}
    assert rows["flux-2-pro"]["reference_images"] == 10
    assert "width" in rows["flux-2-pro"]["fields"]


@pytest.mark.parametrize(
    "arguments",
    [("credits", "--nonsense", "--json"), ("generate", "--json"), ("nonsense", "--json"), ("models", "x", "--json")],
)
def test_wrong_usage_with_json_is_json_too(arguments: tuple[str, ...]) -> None:
    ended = offline(*arguments)
    assert (ended.exit_code, ended.stderr) == (2, "")
    assert json.loads(ended.stdout)["error"] == "UsageError"


def test_wrong_usage_without_json_is_said_to_a_person() -> None:
    ended = offline("credits", "--nonsense")
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert "--nonsense" in ended.stderr


def test_no_command_takes_a_key() -> None:
    options = {option.name or "" for command in bfl.commands.values() for option in command.params}
    assert [name for name in options if "key" in name] == []
