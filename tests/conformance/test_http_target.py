"""A server over HTTP: loopback only, its clock stopped where it has one, told as far as `Date` goes where not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from click.testing import CliRunner, Result
from werkzeug.wrappers import Request, Response

from bfl_conformance import EXPECTATIONS, HttpTarget, Need, Probe, TargetRefused, TargetUnreachable
from bfl_conformance.bodies import minimal_body
from bfl_conformance.cli import main
from bfl_conformance.run import ExitCode
from bfl_conformance.target import DEFAULT_KEYS, is_loopback, window_from_date
from mock_bfl.clock import SystemClock
from mock_bfl.contract import GUIDE
from mock_bfl.engine import Engine
from mock_bfl.testing import LiveServer
from mock_bfl.web import create_app


@pytest.fixture(scope="module")
def mock() -> Iterator[LiveServer]:
    with LiveServer(create_app(Engine(clock=SystemClock()))) as server:
        yield server


@pytest.fixture(scope="module")
def stranger() -> Iterator[LiveServer]:
    """A server that knows nothing of the API."""

    @Request.application
    def app(_: Request) -> Response:
        return Response('{"detail":"Not Found"}', 404, content_type="application/json")

    with LiveServer(app) as server:
        yield server


@pytest.mark.parametrize("host", ["localhost", "mock.bfl.localhost", "127.0.0.1", "127.8.9.1", "::1"])
def test_this_machine_is_known_by_its_names(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("url", ["https://api.bfl.ai", "http://10.0.0.1", "http://localhost.example", "http://0.0.0.0"])
def test_no_other_host_is_ever_contacted(url: str) -> None:
    with pytest.raises(TargetRefused, match=r"--live"):
        HttpTarget(url)


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "ftp://127.0.0.1", "", "http://"])
def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(TargetRefused, match="is not a URL"):
        HttpTarget(url)


def test_a_url_that_leads_elsewhere_is_not_followed(mock: LiveServer) -> None:
    with HttpTarget(mock.base_url) as target, pytest.raises(TargetRefused):
        target.request("GET", "https://api.bfl.ai/v1/get_result?id=x", headers={})


def test_a_server_that_is_not_there_is_unreachable() -> None:
    server = LiveServer(create_app(Engine()))
    server.stop()
    with pytest.raises(TargetUnreachable, match="/_mock/health"):
        HttpTarget(server.base_url)


def test_a_mock_offers_all_that_checks_may_need(mock: LiveServer) -> None:
    with HttpTarget(mock.base_url) as target:
        assert target.abilities == frozenset(Need)


def test_a_stranger_offers_a_second_key_at_most(stranger: LiveServer) -> None:
    with HttpTarget(stranger.base_url) as two, HttpTarget(stranger.base_url, keys={"A": "x"}) as one:
        assert two.abilities == {Need.SECOND_KEY}
        assert one.abilities == frozenset()


def test_time_stands_still_until_it_is_moved_and_for_both_keys_alike(mock: LiveServer) -> None:
    with HttpTarget(mock.base_url) as target:
        probe = Probe(target, expectations=EXPECTATIONS["live"])
        first = probe.credits()
        target.advance(seconds=600.001)
        second = probe.credits(key="B")
    assert first.reply.sent_at_ms == first.reply.received_at_ms
    assert second.reply.sent_at_ms - first.reply.sent_at_ms == 600_001
    assert probe.violations == []


def test_clocks_run_on_when_the_run_is_over(mock: LiveServer) -> None:
    with HttpTarget(mock.base_url) as target:
        target.renew()
        assert _is_frozen(target)
    with HttpTarget(mock.base_url) as target:
        assert not _is_frozen(target)


def test_a_fresh_start_forgets_the_tasks_of_the_last(mock: LiveServer) -> None:
    with HttpTarget(mock.base_url) as target:
        Probe(target, expectations=EXPECTATIONS["live"]).accepted("flux-2-pro", minimal_body("flux-2-pro"))
        assert Probe(target, expectations=EXPECTATIONS["live"]).credits().credits == 1000


def test_a_date_tells_the_second_in_which_an_answer_was_made() -> None:
    window = window_from_date("Thu, 01 Jan 2026 00:00:10 GMT", elapsed=timedelta(milliseconds=200))
    assert window == (1_767_225_609_800, 1_767_225_611_199)


@pytest.mark.parametrize("date", [None, "", "soon"])
def test_without_a_date_an_answer_may_have_been_made_at_any_time(date: str | None) -> None:
    assert window_from_date(date, elapsed=timedelta(seconds=1)) == (0, 2**53)


def command(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_the_command_passes_a_true_mock(mock: LiveServer) -> None:
    done = command("server", "--url", mock.base_url, "--only", "BFL-AUTH", "--only", "BFL-LIMIT-001")
    assert (done.exit_code, done.output.splitlines()[-1]) == (0, "4 checks: 4 PASS")


def test_the_command_fails_a_mock_of_another_dialect() -> None:
    with LiveServer(create_app(Engine(dialect=GUIDE))) as server:
        held_to_live = command("server", "--url", server.base_url, "--only", "BFL-AUTH-001")
        held_to_guide = command("server", "--url", server.base_url, "--only", "BFL-AUTH-001", "--dialect", "guide")
    assert (held_to_live.exit_code, held_to_guide.exit_code) == (1, 0)
    assert "401" in held_to_live.output


def test_the_command_skips_what_a_stranger_cannot_offer(stranger: LiveServer) -> None:
    done = command("server", "--url", stranger.base_url, "--only", "BFL-DELIV-002")
    assert (done.exit_code, done.output.splitlines()[-1]) == (0, "1 checks: 1 SKIP")


def test_events_come_as_lines_of_json(mock: LiveServer) -> None:
    done = command("server", "--url", mock.base_url, "--only", "BFL-LIFE-003", "--json")
    assert [json.loads(line)["event"] for line in done.output.splitlines()] == ["started", "finished"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("server", "--url", "https://api.bfl.ai"),
        ("server", "--url", "http://127.0.0.1:1", "--only", "NO-SUCH"),
        ("server", "--url", "http://127.0.0.1:1", "--dialect", "klingon"),
        ("server",),
    ],
)
def test_a_wrong_command_line_ends_with_2(arguments: tuple[str, ...]) -> None:
    assert command(*arguments).exit_code == 2


def test_a_server_that_does_not_answer_ends_with_3() -> None:
    server = LiveServer(create_app(Engine()))
    server.stop()
    done = command("server", "--url", server.base_url)
    assert (done.exit_code, "No answer" in done.output) == (3, True)


def test_keys_are_never_printed(mock: LiveServer) -> None:
    done = command("server", "--url", mock.base_url, "--key", "a-very-secret-key", "--json", "--only", "BFL-SUB")
    assert done.exit_code == 0
    assert "a-very-secret-key" not in done.output


def test_the_list_names_every_check() -> None:
    done = command("list")
    assert done.exit_code == 0
    assert "BFL-LIMIT-001" in done.output


def test_the_list_says_that_no_bound_is_known_where_none_is() -> None:
    done = command("list")
    assert "unbounded" in next(line for line in done.output.splitlines() if "BFL-SEQ-001" in line)
    assert "inf" not in done.output.lower().split()


@pytest.mark.parametrize("name", ["server", "webhook"])
def test_the_help_has_a_line_for_each_exit_code(name: str) -> None:
    lines = [line.strip() for line in command(name, "--help").output.splitlines()]
    first = lines.index("Exit codes:") + 1
    assert [line[0] for line in lines[first : first + len(ExitCode)]] == [str(code.value) for code in ExitCode]
    assert not any("\\" in line for line in lines)


@pytest.mark.deep
@pytest.mark.parametrize("dialect", ["live", "any"])
def test_the_whole_catalogue_passes_over_http(mock: LiveServer, dialect: str) -> None:
    done = command("server", "--url", mock.base_url, "--dialect", dialect, "--json")
    verdicts = {json.loads(line).get("verdict", "PASS") for line in done.output.splitlines()}
    assert (done.exit_code, verdicts) == (0, {"PASS"})


def _is_frozen(target: HttpTarget) -> bool:
    reply = target.request("GET", f"{target.base_url}/_mock/clock", headers={"x-key": DEFAULT_KEYS["A"]})
    return reply.document["frozen"] is True
