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
