"""Who follows which script: by header, by key, all; what an outcome, a grace and a fault do to a task."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

import pytest
from werkzeug.test import TestResponse

from mock_bfl.contract import GUIDE
from mock_bfl.core.faults import GRANIAN
from mock_bfl.core.rule import read_rule
from mock_bfl.core.script import Script
from mock_bfl.engine import account_of
from mock_bfl.errors import ScriptError
from tests.web.mock import FLUX_2_PRO, Mock, json_of, new_mock
from tests.web.wire import KEY

OTHER_KEY = "bfl_other"


@pytest.fixture
def mock() -> Mock:
    return new_mock(speed=0)


def script(mock: Mock, *rules: dict[str, Any], key: str | None = KEY, **settings: Any) -> Script:
    account = None if key is None else account_of(key)
    return mock.engine.scripts.add(account, [read_rule(rule) for rule in rules], **settings)


def fail(status: int, **rule: Any) -> dict[str, Any]:
    return {"fault": {"status": status}, **rule}


def submit(mock: Mock, *, key: str | None = KEY, scenario: str | None = None) -> TestResponse:
    headers = {"x-key": key, "X-Mock-BFL-Scenario": scenario}
    given = {name: value for name, value in headers.items() if value is not None}
    return mock.client.post(FLUX_2_PRO, json={"prompt": "a red cube"}, headers=given)


def statuses(mock: Mock, calls: int, **how: Any) -> list[int]:
    return [submit(mock, **how).status_code for _ in range(calls)]


def test_instructions_are_met_in_order_and_then_the_mock_is_well(mock: Mock) -> None:
    script(mock, fail(503, times=2), {"passes": True}, fail(429))
    assert statuses(mock, 5) == [503, 503, 200, 429, 200]


def test_a_script_of_one_key_is_not_met_by_another(mock: Mock) -> None:
    script(mock, fail(503))
    assert statuses(mock, 1, key=OTHER_KEY) == [200]
    assert statuses(mock, 2) == [503, 200]


def test_a_script_for_all_is_met_by_anybody_even_without_a_key(mock: Mock) -> None:
    script(mock, fail(503, times=2), key=None)
    assert statuses(mock, 1, key=None) + statuses(mock, 1, key=OTHER_KEY) == [503, 503]


def test_the_named_script_comes_first_then_the_accounts_by_age_then_those_for_all(mock: Mock) -> None:
    script(mock, fail(500), key=None)
    script(mock, fail(501))
    script(mock, fail(502))
    named = script(mock, fail(503), by_header=True)
    assert statuses(mock, 5, scenario=named.id) == [503, 501, 502, 500, 200]


def test_a_script_by_header_is_for_calls_that_name_it_alone(mock: Mock) -> None:
    named = script(mock, fail(503), by_header=True)
    assert statuses(mock, 1) == [200]
    assert statuses(mock, 1, scenario=named.id) == [503]


def test_a_script_by_key_that_is_named_too_is_consumed_once(mock: Mock) -> None:
    named = script(mock, fail(503, times=2))
    assert statuses(mock, 3, scenario=named.id) == [503, 503, 200]


@pytest.mark.parametrize(("dialect", "where"), [({}, "detail"), ({"dialect": GUIDE}, "message")])
def test_a_header_that_names_no_scenario_is_refused_with_what_would_do(dialect: dict[str, Any], where: str) -> None:
    mock = new_mock(speed=0, **dialect)
    known = script(mock, fail(503))
    answer = submit(mock, scenario="scenario-nobody-1")
    assert answer.status_code == 400
    assert known.id in json_of(answer)[where]
    assert "POST /_mock/scenarios" in answer.headers["X-Mock-BFL-Why"]


def test_another_accounts_scenario_cannot_be_named(mock: Mock) -> None:
    named = script(mock, fail(503), by_header=True)
    assert statuses(mock, 1, key=OTHER_KEY, scenario=named.id) == [400]


def test_a_poll_or_a_download_without_a_key_meets_the_script_of_the_tasks_account(mock: Mock) -> None:
    task = mock.submit()
    sample = mock.poll(task)["result"]["sample"]
    script(mock, fail(500, match={"route": "get_result"}))
    script(mock, {"preset": "sample_unavailable"})
    assert mock.client.get(json_of(task)["polling_url"]).status_code == 500
    assert [mock.client.get(sample).status_code for _ in range(2)] == [503, 200]


def test_a_poll_with_a_key_meets_that_keys_scripts(mock: Mock) -> None:
    polling_url = json_of(mock.submit())["polling_url"]
    script(mock, fail(500))
    assert mock.client.get(polling_url, headers={"x-key": OTHER_KEY}).status_code == 200
    assert mock.client.get(polling_url, headers={"x-key": KEY}).status_code == 500


def test_a_script_can_be_for_one_model(mock: Mock) -> None:
    script(mock, fail(500, match={"model": "flux-dev", "route": "get_result"}))
    pro, dev = mock.submit(), mock.submit("/v1/flux-dev")
    assert mock.client.get(json_of(pro)["polling_url"]).status_code == 200
    assert mock.client.get(json_of(dev)["polling_url"]).status_code == 500


def test_paths_that_no_route_answers_meet_no_script(mock: Mock) -> None:
    script(mock, fail(503))
    assert mock.client.post("/v1/flux-3", headers={"x-key": KEY}).status_code == 404
    assert statuses(mock, 1) == [503]


def test_an_outcome_decides_over_the_prompt(mock: Mock) -> None:
    script(mock, {"outcome": 'status="Content Moderated" reasons=Violence'}, {"outcome": "status=Pending"})
    moderated, stuck = mock.script("status=Ready after=0s progress=0.3"), mock.submit()
    assert mock.poll(moderated)["status"] == "Content Moderated"
    assert mock.poll(moderated)["details"] == {"Moderation Reasons": ["Violence"]}
    mock.clock.advance(seconds=3600)
    assert mock.poll(stuck)["status"] == "Pending"
    notes = mock.engine.control.journal(None)[0].notes
    assert any("scripted by scenario-" in note for note in notes)


def test_an_outcome_that_the_prompt_contradicts_is_refused_and_not_dropped(mock: Mock) -> None:
    script(mock, {"outcome": "after=5s"})
    refused = mock.script("webhook=before_reply")
    assert refused.status_code == 422
    assert "before_reply ends the task at once" in json_of(refused)["detail"][0]["msg"]


def test_an_outcome_on_a_submit_that_is_refused_changes_nothing(mock: Mock) -> None:
    script(mock, {"outcome": "status=Error"})
    assert mock.submit(width=10).status_code == 422


def test_a_task_can_be_found_a_moment_later() -> None:
    mock = new_mock()
    task = mock.script("grace=2s after=3s")
    assert mock.client.get(json_of(task)["polling_url"]).status_code == 404
    assert mock.poll(task)["status"] == "Task not found"
    mock.clock.advance(seconds=2)
    assert mock.poll(task)["status"] == "Pending"
    mock.clock.advance(seconds=1)
    assert mock.poll(task)["status"] == "Ready"


def test_polls_before_a_task_is_found_do_not_count() -> None:
    mock = new_mock()
    task = mock.script("grace=1s after=2polls")
    for _ in range(3):
        mock.poll(task)
    mock.clock.advance(seconds=1)
    assert [mock.poll(task)["status"] for _ in range(2)] == ["Pending", "Ready"]


@pytest.mark.parametrize("value", ["2polls", "soon", "999999999s"])
def test_a_grace_that_is_no_time_is_refused_with_a_sentence(mock: Mock, value: str) -> None:
    assert "grace takes" in json_of(mock.script(f"grace={value}"))["detail"][0]["msg"]


def test_a_fault_is_journalled_with_the_status_that_was_sent(mock: Mock) -> None:
    script(mock, {"preset": "service_unavailable"}, {"fault": {"keep": 0.5}})
    statuses(mock, 2)
    first, second = mock.engine.control.journal(account_of(KEY))
    assert (first.fault, first.status, first.retry_after, first.cost_credits) == ("service_unavailable", 503, "1", None)
    assert (second.fault, second.status, second.task_id is None) == ("keep=0.5", 200, False)


def test_a_fault_that_the_server_in_front_cannot_do_is_refused() -> None:
    mock = new_mock(server=GRANIAN)
    with pytest.raises(ScriptError, match="granian"):
        script(mock, {"preset": "reset"})
    assert mock.engine.scripts.scripts(account_of(KEY)) == ()


def test_a_reset_of_an_account_forgets_its_scripts_and_begins_their_numbers_anew(mock: Mock) -> None:
    first = script(mock, fail(503))
    other = script(mock, fail(503), key=OTHER_KEY)
    mock.engine.control.reset(account_of(KEY))
    assert mock.engine.scripts.script(first.id) is None
    assert mock.engine.scripts.script(other.id) == other
    assert script(mock, fail(500)).id == first.id


def test_a_removed_script_is_met_no_more_and_its_number_is_not_given_again(mock: Mock) -> None:
    first = script(mock, fail(503))
    assert not mock.engine.scripts.remove(first.id, account=account_of(OTHER_KEY))
    assert mock.engine.scripts.remove(first.id)
    assert not mock.engine.scripts.remove(first.id)
    assert statuses(mock, 1) == [200]
    assert script(mock, fail(500)).id != first.id


def test_eight_threads_consume_each_instruction_once_and_no_key_meets_anothers_faults() -> None:
    mock, keys, calls, faults = new_mock(speed=0), [f"bfl_thread{n}" for n in range(4)], 15, 9
    shared = script(mock, fail(599, times=20, match={"route": "credits"}), key=None)
    for number, key in enumerate(keys):
        script(mock, fail(500 + number, times=faults, match={"route": "my_finetunes"}), key=key)
    seen: Counter[tuple[str, int]] = Counter()
    lock, start = threading.Lock(), threading.Barrier(8)

    def run(key: str) -> None:
        client = mock.app.test_client()
        start.wait(10)
        for path in ("/v1/my_finetunes", "/v1/credits") * calls:
            status = client.get(path, headers={"x-key": key}).status_code
            with lock:
                seen[key, status] += 1

    threads = [threading.Thread(target=run, args=(key,)) for key in keys * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    for number, key in enumerate(keys):
        assert {status for _, status in seen if seen[key, status]} <= {200, 599, 500 + number}
        assert seen[key, 500 + number] == faults
    assert sum(seen[key, 599] for key in keys) == 20
    assert sum(seen.values()) == 8 * calls * 2
    assert mock.engine.scripts.unconsumed(None) == ()
    assert mock.engine.scripts.script(shared.id).position == 1  # type: ignore[union-attr]  # it is there
