"""Each fault by name does over a real socket what it says, on the fixtures' server and on granian."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from email.utils import parsedate_to_datetime

import pytest

from mock_bfl.core.faults import GRANIAN, WERKZEUG
from mock_bfl.core.presets import PRESETS
from tests.faults.plain import Account, Heard, hear

Check = Callable[[Heard], object]
SHORT = {
    "stall": {"stall_s": 0.2},
    "stall_then_close": {"stall_s": 0.2},
    "slow_body": {"chunk_bytes": 40, "pause_ms": 9},
}


def answers(status: int, *, retry_after: str | None = None, detail: str | None = None) -> Check:
    def check(heard: Heard) -> None:
        assert (heard.status, heard.ended) == (status, "eof")
        assert heard.headers.get("retry-after") == retry_after
        assert len(heard.body) == heard.length
        if detail is not None:
            assert heard.json == {"detail": detail}

    return check


def is_whole(heard: Heard) -> bool:
    return heard.status == 200 and heard.ended == "eof" and len(heard.body) == heard.length


def is_good_json(heard: Heard) -> bool:
    return bool(heard.json["status"] == "Ready")


def is_no_json(heard: Heard) -> bool:
    try:
        json.loads(heard.body)
    except ValueError:
        return True
    return False


def date_lies_two_seconds_ahead(heard: Heard) -> bool:
    """As seconds of the account's clock, which `Date` shows; granian puts its own Date in its place."""
    ahead = parsedate_to_datetime(heard.headers["retry-after"]) - parsedate_to_datetime(heard.headers["date"])
    return heard.status == 429 and 0 <= ahead.total_seconds() <= 4


def is_storage_refusal(code: str, status: int) -> Check:
    def check(heard: Heard) -> bool:
        is_xml = heard.headers["content-type"].startswith("application/xml")
        return heard.status == status and is_xml and f"<Code>{code}</Code>".encode() in heard.body

    return check


def is_html(heard: Heard) -> bool:
    return is_whole(heard) and heard.headers["content-type"].startswith("text/html") and heard.body.startswith(b"<!DOC")


def is_truncated(heard: Heard) -> bool:
    return heard.status == 200 and heard.ended == "eof" and 0 < len(heard.body) < heard.length


EXPECTED: dict[str, Check] = {
    "rate_limited": answers(429, retry_after="1", detail="Too many active tasks"),
    "rate_limited_ms": lambda heard: heard.headers["retry-after-ms"] == "700" and "retry-after" not in heard.headers,
    "rate_limited_date": date_lies_two_seconds_ahead,
    "rate_limited_garbage": answers(429, retry_after="soon"),
    "rate_limited_silent": answers(429),
    "rate_limited_long": answers(429, retry_after="86400"),
    "service_unavailable": answers(503, retry_after="1", detail="Service Unavailable"),
    "internal_error": answers(500, detail="Internal Server Error"),
    "bad_gateway": lambda heard: heard.status == 502 and heard.headers["content-type"].startswith("text/html"),
    "gateway_timeout": answers(504, detail="Gateway Timeout"),
    "forbidden": answers(403, detail="Not authenticated - Invalid Authentication"),
    "insufficient_credits": answers(402, detail="Insufficient credits"),
    "not_found": answers(404, detail="Not Found"),
    "task_not_found": lambda heard: (heard.status, heard.json["status"]) == (404, "Task not found"),
    "redirect_elsewhere": lambda heard: heard.headers["location"] == "http://elsewhere.invalid/v1/get_result",
    "html_page": is_html,
    "empty_body": lambda heard: is_whole(heard) and heard.body == b"",
    "garbage_body": lambda heard: is_whole(heard) and len(heard.body) == 512 and is_no_json(heard),
    "wrong_content_type": lambda heard: is_good_json(heard) and heard.headers["content-type"].startswith("text/plain"),
    "truncated_json": lambda heard: is_whole(heard) and is_no_json(heard),
    "huge_body": lambda heard: is_whole(heard) and len(heard.body) == 8_000_000 and is_good_json(heard),
    "reset": lambda heard: (heard.raw, heard.ended) == (b"", "reset"),
    "close": lambda heard: (heard.raw, heard.ended) == (b"", "eof"),
    "reply_lost": lambda heard: (heard.raw, heard.ended) == (b"", "eof"),
    "truncate": is_truncated,
    "stall": lambda heard: heard.first_byte_s >= 0.2 and is_good_json(heard),
    "stall_then_close": lambda heard: (heard.raw, heard.ended) == (b"", "eof"),
    "slow_body": lambda heard: heard.pieces > 3 and is_good_json(heard),
    "sample_expired": is_storage_refusal("AuthenticationFailed", 403),
    "sample_unavailable": is_storage_refusal("ServerBusy", 503),
    "sample_gone": is_storage_refusal("BlobNotFound", 404),
    "sample_cut": lambda heard: is_whole(heard) and not heard.body.endswith(b"\xff\xd9"),
    "sample_truncated": is_truncated,
    "sample_wrong_type": lambda heard: is_whole(heard) and heard.headers["content-type"] == "application/octet-stream",
    "sample_html": is_html,
}


