"""An offline double of the Black Forest Labs FLUX image API.

`mock-bfl serve` runs it, the pytest fixture `mock_bfl` hands it to a test, `mock_bfl.testing` uses it in process.
"""

from __future__ import annotations

__version__ = "0.1.0"

__all__ = ["__version__"]
