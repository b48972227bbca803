"""`mock-bfl serve --tls`: https under an authority of its own, on loopback and under the vendor's names."""

from __future__ import annotations

import json
import shutil
import signal
import ssl
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import trustme

from mock_bfl.cli import main
from mock_bfl.cli.certificates import LOOPBACK_NAMES, VENDOR_NAMES, certificate, names_in
from mock_bfl.errors import ServerError
from tests.cli.process import PATIENCE_S, line_of, ready, served

KEY = {"x-key": "a-key"}
CURL = shutil.which("curl")


def submit(base_url: str, *, verify: str) -> Any:
    body = {"prompt": "a red cube"}
    return requests.post(f"{base_url}/v1/flux-2-pro", json=body, headers=KEY, timeout=5, verify=verify).json()


@pytest.fixture(scope="module")
def mock() -> Iterator[dict[str, Any]]:
    """A mock that speaks https."""
    with ready("--tls") as served_mock:
        yield served_mock


def test_a_client_that_trusts_the_authority_submits_polls_and_downloads_over_https(mock: dict[str, Any]) -> None:
    assert mock["base_url"].startswith("https://127.0.0.1:")
    task = submit(mock["base_url"], verify=mock["ca_file"])
    result = requests.get(task["polling_url"], timeout=5, verify=mock["ca_file"]).json()["result"]
    assert result["sample"].startswith(f"{mock['base_url']}/results/")
    sample = requests.get(result["sample"], timeout=5, verify=mock["ca_file"])
    assert sample.headers["Content-Type"] == "image/jpeg"


def test_a_client_that_does_not_trust_it_gets_no_answer(mock: dict[str, Any]) -> None:
    with certificate(()) as other, pytest.raises(requests.exceptions.SSLError):
        submit(mock["base_url"], verify=str(other.ca_file))


@pytest.mark.parametrize(("poll_origin", "host"), [("auto", "localhost"), (":0", "127.0.0.1")])
def test_another_polling_origin_speaks_https_too(poll_origin: str, host: str) -> None:
    with ready("--tls", "--poll-origin", poll_origin) as elsewhere:
        task = submit(elsewhere["base_url"], verify=elsewhere["ca_file"])
        assert task["polling_url"].startswith(f"https://{host}:")
        poll = requests.get(task["polling_url"], timeout=5, verify=elsewhere["ca_file"])
        assert poll.json()["status"] == "Ready"


def curl(mock: Mapping[str, str], *arguments: str, hosts: Sequence[str]) -> Any:
    port = urlsplit(mock["base_url"]).port
    resolve = [option for host in hosts for option in ("--resolve", f"{host}:{port}:127.0.0.1")]
    command = [CURL or "curl", "-sS", "-m", "10", "--noproxy", "*", "--cacert", mock["ca_file"], *resolve, *arguments]
    return json.loads(subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout)


@pytest.mark.skipif(CURL is None, reason="needs curl, which resolves names as it is told")
def test_under_the_vendors_name_the_polling_url_of_a_cluster_is_followed_over_https(mock: dict[str, Any]) -> None:
    port = urlsplit(mock["base_url"]).port
    url = f"https://api.bfl.ai:{port}/v1/flux-2-pro"
    task = curl(mock, url, "-H", "x-key: a-key", "--json", '{"prompt": "a red cube"}', hosts=["api.bfl.ai"])
    parts = urlsplit(task["polling_url"])
    assert (parts.scheme, parts.port) == ("https", port)
    assert parts.hostname in {"api.eu2.bfl.ai", "api.eu4.bfl.ai"}
    assert curl(mock, task["polling_url"], hosts=[parts.hostname])["status"] == "Ready"
    rebuilt = f"https://api.bfl.ai:{port}/v1/get_result?id={task['id']}"
    assert curl(mock, rebuilt, hosts=["api.bfl.ai"])["status"] == "Task not found"


def test_a_thrown_away_authority_is_private_while_it_serves_and_gone_afterwards() -> None:
    with served("--tls", "--json") as process:
        home = Path(json.loads(line_of(process))["ca_file"]).parent
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
        assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in home.glob("*key*")} == {
            "ca-key.pem": 0o600,
            "server-key.pem": 0o600,
        }
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
    assert not home.exists()


