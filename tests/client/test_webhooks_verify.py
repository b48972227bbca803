"""A delivery is believed only with the signature of its raw bytes, and a refusal says what to put right."""

from __future__ import annotations

import json
from email.message import Message

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bfl_client as bfl
from bfl_client.webhooks import WebhookRejected, parse_event, receive, verify
from tests.client.webhook_double import (
    READY_2026,
    READY_GUIDE,
    SECRET,
    SENT_AT_S,
    bytes_of,
    environ,
    signature,
    signed,
)
from tests.client.wire_double import TASK_ID

BODY = bytes_of(READY_2026)
DIGEST = signature(BODY).removeprefix("sha256=")
# From the guide's own words, worked out with `openssl dgst -sha256 -hmac`.  [GUIDE webhook-integration]
KNOWN = (b'{"id":"gen_abc123xyz","status":"Ready"}', "abba69b27ee0692b6775af78bb70fd1f61edc2fc002440c4e55e1e7d1f121ccf")


def refusal(body: bytes, headers: dict[str, str], secret: str = SECRET) -> WebhookRejected:
    with pytest.raises(WebhookRejected) as caught:
        verify(body, headers, secret)
    return caught.value


def test_a_signature_that_another_tool_made_is_believed() -> None:
    body, digest = KNOWN
    verify(body, {"X-BFL-Signature": f"sha256={digest}"}, "s3cret")


@pytest.mark.parametrize(
    "name", ["X-BFL-Signature", "x-bfl-signature", "X-Bfl-Signature", "X-BFL-SIGNATURE", "HTTP_X_BFL_SIGNATURE"]
)
def test_the_header_is_found_however_a_framework_spells_it(name: str) -> None:
    verify(BODY, {"Host": "x", name: signature(BODY)}, SECRET)


def test_a_whole_wsgi_environ_is_understood_as_headers() -> None:
    verify(BODY, environ(BODY), SECRET)


def test_the_headers_of_the_standard_library_are_understood() -> None:
    message = Message()
    message["X-BFL-Signature"] = signature(BODY)
    verify(BODY, message, SECRET)


def test_headers_that_are_bytes_are_understood() -> None:
    verify(BODY, {b"x-bfl-signature": signature(BODY).encode()}, SECRET)


def test_hexadecimal_digits_may_be_capitals() -> None:
    verify(BODY, {"X-BFL-Signature": f"sha256={DIGEST.upper()}"}, SECRET)


def test_blanks_around_the_value_do_not_count() -> None:
    verify(BODY, {"X-BFL-Signature": f" {signature(BODY)}\t"}, SECRET)


@pytest.mark.parametrize("secret", ["ключ", "a b", " ", "x" * 1000])
def test_any_text_may_be_the_secret(secret: str) -> None:
    verify(BODY, signed(BODY, secret), secret)


@pytest.mark.parametrize(
    ("body", "headers", "told"),
    [
        pytest.param(BODY.replace(b"Ready", b"Error"), signed(BODY), "does not fit", id="tampered"),
        pytest.param(json.dumps(READY_2026).encode(), signed(BODY), "raw bytes", id="re-serialised"),
        pytest.param(BODY + b"\n", signed(BODY), "does not fit", id="a line break more"),
        pytest.param(b"", signed(BODY), "does not fit", id="empty body"),
        pytest.param(BODY, signed(BODY, "another"), "another secret", id="wrong key"),
        pytest.param(BODY, {}, "webhook_secret", id="no header at all"),
        pytest.param(BODY, {"X-Signature": signature(BODY)}, "has no X-BFL-Signature", id="another header"),
        pytest.param(BODY, {"X-BFL-Signature": ""}, "0 characters", id="empty header"),
        pytest.param(BODY, {"X-BFL-Signature": DIGEST}, "64 characters", id="prefix missing"),
        pytest.param(BODY, {"X-BFL-Signature": f"sha1={DIGEST}"}, "is not `sha256=`", id="another prefix"),
        pytest.param(BODY, {"X-BFL-Signature": f"SHA256={DIGEST}"}, "is not `sha256=`", id="prefix in capitals"),
        pytest.param(BODY, {"X-BFL-Signature": "sha256="}, "7 characters", id="prefix alone"),
        pytest.param(BODY, {"X-BFL-Signature": f"sha256={DIGEST[:-2]}"}, "69 characters", id="cut"),
        pytest.param(BODY, {"X-BFL-Signature": f"sha256={DIGEST}00"}, "73 characters", id="too long"),
        pytest.param(BODY, {"X-BFL-Signature": f"sha256={DIGEST[:-1]}g"}, "is not `sha256=`", id="no hexadecimal"),
        pytest.param(BODY, {"X-BFL-Signature": "sha256=" + "\xe9" * 64}, "is not `sha256=`", id="no ASCII"),
        pytest.param(
            BODY, {"X-BFL-Signature": "sha256=" + "٣" * 64}, "is not `sha256=`", id="digits of another script"
        ),
        pytest.param(BODY, {"X-BFL-Signature": f"sha256={DIGEST[:-1]}\udce9"}, "is not `sha256=`", id="lone surrogate"),
        pytest.param(
            BODY, {"X-BFL-Signature": f"{signature(BODY)}, {signature(BODY)}"}, "is not `sha256=`", id="joined"
        ),
        pytest.param(
            BODY,
            {"X-BFL-Signature": signature(BODY, "other"), "x-bfl-signature": signature(BODY)},
            "comes 2 times",
            id="two of them",
        ),
    ],
)
def test_what_is_not_signed_as_it_should_be_is_refused_with_the_reason(
    body: bytes, headers: dict[str, str], told: str
) -> None:
    assert told in str(refusal(body, headers))


