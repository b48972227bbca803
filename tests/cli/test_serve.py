"""`mock-bfl serve` as a process: what it prints, where it listens, how it ends."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack

import pytest
import requests
from click.testing import CliRunner

from mock_bfl.cli import cli, main
from mock_bfl.cli.ports import claim_port
from mock_bfl.errors import ServerError
from tests.cli.process import PATIENCE_S, line_of, ready, served


def test_serve_prints_one_line_of_json_once_it_answers_and_ends_cleanly_on_a_signal() -> None:
    with served("--json", "--dialect", "guide", "--speed", "0", "--balance", "2.9", "--keys", "one,two") as process:
        ready = json.loads(line_of(process))
        url = ready["base_url"]
        assert ready["dialect"] == "guide"
        assert requests.get(f"{url}/_mock/health", timeout=5).json()["dialect"] == "guide"
        assert requests.get(f"{url}/v1/credits", headers={"x-key": "two"}, timeout=5).json() == {"credits": 2.9}
        assert requests.get(f"{url}/v1/credits", headers={"x-key": "three"}, timeout=5).status_code == 401
        too_dear = requests.post(f"{url}/v1/flux-2-pro", headers={"x-key": "one"}, json={"prompt": "x"}, timeout=5)
        assert too_dear.status_code == 402
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0


def test_half_sent_bodies_do_not_keep_others_from_an_answer() -> None:
    """Each waits in a thread of its own, because the server has no time-out for a body."""
    head = b"POST /v1/flux-2-pro HTTP/1.1\r\nHost: mock\r\nx-key: k\r\nContent-Length: 100\r\n\r\n"
    with ready() as mock, ExitStack() as held:
        host, port = mock["base_url"].removeprefix("http://").split(":")
        for _ in range(100):
            connection = held.enter_context(socket.create_connection((host, int(port)), timeout=PATIENCE_S))
            connection.sendall(head + b'{"prompt')
        assert requests.get(f"{mock['base_url']}/_mock/health", timeout=5).status_code == 200


def test_chunks_that_end_within_the_json_are_refused_and_not_charged() -> None:
    with ready() as mock:
        head = b"POST /v1/flux-2-pro HTTP/1.1\r\nHost: mock\r\nx-key: k\r\nContent-Type: application/json\r\n"
        host, port = mock["base_url"].removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=PATIENCE_S) as connection:
            connection.sendall(head + b'Transfer-Encoding: chunked\r\n\r\n9\r\n{"prompt"\r\n')
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(12) == b"HTTP/1.1 422"
        credits = requests.get(f"{mock['base_url']}/v1/credits", headers={"x-key": "k"}, timeout=5).json()
    assert credits == {"credits": 1000.0}


def test_a_key_that_is_not_ascii_is_refused_with_what_the_server_made_of_it() -> None:
    with ready() as mock:
        host, port = mock["base_url"].removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=PATIENCE_S) as connection:
            connection.sendall(b"GET /v1/credits HTTP/1.1\r\nHost: mock\r\nx-key: \xe9\r\nConnection: close\r\n\r\n")
            answer = connection.makefile("rb").read().decode()
    assert "HTTP/1.1 403" in answer
    assert "reads one that is not ASCII as empty." in answer


def test_serve_prints_the_lines_to_paste() -> None:
    with served() as process:
        text = "".join(line_of(process) for _ in range(4))
    assert "export BFL_BASE_URL=http://127.0.0.1:" in text
    assert "export BFL_API_KEY=any-key" in text


def test_a_taken_port_gets_a_sentence_that_helps() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(ServerError, match=f"cannot listen on 127.0.0.1:{port}.*--listen"),
            claim_port("127.0.0.1", port),
        ):
            pass


def test_a_port_that_another_server_shares_counts_as_taken() -> None:
    """Servers bind with SO_REUSEPORT: without a plain bind first, two mocks would take each other's requests."""
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(ServerError), claim_port("127.0.0.1", other.getsockname()[1]):
            pass


def test_a_name_is_resolved_because_the_server_takes_addresses_only() -> None:
    with claim_port("localhost", 0) as claim:
        assert claim.host in {"127.0.0.1", "::1"}


def test_a_host_that_does_not_exist_gets_a_sentence() -> None:
    command = [sys.executable, "-m", "mock_bfl", "serve", "--listen", "127.0.0.256:0"]
    finished = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert finished.returncode == 1
    assert finished.stderr.startswith("mock-bfl: cannot listen on 127.0.0.256: no such host")


def test_port_0_claims_a_free_one() -> None:
    with claim_port("127.0.0.1", 0) as claim:
        assert claim.base_url == f"http://127.0.0.1:{claim.port}"
        assert claim.port > 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--dialect", "klingon"), "dialect is one of live, guide"),
        (("--listen", "8080"), "listen takes HOST:PORT"),
        (("--speed", "-1"), "speed is a factor from 0"),
        (("--balance", "NaN"), "balance is a number of credits"),
        (("--set", "task_not_found=1"), "Did you mean task_not_found_status"),
    ],
)
def test_a_wrong_setting_gets_a_sentence(
    arguments: tuple[str, ...], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["mock-bfl", "serve", *arguments])
    with pytest.raises(SystemExit, match=sentence):
        main()


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [("--balance", "lots", "'lots' is not a number of credits"), ("--keys", ",", "the list is empty")],
)
def test_what_is_no_value_of_an_option_is_a_usage_error(option: str, value: str, sentence: str) -> None:
    result = CliRunner().invoke(cli, ["serve", option, value])
    assert result.exit_code == 2
    assert sentence in result.output


def test_a_missing_server_library_gets_a_sentence_that_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "granian", None)
    monkeypatch.setattr(sys, "argv", ["mock-bfl", "serve", "--listen", "127.0.0.1:0"])
    with pytest.raises(SystemExit, match="pip install granian"):
        main()
