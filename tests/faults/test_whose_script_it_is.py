"""A key follows and forgets what is its own; what is for all it meets, and leaves alone."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.web.mock import FLUX_2_PRO, Mock, json_of, new_mock

MINE, OTHER = "bfl_mine", "bfl_other"
A_FAULT = {"preset": "service_unavailable", "times": 5}
BODIES: dict[str, Any] = {"faults": A_FAULT, "scenarios": {"instructions": [A_FAULT]}}


@pytest.fixture
def mock() -> Mock:
    return new_mock(speed=0)


def keyed(key: str | None) -> dict[str, str]:
    return {} if key is None else {"x-key": key}


def made(mock: Mock, *, key: str | None, kind: str = "faults") -> str:
    """Script something and return its id."""
    answer = mock.client.post(f"/_mock/{kind}", json=BODIES[kind], headers=keyed(key))
    script_id: str = json_of(answer)["id"]
    return script_id


def forget(mock: Mock, script_id: str, *, key: str | None, kind: str = "faults") -> TestResponse:
    return mock.client.delete(f"/_mock/{kind}/{script_id}", headers=keyed(key))


def known(mock: Mock, *, key: str | None, kind: str = "faults") -> list[str]:
    rows = json_of(mock.client.get(f"/_mock/{kind}", headers=keyed(key)))[kind]
    return [row["id"] for row in rows]


@pytest.mark.parametrize("kind", BODIES)
def test_a_key_cannot_forget_what_is_for_every_account(mock: Mock, kind: str) -> None:
    script_id = made(mock, key=None, kind=kind)
    refused = forget(mock, script_id, key=OTHER, kind=kind)
    assert refused.status_code == 403
    assert "without an x-key" in json_of(refused)["error"]
    assert known(mock, key=None, kind=kind) == [script_id]


@pytest.mark.parametrize("kind", BODIES)
def test_a_key_cannot_forget_what_is_another_keys(mock: Mock, kind: str) -> None:
    script_id = made(mock, key=MINE, kind=kind)
    assert forget(mock, script_id, key=OTHER, kind=kind).status_code == 404
    assert known(mock, key=MINE, kind=kind) == [script_id]


@pytest.mark.parametrize("kind", BODIES)
@pytest.mark.parametrize(("owner", "who"), [(MINE, MINE), (None, None), (MINE, None)])
def test_what_is_its_own_a_key_forgets_and_who_has_none_forgets_anything(
    mock: Mock, kind: str, owner: str | None, who: str | None
) -> None:
    script_id = made(mock, key=owner, kind=kind)
    assert json_of(forget(mock, script_id, key=who, kind=kind)) == {"removed": 1}
    assert known(mock, key=owner, kind=kind) == []


def test_a_key_sees_how_far_a_scenario_for_all_has_come(mock: Mock) -> None:
    script_id = made(mock, key=None, kind="scenarios")
    assert mock.client.get(f"/_mock/scenarios/{script_id}", headers=keyed(OTHER)).status_code == 200


def test_the_engine_forgets_for_an_account_what_is_its_own_alone(mock: Mock) -> None:
    script_id = made(mock, key=None)
    assert not mock.engine.scripts.remove(script_id, account="another")
    assert mock.engine.scripts.remove(script_id)


@pytest.mark.parametrize("key", [None, OTHER, "mock-revoked"])
def test_a_scenario_of_a_key_is_not_followed_by_a_call_that_does_not_carry_it(mock: Mock, key: str | None) -> None:
    script_id = made(mock, key=MINE, kind="scenarios")
    headers = {**keyed(key), "X-Mock-BFL-Scenario": script_id}
    refused = mock.client.get("/v1/credits", headers=headers)
    assert refused.status_code == 400
    assert "names no scenario of this account" in refused.headers["X-Mock-BFL-Why"]
    shown = json_of(mock.client.get(f"/_mock/scenarios/{script_id}", headers=keyed(MINE)))
    assert (shown["consumed"], shown["unconsumed"]) == (0, 5)


def test_a_scenario_for_all_is_followed_by_a_call_without_a_key(mock: Mock) -> None:
    headers = {"X-Mock-BFL-Scenario": made(mock, key=None, kind="scenarios")}
    assert mock.client.get("/v1/credits", headers=headers).status_code == 503


def test_a_poll_without_a_key_follows_a_scenario_of_the_account_of_its_task(mock: Mock) -> None:
    task = mock.client.post(FLUX_2_PRO, json={"prompt": "a"}, headers=keyed(MINE))
    headers = {"X-Mock-BFL-Scenario": made(mock, key=MINE, kind="scenarios")}
    assert mock.client.get(json_of(task)["polling_url"], headers=headers).status_code == 503
