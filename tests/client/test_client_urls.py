"""Which host may see the key, which may be downloaded from, and what a log shows of a URL."""

from __future__ import annotations

import pytest

from bfl_client import ConfigurationError
from bfl_client._urls import Origin, api_url, is_same_origin, may_download, may_receive_key, redact_url

REAL = Origin("https", "api.bfl.ai", 443)
MOCK = Origin("http", "127.0.0.1", 8080)
INSIDE = Origin("http", "mock", 8080)


@pytest.mark.parametrize(
    ("url", "api"),
    [
        ("https://api.bfl.ai/v1/get_result?id=1", REAL),
        ("https://api.eu2.bfl.ai/v1/get_result?id=1", REAL),
        ("https://gateway.bfl.ai/v1/get_result?id=1", REAL),
        ("https://API.EU2.BFL.AI/v1/get_result", REAL),
        ("http://127.0.0.1:8080/v1/get_result", MOCK),
        ("http://localhost:9999/v1/get_result", MOCK),
        ("http://[::1]:9999/v1/get_result", MOCK),
        ("http://poll.localhost:9999/", MOCK),
        ("http://mock:8080/v1/get_result", INSIDE),
    ],
)
def test_the_key_goes_to_the_api_and_to_bfl(url: str, api: Origin) -> None:
    assert may_receive_key(url, api=api)


@pytest.mark.parametrize(
    ("url", "api"),
    [
        ("http://api.eu2.bfl.ai/v1/get_result", REAL),
        ("https://api.eu2.bfl.ai:8443/v1/get_result", REAL),
        ("http://api.eu2.bfl.ai:443/v1/get_result", REAL),
        ("https://evilbfl.ai/", REAL),
        ("https://bfl.ai.evil.example/", REAL),
        ("https://evil.example/api.bfl.ai", REAL),
        ("https://api.bfl.ai@evil.example/", REAL),
        ("https://user:pass@api.bfl.ai/", REAL),
        ("https://evil.example\\.bfl.ai/", REAL),
        ("https://evil.example/\n.bfl.ai", REAL),
        ("http://127.0.0.1:8080/", REAL),
        ("http://169.254.169.254/", REAL),
        ("https://evil.example/", MOCK),
        ("http://10.0.0.1/", MOCK),
        ("http://other:8080/", INSIDE),
        ("ftp://api.bfl.ai/", REAL),
        ("/v1/get_result", REAL),
        ("https://[bad", REAL),
        ("https://api.bfl.ai:99999999/", REAL),
        ("", REAL),
    ],
)
def test_the_key_goes_nowhere_else(url: str, api: Origin) -> None:
    assert not may_receive_key(url, api=api)


@pytest.mark.parametrize(
    ("url", "api", "allowed"),
    [
        ("https://bfldeliveryprodeu4.blob.core.windows.net/x", REAL, True),
        ("https://delivery-eu1.bfl.ai/x", REAL, True),
        ("http://127.0.0.1:8080/x", MOCK, True),
        ("http://localhost:1/x", MOCK, True),
        ("http://mock:8080/x", INSIDE, True),
        ("http://delivery.example/x", REAL, False),
        ("https://127.0.0.1/x", REAL, False),
        ("https://10.0.0.1/x", REAL, False),
        ("https://169.254.169.254/x", REAL, False),
        ("file:///etc/passwd", REAL, False),
    ],
)
def test_pictures_come_from_public_https_or_from_the_apis_own_machine(url: str, api: Origin, *, allowed: bool) -> None:
    assert may_download(url, api=api) is allowed


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://h/p?id=1&sig=abc", "https://h/p?id=1&sig=***"),
        ("https://user:secret@h/p#frag", "https://h/p"),
        ("https://[bad?sig=abc", "***"),
    ],
)
def test_a_log_shows_no_signature_user_or_fragment(url: str, shown: str) -> None:
    assert redact_url(url) == shown


def test_origins_compare_by_scheme_host_and_port() -> None:
    assert is_same_origin("https://a.example/x", "https://A.example:443/y")
    assert not is_same_origin("https://a.example/x", "http://a.example/x")
    assert not is_same_origin("nonsense", "nonsense")


@pytest.mark.parametrize(
    "url", ["https://api.bfl.ai", "https://api.bfl.ai/", "https://api.bfl.ai/v1", "https://api.bfl.ai/v1/"]
)
def test_a_base_url_may_end_in_a_slash_or_v1(url: str) -> None:
    assert api_url(url) == "https://api.bfl.ai"


@pytest.mark.parametrize(
    "url",
    ["api.bfl.ai", "ftp://api.bfl.ai", "https://k:v@api.bfl.ai", "https://api.bfl.ai?x=1", "http://api.bfl.ai", ""],
)
def test_what_is_no_base_url_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError):
        api_url(url)
