"""Say which known name a misspelt one may have meant."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches


def unknown(kind: str, name: str, known: Collection[str]) -> str:
    """Return the sentence about an unknown name: what it was, what it may have meant, what would do."""
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f" Did you mean {near[0]}?" if near else ""
    return f"Unknown {kind} {name[:40]!r}.{hint} Known: {', '.join(known)}."
