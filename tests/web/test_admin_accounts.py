"""The levers of accounts and tasks: balance, limits, who holds the slots, ticking clocks, what was decided."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest

from mock_bfl import __version__
from mock_bfl.contract import LIVE
from mock_bfl.engine import account_of
from tests.web.mock import START_MS, Mock, json_of, new_mock

ONE, TWO = {"x-key": "one"}, {"x-key": "two"}


def look(mock: Mock, path: str, *, headers: dict[str, str] | None = None) -> Any:
    reply = mock.client.get(f"/_mock{path}", headers=headers)
    assert reply.status_code == 200, reply.data
    return json_of(reply)


def change(mock: Mock, *, headers: dict[str, str] | None = ONE, **fields: Any) -> Any:
    reply = mock.client.post("/_mock/account", json=fields, headers=headers)
    assert reply.status_code == 200, reply.data
    return json_of(reply)


def test_a_key_that_was_never_used_has_the_account_that_its_first_request_would_open(mock: Mock) -> None:
    assert look(mock, "/account", headers=ONE) == {
        "account": {
            "id": account_of("one"),
            "balance_credits": "1000",
            "held": 0,
            "allowance": {"active_tasks": 24, "kontext_max": 6},
            "now_ms": START_MS,
            "has_own_clock": False,
            "tick_per_poll_ms": 0,
            "tasks": 0,
            "scripts": 0,
        },
        "frees_at_ms": None,
        "holders": [],
        "ledger": [{"kind": "opened", "credits": "1000", "effective_at_ms": START_MS, "task_id": None}],
    }


def test_a_balance_is_set_by_an_entry_beside_the_others(mock: Mock) -> None:
    task = json_of(mock.submit(key="one"))["id"]
    shown = change(mock, balance_credits=2.5)
    assert shown["account"]["balance_credits"] == "2.5"
    assert [(row["kind"], Decimal(row["credits"]), row["task_id"]) for row in shown["ledger"]] == [
        ("opened", 1000, None),
        ("charged", -3, task),
        ("adjusted", Decimal("-994.5"), None),
    ]
    assert mock.credits(key="one") == 2.5
    assert mock.submit(key="one").status_code == 402


def test_setting_the_balance_that_is_there_writes_nothing(mock: Mock) -> None:
    assert len(change(mock, balance_credits=1000)["ledger"]) == 1


def test_a_refund_that_is_still_to_come_is_added_to_the_balance_that_was_set(mock: Mock) -> None:
    mock.script("error=internal_error after=5s", key="one")
    change(mock, balance_credits=10)
    mock.clock.advance(seconds=5)
    assert mock.credits(key="one") == 13


def test_a_limit_that_was_set_refuses_the_next_task_and_takes_no_slot_away(mock: Mock) -> None:
    task = mock.script("after=5s", key="one")
    change(mock, active_tasks=1)
    refused = mock.submit(key="one")
    assert refused.status_code == 429
    assert "1 of 1 tasks are active" in refused.headers["X-Mock-BFL-Why"]
    assert mock.poll(task)["status"] == "Pending"


def test_the_limit_of_kontext_max_is_set_alone(mock: Mock) -> None:
    allowance = change(mock, kontext_max=0)["account"]["allowance"]
    assert allowance == {"active_tasks": 24, "kontext_max": 0}
    assert mock.submit("/v1/flux-kontext-max", key="one").status_code == 429
    assert mock.submit(key="one").status_code == 200


def test_an_account_says_who_holds_its_slots_and_when_the_next_one_is_free(mock: Mock) -> None:
    slow, quick = mock.script("after=9s", key="one"), mock.script("after=4s", key="one")
    shown = look(mock, "/account", headers=ONE)
    assert [(row["id"], row["settles_at_ms"]) for row in shown["holders"]] == [
        (json_of(slow)["id"], START_MS + 9000),
        (json_of(quick)["id"], START_MS + 4000),
    ]
    assert (shown["account"]["held"], shown["frees_at_ms"]) == (2, START_MS + 4000)
    mock.clock.advance(seconds=4)
    assert look(mock, "/account", headers=ONE)["frees_at_ms"] == START_MS + 9000


def test_no_slot_is_known_to_be_free_where_only_a_stuck_task_holds_one(mock: Mock) -> None:
    mock.script("status=Pending", key="one")
    shown = look(mock, "/account", headers=ONE)
    assert (len(shown["holders"]), shown["frees_at_ms"]) == (1, None)


@pytest.mark.parametrize("polls_per_s", [1, 4])
def test_a_frozen_clock_ticks_per_poll(mock: Mock, polls_per_s: int) -> None:
    mock.client.post("/_mock/clock", json={"freeze": True}, headers=ONE)
    change(mock, tick_per_poll_ms=1000 // polls_per_s)
    task = mock.script("after=2s", key="one")
    words = [mock.poll(task)["status"] for _ in range(2 * polls_per_s + 1)]
    assert words == ["Pending"] * (2 * polls_per_s - 1) + ["Ready", "Ready"]


def test_only_the_clock_of_the_polled_account_ticks(mock: Mock) -> None:
    change(mock, headers=ONE, tick_per_poll_ms=500)
    mine, others = mock.submit(key="one"), mock.submit(key="two")
    mock.poll(mine)
    mock.poll(others)
    accounts = {row["id"]: row["now_ms"] for row in look(mock, "/accounts")["accounts"]}
    assert accounts == {account_of("one"): START_MS + 500, account_of("two"): START_MS}


def test_a_tick_for_all_holds_where_an_account_has_none_of_its_own(mock: Mock) -> None:
    assert change(mock, headers=None, tick_per_poll_ms=500) == {"tick_per_poll_ms": 500}
    change(mock, headers=TWO, tick_per_poll_ms=0)
    ticks = [change(mock, headers=headers)["account"]["tick_per_poll_ms"] for headers in (ONE, TWO)]
    assert ticks == [500, 0]


def test_a_poll_for_no_task_moves_no_clock(mock: Mock) -> None:
    change(mock, headers=None, tick_per_poll_ms=500)
    mock.client.get("/v1/get_result?id=7", headers=ONE)
    mock.client.get("/v1/get_result", headers=ONE)
    assert look(mock, "/state")["own_clocks"] == 0


def test_a_reset_takes_back_what_was_set(mock: Mock) -> None:
    before = look(mock, "/account", headers=ONE)
    change(mock, balance_credits=0, active_tasks=0, kontext_max=0, tick_per_poll_ms=9)
    mock.client.post("/_mock/reset", headers=ONE)
    assert look(mock, "/account", headers=ONE) == before


def test_the_accounts_are_listed_oldest_first_or_the_one_of_the_key(mock: Mock) -> None:
    for key in ("one", "two"):
        mock.credits(key=key)
    both = [account_of("one"), account_of("two")]
    assert [row["id"] for row in look(mock, "/accounts")["accounts"]] == both
    assert [row["id"] for row in look(mock, "/accounts", headers=TWO)["accounts"]] == both[1:]
    assert look(mock, "/accounts", headers={"x-key": "three"}) == {"accounts": []}


def test_the_tasks_are_listed_with_the_status_that_a_poll_would_see(mock: Mock) -> None:
    first = json_of(mock.script("after=1s", key="one"))["id"]
    second = json_of(mock.script("after=9s", key="two"))["id"]
    mock.clock.advance(seconds=1)
    rows = look(mock, "/tasks")["tasks"]
    assert [(row["id"], row["status"], row["is_settled"]) for row in rows] == [
        (first, "Ready", True),
        (second, "Pending", False),
    ]
    assert [row["id"] for row in look(mock, "/tasks?settled=true")["tasks"]] == [first]
    assert [row["id"] for row in look(mock, "/tasks?settled=false")["tasks"]] == [second]
    assert [row["id"] for row in look(mock, "/tasks", headers=TWO)["tasks"]] == [second]


def test_a_task_shows_all_that_was_decided_about_it_and_no_secret(mock: Mock) -> None:
    directive = "a [mock: error=invalid_image after=2s]"
    task = json_of(
        mock.submit(key="one", prompt=directive, seed=7, webhook_url="https://me.example/hook", webhook_secret="s3cret")
    )["id"]
    reply = mock.client.get(f"/_mock/tasks/{task}")
    shown = json_of(reply)
    decided = shown["decided"]
    assert (shown["task"]["status"], shown["task"]["cost_credits"]) == ("Pending", "3.0")
    assert (decided["final_status"], decided["error_code"]) == ("Error", "invalid_image")
    assert (decided["seed"], decided["width_px"], decided["settles_at_ms"]) == (7, 1024, START_MS + 2000)
    assert decided["has_webhook_secret"] is True
    assert b"s3cret" not in reply.data
    assert "sample_key" not in decided


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://me:PASSWORD@127.0.0.1:9/hook?token=TOKEN#end", "http://127.0.0.1:9/hook"),
        ("https://PASSWORD@receiver.test?token=TOKEN", "https://receiver.test/"),
    ],
)
def test_a_task_shows_where_its_webhook_goes_but_no_password_and_no_token(mock: Mock, url: str, shown: str) -> None:
    task = json_of(mock.submit(webhook_url=url))["id"]
    reply = mock.client.get(f"/_mock/tasks/{task}")
    assert json_of(reply)["decided"]["webhook_url"] == shown
    assert b"PASSWORD" not in reply.data
    assert b"TOKEN" not in reply.data


def test_a_task_without_a_webhook_shows_none(mock: Mock) -> None:
    assert look(mock, f"/tasks/{json_of(mock.submit())['id']}")["decided"]["webhook_url"] is None


def test_another_accounts_task_is_none(mock: Mock) -> None:
    task = json_of(mock.submit(key="one"))["id"]
    reply = mock.client.get(f"/_mock/tasks/{task}", headers=TWO)
    assert (reply.status_code, "GET /_mock/tasks" in json_of(reply)["error"]) == (404, True)
    assert look(mock, f"/tasks/{task}", headers=ONE)["task"]["id"] == task


def test_looking_changes_nothing_but_what_a_first_request_would(mock: Mock) -> None:
    task = mock.script("after=2polls", key="one")
    for path in ("/tasks", f"/tasks/{json_of(task)['id']}", "/accounts", "/account", "/state"):
        look(mock, path, headers=ONE)
    assert [mock.poll(task)["status"] for _ in range(2)] == ["Pending", "Ready"]


def test_the_state_counts_what_there_is(mock: Mock) -> None:
    mock.script("after=1s", key="one")
    mock.script("after=9s", key="two")
    mock.client.post("/_mock/clock", json={"advance_s": 1}, headers=ONE)
    shown = look(mock, "/state")
    assert (shown["version"], shown["dialect"], shown["overrides"], shown["seed"]) == (__version__, "live", {}, 0)
    assert (shown["accounts"], shown["own_clocks"], shown["tasks"], shown["active_tasks"]) == (2, 1, 2, 1)
    assert (shown["exchanges"], shown["now_ms"]) == (2, START_MS)
    mine = look(mock, "/state", headers=TWO)
    assert (mine["accounts"], mine["own_clocks"], mine["tasks"], mine["active_tasks"]) == (1, 0, 1, 1)


def test_the_state_names_what_the_dialect_has_otherwise_than_it_ships() -> None:
    mock = new_mock(dialect=replace(LIVE, task_not_found_status=200), speed=0.5, seed=7)
    shown = look(mock, "/state")
    assert (shown["overrides"], shown["speed"], shown["seed"]) == ({"task_not_found_status": 200}, 0.5, 7)


@pytest.mark.parametrize(
    ("body", "headers", "sentence"),
    [
        ({"balance_credits": 5}, None, "balance_credits: of which account? Send its x-key."),
        ({"active_tasks": 1, "kontext_max": 1}, None, "active_tasks, kontext_max: of which account?"),
        ({"balance_credits": -1}, ONE, "balance_credits: Input should be greater than or equal to 0"),
        ({"balance_credits": 1e13}, ONE, "balance_credits: Input should be less than or equal to"),
        ({"balance_credits": "NaN"}, ONE, "balance_credits: Input should be a finite number"),
        ({"active_tasks": 1.5}, ONE, "active_tasks: Input should be a valid integer"),
        ({"tick_per_poll_ms": -1}, ONE, "tick_per_poll_ms: Input should be greater than or equal to 0"),
        ({"balance": 5}, ONE, "balance: Extra inputs are not permitted. Known: balance_credits, active_tasks"),
        ({}, {"x-key": "mock-revoked"}, "The key is well-formed and not known to this server."),
        ({}, {"x-key": "two words"}, "A key is 1 to 256 printable ASCII characters"),
    ],
)
def test_a_change_that_cannot_be_made_teaches(
    mock: Mock, body: dict[str, Any], headers: dict[str, str] | None, sentence: str
) -> None:
    reply = mock.client.post("/_mock/account", json=body, headers=headers)
    assert (reply.status_code, json_of(reply)["error"][: len(sentence)]) == (400, sentence)


def test_the_account_of_no_key_is_a_400_that_names_the_list(mock: Mock) -> None:
    reply = mock.client.get("/_mock/account")
    assert (reply.status_code, "GET /_mock/accounts" in json_of(reply)["error"]) == (400, True)


def test_a_key_that_the_server_does_not_know_opens_no_account() -> None:
    mock = new_mock(keys=frozenset({"one"}))
    assert mock.client.get("/_mock/account", headers=TWO).status_code == 400
    assert look(mock, "/account", headers=ONE)["account"]["balance_credits"] == "1000"
    assert len(look(mock, "/accounts")["accounts"]) == 1


class Life:
    """What one key does to its own account beside seven others, and what it must then find."""

    def __init__(self, mock: Mock, number: int, together: Barrier) -> None:
        self._mock, self._number, self._together = mock, number, together
        self._headers = {"x-key": f"key-{number}"}

    def live(self) -> tuple[Any, ...]:
        """Return what this account shows after each round: the same as if nobody else were there."""
        return tuple(self._round(number) for number in range(3))

    def _round(self, number: int) -> tuple[Any, ...]:
        self._together.wait(30)
        mock, key = self._mock, self._headers["x-key"]
        mock.client.post("/_mock/reset", headers=self._headers)
        change(mock, headers=self._headers, balance_credits=100 + self._number, active_tasks=2, tick_per_poll_ms=250)
        mock.client.post("/_mock/clock", json={"freeze": True, "advance_s": self._number}, headers=self._headers)
        tasks = [mock.script("after=1s", key=key) for _ in range(3)]
        words = [mock.poll(tasks[number % 2])["status"] for _ in range(4)]
        shown = look(mock, "/account", headers=self._headers)["account"]
        return [task.status_code for task in tasks], words, shown["balance_credits"], shown["now_ms"] - START_MS


def test_what_one_key_sets_never_touches_another() -> None:
    """Balance, limit, clock, ticks and reset of 8 keys at a time, in step, each round from the beginning."""
    mock = new_mock()
    together = Barrier(8)
    with ThreadPoolExecutor(8) as pool:
        lives = list(pool.map(lambda number: Life(mock, number, together).live(), range(8)))
    for number, rounds in enumerate(lives):
        credits, ends_ms = str(Decimal("94.0") + number), 1000 * number + 1000
        assert rounds == (([200, 200, 429], ["Pending", "Pending", "Pending", "Ready"], credits, ends_ms),) * 3
