"""The same verdict by Python, HTTP and in the command line; and what it never shows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests
from click.testing import CliRunner

import mock_bfl
from mock_bfl.cli import cli
from mock_bfl.clock import ManualClock
from mock_bfl.core.exchange import Exchange
from mock_bfl.core.webhook import Attempt, Delivery, DeliveryState
from mock_bfl.engine import Engine, account_of
from mock_bfl.engine.verdicts import Verdicts
from mock_bfl.settings import client_environment
from mock_bfl.store.memory_journal import JOURNAL_LENGTH
from mock_bfl.testing import IN_PROCESS_URL, LiveServer
from mock_bfl.web import create_app
from tests.verdict.test_bad_clients import does_not_know_moderation, never_fetches_the_picture
from tests.verdict.world import KEY, World, new_world

# --- Python


def test_assert_good_client_passes_and_returns_the_verdict() -> None:
    world = new_world()
    world.get(world.sample(world.task()))
    assert mock_bfl.assert_good_client(world.engine).totals.requests == 5


def test_assert_good_client_fails_with_all_that_is_to_be_said() -> None:
    world = new_world()
    does_not_know_moderation(world)
    with pytest.raises(AssertionError, match="9 more polls followed") as raised:
        mock_bfl.assert_good_client(world.engine)
    assert "moderation_not_terminal" in str(raised.value)


def test_strict_fails_for_warnings() -> None:
    world = new_world()
    never_fetches_the_picture(world)
    mock_bfl.assert_good_client(world.engine)
    with pytest.raises(AssertionError, match="result_never_fetched"):
        mock_bfl.assert_good_client(world.engine, strict=True)


# --- the engine: what it waits for, what it leaves out


def unanswered(world: World, *, ago_ms: int = 0) -> Exchange:
    real_ms = world.clock.real_ms() - ago_ms
    arrived = Exchange(
        at_ms=real_ms, real_ms=real_ms, account=account_of(KEY), method="GET", path="/v1/credits", route="credits"
    )
    return world.engine.control.arrive(arrived)


def test_a_verdict_waits_for_what_is_being_answered() -> None:
    world = new_world()
    exchange = unanswered(world)

    def answer(seconds: float) -> None:
        pauses.append(seconds)
        now_ms = world.clock.real_ms()
        world.engine.control.complete(replace(exchange, ended_at_ms=now_ms, ended_real_ms=now_ms, status=200))

    pauses: list[float] = []
    verdicts = Verdicts(world.engine.context, pause=answer)
    assert verdicts.verdict(account_of(KEY)).totals.requests == 1
    assert pauses == [0.01]


@pytest.mark.parametrize(("ago_ms", "pauses"), [(0, 50), (6_000, 0)], ids=["now", "long ago"])
def test_a_verdict_does_not_wait_for_ever(ago_ms: int, pauses: int) -> None:
    world = new_world()
    unanswered(world, ago_ms=ago_ms)
    paused: list[float] = []
    Verdicts(world.engine.context, pause=paused.append).verdict(None)
    assert len(paused) == pauses


def test_a_webhook_that_was_scripted_to_be_signed_wrongly_may_be_refused() -> None:
    world = new_world()
    for script in ("bad_signature", "delay:1s"):
        prompt = f"a red cube [mock: webhook={script}]"
        task = world.submit(prompt, webhook_url="http://127.0.0.1:9/hook", webhook_secret="s").json()
        refused = Attempt(at_ms=0, real_ms=0, took_ms=3, status=401)
        delivery = Delivery(
            id=f"made up {script}",
            account=account_of(KEY),
            task_id=task["id"],
            due_at_ms=0,
            state=DeliveryState.ABANDONED,
            attempts=(refused,),
        )
        world.engine.context.store.outbox.add([delivery])
    found = world.verdict()["webhook_slow_or_rejected"]
    assert [evidence.what for evidence in found.evidence] == [
        "the receiver answered 401, 1 time (delivery made up delay:1s)."
    ]


def test_a_journal_that_had_no_room_for_its_beginning_is_said_to_have_forgotten_it() -> None:
    world = new_world()
    exchange = Exchange(
        at_ms=0,
        real_ms=0,
        ended_at_ms=0,
        ended_real_ms=0,
        account=account_of(KEY),
        method="GET",
        path="/",
        status=404,
    )
    for _ in range(JOURNAL_LENGTH):
        world.engine.control.arrive(exchange)
    assert not world.verdict().totals.is_cut
    world.engine.control.arrive(exchange)
    assert world.verdict().totals.is_cut
    assert not world.engine.verdict(api_key="another").totals.is_cut


def test_nothing_secret_is_kept() -> None:
    """Not in the journal and not in the verdict: neither key, nor prompt, nor webhook secret, nor a signature."""
    world = new_world()
    key, prompt, secret = "key-of-a-secret-account", "a prompt that nobody may read", "the-webhook-secret"
    world.session.headers["x-key"] = key
    fields = {"prompt": prompt, "webhook_secret": secret, "webhook_url": "http://127.0.0.1:9/hook?token=hidden"}
    task = world.session.post(f"{IN_PROCESS_URL}/v1/flux-2-pro", json=fields).json()
    world.sleep(30)
    polling_url = f"{IN_PROCESS_URL}/v1/get_result?id={task['id']}"
    sample = world.session.get(polling_url).json()["result"]["sample"]
    signature = sample.partition("sig=")[2]
    world.session.get(sample)
    world.session.post(f"{IN_PROCESS_URL}/v1/flux-2-pro", json={**fields, "width": prompt})
    shown = "".join(world.session.get(f"{IN_PROCESS_URL}{path}").text for path in ("/_mock/journal", "/_mock/verdict"))
    assert task["id"] in shown
    assert [word for word in (key, prompt, secret, "token=hidden", signature) if word in shown] == []


# --- HTTP


def test_http_answers_the_verdict_as_json() -> None:
    world = new_world()
    does_not_know_moderation(world)
    shown = world.get(f"{IN_PROCESS_URL}/_mock/verdict").json()
    finding = shown["findings"][0]
    assert (shown["good"], shown["cost_credits"]) == (False, "0")
    assert (finding["code"], finding["level"]) == ("moderation_not_terminal", "fail")
    assert finding["evidence"][0]["requests"] == list(range(2, 12))
    assert shown["totals"]["requests"] == 11
    assert shown["text"] == str(world.verdict())


@pytest.mark.parametrize(
    ("query", "accept"), [("?format=text", "*/*"), ("", "text/plain"), ("?format=text", "application/json")]
)
def test_http_answers_text_to_who_asks_for_it(query: str, accept: str) -> None:
    world = new_world()
    reply = world.session.get(f"{IN_PROCESS_URL}/_mock/verdict{query}", headers={"Accept": accept})
    assert reply.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert reply.text.startswith("Nothing to judge")


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/json, text/plain", "text/html"])
def test_http_answers_json_to_everybody_else(accept: str) -> None:
    reply = new_world().session.get(f"{IN_PROCESS_URL}/_mock/verdict", headers={"Accept": accept})
    assert reply.json()["good"] is True


def test_http_takes_strict_and_the_key() -> None:
    world = new_world()
    never_fetches_the_picture(world)
    ask = f"{IN_PROCESS_URL}/_mock/verdict"
    assert world.session.get(ask).json()["good"] is True
    assert world.session.get(f"{ask}?strict=1").json()["good"] is False
    another = world.session.get(f"{ask}?strict=1", headers={"x-key": "another"}).json()
    assert (another["good"], another["totals"]["requests"]) == (True, 0)


def test_http_takes_shared_clock() -> None:
    world = new_world()
    world.engine.control.set_rate(account_of(KEY), 1000)
    task = world.task("a red cube [mock: status=Pending]")
    for _ in range(5):
        world.poll(task)
    ask = f"{IN_PROCESS_URL}/_mock/verdict"
    assert [row["code"] for row in world.session.get(ask).json()["findings"]] == ["zero_sleep_polling"]
    assert world.session.get(f"{ask}?shared_clock=1").json()["findings"] == []


def test_http_teaches_who_asks_wrongly() -> None:
    reply = new_world().session.get(f"{IN_PROCESS_URL}/_mock/verdict?strikt=1")
    assert reply.status_code == 400
    assert "Known: strict, shared_clock, format." in reply.json()["error"]


# --- the command


@pytest.fixture
def served() -> Iterator[str]:
    engine = Engine(clock=ManualClock(), speed=0)
    with LiveServer(create_app(engine)) as server:
        yield server.base_url


def run(*arguments: str, environment: dict[str, str] | None = None) -> Any:
    return CliRunner().invoke(cli, ["verdict", *arguments], env=environment)


def pay_and_forget(base_url: str) -> None:
    reply = requests.post(f"{base_url}/v1/flux-2-pro", json={"prompt": "x"}, headers={"x-key": KEY}, timeout=5)
    requests.get(reply.json()["polling_url"], timeout=5)


def test_the_command_ends_with_0_for_a_good_client(served: str) -> None:
    pay_and_forget(served)
    done = run("--url", served)
    assert (done.exit_code, done.output.startswith("A good client, with 1 warning.")) == (0, True)


def test_the_command_ends_with_1_for_findings(served: str) -> None:
    pay_and_forget(served)
    done = run("--url", f"{served}/", "--strict", "--key", KEY)
    assert (done.exit_code, done.output.startswith("The client fails: 1 finding.")) == (1, True)
    assert run("--url", served, "--strict", "--key", "another").exit_code == 0


def test_the_command_prints_json(served: str) -> None:
    assert json.loads(run("--url", served, "--json").output)["good"] is True


def test_the_command_reads_the_environment(served: str) -> None:
    pay_and_forget(served)
    told = {"BFL_BASE_URL": served, "BFL_API_KEY": KEY}
    assert run("--strict", environment=told).exit_code == 1
    assert run("--strict", environment={**told, "BFL_API_KEY": "another"}).exit_code == 0


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://127.0.0.1:1", "no mock answers at http://127.0.0.1:1"),
        ("nonsense", "no mock answers at nonsense"),
    ],
)
def test_the_command_ends_with_2_where_no_mock_is(url: str, said: str) -> None:
    done = run("--url", url)
    assert (done.exit_code, said in done.stderr) == (2, True)


def test_the_command_ends_with_2_where_something_else_answers(served: str) -> None:
    done = run("--url", f"{served}/v1")
    assert done.exit_code == 2
    assert "answered 404" in done.stderr


def test_the_command_ends_with_2_and_the_reason_for_a_key_that_is_none(served: str) -> None:
    done = run("--url", served, "--key", "mock-malformed")
    assert done.exit_code == 2
    assert "printable ASCII" in done.stderr


def test_an_empty_variable_is_none() -> None:
    assert client_environment(environment={"BFL_BASE_URL": "", "BFL_API_KEY": "k"}) == (None, "k")
