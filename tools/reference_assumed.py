"""Find everything that is ASSUMED: in the contract's cites, and in what the code says of itself."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from types import ModuleType

from mock_bfl import contract
from mock_bfl.contract import GUIDE, LIVE, Certainty, Cite, Fact, contradictions
from mock_bfl.contract.errors import ErrorText
from tools.markdown import code, table

ROOT = Path(__file__).parents[1] / "mock_bfl"
_TAG = "ASSUMED"
_ROUTED = re.compile(r"\[[^\]]*\]\.?")
_COMMENT = re.compile(r"^#+\s*")


@dataclass(frozen=True, slots=True)
class Assumption:
    """A value of the contract, named, that no document gives."""

    name: str
    value: object
    cite: Cite


def assumed_facts() -> str:
    """Return the contract's assumed values, those of one reason in one row."""
    grouped: dict[str, list[Assumption]] = {}
    for found in _assumptions():
        same = grouped.setdefault(found.cite.note, [])
        if found not in same:
            same.append(found)
    rows = [
        (_listed(code(one.name) for one in found), _listed(_value(one.value) for one in found), note)
        for note, found in sorted(grouped.items(), key=lambda item: item[1][0].name)
    ]
    return table(("What", "Value", "Why"), rows)


def assumed_in_code() -> str:
    """Return what the rules and the web layer assume, in their own words."""
    rows = [
        (code(path.relative_to(ROOT).as_posix()), code(name), text)
        for path in sorted(ROOT.rglob("*.py"))
        if "contract" not in path.parts
        for name, text in assumptions_of(path.read_text("utf-8"))
    ]
    return table(("Module", "In", "What it says"), rows)


def _listed(texts: Iterator[str]) -> str:
    return ", ".join(dict.fromkeys(filter(None, texts)))


def _value(value: object) -> str:
    return code(value if not isinstance(value, tuple) else ", ".join(map(str, value)))


def _assumptions() -> Iterator[Assumption]:
    for module in (value for value in vars(contract).values() if isinstance(value, ModuleType)):
        label = module.__name__.rpartition(".")[2]
        for name, value in vars(module).items():
            if name.isupper() and not name.startswith("_"):
                yield from _inside(value, f"{label}.{name}")
    for field, found in contradictions():
        for dialect, cite in ((LIVE, found.live), (GUIDE, found.guide)):
            if _is_assumed(cite):
                yield Assumption(f"{dialect.name}.{field.name}", getattr(dialect, field.name), cite)


def _inside(value: object, label: str) -> Iterator[Assumption]:
    match value:
        case Fact():
            if _is_assumed(value.cite):
                yield Assumption(label, value.value, value.cite)
        case Mapping():
            for inner in value.values():
                yield from _inside(inner, label)
        case tuple():
            for inner in value:
                yield from _inside(inner, _name_of(inner) or label)
        case _ if is_dataclass(value):
            yield from _in_row(value, _name_of(value) or label)


def _in_row(row: object, label: str) -> Iterator[Assumption]:
    if isinstance(row, ErrorText):
        yield from _in_error(row)
        return
    for field in fields(row):  # type: ignore[arg-type]  # the caller asked is_dataclass
        inner = getattr(row, field.name)
        if not isinstance(inner, Cite):
            yield from _inside(inner, f"{label}.{field.name}")
        elif _is_assumed(inner):
            yield Assumption(label, None, inner)


def _in_error(row: ErrorText) -> Iterator[Assumption]:
    sides = (("live", row.detail, row.detail_cite), ("guide", row.message, row.guide_cite))
    for dialect, text, cite in sides:
        if _is_assumed(cite):
            yield Assumption(f"{row.name} ({dialect})", text, cite)


def _name_of(row: object) -> str | None:
    return next((str(getattr(row, name)) for name in ("slug", "word", "name") if hasattr(row, name)), None)


def _is_assumed(cite: Cite) -> bool:
    return cite.certainty is Certainty.ASSUMED or _TAG in cite.note


def assumptions_of(source: str) -> Iterator[tuple[str, str]]:
    """Yield what a module's docstrings and comments tag as ASSUMED, each with the name of what they stand in."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            for paragraph in _tagged_paragraphs(ast.get_docstring(node) or ""):
                yield getattr(node, "name", ""), paragraph
    for line, text in _comments(source):
        if _TAG in text:
            yield _name_at(tree, line), text


def _tagged_paragraphs(docstring: str) -> Iterator[str]:
    """Yield the paragraphs that hold the tag; one of nothing but a tag comes with what it stands under."""
    before = ""
    for paragraph in docstring.split("\n\n"):
        joined = " ".join(paragraph.split())
        if _TAG in joined:
            yield f"{before} {joined}".strip() if _ROUTED.fullmatch(joined) else joined
        before = joined


def _comments(source: str) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], _COMMENT.sub("", token.string)


def _name_at(tree: ast.Module, line: int) -> str:
    """Return the name of the function or constant that a comment stands in, beside or right above."""
    for node in tree.body:
        if not node.lineno - 1 <= line <= (node.end_lineno or node.lineno):
            continue
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            return node.targets[0].id
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            return node.name
    return ""
