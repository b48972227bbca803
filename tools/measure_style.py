"""Measures the shape of our code against the limits we set ourselves; exit code 1 when one is broken.

A function's length is its lines of code: without decorators, docstring, comments and blank lines.
A module's length is all its lines. Tests may be long, but never sleep.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from tools.origins import forbidden_uses

MEASURED = ("mock_bfl", "client/bfl_client", "conformance/bfl_conformance", "loadtests", "tools")
NEVER_SLEEPING = ("tests",)

MAX_MEDIAN_LINES = 8
MAX_FUNCTION_LINES = 50
MAX_MODULE_LINES = 400

SLEEPS = ("time.sleep", "gevent.sleep")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Length:
    """How many lines a named thing has."""

    name: str
    lines: int


@dataclass(frozen=True)
class Measures:
    """What was measured, and a sentence for each limit that was broken."""

    functions: tuple[Length, ...]
    modules: tuple[Length, ...]
    violations: tuple[str, ...]

    def summary(self) -> str:
        """Say it all in one line."""
        lengths = [function.lines for function in self.functions] or [0]
        return (
            f"functions {len(self.functions)}: median {median(lengths):g}, p90 {ninetieth_percentile(lengths):g}, "
            f"{_longest(self.functions)}; modules {len(self.modules)}: {_longest(self.modules)}; "
            f"violations {len(self.violations)}"
        )


def measure(root: Path) -> Measures:
    """Measure the tree below `root`; folders that do not exist count as empty."""
    sources = [(path.relative_to(root).as_posix(), path.read_text("utf-8")) for path in _modules(root, MEASURED)]
    functions = tuple(length for name, source in sources for length in function_lengths(source, name=name))
    modules = tuple(Length(name, source.count("\n")) for name, source in sources)
    violations = (
        *_too_typical(functions),
        *_too_long(functions, limit=MAX_FUNCTION_LINES),
        *_too_long(modules, limit=MAX_MODULE_LINES),
        *(f"{name} does not say its reason in its first line" for name, source in sources if not says_reason(source)),
        *_sleeping_tests(root),
    )
    return Measures(functions, modules, violations)


def function_lengths(source: str, *, name: str) -> Iterator[Length]:
    """Yield the length of every function in a module's source, nested ones included, named `module:line function`."""
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, Function):
            yield Length(f"{name}:{node.lineno} {node.name}", _code_lines(node, lines))


def says_reason(source: str) -> bool:
    """Whether a module starts with a docstring on its very first line (after a shebang, if any)."""
    module = ast.parse(source)
    before = 1 if source.startswith("#!") else 0
    return bool(ast.get_docstring(module)) and module.body[0].lineno == before + 1


def sleeping_lines(source: str) -> list[int]:
    """Return the lines that import or call a sleep, under whatever name."""
    return [use.line for use in forbidden_uses(ast.parse(source), SLEEPS)]


def ninetieth_percentile(lengths: list[int]) -> float:
    """Return the length that nine in ten do not exceed."""
    return quantiles(lengths, n=10, method="inclusive")[-1] if len(lengths) > 1 else lengths[0]


def _modules(root: Path, folders: Iterable[str]) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((root / folder).rglob("*.py"))


def _code_lines(function: Function, lines: list[str]) -> int:
    documented: set[int] = set()
    if ast.get_docstring(function) is not None:
        docstring = function.body[0]
        documented = set(range(docstring.lineno, (docstring.end_lineno or docstring.lineno) + 1))
    last = function.end_lineno or function.lineno
    numbers = (number for number in range(function.lineno, last + 1) if number not in documented)
    return sum(1 for number in numbers if lines[number - 1].strip() and not lines[number - 1].lstrip().startswith("#"))


def _too_typical(functions: tuple[Length, ...]) -> Iterator[str]:
    if functions and (typical := median(function.lines for function in functions)) > MAX_MEDIAN_LINES:
        yield f"the median function has {typical:g} lines, over {MAX_MEDIAN_LINES}"


def _too_long(lengths: tuple[Length, ...], *, limit: int) -> Iterator[str]:
    yield from (f"{each.name} has {each.lines} lines, over {limit}" for each in lengths if each.lines > limit)


def _sleeping_tests(root: Path) -> Iterator[str]:
    for path in _modules(root, NEVER_SLEEPING):
        for line in sleeping_lines(path.read_text("utf-8")):
            yield f"{path.relative_to(root).as_posix()}:{line} sleeps"


def _longest(lengths: tuple[Length, ...]) -> str:
    if not lengths:
        return "none"
    longest = max(lengths, key=lambda length: length.lines)
    return f"longest {longest.lines} ({longest.name})"


def main(root: Path) -> int:
    """Print every violation and the summary; return the exit code."""
    measures = measure(root)
    for violation in measures.violations:
        print(violation)
    print(measures.summary())
    return 1 if measures.violations else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path.cwd()))
