"""Settings: arguments before environment before defaults; nothing unknown passes."""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal

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
        ("LISTEN", "localhost"),
        ("LISTEN", ":80"),
        ("LISTEN", "127.0.0.1:70000"),
    ],
)
def test_a_wrong_value_is_an_error(variable: str, text: str) -> None:
    with pytest.raises(SettingsError):
        load_settings({}, environment={f"MOCK_BFL_{variable}": text})


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