def test_every_preset_is_expected_to_do_something() -> None:
    assert list(EXPECTED) == list(PRESETS)


def call(account: Account, route: str) -> Callable[[], Heard]:
    """Return the call that a fault is for; what comes before it is done now."""
    if route == "submit":
        return account.submit
    if route == "sample":
        sample = account.sample()
        return lambda: account.poll(sample)
    polling_url = account.submit().json["polling_url"]
    return lambda: account.poll(polling_url)


def can_do(server: str, name: str) -> bool:
    wire = PRESETS[name].fault.wire
    return wire is None or wire in {"werkzeug": WERKZEUG, "granian": GRANIAN}[server].wires


ON_BOTH = [(server, name) for server in ("werkzeug", "granian") for name in PRESETS if can_do(server, name)]


def test_one_fault_alone_cannot_be_done_by_one_server() -> None:
    assert len(ON_BOTH) == 2 * len(PRESETS) - 1


@pytest.mark.parametrize(("account", "name"), ON_BOTH, indirect=["account"])
def test_a_preset_does_what_it_says_once_and_then_the_mock_is_well(account: Account, name: str) -> None:
    route = PRESETS[name].route or "get_result"
    calling = call(account, route)
    account.fault(preset=name, match={"route": route}, **({"fault": SHORT[name]} if name in SHORT else {}))
    heard = calling()
    assert EXPECTED[name](heard) in {True, None}, heard
    assert account.left() == 0
    assert is_whole(calling())
    faulty = next(row for row in account.journal() if row["fault"] == name)
    assert (faulty["route"], faulty["status"]) == (route, heard.status)


def test_a_fault_that_the_server_cannot_do_is_refused_when_it_is_scripted(granian: Account) -> None:
    refused = granian.lever("POST", "/faults", {"preset": "reset"})
    assert refused.status_code == 400
    assert "granian" in refused.json()["error"]
    assert "wire='close'" in refused.json()["error"]
    assert granian.lever("GET", "/faults").json() == {"faults": []}


@pytest.mark.parametrize("wire", ["close", "truncate", "drip"])
def test_a_spoiled_reply_of_a_submit_leaves_one_task_that_is_charged(account: Account, wire: str) -> None:
    account.fault(fault={"wire": wire, "when": "after"}, match={"route": "submit"})
    before = account.credits()
    account.submit()
    assert before - account.credits() == 3
    submit = next(row for row in account.journal() if row["route"] == "submit")
    assert submit["fault"] == f"when=after, wire={wire}"
    assert Decimal(submit["cost_credits"]) == 3
    assert submit["task_id"] is not None


@pytest.mark.parametrize(
    "fault", [{"wire": "close"}, {"status": 503}, {"wire": "stall", "stall_s": 0.05, "status": 503}]
)
def test_a_fault_that_stands_for_the_answer_charges_nothing(account: Account, fault: dict[str, object]) -> None:
    account.fault(fault=fault, match={"route": "submit"})
    before = account.credits()
    account.submit()
    assert account.credits() == before


@pytest.mark.parametrize("keep", [0, 0.01, 0.99])
def test_any_share_of_a_body_can_be_sent_before_the_connection_ends(account: Account, keep: float) -> None:
    calling = call(account, "sample")
    account.fault(fault={"wire": "truncate", "keep": keep}, match={"route": "sample"})
    assert is_truncated(calling())


def test_a_reply_without_a_body_can_be_cut_off_too(account: Account) -> None:
    account.fault(fault={"wire": "truncate", "status": 200, "body": ""}, match={"route": "credits"})
    assert is_truncated(account.poll(f"{account.base_url}/v1/credits"))


def test_a_path_of_a_redirect_stands_under_the_host_that_was_asked(account: Account) -> None:
    account.fault(fault={"redirect": "/v1/elsewhere?a=b"})
    heard = account.submit()
    assert (heard.status, heard.headers["location"]) == (307, f"{account.base_url}/v1/elsewhere?a=b")


def test_a_fault_explains_itself_in_a_header(account: Account) -> None:
    account.fault(preset="service_unavailable")
    assert account.submit().headers["x-mock-bfl-why"] == "Scripted: service_unavailable."


def test_a_head_of_a_sample_can_be_refused_too(account: Account) -> None:
    sample = account.sample()
    account.fault(preset="sample_expired")
    account.fault(fault={"huge_bytes": 10}, match={"route": "sample"})
    assert [hear(sample, method="HEAD").status for _ in range(2)] == [403, 200]


@pytest.mark.parametrize("name", ["reset", "close", "reply_lost", "truncate", "slow_body"])
def test_no_trace_of_a_fault_is_printed(werkzeug: Account, name: str, capfd: pytest.CaptureFixture[str]) -> None:
    werkzeug.fault(preset=name, match={"route": "submit"})
    werkzeug.submit()
    assert werkzeug.submit().status == 200
    assert capfd.readouterr() == ("", "")
