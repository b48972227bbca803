"""A task is submitted, polled, paid for, settled and delivered, all on a clock that moves only when told to."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_bfl.contract import GUIDE, LIVE, MODELS, Dialect, Model
from mock_bfl.core import task as task_rules
from mock_bfl.core.rules import RULES
from mock_bfl.engine import Call
from tests.core.examples import minimal, png
from tests.engine.driver import KEY, ORIGIN, Mock, body_of, expiry_ms

DIALECTS = pytest.mark.parametrize("dialect", [LIVE, GUIDE], ids=lambda dialect: dialect.name)


def test_a_submit_answers_with_the_recorded_figures_and_a_polling_url_at_its_own_origin() -> None:
    mock = Mock()
    body = body_of(mock.submit(slug="flux-2-max", width=256, height=256))
    assert list(body) == ["id", "polling_url", "cost", "input_mp", "output_mp"]
    assert body["polling_url"] == f"{ORIGIN}/v1/get_result?id={body['id']}"
    assert (body["cost"], body["input_mp"], body["output_mp"]) == (7.000000000000001, 0.0, 0.06)


def test_a_task_is_charged_when_it_is_submitted() -> None:
    mock = Mock()
    mock.submit()
    assert mock.credits() == 997


def test_a_task_is_pending_and_then_ready() -> None:
    mock = Mock()
    task_id = mock.task("a [mock: after=2s]")
    mock.advance(ms=1999)
    assert mock.status(task_id) == "Pending"
    mock.advance(ms=1)
    assert mock.status(task_id) == "Ready"


def test_without_latency_a_task_is_ready_at_the_first_poll() -> None:
    mock = Mock(speed=0)
    assert mock.status(mock.task()) == "Ready"


@DIALECTS
def test_a_sample_lives_to_the_millisecond_before_se(dialect: Dialect) -> None:
    mock = Mock(dialect=dialect)
    task_id = mock.task("a [mock: after=2s]")
    ready_at_ms = mock.now_ms() + 2000
    mock.advance(seconds=2)
    url = mock.sample_url(task_id)
    assert expiry_ms(url) == -(-ready_at_ms // 1000) * 1000 + 600_000
    mock.advance(ms=expiry_ms(url) - ready_at_ms - 1)
    assert mock.download(url).status == 200
    mock.advance(ms=1)
    assert mock.download(url).status == 403


def test_an_expired_sample_is_refused_with_azures_xml_and_says_why() -> None:
    mock = Mock(speed=0)
    url = mock.sample_url(mock.task())
    mock.advance(seconds=601)
    reply = mock.download(url)
    assert reply.content_type == "application/xml"
    assert b"<Code>AuthenticationFailed</Code>" in reply.body
    assert "expired" in (reply.why or "")


def test_in_live_a_later_poll_signs_a_sample_that_lives_on() -> None:
    mock = Mock(speed=0)
    task_id = mock.task()
    first = mock.sample_url(task_id)
    mock.advance(seconds=601)
    later = mock.sample_url(task_id)
    assert mock.download(first).status == 403
    assert mock.download(later).status == 200
    assert expiry_ms(later) == expiry_ms(first) + 601_000


def test_in_the_guide_a_later_poll_shows_the_same_url() -> None:
    mock = Mock(speed=0, dialect=GUIDE)
    task_id = mock.task()
    first = mock.sample_url(task_id)
    mock.advance(seconds=601)
    assert mock.sample_url(task_id) == first


def test_a_changed_sample_url_is_refused() -> None:
    mock = Mock(speed=0)
    assert mock.download(mock.sample_url(mock.task()).replace("sp=r", "sp=w")).status == 403


def test_a_sample_needs_no_key_and_is_a_picture_of_its_format() -> None:
    mock = Mock(speed=0)
    reply = mock.download(mock.sample_url(mock.task()))
    assert reply.content_type == "image/jpeg"
    assert reply.body.startswith(b"\xff\xd8\xff")


def test_a_sample_path_that_never_was_is_refused() -> None:
    assert Mock().download(f"{ORIGIN}/results/nothing?sig=x").status == 403


@pytest.mark.parametrize("status", ["Request Moderated", "Content Moderated", "Error", "Task not found"])
def test_what_does_not_end_ready_is_refunded_exactly_once_at_the_instant_it_settles(status: str) -> None:
    mock = Mock()
    task_id = mock.task(f'a [mock: status="{status}" after=2s]')
    mock.advance(ms=1999)
    assert mock.credits() == 997
    mock.advance(ms=1)
    assert mock.credits() == 1000
    assert [mock.status(task_id) for _ in range(3)] == [status] * 3
    mock.advance(seconds=9)
    assert (mock.credits(), mock.refunds()) == (1000, 1)


def test_what_ends_ready_is_not_refunded() -> None:
    mock = Mock(speed=0)
    mock.status(mock.task())
    mock.advance(seconds=9)
    assert (mock.credits(), mock.refunds()) == (997, 0)


@pytest.mark.parametrize("polls", [1, 2, 5])
def test_a_task_that_counts_polls_settles_at_the_nth(polls: int) -> None:
    mock = Mock()
    task_id = mock.task(f"a [mock: after={polls}polls]")
    mock.advance(seconds=9999)
    seen = [mock.status(task_id) for _ in range(polls + 2)]
    assert seen == ["Pending"] * (polls - 1) + ["Ready"] * 3


def test_a_task_that_counts_polls_is_refunded_once_at_the_poll_that_settles_it() -> None:
    mock = Mock()
    task_id = mock.task('a [mock: status="Content Moderated" after=2polls]')
    balances = []
    for _ in range(4):
        mock.status(task_id)
        balances.append(mock.credits())
    assert balances == [997, 1000, 1000, 1000]
    assert mock.refunds() == 1


def test_a_sample_of_a_task_that_counts_polls_expires_ten_minutes_after_its_nth_poll() -> None:
    mock = Mock(dialect=GUIDE)
    task_id = mock.task("a [mock: after=2polls]")
    mock.status(task_id)
    mock.advance(seconds=100)
    ready_at_ms = mock.now_ms()
    url = mock.sample_url(task_id)
    mock.advance(seconds=50)
    assert expiry_ms(url) == expiry_ms(mock.sample_url(task_id)) == -(-ready_at_ms // 1000) * 1000 + 600_000


def test_a_flux_1_task_that_counts_polls_did_not_end_before_it_began() -> None:
    mock = Mock()
    result = body_of(mock.poll(mock.task("a [mock: after=1poll]", slug="flux-dev")))["result"]
    assert result["end_time"] >= result["start_time"]
    assert result["duration"] >= 0


def test_a_stuck_task_stays_pending() -> None:
    mock = Mock()
    task_id = mock.task("a [mock: status=Pending]")
    mock.advance(seconds=10**6)
    assert mock.status(task_id) == "Pending"
    assert mock.credits() == 997


def test_an_unknown_id_is_a_404_with_the_six_keys_of_a_poll() -> None:
    reply = Mock().poll("no-such-id")
    assert reply.status == 404
    assert list(body_of(reply)) == ["id", "status", "result", "progress", "details", "preview"]
    assert body_of(reply)["status"] == "Task not found"


def test_in_the_guide_an_unknown_id_is_a_404_in_its_envelope() -> None:
    reply = Mock(dialect=GUIDE).poll("no-such-id")
    assert (reply.status, list(body_of(reply))) == (404, ["error", "message"])


def test_a_poll_without_an_id_is_a_422() -> None:
    reply = Mock().engine.generation.result(Call(method="GET", path="/v1/get_result", origin=ORIGIN))
    assert reply.status == 422
    assert body_of(reply)["detail"][0]["loc"] == ["query", "id"]


def test_a_poll_needs_a_key_only_where_the_dialect_demands_one() -> None:
    mock = Mock(dialect=replace(LIVE, poll_needs_key=True), speed=0)
    task_id = mock.task()
    assert mock.poll(task_id).status == 403
    with_key = mock.call("/v1/get_result", key=KEY, query={"id": task_id})
    assert mock.engine.generation.result(with_key).status == 200


def test_a_webhook_is_answered_without_a_polling_url_and_noted() -> None:
    reply = Mock().submit(webhook_url="http://localhost:9/hook")
    assert "polling_url" not in body_of(reply)
    assert any("webhook_url" in note for note in reply.notes)


def test_a_path_that_only_one_document_knows_is_served_and_noted() -> None:
    assert Mock().submit(slug="flux-fill", image=png(64, 64)).notes == ("path known to GUIDE only",)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.slug)
def test_every_model_makes_a_picture(model: Model) -> None:
    mock = Mock(speed=0)
    call = mock.call(model.path, body=minimal(model))
    reply = mock.engine.generation.submit(model.slug, call)
    assert mock.download(mock.sample_url(body_of(reply)["id"])).status == 200


def test_a_lone_surrogate_in_a_script_reaches_no_reply() -> None:
    mock = Mock()
    body = b'{"prompt":"[mock: while=\\"\\ud800\\" status=\\"Content Moderated\\" reasons=\\"\\udfff\\" after=1s]"}'
    call = replace(mock.call("/v1/flux-2-pro"), body=body)
    task_id = body_of(mock.engine.generation.submit("flux-2-pro", call))["id"]
    assert mock.status(task_id) == "?"
    mock.advance(seconds=1)
    assert body_of(mock.poll(task_id))["details"] == {"Moderation Reasons": ["?"]}


def test_a_replaced_rule_is_followed() -> None:
    never_ready = replace(RULES, observe=lambda *_, **__: task_rules.Observation("Pending", None, is_settled=False))
    mock = Mock(rules=never_ready, speed=0)
    assert mock.status(mock.task()) == "Pending"


@given(st.lists(st.integers(0, 20_000), max_size=8), st.sampled_from(["", "after=0s", "after=7s", "while=Generating"]))
def test_however_time_passes_a_task_never_goes_back(gaps_ms: list[int], script: str) -> None:
    mock = Mock()
    task_id = mock.task(f"a [mock: {script}]")
    seen = []
    for gap_ms in gaps_ms:
        mock.advance(ms=gap_ms)
        seen.append(mock.status(task_id))
    assert seen == sorted(seen, key=lambda word: word == "Ready")