def test_a_refusal_for_the_signature_is_to_be_answered_with_401() -> None:
    assert refusal(BODY, {}).status_code == 401
    assert refusal(b"", signed(BODY)).status_code == 401


@pytest.mark.parametrize("headers", [{}, {"X-BFL-Signature": "x"}, {"X-BFL-Signature": "sha256=" + "0" * 64}])
def test_no_refusal_shows_the_secret_or_the_signature_that_was_expected(headers: dict[str, str]) -> None:
    error = refusal(BODY, headers, "my-secret-word")
    shown = f"{error} {error!r} {error.to_dict()} {vars(error)}"
    assert "my-secret-word" not in shown
    assert signature(BODY, "my-secret-word").removeprefix("sha256=") not in shown


@pytest.mark.parametrize("secret", ["", "\ud800"])
def test_without_a_secret_that_can_be_one_nothing_is_verified(secret: str) -> None:
    with pytest.raises(bfl.ConfigurationError, match="secret"):
        verify(BODY, signed(BODY, "x"), secret)


def test_a_secret_that_an_unset_variable_left_out_is_a_wrong_set_up() -> None:
    with pytest.raises(bfl.ConfigurationError, match="secret"):
        verify(BODY, signed(BODY, "None"), None)  # type: ignore[arg-type]  # as os.environ.get gives it


GUIDE = bytes_of(READY_GUIDE)


@pytest.mark.parametrize(("age_s", "is_believed"), [(-3600, True), (0, True), (300, True), (301, False)])
def test_an_event_older_than_the_tolerance_is_refused(age_s: float, *, is_believed: bool) -> None:
    def deliver() -> None:
        verify(GUIDE, signed(GUIDE), SECRET, now=SENT_AT_S + age_s, tolerance_s=300)

    if is_believed:
        deliver()
    else:
        with pytest.raises(WebhookRejected, match=r"is 301 s old, more than the 300 s of tolerance_s"):
            deliver()


def test_a_refusal_for_age_names_the_task_and_is_a_401() -> None:
    with pytest.raises(WebhookRejected) as caught:
        verify(GUIDE, signed(GUIDE), SECRET, now=SENT_AT_S + 1000, tolerance_s=10)
    assert (caught.value.status_code, caught.value.task_id) == (401, TASK_ID)


def test_without_a_tolerance_no_event_is_too_old() -> None:
    verify(GUIDE, signed(GUIDE), SECRET, now=SENT_AT_S + 1e9)


def test_without_now_the_clock_of_the_machine_says_how_old_an_event_is() -> None:
    verify(GUIDE, signed(GUIDE), SECRET, tolerance_s=1e12)
    with pytest.raises(WebhookRejected, match="old"):
        verify(GUIDE, signed(GUIDE), SECRET, tolerance_s=300)


@pytest.mark.parametrize(
    "document",
    [READY_2026, {**READY_GUIDE, "timestamp": "yesterday"}, {**READY_GUIDE, "timestamp": None}, [], 1, "x"],
    ids=["none", "unreadable", "null", "list", "number", "string"],
)
def test_an_event_without_a_readable_time_has_no_age(document: object) -> None:
    body = bytes_of(document)
    verify(body, signed(body), SECRET, now=SENT_AT_S + 1e9, tolerance_s=1)


def test_a_body_that_is_no_json_has_no_age() -> None:
    verify(b"{", signed(b"{"), SECRET, now=0, tolerance_s=1)


def test_a_forged_event_is_refused_for_its_signature_and_not_read() -> None:
    body = b'{"timestamp":"2020-01-01T00:00:00Z"'
    with pytest.raises(WebhookRejected, match="does not fit"):
        verify(body, signed(b"other"), SECRET, now=SENT_AT_S, tolerance_s=1)


def test_receive_returns_the_event_of_a_good_delivery() -> None:
    assert receive(BODY, signed(BODY), SECRET) == parse_event(BODY)


def test_receive_verifies_before_it_reads() -> None:
    with pytest.raises(WebhookRejected) as caught:
        receive(b"no json", signed(b"other"), SECRET)
    assert caught.value.status_code == 401


def test_receive_refuses_what_is_signed_and_no_event() -> None:
    with pytest.raises(WebhookRejected) as caught:
        receive(b"no json", signed(b"no json"), SECRET)
    assert caught.value.status_code == 400


def test_receive_takes_a_tolerance() -> None:
    with pytest.raises(WebhookRejected, match="old"):
        receive(GUIDE, signed(GUIDE), SECRET, now=SENT_AT_S + 11, tolerance_s=10)


@given(body=st.binary(max_size=300), secret=st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_every_body_with_its_signature_is_believed(body: bytes, secret: str) -> None:
    verify(body, signed(body, secret), secret)


@given(body=st.binary(min_size=1, max_size=100), place=st.integers(min_value=0), bit=st.integers(0, 7))
def test_one_bit_changed_is_enough_to_be_refused(body: bytes, place: int, bit: int) -> None:
    changed = bytearray(body)
    changed[place % len(body)] ^= 1 << bit
    assert "does not fit" in str(refusal(bytes(changed), signed(body)))


HEADERS = st.dictionaries(
    st.one_of(st.text(), st.sampled_from(["X-BFL-Signature", "x-bfl-signature", "HTTP_X_BFL_SIGNATURE"])),
    st.one_of(st.text(), st.text().map("sha256={}".format), st.from_regex(r"sha256=[0-9a-fA-F]{64}", fullmatch=True)),
)


@given(body=st.binary(max_size=200), headers=HEADERS)
def test_no_bytes_and_no_headers_raise_anything_but_a_refusal(body: bytes, headers: dict[str, str]) -> None:
    with pytest.raises(WebhookRejected):
        receive(body, headers, SECRET, now=0.0, tolerance_s=1.0)
