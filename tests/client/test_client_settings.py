"""Where the key and the API's address come from."""

from __future__ import annotations

from pathlib import Path

import pytest

from bfl_client import ConfigurationError, MissingAPIKey
from bfl_client._settings import Settings, read_dotenv


def test_arguments_win_over_the_environment_over_dotenv_over_defaults(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text("BFL_API_KEY=from-file\nBFL_BASE_URL=https://file.example\n")
    environ = {"BFL_API_KEY": "from-environ", "BFL_BASE_URL": "https://environ.example"}
    by_argument = Settings.load(api_key="mine", base_url="https://mine.example", environ=environ, dotenv=dotenv)
    by_environ = Settings.load(environ=environ, dotenv=dotenv)
    by_file = Settings.load(environ={}, dotenv=dotenv)
    by_default = Settings.load(api_key="mine", environ={})
    assert [(found.api_key, found.base_url) for found in (by_argument, by_environ, by_file, by_default)] == [
        ("mine", "https://mine.example"),
        ("from-environ", "https://environ.example"),
        ("from-file", "https://file.example"),
        ("mine", "https://api.bfl.ai"),
    ]


@pytest.mark.parametrize(("region", "url"), [("eu", "https://api.eu.bfl.ai"), ("us", "https://api.us.bfl.ai")])
def test_a_region_is_one_of_bfls_hosts(region: str, url: str) -> None:
    assert Settings.load(api_key="k", region=region, environ={}).base_url == url  # type: ignore[arg-type]  # parametrized


def test_a_base_url_in_the_environment_wins_over_a_region() -> None:
    environ = {"BFL_BASE_URL": "http://127.0.0.1:8080"}
    assert Settings.load(api_key="k", region="eu", environ=environ).base_url == "http://127.0.0.1:8080"


@pytest.mark.parametrize("base_url", [None, ""])
def test_an_empty_base_url_never_means_the_api_that_costs_money(base_url: str | None) -> None:
    with pytest.raises(ConfigurationError):
        Settings.load(api_key="k", base_url=base_url, environ={"BFL_BASE_URL": ""})


def test_an_unknown_region_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="global, eu, us"):
        Settings.load(api_key="k", region="mars", environ={})  # type: ignore[arg-type]  # that is the point


def test_an_empty_key_as_argument_does_not_fall_back_to_another_one() -> None:
    with pytest.raises(MissingAPIKey):
        Settings.load(api_key="", environ={"BFL_API_KEY": "of-somebody-else"})


def test_without_a_key_the_guides_three_steps_are_shown() -> None:
    with pytest.raises(MissingAPIKey) as caught:
        Settings.load(environ={})
    for step in ("https://dashboard.bfl.ai/get-started", "echo 'BFL_API_KEY=", "echo '.env' >> .gitignore"):
        assert step in str(caught.value)


@pytest.mark.parametrize("key", ["two words", "line\nbreak", "schlüssel", "tab\t"])
def test_a_key_that_cannot_be_one_is_refused_without_being_shown(key: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings.load(api_key=key, environ={})
    assert key not in str(caught.value)


def test_the_key_is_not_in_the_repr() -> None:
    assert "s3cr3t" not in repr(Settings.load(api_key="s3cr3t", environ={}))


def test_dotenv_takes_comments_quotes_exports_and_only_our_names(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(
        "# BFL_API_KEY=no\nexport BFL_API_KEY='a key # kept'\nBFL_BASE_URL = \"x\"  \nOTHER=1\nBFL_X=y # note\nbad\n"
    )
    assert read_dotenv(file) == {"BFL_API_KEY": "a key # kept", "BFL_BASE_URL": "x", "BFL_X": "y"}


def test_a_missing_dotenv_says_nothing(tmp_path: Path) -> None:
    assert read_dotenv(tmp_path / ".env") == {}
