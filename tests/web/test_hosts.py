"""Which names of hosts are believed: what is none stands in no URL and breaks no answer."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_bfl.web.hosts import names_a_host
from tests.web.agreement import Both
from tests.web.wire import Ask

HOSTS = st.text("[]:.0123456789abfx-", max_size=12) | st.from_regex(r"\A[a-f0-9.\[\]:]{1,8}(:[0-9]{1,5})?\Z")


@pytest.mark.parametrize("text", ["a", "a.b.", "127.0.0.1:0", "[::1]", "[::1]:80", "[::ffff:127.0.0.1]:1", "a:65535"])
def test_a_name_or_an_address_is_a_host(text: str) -> None:
    assert names_a_host(text)


@pytest.mark.parametrize("text", ["[::::]", "[1::2::3]", "[::1]:65536", "[::1%lo]", "localhost:99999", "[:.:]", "::1"])
def test_what_no_connection_can_be_opened_to_is_no_host(text: str) -> None:
    assert not names_a_host(text)


@given(host=HOSTS)
def test_what_counts_as_a_host_can_stand_in_a_url(host: str) -> None:
    if names_a_host(host):
        parts = urlsplit(f"http://{host}/")
        assert parts.hostname
        assert parts.port is None or parts.port <= 65535


@given(host=HOSTS, forwarded=HOSTS)
def test_no_host_breaks_a_redirect(both: Both, host: str, forwarded: str) -> None:
    ask = Ask(method="GET", target="/v1/credits/", host=host, headers=(("x-forwarded-host", forwarded),))
    answer = both.mock.answer(ask)
    assert answer.status == 307
    assert urlsplit(answer.headers["location"]).path == "/v1/credits"
