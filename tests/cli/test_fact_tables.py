"""`mock-bfl models`, `price` and `dialects` print the facts with their sources."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from mock_bfl.cli import cli
from mock_bfl.contract import MODELS, Model, contradictions


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
        (("flux-tools/erase-v1",), "5 credits = $0.05"),
        (("/v1/flux-tools/erase-v1",), "5 credits = $0.05"),
        (("flux-3-image-klein",), "0.9 credits = $0.009"),
        (("flux-3-image-klein", "--width", "4096", "--height", "4096"), "3.6 credits = $0.036"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_price_prints_what_is_charged(arguments: tuple[str, ...], charged: str) -> None:
    assert charged in run("price", *arguments)


def test_a_price_by_size_names_its_tiers() -> None:
    assert "0.9 to 1 MP, 1.4 to 4 MP, 3.6 to 16 MP" in run("models")
    assert "0.9 to 1 MP, 1.4 to 4 MP, 3.6 to 16 MP" in run("price", "flux-3-image-klein")


def test_what_is_assumed_of_a_price_is_said_below_it() -> None:
    assert "the price page does not list the tools" in run("price", "flux-tools/vto-v2")


def test_price_shows_the_cost_as_the_reply_has_it() -> None:
    assert "7.000000000000001" in run("price", "flux-2-max")
    assert "null" in run("price", "flux-dev")


@pytest.mark.parametrize("number", ["nan", "inf", "-inf", "-1", "0", "1001", "1e400"])
def test_an_input_of_no_size_is_refused_with_its_bounds(number: str) -> None:
    result = CliRunner().invoke(cli, ["price", "flux-2-pro", f"--input-mp={number}"])
    assert (result.exit_code, "is not in the range 0<x<=1000." in result.output) == (2, True), result.output


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.slug)
def test_price_takes_as_many_references_as_the_model(model: Model) -> None:
    most = ["--input-mp=1"] * model.max_images
    assert CliRunner().invoke(cli, ["price", model.slug, *most]).exit_code == 0
    result = CliRunner().invoke(cli, ["price", model.slug, *most, "--input-mp=1"])
    assert result.exit_code == 2
    assert f"{model.slug} takes at most {model.max_images}, not {model.max_images + 1}." in result.output


@pytest.mark.parametrize(
    ("arguments", "source"),
    [
        (("flux-2-pro",), "CASS (recording)"),
        (("flux-2-max",), "CASS (recording)"),
        (("flux-dev",), "CASS (recording)"),
        (("flux-2-pro", "--input-mp", "1"), "CASS (inferred)"),
        (("flux-2-pro", "--width", "2048"), "CASS (inferred)"),
        (("flux-kontext-pro",), "CASS (inferred)"),
        (("flux-pro-1.0-expand",), "CASS (inferred)"),
        (("flux-2-klein-4b",), "CASS (inferred)"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_cost_is_cited_as_recorded_only_where_it_was(arguments: tuple[str, ...], source: str) -> None:
    """Recorded are flux-2-pro, flux-2-max and flux-dev, one megapixel without references; the rest is computed so."""
    line = next(line for line in run("price", *arguments).splitlines() if line.startswith("cost in the reply"))
    assert line.endswith(source)


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