def test_a_kept_authority_is_trusted_again_by_whoever_trusted_it_once(tmp_path: Path) -> None:
    directory = tmp_path / "tls"
    for _ in range(2):
        with ready("--tls-dir", str(directory)) as kept:
            assert kept["ca_file"] == str(directory / "ca.pem")
            submit(kept["base_url"], verify=kept["ca_file"])
            seen = (directory / "ca.pem").read_bytes()
    assert (directory / "ca.pem").read_bytes() == seen
    assert sorted(path.name for path in directory.iterdir()) == ["ca-key.pem", "ca.pem"]
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert stat.S_IMODE((directory / "ca-key.pem").stat().st_mode) == 0o600


def test_serve_prints_where_the_authority_is() -> None:
    with served("--tls") as process:
        text = "".join(line_of(process) for _ in range(8))
    for variable in ("CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"):
        assert f"export {variable}=/" in text


def test_the_environment_can_ask_for_https(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOCK_BFL_TLS", "yes")
    with ready() as asked:
        assert asked["base_url"].startswith("https://")
    with ready("--no-tls") as plain:
        assert plain["base_url"].startswith("http://")


@pytest.mark.parametrize("name", ["localhost", "api.bfl.ai", "api.eu.bfl.ai", "api.us6.bfl.ai", "mock.example"])
def test_a_certificate_holds_for_the_names_that_the_mock_hands_out(name: str) -> None:
    with certificate(names_in(("https://mock.example:8443", None))) as made:
        client, server = handshake(made.ca_file, made.cert_file, made.key_file, name)
    assert client == server


def handshake(ca_file: Path, cert_file: Path, key_file: Path, name: str) -> tuple[str | None, str | None]:
    """Return the TLS versions that both sides agreed upon; raises where the client does not trust the name."""
    shown = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    shown.load_cert_chain(cert_file, key_file)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    trusting = ssl.create_default_context(cafile=str(ca_file))
    client = trusting.wrap_bio(to_client, to_server, server_hostname=name)
    server = shown.wrap_bio(to_server, to_client, server_side=True)
    for side in (client, server, client, server):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
    return client.version(), server.version()


def test_a_name_that_was_not_asked_for_is_not_trusted() -> None:
    with certificate(()) as made, pytest.raises(ssl.SSLCertVerificationError):
        handshake(made.ca_file, made.cert_file, made.key_file, "mock.example")


def test_a_wildcard_alone_would_not_cover_the_clusters() -> None:
    assert {"*.bfl.ai", "api.bfl.ai", "api.eu.bfl.ai", "api.eu2.bfl.ai"} <= set(VENDOR_NAMES)
    assert LOOPBACK_NAMES == ("localhost", "127.0.0.1", "::1")


def test_an_authority_whose_key_others_may_read_is_refused(tmp_path: Path) -> None:
    with certificate((), kept_in=tmp_path):
        pass
    (tmp_path / "ca-key.pem").chmod(0o644)
    with pytest.raises(ServerError, match=r"others may read .*chmod 600"), certificate((), kept_in=tmp_path):
        pass


@pytest.mark.parametrize("lost", ["ca.pem", "ca-key.pem"])
def test_half_an_authority_is_refused_with_a_sentence(tmp_path: Path, lost: str) -> None:
    with certificate((), kept_in=tmp_path):
        pass
    (tmp_path / lost).unlink()
    with pytest.raises(ServerError, match=f"cannot keep an authority in .*{lost}"), certificate((), kept_in=tmp_path):
        pass


def test_a_file_that_is_no_authority_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with certificate((), kept_in=tmp_path):
        pass
    (tmp_path / "ca.pem").write_text("nonsense", "utf-8")
    with pytest.raises(ServerError, match="are no certificate authority"), certificate((), kept_in=tmp_path):
        pass


def test_a_directory_that_cannot_be_made_is_refused_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ServerError, match="cannot keep"), certificate((), kept_in=tmp_path / "file" / "tls"):
        pass


def test_a_name_that_no_certificate_can_hold_is_refused_with_a_sentence() -> None:
    with pytest.raises(ServerError, match="no certificate can be made"), certificate(("a_b..c",)):
        pass


def test_a_missing_library_gets_a_sentence_that_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, trustme.__name__, None)
    monkeypatch.setattr(sys, "argv", ["mock-bfl", "serve", "--listen", "127.0.0.1:0", "--tls"])
    with pytest.raises(SystemExit, match=r"pip install 'mock-bfl\[tls\]'"):
        main()
