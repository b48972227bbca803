"""Settings: arguments before environment before defaults; nothing unknown passes."""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal
from pathlib import Path

import pytest

from mock_bfl.errors import SettingsError
from mock_bfl.settings import READERS, Settings, load_settings


def test_without_anything_the_defaults_hold() -> None:
    assert load_settings({}, environment={}) == Settings()


def test_an_argument_wins_over_the_environment() -> None:
    environment = {"MOCK_BFL_SPEED": "0.5", "MOCK_BFL_SEED": "7"}
    settings = load_settings({"speed": 0.0, "seed": None}, environment=environment)
    assert (settings.speed, settings.seed) == (0.0, 7)


def test_every_setting_can_come_from_the_environment() -> None:
    assert set(READERS) == {field.name for field in fields(Settings)}
    texts = {
        "DIALECT": "guide",
        "LISTEN": "127.0.0.1:0",
        "SPEED": "0.25",
        "SEED": "3",
        "BALANCE": "12.5",
        "KEYS": "a, b,",
        "OVERRIDES": "task_not_found_status=200, sample_resigned=no",
        "ADMIN_HOSTS": "mock",
        "WEBHOOK_HOSTS": "receiver",
        "PUBLIC_URL": "https://mock.example/",
        "POLL_ORIGIN": "http://localhost:8081",
        "TLS": "yes",
        "TLS_DIR": "tls",
        "STORE": "sqlite:tasks.db",
    }
    settings = load_settings({}, environment={f"MOCK_BFL_{name}": text for name, text in texts.items()})
    assert settings == Settings(
        dialect="guide",
        listen="127.0.0.1:0",
        speed=0.25,
        seed=3,
        balance=Decimal("12.5"),
        keys=("a", "b"),
        overrides=("task_not_found_status=200", "sample_resigned=no"),
        admin_hosts=("mock",),
        webhook_hosts=("receiver",),
        public_url="https://mock.example",
        poll_origin="http://localhost:8081",
        tls=True,
        tls_dir="tls",
        store="sqlite:tasks.db",
    )


def test_an_unknown_variable_is_an_error_with_a_suggestion() -> None:
    with pytest.raises(SettingsError, match=r"MOCK_BFL_SPED\. Did you mean MOCK_BFL_SPEED\?"):
        load_settings({}, environment={"MOCK_BFL_SPED": "1"})


def test_variables_of_others_are_none_of_our_business() -> None:
    assert load_settings({}, environment={"BFL_API_KEY": "x", "HOME": "/"}) == Settings()


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("SPEED", "fast"),
        ("SPEED", "nan"),
        ("SPEED", "-1"),
        ("SEED", "1.5"),
        ("BALANCE", "lots"),
        ("BALANCE", "Infinity"),
        ("BALANCE", "-1"),
        ("DIALECT", "Live"),
        ("KEYS", " , "),
        ("OVERRIDES", "task_not_found_status"),
        ("OVERRIDES", "task_not_found_status=many"),
        ("OVERRIDES", "error_envelope=xml"),
        ("STORE", "sqlite:"),
        ("STORE", "redis"),
        ("STORE", ""),
        ("LISTEN", "localhost"),
        ("LISTEN", ":80"),
        ("LISTEN", "127.0.0.1:70000"),
        ("TLS", "perhaps"),
        ("PUBLIC_URL", "mock.example"),
        ("POLL_ORIGIN", "elsewhere"),
    ],
)
def test_a_wrong_value_is_an_error(variable: str, text: str) -> None:
    with pytest.raises(SettingsError):
        load_settings({}, environment={f"MOCK_BFL_{variable}": text})


@pytest.mark.parametrize(
    ("variable", "text", "sentence"),
    [
        ("BALANCE", "1e400", "balance is a number of credits from 0 to 1000000000000, not 1E+400"),
        ("BALANCE", "1e13", "balance is a number of credits from 0 to 1000000000000, not 1E+13"),
        ("BALANCE", "NaN", "balance is a number of credits from 0 to 1000000000000, not NaN"),
        ("SPEED", "1e308", "speed is a factor from 0 (at once) to 1000000, not 1e+308"),
        ("SPEED", "inf", "speed is a factor from 0 (at once) to 1000000, not inf"),
    ],
)
def test_a_number_out_of_bounds_is_told_both_bounds(variable: str, text: str, sentence: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        load_settings({}, environment={f"MOCK_BFL_{variable}": text})
    assert str(refusal.value) == sentence


def test_the_highest_balance_is_one_that_an_account_can_be_given() -> None:
    assert load_settings({"balance": Decimal(10**12)}, environment={}).balance == Decimal(10**12)


def test_an_ipv6_address_may_stand_in_brackets() -> None:
    assert Settings(listen="[::1]:8080").address() == ("::1", 8080)


@pytest.mark.parametrize(
    ("override", "field", "value"),
    [
        ("task_not_found_status=200", "task_not_found_status", 200),
        ("poll_needs_key=yes", "poll_needs_key", True),
        ("over_limit_retry_after_s=none", "over_limit_retry_after_s", None),
        ("over_limit_retry_after_s=7", "over_limit_retry_after_s", 7),
        ("flex_guidance_default=4.5", "flex_guidance_default", 4.5),
        ("output_formats=png", "output_formats", ("png",)),
        ("output_formats=png+webp", "output_formats", ("png", "webp")),
        ("error_envelope=guide", "error_envelope", "guide"),
    ],
)
def test_any_field_of_a_dialect_can_be_set(override: str, field: str, value: object) -> None:
    dialect = load_settings({"overrides": (override,)}, environment={}).chosen_dialect()
    assert getattr(dialect, field) == value


def test_an_unknown_field_of_a_dialect_gets_a_suggestion() -> None:
    with pytest.raises(SettingsError, match=r"task_not_found\. Did you mean task_not_found_status\?"):
        load_settings({"overrides": ("task_not_found=200",)}, environment={})


def test_an_unknown_setting_gets_a_suggestion() -> None:
    with pytest.raises(SettingsError, match=r"unknown setting sped\. Did you mean speed\?"):
        load_settings({"sped": 1}, environment={})


def test_a_store_is_memory_or_a_file_with_an_absolute_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Settings().store_path() is None
    assert Settings(store="sqlite:tasks.db").store_path() == tmp_path / "tasks.db"
