"""A connection for one exchange: what leaves together, and what its deadline is for."""

from __future__ import annotations

import socket
import ssl

import pytest
import trustme

from mock_bfl.clock import ManualClock
from mock_bfl.exchanging import Deadline, connected
from tests.engine.picture_server import PictureServer, answering

BODY = b'{"a": 1}'


def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def port_of(server: PictureServer) -> int:
    return int(server.url().split(":")[2].partition("/")[0])


def test_head_and_body_leave_together() -> None:
    """Else a sender that is killed between them would leave a receiver with an event without a body.

    Over TLS it shows: what is written at once is one record, and a record is what is read at once.
    """
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with (
        PictureServer(answering(b""), tls=context) as server,
        connected("localhost", port_of(server), deadline=Deadline(10), tls=trusting(authority)) as connection,
    ):
        connection.request("POST", "/", BODY)
        assert connection.getresponse().status == 200
    assert server.asked[0].endswith(b"\r\n\r\n" + BODY)


def test_nothing_is_sent_after_the_deadline() -> None:
    """A name may have taken its time to be looked up, and the lease of what is to be sent has run out since."""
    clock = ManualClock()
    with (
        PictureServer(answering(b"")) as server,
        connected("127.0.0.1", port_of(server), deadline=Deadline(5, clock=clock)) as connection,
    ):
        connection.request("POST", "/", BODY)
        clock.advance(seconds=5)
        with pytest.raises(TimeoutError, match="longer than 5 s"):
            connection.getresponse()
    assert server.asked in ([], [b""])


def test_a_host_is_reached_at_whichever_of_its_addresses_answers() -> None:
    """`localhost` may be ::1 first, where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with connected("localhost", listener.getsockname()[1], deadline=Deadline(10)) as connection:
            assert connection.sock is not None
        peer, _ = listener.accept()
        peer.close()


def test_a_host_at_which_nobody_listens_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(ConnectionRefusedError), connected("127.0.0.1", port, deadline=Deadline(10)):
        pass
