"""`mock-bfl models`, `price` and `dialects` print the facts with their sources."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from mock_bfl.cli import cli
from mock_bfl.contract import MODELS, contradictions


def run(*arguments: str) -> str:
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0, result.output
    return result.output


def test_models_lists_every_path_once() -> None:
    lines = run("models").splitlines()
    assert [line.split()[0] for line in lines[1 : len(MODELS) + 1]] == [model.path for model in MODELS]


def test_models_says_that_flux_2_dev_is_not_on_the_api() -> None:
    assert "FLUX.2 [dev] is not on the API" in run("models")


@pytest.mark.parametrize(
    ("arguments", "charged"),
    [
        (("flux-2-pro",), "3 credits = $0.03"),
        (("flux-2-pro", "--input-mp", "1"), "4.5 credits = $0.045"),
        (("flux-2-pro", "--width", "1920", "--height", "1080"), "4.5 credits = $0.045"),
        (("flux-2-max", "--input-mp", "1", "--input-mp", "1.2"), "16 credits = $0.16"),
        (("/v1/flux-kontext-max",), "8 credits = $0.08"),
        (("flux-2-klein-4b",), "1.4 credits = $0.014"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_price_prints_what_is_charged(arguments: tuple[str, ...], charged: str) -> None:
    assert charged in run("price", *arguments)


def test_price_shows_the_cost_as_the_reply_has_it() -> None:
    assert "7.000000000000001" in run("price", "flux-2-max")
    assert "null" in run("price", "flux-dev")


def test_price_of_an_unknown_model_names_the_known_ones() -> None:
    result = CliRunner().invoke(cli, ["price", "flux-9"])
    assert result.exit_code == 2
    assert "flux-2-pro" in result.output


def test_price_of_a_resized_output_is_that_of_the_limit() -> None:
    """An output above 4 MP is resized before it is priced, so no image of flux-2-pro costs more than 4 MP."""
    assert "7.5 credits" in run("price", "flux-2-pro", "--width", "4096", "--height", "4096")


def test_dialects_lists_every_contradiction_with_two_sources() -> None:
    lines = run("dialects").splitlines()
    assert [line.split()[0] for line in lines[1:]] == [field.name for field, _ in contradictions()]
    assert all(line.count("(") >= 2 for line in lines[1:])
