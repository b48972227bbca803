"""Read Markdown pages: their examples, links, headings and what they name in code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "CHANGELOG.md", *sorted(p.relative_to(ROOT).as_posix() for p in (ROOT / "docs").rglob("*.md")))
# Read for what they name and link; their examples start servers and users of their own, and take long.
PAGES_NOT_RUN = ("loadtests/README.md",)
EVERY_PAGE = (*PAGES, *PAGES_NOT_RUN)

RUNNABLE = frozenset({"python", "bash", "sh"})
OUTPUT = frozenset({"text", "json"})

_FENCE = re.compile(r"```(?P<language>\w*)")
_COMMENT = re.compile(r"<!-- (?P<text>.*) -->")
_LINK = re.compile(r"!?\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_SPAN = re.compile(r"`([^`]+)`")
_NOT_IN_AN_ANCHOR = re.compile(r"[^\w\- ]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A fenced block: where its code begins, the comment right before it, the block that shows its output."""

    page: str
    line: int
    language: str
    code: str
    comment: str = ""
    output: str | None = None

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def reason_not_run(self) -> str | None:
        """Why it is not run; None if it is."""
        head, _, reason = self.comment.partition("not run:")
        return reason.strip() if head == "" and "not run" in self.comment else None

    @property
    def is_run(self) -> bool:
        """Whether the suite executes it as it stands."""
        return self.language in RUNNABLE and self.reason_not_run is None and not self.is_test_module

    @property
    def is_test_module(self) -> bool:
        """Whether it is a file for pytest, named in its first line."""
        return self.language == "python" and self.code.startswith("# test_")

    @property
    def refusals(self) -> frozenset[int]:
        """The statuses from 400 up that its requests are answered with, as the comment before it announces."""
        if not self.comment.startswith("answers "):
            return frozenset()
        return frozenset(int(status) for status in self.comment.removeprefix("answers ").split())


def read(page: str) -> str:
    """Return the text of a page."""
    return (ROOT / page).read_text("utf-8")


def blocks(page: str, text: str | None = None) -> list[Block]:
    """Return the fenced blocks of a page, each example with the output that follows it."""
    found = list(_fenced(page, (read(page) if text is None else text).splitlines()))
    return [block for block, _ in found] if len(found) < 2 else _with_outputs(found)


def _fenced(page: str, lines: list[str]) -> Iterator[tuple[Block, str]]:
    """Yield each block and the prose between it and the block before."""
    between: list[str] = []
    start = 0
    language: str | None = None
    for number, line in enumerate(lines, 1):
        fence = _FENCE.match(line)
        if language is None and fence is None:
            between.append(line)
        elif language is None and fence is not None:
            language, start = fence["language"], number
        elif language is not None and line.startswith("```"):
            code = "\n".join(lines[start : number - 1]) + "\n"
            prose = "\n".join(between).strip()
            block = Block(page=page, line=start + 1, language=language, code=code, comment=_last_comment(prose))
            yield block, prose
            between, language = [], None


def _last_comment(prose: str) -> str:
    found = _COMMENT.fullmatch(prose.rpartition("\n")[2])
    return found["text"].strip() if found else ""


def _with_outputs(found: list[tuple[Block, str]]) -> list[Block]:
    following = [*found[1:], (None, "prose")]
    return [
        _shown_with(block, after.code) if after and not prose and after.language in OUTPUT else block
        for (block, _), (after, prose) in zip(found, following, strict=True)
    ]


def _shown_with(block: Block, output: str) -> Block:
    return Block(
        page=block.page,
        line=block.line,
        language=block.language,
        code=block.code,
        comment=block.comment,
        output=output,
    )


def prose_of(page: str) -> str:
    """Return a page without its fenced blocks."""
    return re.sub(r"^```.*?^```", "", read(page), flags=re.DOTALL | re.MULTILINE)


def links(page: str) -> list[str]:
    """Return the targets of a page's links."""
    return [found["target"] for found in _LINK.finditer(prose_of(page))]


def anchors(page: str) -> set[str]:
    """Return the anchors that the headings of a page make, as GitHub spells them."""
    headings = re.findall(r"^#+ +(.+?)\s*$", prose_of(page), flags=re.MULTILINE)
    return {_NOT_IN_AN_ANCHOR.sub("", heading.lower()).replace(" ", "-") for heading in headings}


def code_in(page: str) -> list[str]:
    """Return what a page shows as code: inline spans, and the lines of its shell examples with continuations joined."""
    shell = [block.code.replace("\\\n", " ") for block in blocks(page) if block.language in {"bash", "sh"}]
    return [*_SPAN.findall(prose_of(page)), *(line for code in shell for line in code.splitlines())]
