"""Every refusal explains itself in a header: one line of printable ASCII, never part of the body."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.web.agreement import Both
from tests.web.mock import FLUX_2_PRO, Mock, json_of, new_mock
from tests.web.wire import Ask

REFUSALS = (
    (Ask(target="/v1/nothing"), "No such path: /v1/nothing."),
    (Ask(target="/v1/flux-2-por"), "Did you mean flux-2-pro?"),
    (Ask(target="/v1/flux-2-dev"), "FLUX.2 [dev] is not on the API"),
    (Ask(target="/flux-2-pro"), "Paths of the API begin with /v1/."),
    (Ask(target="//v1/flux-2-pro"), "No such path: //v1/flux-2-pro. Does the base URL end with a slash?"),
    (Ask(method="GET", target=FLUX_2_PRO), "/v1/flux-2-pro answers POST, not GET."),
    (Ask(target=FLUX_2_PRO, key=None), "The request has no x-key header."),
    (Ask(target=FLUX_2_PRO, key=""), "The x-key header is empty; mock-bfl serve reads one that is not ASCII as empty."),
    (Ask(target=FLUX_2_PRO, key="a b"), "A key is 1 to 256 printable ASCII characters without blanks."),
    (Ask(target=FLUX_2_PRO, key="mock-revoked"), "The key is well-formed and not known to this server."),
    (Ask(target=FLUX_2_PRO), "body: Field required"),
    (Ask(target=FLUX_2_PRO, body=b"{"), "body.1: JSON decode error"),
    (Ask(target=FLUX_2_PRO, body=b'"\xff"'), "The body: UnicodeDecodeError"),
    (Ask(target=FLUX_2_PRO, body=b'{"seed": "x"}'), "body.prompt: Field required; body.seed: Input should be"),
    (Ask(target=FLUX_2_PRO, body=b'{"prompt": "a"}', key="mock-broke"), "the balance is 0"),
    (Ask(target=FLUX_2_PRO, body=b'{"prompt": "a"}', key="mock-crowded"), "0 active tasks"),
    (Ask(method="GET", target="/v1/get_result"), "query.id: Field required"),
    (Ask(method="GET", target="/v1/get_result?id=x"), "No task of this id is known here"),
    (Ask(method="GET", target="/results/x"), "The signature does not match"),
)


@pytest.mark.parametrize(("ask", "sentence"), REFUSALS, ids=[sentence for _, sentence in REFUSALS])
def test_each_refusal_says_why_and_the_journal_says_the_same(mock: Mock, ask: Ask, sentence: str) -> None:
    answer = mock.answer(ask)
    assert sentence in answer.why
    last = json_of(mock.client.get("/_mock/journal"))["exchanges"][-1]
    assert (last["status"], last["method"], last["why"]) == (answer.status, ask.method, answer.why)


def test_what_is_not_refused_says_nothing() -> None:
    mock = new_mock(speed=0)
    task = mock.submit()
    poll = mock.client.get(json_of(task)["polling_url"])
    for reply in (task, poll, mock.client.get(json_of(poll)["result"]["sample"])):
        assert "X-Mock-BFL-Why" not in reply.headers


@given(text=st.text(max_size=80))
def test_why_is_one_line_of_printable_ascii_whatever_was_sent(both: Both, text: str) -> None:
    path = "/v1/" + "".join(f"%{byte:02X}" for byte in text.encode())
    directive = text.replace('"', "").replace("]", "")
    asks = (
        Ask(target=path),
        Ask(target=FLUX_2_PRO, body=b'"' + text.encode("utf-16") + b'"'),
        Ask(target=FLUX_2_PRO, body=f'{{"prompt": "[mock: {directive!a}]"}}'.replace("\\", "\\\\").encode()),
    )
    for ask in asks:
        why = both.mock.answer(ask).why
        assert why.isascii()
        assert why.isprintable()


def test_a_bug_of_the_mock_itself_is_a_500_that_says_so(mock: Mock, caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> str:
        raise ZeroDivisionError

    mock.app.add_url_rule("/broken", view_func=broken)
    reply = mock.client.get("/broken")
    assert (reply.status_code, json_of(reply)) == (500, {"detail": "Internal Server Error"})
    assert reply.headers["X-Mock-BFL-Why"] == "A bug in the mock itself: its log has the trace."
    assert "ZeroDivisionError" in caplog.text
