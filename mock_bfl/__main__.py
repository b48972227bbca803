"""`python -m mock_bfl` is `mock-bfl`."""

from __future__ import annotations

from mock_bfl.cli import main

if __name__ == "__main__":
    main()
