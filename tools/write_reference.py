"""Write the generated parts of docs/: what stands between `<!-- generated: NAME -->` and `<!-- end of generated -->`.

python -m tools.write_reference            writes them anew
python -m tools.write_reference --check    names the stale pages, and ends with 1 if there are any
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tools import reference_assumed, reference_commands, reference_facts

DOCS = Path(__file__).parents[1] / "docs"

SECTIONS: Mapping[str, Callable[[], str]] = {
    "dialect fields": reference_facts.dialect_fields,
    "contradictions": reference_facts.contradiction_rows,
    "models": reference_facts.models,
    "request fields": reference_facts.request_fields,
    "endpoints": reference_facts.endpoints,
    "statuses": reference_facts.statuses,
    "refusals": reference_facts.refusals,
    "task errors": reference_facts.task_errors,
    "sources": reference_facts.sources,
    "certainties": reference_facts.certainties,
    "commands": reference_commands.all_help,
    "assumed facts": reference_assumed.assumed_facts,
    "assumed in code": reference_assumed.assumed_in_code,
}

_SECTION = re.compile(r"(<!-- generated: (?P<name>[^>]+?) -->\n).*?(<!-- end of generated -->)", re.DOTALL)


def regenerated(text: str) -> str:
    """Return a page with its generated parts anew. Raises KeyError for a part that nothing generates."""
    return _SECTION.sub(lambda found: f"{found[1]}\n{SECTIONS[found['name']]()}\n\n{found[3]}", text)


def generated_names(text: str) -> list[str]:
    """Return the names of a page's generated parts."""
    return [found["name"] for found in _SECTION.finditer(text)]


def stale_pages(docs: Path = DOCS) -> list[Path]:
    """Return the pages whose generated parts are not what they would be now."""
    return [page for page in sorted(docs.rglob("*.md")) if regenerated(text := page.read_text("utf-8")) != text]


def main(arguments: Sequence[str], *, docs: Path = DOCS) -> int:
    """Write the pages, or with --check only name those that are stale."""
    stale = stale_pages(docs)
    for page in stale:
        print(f"{page.relative_to(docs)} {'is stale' if '--check' in arguments else 'is written anew'}")
        if "--check" not in arguments:
            page.write_text(regenerated(page.read_text("utf-8")), "utf-8")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
