"""An offline double of the Black Forest Labs FLUX image API."""

from __future__ import annotations

__version__ = "0.1.0"

__all__ = ["__version__"]
