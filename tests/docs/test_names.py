"""What the documents name exists: doors, commands, options, variables, directives, keys."""

from __future__ import annotations

import inspect
import re
import shlex
from dataclasses import fields

import pytest

from bfl_client import _settings
from loadtests.__main__ import run as load_run
from mock_bfl.core.keys import MALFORMED_KEY, RESERVED_KEYS, REVOKED_KEY
from mock_bfl.core.scenario import Misspelt, read_directives
from mock_bfl.settings import PREFIX, Settings
from tests.docs.pages import EVERY_PAGE, PAGES, ROOT, blocks, code_in, read
from tools.reference_commands import COMMANDS, options_of

OPTIONS = {**options_of(), "loadtests": frozenset(option for row in load_run.params for option in row.opts)}
OURS = {*COMMANDS, "loadtests"}
DOORS = set(re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text("utf-8"), flags=re.MULTILINE))
PROVOKE = "docs/how-to/provoke-a-failure.md"
_END_OF_A_COMMAND = frozenset({"|", "&", "&&", ";", ">", "||"})


def commands_in(code: str) -> list[list[str]]:
    """Return the invocations of our commands in a piece of shell, each as its words up to the next operator."""
    try:
        words = shlex.split(code, comments=True)
    except ValueError:
        return []
    found: list[list[str]] = []
    current: list[str] | None = None
    for word in words:
        name = word.removeprefix(".venv/bin/")
        if name in OURS and current is None:
            current = [name]
            found.append(current)
        elif word in _END_OF_A_COMMAND:
            current = None
        elif current is not None:
            current.append(word)
    return found


def unknown_in(words: list[str]) -> list[str]:
    """Return what of an invocation does not exist: the subcommand, or options of it."""
    command = " ".join(words[:2]) if len(words) > 1 and not words[1].startswith("-") else words[0]
    if command not in OPTIONS:
        return [command]
    options = [word.partition("=")[0] for word in words[1:] if word.startswith("-")]
    return [f"{command} {option}" for option in options if option not in OPTIONS[command]]


@pytest.mark.parametrize("page", EVERY_PAGE)
def test_every_door_exists(page: str) -> None:
    named = {door for code in code_in(page) for door in re.findall(r"^make ([a-z]+)", code)}
    assert named <= DOORS


@pytest.mark.parametrize("page", EVERY_PAGE)
def test_every_command_and_its_options_exist(page: str) -> None:
    invocations = [words for code in code_in(page) for words in commands_in(code)]
    assert [unknown for words in invocations for unknown in unknown_in(words)] == []


@pytest.mark.parametrize("page", EVERY_PAGE)
def test_every_option_named_alone_exists(page: str) -> None:
    known = set().union(*OPTIONS.values())
    named = {code.split()[0].partition("=")[0] for code in code_in(page) if re.match(r"--[a-z]", code)}
    assert named <= known


@pytest.mark.parametrize("page", EVERY_PAGE)
def test_every_variable_is_read(page: str) -> None:
    known = {PREFIX + field.name.upper() for field in fields(Settings)} | {PREFIX}
    known |= set(re.findall(r'"(BFL_[A-Z_]+)"', inspect.getsource(_settings)))
    assert set(re.findall(r"\b(?:MOCK_)?BFL_[A-Z_]+", read(page))) <= known


def test_every_directive_is_documented() -> None:
    misspelt = read_directives("[mock: nonsense=1]")
    assert isinstance(misspelt, Misspelt)
    known = misspelt.reason.partition("Known: ")[2].rstrip(".").split(", ")
    table = read(PROVOKE).partition("## By a reserved key")[0]
    assert sorted(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == sorted(known)


def test_every_reserved_key_is_documented() -> None:
    documented = set(re.findall(r"^\| `(mock-\w+)` \|", read(PROVOKE), re.MULTILINE))
    assert documented == {MALFORMED_KEY, REVOKED_KEY, *RESERVED_KEYS}


def test_every_example_of_a_directive_can_be_followed() -> None:
    """But for one that shows what a misspelt one does."""
    written = {found for page in PAGES for block in blocks(page) for found in directives(block.code)}
    refused = {text for text in written if isinstance(read_directives(text), Misspelt)}
    assert refused == {"[mock: status=Redy]"}


def directives(code: str) -> list[str]:
    return [found.replace("\\", "") for found in re.findall(r"\[mock: [^\]]*\]", code)]


@pytest.mark.parametrize(
    ("code", "unknown"),
    [
        ("mock-bfl serve --speed 0.1", []),
        ('.venv/bin/bfl generate "a red cube" -o cube.png', []),
        ("mock-bfl serve --sped 0.1", ["mock-bfl serve --sped"]),
        ("mock-bfl sevre", ["mock-bfl sevre"]),
        ("bfl wait | mock-bfl nonsense", ["mock-bfl nonsense"]),
        ("python -m loadtests --users 9 --usres 9", ["loadtests --usres"]),
        ("curl -s x", []),
    ],
)
def test_an_unknown_name_is_found(code: str, unknown: list[str]) -> None:
    assert [name for words in commands_in(code) for name in unknown_in(words)] == unknown
