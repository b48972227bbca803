"""One place reads the clock, one the environment, one the dice; held here without regard to any `noqa`."""

from __future__ import annotations

import ast
import tomllib
from functools import cache

import pytest

from tests.architecture.conftest import ROOT
from tools.origins import calls, forbidden_uses

BANNED_API = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["ruff"]["lint"]["flake8-tidy-imports"][
    "banned-api"
]
ONE_PLACE = {
    "mock_bfl/clock.py": ("time", "datetime"),
    "mock_bfl/settings.py": ("os", "secrets", "uuid", "random"),
    "client/bfl_client/_clock.py": ("time", "datetime", "random"),
    "conformance/bfl_conformance/clock.py": ("time", "datetime"),
    "client/bfl_client/_settings.py": ("os",),
}
# Where `random.Random()` may ask the machine: two clients that back off at once must not do so in step.
SEEDED_BY_MACHINE = {"mock_bfl/settings.py", "client/bfl_client/_runtime.py"}
PACKAGES = ("mock_bfl", "client/bfl_client", "conformance/bfl_conformance")
MODULES = sorted(path.relative_to(ROOT).as_posix() for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
TESTS = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("*.py"))


@cache
def parsed(module: str) -> ast.Module:
    return ast.parse((ROOT / module).read_text("utf-8"))


def test_clock_dice_and_environment_are_read_in_their_one_place() -> None:
    found = [(module, use) for module in MODULES for use in forbidden_uses(parsed(module), BANNED_API)]
    assert [row for row in found if row[1].origin.partition(".")[0] not in ONE_PLACE.get(row[0], ())] == []


def test_no_other_generator_is_seeded_by_the_machine() -> None:
    """`random.Random()` without a seed asks the operating system, so two runs differ."""
    judged = [module for module in MODULES if module not in SEEDED_BY_MACHINE]
    made = [(module, call) for module in judged for call, origin in calls(parsed(module)) if origin == "random.Random"]
    assert [(module, call.lineno) for module, call in made if not call.args and not call.keywords] == []


def test_no_test_sleeps() -> None:
    sleepers = ("time.sleep", "gevent.sleep")
    assert [(module, use) for module in TESTS for use in forbidden_uses(parsed(module), sleepers)] == []


def test_every_package_has_modules_to_judge() -> None:
    assert {module.partition("/")[0] for module in MODULES} == {"mock_bfl", "client", "conformance"}


def test_a_call_is_found_under_any_name() -> None:
    tree = ast.parse("from random import Random as Dice\nDice()\nprint(Dice(7).random())\n")
    assert [(call.lineno, origin) for call, origin in calls(tree)] == [(2, "random.Random"), (3, "random.Random")]


@pytest.mark.parametrize(
    ("source", "origins"),
    [
        ("import time\ntime.time()", ["time.time"]),
        ("import time as t\nt.sleep(1)", ["time.sleep"]),
        ("from time import monotonic as now", ["time.monotonic"]),
        ("from datetime import datetime\ndatetime.now()", ["datetime.datetime.now"]),
        ("import os.path\nos.environ['HOME']", ["os.environ"]),
        ("import secrets\nsecrets.token_hex()", ["secrets", "secrets.token_hex"]),
        ("import random\nrandom.Random(7).random()", []),
        ("from .time import sleep\nsleep()", []),
        ("import datetime\ndatetime.timedelta(seconds=1)", []),
    ],
)
def test_a_use_is_found_under_any_name(source: str, origins: list[str]) -> None:
    assert [use.origin for use in forbidden_uses(ast.parse(source), BANNED_API)] == origins
