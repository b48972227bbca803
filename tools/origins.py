"""Says where the names used in a module come from, whatever they were imported as."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Use:
    """One use of an imported name: `origin` is dotted from the top-level module, such as `time.sleep`."""

    line: int
    origin: str


def uses(tree: ast.Module) -> Iterator[Use]:
    """Yield every import-from and every (dotted) name that leads to an import. Relative imports yield nothing."""
    aliases = dict(_aliases(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            yield from (Use(node.lineno, f"{node.module}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Name | ast.Attribute) and (origin := _origin(node, aliases)):
            yield Use(node.lineno, origin)


def calls(tree: ast.Module) -> Iterator[tuple[ast.Call, str]]:
    """Yield every call of something imported, with the origin of what is called."""
    aliases = dict(_aliases(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (origin := _origin(node.func, aliases)):
            yield node, origin


def forbidden_uses(tree: ast.Module, forbidden: Iterable[str]) -> list[Use]:
    """Return the uses of what `forbidden` names, or of anything inside it, by line and without repetition."""
    names = tuple(forbidden)
    inside = tuple(f"{name}." for name in names)
    found = {use for use in uses(tree) if use.origin in names or use.origin.startswith(inside)}
    return sorted(found, key=lambda use: (use.line, use.origin))


def _aliases(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (_imported(alias) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield from ((alias.asname or alias.name, f"{node.module}.{alias.name}") for alias in node.names)


def _imported(alias: ast.alias) -> tuple[str, str]:
    """`import a.b` binds `a`; `import a.b as c` binds `c` to `a.b`."""
    if alias.asname:
        return alias.asname, alias.name
    top = alias.name.partition(".")[0]
    return top, top


def _origin(node: ast.expr, aliases: dict[str, str]) -> str:
    match node:
        case ast.Name(id=name):
            return aliases.get(name, "")
        case ast.Attribute(value=value, attr=attr):
            outer = _origin(value, aliases)
            return f"{outer}.{attr}" if outer else ""
        case _:
            return ""
