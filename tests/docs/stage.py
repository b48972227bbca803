"""Run the examples of one page, in order, against a mock of their own."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path

import pytest
from flask import Response

from mock_bfl.settings import Settings
from mock_bfl.testing import LiveServer, engine_from
from mock_bfl.web import create_app
from tests.docs.pages import Block

SPEED = 0.1  # as the tutorial starts its mock
_LONGEST_S = 30

# What one block assigns, the next one finds, as in one terminal.
_SHELL = """set -eu
[ ! -f .state ] || . ./.state
set -a
{code}
export -p >.state
"""


class Stage:
    """A directory, a live mock, and what the blocks of one page have defined so far."""

    def __init__(self, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._directory = directory
        self._monkeypatch = monkeypatch
        self._names: dict[str, object] = {"__name__": "example"}
        self._refused: list[int] = []

    def run(self, examples: list[Block]) -> None:
        """Run all examples; each must end well, print what the page shows, and be refused only as it announces."""
        app = create_app(engine_from(Settings(speed=SPEED)))
        app.after_request(self._note)
        with LiveServer(app) as server:
            self._set_up(server.base_url)
            for block in examples:
                self._run(block)

    def _set_up(self, base_url: str) -> None:
        set_variable = self._monkeypatch.setenv
        set_variable("BFL_BASE_URL", base_url)
        set_variable("BFL_API_KEY", "any-key")
        set_variable("PATH", str(Path(sys.executable).parent), prepend=":")
        set_variable("CURL_HOME", str(self._directory))
        (self._directory / ".curlrc").write_text(f"max-time = {_LONGEST_S}\nshow-error\n", "utf-8")
        self._monkeypatch.chdir(self._directory)

    def _note(self, response: Response) -> Response:
        if response.status_code >= 400:
            self._refused.append(response.status_code)
        return response

    def _run(self, block: Block) -> None:
        self._refused.clear()
        printed = self._python(block) if block.language == "python" else self._shell(block)
        assert set(self._refused) == block.refusals, f"{block}: refused with {self._refused}; printed:\n{printed}"
        if block.output is not None:
            assert resembles(printed, block.output), f"{block}: printed\n{printed}\nthe page shows\n{block.output}"

    def _python(self, block: Block) -> str:
        program = compile("\n" * (block.line - 1) + block.code, block.page, "exec")
        printed = io.StringIO()
        with redirect_stdout(printed):
            exec(program, self._names)
        return printed.getvalue()

    def _shell(self, block: Block) -> str:
        command = ["sh", "-c", _SHELL.format(code=block.code)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=_LONGEST_S, check=False)
        assert done.returncode == 0, f"{block}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout


def resembles(printed: str, shown: str) -> bool:
    """Tell whether output is as a page shows it: white space does not count, `...` stands for anything."""
    pattern = ".*".join(re.escape(part) for part in _dense(shown).split("..."))
    return re.fullmatch(pattern, _dense(printed), re.DOTALL) is not None


def _dense(text: str) -> str:
    return "".join(text.split())
