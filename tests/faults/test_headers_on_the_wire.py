"""Headers over a real socket, on both servers: one of each, and no host or Location that breaks an answer."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import urlsplit

import pytest

from tests.faults.plain import PATIENCE_S, Account, Heard, hear

NO_HOSTS = ("[::::]", "[1::2::3]", "localhost:99999")
ODD_LOCATIONS = ("http://[x/", "http://a:99999/", "http://[::1/", "//elsewhere/x", "/x")


def values(heard: Heard, name: str) -> list[str]:
    """Return what stands under a name, as often as it does."""
    rows = (line.partition(":") for line in heard.head.split("\r\n")[1:])
    return [value.strip() for found, _, value in rows if found.strip().lower() == name.lower()]


def credits(account: Account, **headers: str) -> Heard:
    return hear(f"{account.base_url}/v1/credits", headers={"x-key": account.key, **headers})


def spoken(base_url: str, request: bytes) -> bytes:
    """Return all that comes back for these bytes."""
    parts = urlsplit(base_url)
    with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=PATIENCE_S) as connection:
        connection.sendall(request)
        return connection.makefile("rb").read()


def test_an_answer_has_one_date_and_it_is_that_of_the_accounts_clock(account: Account) -> None:
    clock = account.lever("POST", "/clock", {"freeze": True, "advance_s": 864_000}).json()
    shown = format_datetime(datetime.fromtimestamp(clock["now_ms"] // 1000, UTC), usegmt=True)
    assert values(credits(account), "Date") == [shown]


def test_a_server_name_that_is_scripted_is_the_only_one(account: Account) -> None:
    account.fault(fault={"headers": {"Server": "cloudflare"}})
    assert values(credits(account), "Server") == ["cloudflare"]


@pytest.mark.parametrize("name", ["Date", "Server"])
def test_what_the_application_does_not_say_the_server_does(account: Account, name: str) -> None:
    assert len(values(hear(f"{account.base_url}/_mock/health"), name)) == 1


def test_a_request_that_is_none_is_refused_with_one_date(werkzeug: Account) -> None:
    refused = spoken(werkzeug.base_url, b"GET /v1/credits and more HTTP/1.1\r\n\r\n")
    assert refused.startswith(b"HTTP/1.1 400 ")
    assert refused.lower().count(b"\r\ndate: ") == 1


def test_who_asks_whether_to_go_on_is_told_so_without_a_date(account: Account) -> None:
    body = b'{"prompt":"a red cube"}'
    lines = ["POST /v1/flux-2-pro HTTP/1.1", "Host: localhost", f"x-key: {account.key}", "Connection: close"]
    lines += ["Expect: 100-continue", "Content-Type: application/json", f"Content-Length: {len(body)}", "", ""]
    came = spoken(account.base_url, "\r\n".join(lines).encode() + body)
    assert came.startswith(b"HTTP/1.1 100 Continue\r\n\r\n")
    assert came.lower().count(b"\r\ndate: ") == 1


@pytest.mark.parametrize("name", NO_HOSTS)
def test_a_host_that_is_none_does_not_break_a_redirect(account: Account, name: str) -> None:
    heard = hear(f"{account.base_url}/v1/credits/", headers={"x-key": account.key, "X-Forwarded-Host": name})
    assert (heard.status, heard.headers["location"]) == (307, f"{account.base_url}/v1/credits")


@pytest.mark.parametrize("name", NO_HOSTS)
def test_a_host_that_is_none_is_no_part_of_a_polling_url(account: Account, name: str) -> None:
    headers = {**account.headers, "X-Forwarded-Host": name}
    heard = hear(f"{account.base_url}/v1/flux-2-pro", method="POST", headers=headers, body=b'{"prompt":"a red cube"}')
    assert heard.json["polling_url"].startswith(f"{account.base_url}/v1/get_result?id=")


@pytest.mark.parametrize("location", ODD_LOCATIONS[:3])
def test_a_scripted_redirect_goes_out_as_it_was_written(account: Account, location: str) -> None:
    account.fault(fault={"redirect": location})
    heard = credits(account)
    assert (heard.status, values(heard, "Location")) == (307, [location])


@pytest.mark.parametrize("name", ["Location", "Content-Location"])
@pytest.mark.parametrize("location", ODD_LOCATIONS)
def test_a_scripted_location_goes_out_as_it_was_written(account: Account, name: str, location: str) -> None:
    account.fault(fault={"status": 302, "headers": {name: location}})
    heard = credits(account)
    assert (heard.status, values(heard, name)) == (302, [location])


@pytest.mark.parametrize("wire", ["truncate", "drip"])
def test_a_location_is_kept_by_an_answer_that_breaks_off_or_drips(account: Account, wire: str) -> None:
    account.fault(fault={"status": 302, "wire": wire, "body": "moved", "headers": {"Location": "http://[x/"}})
    assert values(credits(account), "Location") == ["http://[x/"]
