"""What the mock remembers: books of tasks and money, outbox, scripts, journal, behind one transaction."""

from __future__ import annotations

from .memory import MemoryStore
from .protocols import Journal, Outbox, Scripts, Store

__all__ = ["Journal", "MemoryStore", "Outbox", "Scripts", "Store"]
