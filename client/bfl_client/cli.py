"""The `bfl` command's front door: imports the command, or says which extra is missing.

Its exit codes stand in `_exits`.
"""

from __future__ import annotations

import sys

_EXTRAS = frozenset({"click", "rich"})
_SETUP_EXIT_CODE = 3
_INTERRUPTED_EXIT_CODE = 130


def main() -> None:
    """Run the `bfl` command and exit with one of the codes above."""
    try:
        # Late, so that a missing extra is a sentence and no traceback.
        from ._commands import bfl, end_on_sigterm
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED_EXIT_CODE)
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in _EXTRAS:
            raise
        sys.stderr.write(f"The bfl command needs {missing}; install it with: pip install 'mock-bfl[client]'\n")
        sys.exit(_SETUP_EXIT_CODE)
    end_on_sigterm()
    bfl(prog_name="bfl")
