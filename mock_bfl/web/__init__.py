"""The HTTP face of the mock: Flask around the engine."""

from __future__ import annotations

from .app import create_app

__all__ = ["create_app"]
