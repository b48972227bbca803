"""A silence over a real socket, on both servers: what the journal knows while it lasts, and of who went away."""

from __future__ import annotations

import json
import socket
import threading
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.faults.plain import PATIENCE_S, Account, hear

BODY = json.dumps({"prompt": "a red cube", "width": 64, "height": 64}).encode()
DRIP = {"wire": "drip", "chunk_bytes": 24, "pause_ms": 100}


def asked(account: Account) -> socket.socket:
    """Return a connection over which a submit was sent; nobody has listened yet."""
    parts = urlsplit(account.base_url)
    lines = ["POST /v1/flux-2-pro HTTP/1.1", f"Host: {parts.netloc}", f"x-key: {account.key}"]
    lines += ["Content-Type: application/json", f"Content-Length: {len(BODY)}", "", ""]
    connection = socket.create_connection((parts.hostname or "", parts.port or 80), timeout=PATIENCE_S)
    connection.sendall("\r\n".join(lines).encode() + BODY)
    return connection


def until(account: Account, **wanted: Any) -> dict[str, Any]:
    """Return the first row of the journal once it shows what is wanted."""
    pause = threading.Event()
    for _ in range(500):
        rows = account.journal()
        if rows and wanted.items() <= rows[0].items():
            return rows[0]
        pause.wait(0.01)
    raise AssertionError(rows)


def codes(account: Account) -> list[str]:
    return [row["code"] for row in account.lever("GET", "/verdict").json()["findings"]]


@pytest.mark.parametrize("fault", [{"wire": "stall", "stall_s": 5}, DRIP], ids=["stall", "drip"])
def test_what_was_decided_stands_in_the_journal_before_the_answer_is_out(account: Account, fault: Any) -> None:
    account.fault(fault=fault)
    with asked(account):
        row = until(account, cost_credits="3.0")
        assert (row["status"], row["ended_real_ms"], row["slug"]) == (None, None, "flux-2-pro")
        assert row["task_id"]
        assert row["fault"].startswith("wire=")


@pytest.mark.parametrize("fault", [{"wire": "stall", "stall_s": 0.3}, DRIP], ids=["stall", "drip"])
def test_a_client_that_goes_away_is_known_to_have_got_no_answer(account: Account, fault: Any) -> None:
    account.fault(fault=fault)
    with asked(account):
        until(account, cost_credits="3.0")
    row = until(account, is_broken=True)
    assert (row["status"], row["ended_real_ms"] is None, row["cost_credits"]) == (None, False, "3.0")


@pytest.mark.parametrize("fault", [{"wire": "stall", "stall_s": 0.3}, DRIP], ids=["stall", "drip"])
def test_a_client_that_stays_gets_the_whole_answer_and_is_known_to(account: Account, fault: Any) -> None:
    account.fault(fault=fault)
    heard = account.submit()
    assert heard.json["polling_url"]
    (row,) = account.journal()
    assert (row["status"], row["is_broken"]) == (200, False)
    assert row["ended_real_ms"] - row["real_ms"] >= 250


def test_who_submits_again_into_the_silence_is_found(account: Account) -> None:
    account.fault(fault={"wire": "stall", "stall_s": 5})
    with asked(account) as connection:
        until(account, cost_credits="3.0")
        connection.settimeout(0.5)
        with pytest.raises(TimeoutError):
            connection.recv(65536)
    again = hear(f"{account.base_url}/v1/flux-2-pro", method="POST", headers=account.headers, body=BODY)
    assert again.json["polling_url"]
    assert codes(account) == ["resubmitted_paid_job"]
