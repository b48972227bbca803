"""The measuring tool finds what it is there to find, and our own tree passes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture.conftest import ROOT
from tools.measure_style import (
    Length,
    function_lengths,
    main,
    measure,
    ninetieth_percentile,
    says_reason,
    sleeping_lines,
)


def write(root: Path, name: str, source: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, "utf-8")


def function(*, lines: int) -> str:
    return "\n".join(["def f() -> None:", *(["    x = 1"] * (lines - 1))]) + "\n"


def lines_of(source: str) -> list[int]:
    return [length.lines for length in function_lengths(source, name="m.py")]


def test_our_own_tree_breaks_no_limit() -> None:
    assert measure(ROOT).violations == ()


def test_docstrings_comments_decorators_and_blank_lines_are_not_code() -> None:
    source = (
        '@decorated\ndef f(\n    a: int,\n) -> int:\n    """Say.\n\n    More.\n    """\n\n    # why\n    return a\n'
    )
    assert lines_of(source) == [4]


def test_a_method_and_a_nested_function_are_functions() -> None:
    source = "class C:\n    async def m(self):\n        def inner():\n            pass\n        return inner\n"
    assert lines_of(source) == [4, 2]


def test_a_function_is_named_by_module_line_and_name() -> None:
    assert list(function_lengths("\n\ndef f(): ...\n", name="a/b.py")) == [Length("a/b.py:3 f", 1)]


@pytest.mark.parametrize(("lines", "allowed"), [(50, True), (51, False)])
def test_a_function_has_at_most_fifty_lines(tmp_path: Path, lines: int, allowed: bool) -> None:
    write(tmp_path, "mock_bfl/a.py", '"""Why."""\n' + "def g(): ...\n" * 2 + function(lines=lines))
    assert (measure(tmp_path).violations == ()) is allowed


@pytest.mark.parametrize(("lines", "allowed"), [(8, True), (9, False)])
def test_the_median_function_has_at_most_eight_lines(tmp_path: Path, lines: int, allowed: bool) -> None:
    write(tmp_path, "client/bfl_client/a.py", '"""Why."""\n' + function(lines=lines))
    assert (measure(tmp_path).violations == ()) is allowed


@pytest.mark.parametrize(("lines", "allowed"), [(400, True), (401, False)])
def test_a_module_has_at_most_four_hundred_lines(tmp_path: Path, lines: int, allowed: bool) -> None:
    write(tmp_path, "loadtests/a.py", '"""Why."""\n' + "x = 1\n" * (lines - 1))
    assert (measure(tmp_path).violations == ()) is allowed


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ('"""Why."""\n', True),
        ('#!/usr/bin/env python\n"""Why."""\n', True),
        ("x = 1\n", False),
        ('\n"""Late."""\n', False),
        ("", False),
    ],
)
def test_a_module_says_its_reason_in_its_first_line(source: str, says: bool) -> None:
    assert says_reason(source) is says


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("import time\ntime.sleep(1)\n", [2]),
        ("import time as t\nt.sleep(1)\n", [2]),
        ("from time import sleep as nap\n\nnap(1)\n", [1, 3]),
        ("import gevent\ngevent.sleep()\n", [2]),
        ("import time\ntime.monotonic()\n", []),
        ("clock.sleep(1)\n", []),
    ],
)
def test_a_sleep_is_found_under_any_name(source: str, lines: list[int]) -> None:
    assert sleeping_lines(source) == lines


def test_tests_may_be_long_but_not_sleep(tmp_path: Path) -> None:
    write(tmp_path, "tests/test_a.py", function(lines=99) + "import time\ntime.sleep(1)\n")
    assert measure(tmp_path).violations == ("tests/test_a.py:101 sleeps",)


def test_nine_in_ten_are_at_most_the_ninetieth_percentile() -> None:
    assert ninetieth_percentile(list(range(1, 12))) == 10


def test_the_report_names_each_violation_then_sums_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, "mock_bfl/a.py", function(lines=3))
    assert main(tmp_path) == 1
    assert capsys.readouterr().out == (
        "mock_bfl/a.py does not say its reason in its first line\n"
        "functions 1: median 3, p90 3, longest 3 (mock_bfl/a.py:1 f); "
        "modules 1: longest 3 (mock_bfl/a.py); violations 1\n"
    )


def test_an_orderly_tree_ends_with_exit_code_zero(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, "mock_bfl/a.py", '"""Why."""\n')
    assert main(tmp_path) == 0
    assert (
        capsys.readouterr().out
        == "functions 0: median 0, p90 0, none; modules 1: longest 1 (mock_bfl/a.py); violations 0\n"
    )
