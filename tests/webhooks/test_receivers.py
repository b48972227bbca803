"""Only this machine is contacted, and hosts that were allowed by name; no name server is asked."""

from __future__ import annotations

import pytest

from mock_bfl.core.receiver import Foreign, Reachable, name_of, receiver_of, shown_url
from mock_bfl.core.references import is_of_this_machine


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8000/hook?a=b#c",
        "http://127.9.9.9/",
        "https://localhost",
        "http://[::1]:80/hook",
        "http://user:word@127.0.0.1/hook",
    ],
)
def test_this_machine_is_reached_as_the_url_says(url: str) -> None:
    receiver = receiver_of(url)
    assert isinstance(receiver, Reachable)
    assert receiver.url == url


def test_a_name_below_localhost_is_not_looked_up() -> None:
    receiver = receiver_of("http://me:pw@app.localhost:8000/hook")
    assert receiver == Reachable("http://me:pw@localhost:8000/hook", "app.localhost:8000")


@pytest.mark.parametrize(
    ("named", "reached"),
    [
        ("LOCALHOST.", "localhost"),
        ("a.localhost.", "localhost"),
        ("127.0.0.1.", "127.0.0.1"),
        ("[::ffff:127.0.0.1]", "127.0.0.1"),
        ("[0:0::1]", "[::1]"),
    ],
)
def test_no_name_server_is_asked_for_what_names_this_machine(named: str, reached: str) -> None:
    """A dot at its end makes even an address a name."""
    receiver = receiver_of(f"http://{named}:8000/hook")
    assert isinstance(receiver, Reachable)
    assert receiver.url == f"http://{reached}:8000/hook"
    assert receiver.host_header == f"{named.lower().rstrip('.')}:8000"


NAMES = ("localhost", "a.localhost", "127.0.0.1", "127.9.9.9", "10.0.0.1", "0.0.0.0", "2130706433", "127.1")
ADDRESSES = ("[::1]", "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[::]", "[2001:db8::1]")


@pytest.mark.parametrize("host", [*NAMES, *(f"{name}." for name in NAMES), "localhost..", "not-localhost", *ADDRESSES])
def test_a_webhook_and_an_input_image_take_the_same_hosts_for_this_machine(host: str) -> None:
    url = f"http://{host}:8000/"
    assert isinstance(receiver_of(url), Reachable) is is_of_this_machine(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/hook",
        "http://10.0.0.1/",
        "http://0.0.0.0/",
        "http://169.254.169.254/latest",
        "http://127.0.0.1.example.com/",
        "http://localhost.example.com/",
        "http://2130706433/",
        "http://127.1/",
        "http://127.0.0.1@example.com/",
        "http://[2001:db8::1]/",
    ],
)
def test_any_other_host_is_foreign_and_the_sentence_names_the_flag(url: str) -> None:
    receiver = receiver_of(url)
    assert isinstance(receiver, Foreign)
    assert f"--allow-webhook-host {receiver.host}" in receiver.why()


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com\\@127.0.0.1/",
        "http://127.0.0.1 .example.com/",
        "http://127.0.0.1:80@example.com:80@127.0.0.1/",
        "ftp://127.0.0.1/",
        "http:///hook",
        "",
    ],
)
def test_a_url_that_can_be_read_in_two_ways_is_not_followed(url: str) -> None:
    receiver = receiver_of(url, allowed=("example.com",))
    assert isinstance(receiver, Foreign)
    assert "two ways" in receiver.why()


def test_a_host_can_be_allowed_by_name() -> None:
    assert isinstance(receiver_of("https://Receiver.test:444/hook", allowed=("receiver.TEST",)), Reachable)
    assert isinstance(receiver_of("https://other.test/hook", allowed=("receiver.test",)), Foreign)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://user:word@127.0.0.1:80/hook?token=1#x", "http://127.0.0.1:80/hook"),
        ("https://localhost", "https://localhost"),
        ("nonsense?secret", "nonsense"),
        ("http://me:secret@a b/hook?token=1#x", "http://a b/hook"),
        ("http://me:se@cret@[:::]:1:2/hook#x", "http://[:::]:1:2/hook"),
        ("me:secret@nonsense#secret", "nonsense"),
    ],
)
def test_a_url_is_shown_without_what_may_be_secret(url: str, shown: str) -> None:
    assert shown_url(url) == shown


def test_receivers_are_told_apart_by_host_and_port() -> None:
    assert name_of("http://me@LocalHost:1/a") == name_of("http://localhost:1/b") == "localhost:1"
    assert name_of("http://localhost:2/a") == "localhost:2"
    assert name_of("http://localhost.:1/a") == "localhost:1"
    assert name_of("nonsense") == "nonsense"
