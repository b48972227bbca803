"""Ctrl-C and SIGTERM: nothing that is paid for is lost, and the line that goes on is printed."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from click.testing import Result

from bfl_client._commands.interrupts import Interrupts, Terminated, end_on_sigterm, telling_of_interrupts
from tests.client.cli_double import generate, run, signals_minded
from tests.client.wire_double import POLLING_URL, TASK_ID, Answer, FakeClock, Step, World, accepted, reply


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    with signals_minded():
        yield


def signalled(*, on: str, answer: Step, number: signal.Signals = signal.SIGINT, times: int = 1) -> World:
    """A world in which the signal comes while a request of a kind is on its way."""

    def serve(request: requests.PreparedRequest) -> Step:
        if request.method != on:
            return accepted()
        for _ in range(times):
            signal.raise_signal(number)
        return answer

    return World(script=serve)


def ended_by(world: World, tmp_path: Path, *arguments: str) -> Result:
    return generate(world, tmp_path / "cube.jpg", *arguments)


def test_ctrl_c_while_waiting_prints_the_line_that_goes_on(tmp_path: Path) -> None:
    ended = ended_by(signalled(on="GET", answer=accepted()), tmp_path)
    assert ended.exit_code == 130
    assert f"bfl wait '{POLLING_URL}' -o {tmp_path / 'cube.jpg'}" in ended.stderr


def test_ctrl_c_while_submitting_waits_for_the_id(tmp_path: Path) -> None:
    ended = ended_by(signalled(on="POST", answer=accepted()), tmp_path)
    assert ended.exit_code == 130
    assert "waiting for its answer" in ended.stderr
    assert f"bfl wait '{POLLING_URL}'" in ended.stderr


def test_a_second_ctrl_c_while_submitting_does_not_wait(tmp_path: Path) -> None:
    ended = ended_by(signalled(on="POST", answer=accepted(), times=2), tmp_path)
    assert ended.exit_code == 130
    assert "may exist and be billed" in ended.stderr
    assert "bfl wait" not in ended.stderr


def test_a_submit_that_is_refused_says_so_though_it_was_interrupted(tmp_path: Path) -> None:
    refused = reply({"detail": "Insufficient credits"}, status=402)
    assert ended_by(signalled(on="POST", answer=refused), tmp_path).exit_code == 5


def test_ctrl_c_ends_the_tries_of_a_submit_that_is_refused_for_now(tmp_path: Path) -> None:
    world = signalled(on="POST", answer=Answer(503))
    ended = ended_by(world, tmp_path)
    assert (ended.exit_code, world.adapter.submits) == (130, 1)
    assert "nothing is billed" in ended.stderr


def test_ctrl_c_between_two_tries_takes_effect_at_once(tmp_path: Path) -> None:
    world = World(script=lambda request: Answer(503))
    world.clock.sleep = lambda seconds: signal.raise_signal(signal.SIGINT)  # type: ignore[method-assign]  # a clock that is interrupted
    ended = ended_by(world, tmp_path)
    assert (ended.exit_code, world.adapter.submits) == (130, 1)
    assert "nothing is billed" in ended.stderr


def test_sigterm_ends_as_ctrl_c_does_with_its_own_code(tmp_path: Path) -> None:
    ended = ended_by(signalled(on="GET", answer=accepted(), number=signal.SIGTERM), tmp_path)
    assert ended.exit_code == 143
    assert f"bfl wait '{POLLING_URL}'" in ended.stderr


def test_with_json_an_interrupt_is_an_object(tmp_path: Path) -> None:
    ended = ended_by(signalled(on="GET", answer=accepted()), tmp_path, "--json")
    left = json.loads(ended.stdout)
    assert (left["error"], left["id"], left["polling_url"]) == ("Interrupted", TASK_ID, POLLING_URL)
    assert left["resume"].endswith("--json")


def test_ctrl_c_while_asking_for_the_balance_leaves_nothing() -> None:
    ended = run(signalled(on="GET", answer=reply({"credits": 1})), "credits", "--json")
    assert ended.exit_code == 130
    assert json.loads(ended.stdout)["resume"] is None


def test_afterwards_the_signals_are_handled_as_before(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    ended_by(signalled(on="POST", answer=accepted()), tmp_path)
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with Interrupts(FakeClock(), say=lambda: None).held():
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_a_sigterm_that_is_ignored_stays_ignored() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    end_on_sigterm()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN


def test_in_another_thread_nothing_is_held() -> None:
    seen: list[object] = []

    def hold() -> None:
        with Interrupts(FakeClock(), say=lambda: None).held():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=hold)
    thread.start()
    thread.join()
    assert seen == [signal.getsignal(signal.SIGINT)]


def test_a_termination_is_minded_by_whatever_minds_ctrl_c() -> None:
    with pytest.raises(KeyboardInterrupt) as caught, Interrupts(FakeClock(), say=lambda: None).held():
        signal.raise_signal(signal.SIGTERM)
    assert caught.type is Terminated


def test_an_interrupt_in_the_midst_of_printing_does_no_harm() -> None:
    def say() -> None:
        raise RuntimeError("reentrant call inside <_io.BufferedWriter>")

    with pytest.raises(KeyboardInterrupt), telling_of_interrupts(say):
        signal.raise_signal(signal.SIGINT)
