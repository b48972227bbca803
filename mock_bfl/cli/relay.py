"""A second port that leads to the first: granian listens on one address only.

Bytes pass as they are, TLS included, so whoever asks there is answered as on the first port, under another origin.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import suppress
from functools import partial

from .ports import Claim

_CHUNK_BYTES = 65_536


def start_relay(front: Claim, *, to: Claim) -> None:
    """Listen on `front` and pass what comes to `to`, in a thread, for as long as the process lives."""
    threading.Thread(target=lambda: asyncio.run(_listen(front, to)), name="relay", daemon=True).start()


async def _listen(front: Claim, back: Claim) -> None:
    shares = hasattr(socket, "SO_REUSEPORT") or None  # the claim holds the port meanwhile
    server = await asyncio.start_server(partial(_connect, back), front.host, front.port, reuse_port=shares)
    async with server:
        await server.serve_forever()


async def _connect(back: Claim, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        far_reader, far_writer = await asyncio.open_connection(back.reachable_host, back.port)
    except OSError:
        writer.close()
        return
    await asyncio.gather(_pass(reader, far_writer), _pass(far_reader, writer))


async def _pass(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    """Pass what comes until either end is gone, then let the other end know."""
    with suppress(OSError):
        while data := await source.read(_CHUNK_BYTES):
            sink.write(data)
            await sink.drain()
    sink.close()
