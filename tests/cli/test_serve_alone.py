"""`mock-bfl serve` whose server process was killed: its worker goes, too, and leaves port and file in order."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import requests

from mock_bfl.cli.ports import claim_port
from tests.cli.process import line_of

PATIENCE_S = 10
HEADERS = {"x-key": "k"}

pytestmark = pytest.mark.skipif(not hasattr(os, "killpg"), reason="ends what a test leaves behind by its group")


@contextmanager
def served(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Serve in a group of processes of its own; yields the server and the base URL."""
    command = [sys.executable, "-m", "mock_bfl", "serve", "--listen", "127.0.0.1:0", "--json", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        try:
            yield process, json.loads(line_of(process))["base_url"]
        finally:
            end_of_group(process.pid)


def end_of_group(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return  # all have ended by themselves


def kill_the_server_and_wait_for_the_worker(process: subprocess.Popen[str]) -> None:
    """Raises TimeoutExpired while anybody holds the server's output: the worker does, as long as it lives."""
    process.kill()
    process.communicate(timeout=PATIENCE_S)


def test_a_worker_whose_server_was_killed_ends_and_frees_the_port() -> None:
    with served() as (process, base_url):
        kill_the_server_and_wait_for_the_worker(process)
        with claim_port("127.0.0.1", int(base_url.rpartition(":")[2])) as claim:
            assert claim.base_url == base_url


def test_it_waits_for_no_client() -> None:
    """Neither for one that follows the events, nor for one whose request is half sent."""
    with served() as (process, base_url), requests.Session() as session:
        assert session.get(f"{base_url}/_mock/events", stream=True, timeout=PATIENCE_S).status_code == 200
        host, port = base_url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=PATIENCE_S) as half:
            half.sendall(b"POST /v1/flux-2-pro HTTP/1.1\r\nHost: mock\r\nx-key: k\r\nContent-Length: 100\r\n\r\n{")
            kill_the_server_and_wait_for_the_worker(process)


def test_what_it_had_answered_is_in_the_file(tmp_path: Path) -> None:
    store = ("--store", f"sqlite:{tmp_path / 'tasks.db'}")
    with served(*store) as (process, base_url):
        submit = requests.post(f"{base_url}/v1/flux-2-pro", json={"prompt": "a"}, headers=HEADERS, timeout=PATIENCE_S)
        kill_the_server_and_wait_for_the_worker(process)
    with closing(sqlite3.connect(tmp_path / "tasks.db")) as file:
        assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    with served(*store) as (_, base_url):
        poll = requests.get(f"{base_url}/v1/get_result", params={"id": submit.json()["id"]}, timeout=PATIENCE_S)
        assert poll.json()["id"] == submit.json()["id"]
