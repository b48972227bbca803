"""What the mock remembers: books of tasks and money, a journal of exchanges, behind one transaction."""

from __future__ import annotations

from .memory import MemoryStore
from .protocols import Exchange, Store

__all__ = ["Exchange", "MemoryStore", "Store"]
