"""The `bfl` command's front door: imports the command, or says which extra is missing.

| Exit code | Meaning                                            | What to do                                |
|-----------|----------------------------------------------------|-------------------------------------------|
| 0         | the picture is on disk                             |                                           |
| 2         | wrong usage                                        | see `bfl COMMAND --help`                  |
| 3         | no key, a key that is refused, or a wrong set-up   | fix the set-up                            |
| 4         | the request breaks a rule                          | fix the request                           |
| 5         | not enough credits                                 | pay                                       |
| 6         | too many active tasks, or the API is unavailable   | try later; nothing was billed             |
| 7         | the outcome of the submit is unknown               | look at your balance before trying again  |
| 8         | the task ended without a picture                   | change the prompt, or submit anew         |
| 9         | the task was accepted and its end not seen         | `bfl wait` with the printed polling_url   |
| 10        | the picture is ready and could not be saved        | `bfl wait` with the printed polling_url   |
| 130       | interrupted with Ctrl-C                            | as printed                                |
"""

from __future__ import annotations

import sys

_EXTRAS = frozenset({"click", "rich"})
_SETUP_EXIT_CODE = 3


def main() -> None:
    """Run the `bfl` command and exit with one of the codes above."""
    try:
        # Late, so that a missing extra is a sentence and no traceback.
        from ._commands import bfl
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in _EXTRAS:
            raise
        sys.stderr.write(f"The bfl command needs {missing}; install it with: pip install 'mock-bfl[client]'\n")
        sys.exit(_SETUP_EXIT_CODE)
    bfl(prog_name="bfl")
