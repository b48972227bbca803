"""A worker that outlives its server would hold the port, and nobody would know: so it ends when the server is gone.

The server holds one end of a pipe, and says nothing. However it ends, the system closes that end for it, and the worker
reads the end of the file. A killed server cannot tell its worker to stop in order, so the worker stops as if killed,
too; a file as store is made for that.
"""

from __future__ import annotations

import os
import threading
from multiprocessing import Pipe
from typing import NoReturn


class Lifeline:
    """A pipe from the server, which makes it, to its worker, which is handed it at its start."""

    def __init__(self) -> None:
        self._worker_end, self._server_end = Pipe(duplex=False)

    def hold_on(self) -> None:
        """End this process, the worker, as soon as the server has ended."""
        self._server_end.close()  # ours, which came with the start: while it is open the pipe has no end
        threading.Thread(target=self._wait_and_end, name="mock-bfl-lifeline", daemon=True).start()

    def _wait_and_end(self) -> NoReturn:
        try:
            self._worker_end.recv_bytes()
        finally:
            os._exit(1)
