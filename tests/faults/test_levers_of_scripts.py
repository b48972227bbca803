"""The levers over HTTP: what they take, what they show, what they refuse; alike on both servers."""

from __future__ import annotations

from typing import Any

import pytest

from mock_bfl.core.presets import PRESETS
from tests.faults.plain import Account, hear


def test_a_scenario_is_made_followed_and_accounted_for(account: Account) -> None:
    instructions = [{"preset": "service_unavailable", "times": 2}, {"passes": True}, {"outcome": "status=Error"}]
    made = account.lever("POST", "/scenarios", {"instructions": instructions, "name": "a bad day"}).json()
    assert (made["name"], made["bind"], made["consumed"], made["unconsumed"]) == ("a bad day", "header", 0, 4)
    url, body = f"{account.base_url}/v1/flux-2-pro", b'{"prompt":"x"}'
    heard = [hear(url, method="POST", headers={**account.headers, **made["header"]}, body=body) for _ in range(2)]
    assert [answer.status for answer in heard] == [503, 503]
    shown = account.lever("GET", f"/scenarios/{made['id']}").json()
    assert [(row["consumed"], row["left"]) for row in shown["instructions"]] == [(2, 0), (0, 1), (0, 1)]
    assert (shown["consumed"], shown["unconsumed"]) == (2, 2)
    assert account.lever("GET", "/scenarios").json()["scenarios"] == [shown]
    assert account.lever("DELETE", f"/scenarios/{made['id']}").json() == {"removed": 1}
    assert account.lever("GET", f"/scenarios/{made['id']}").status_code == 404


def test_a_scenario_bound_to_a_key_is_followed_by_all_its_calls(account: Account) -> None:
    account.lever("POST", "/scenarios", {"instructions": [{"fault": {"status": 503}}], "bind": "key"})
    assert [account.submit().status for _ in range(2)] == [503, 200]


def test_faults_are_listed_and_forgotten(account: Account) -> None:
    made = [account.fault(preset=name) for name in ("close", "rate_limited", "stall")]
    assert [row["id"] for row in account.lever("GET", "/faults").json()["faults"]] == [row["id"] for row in made]
    assert account.lever("DELETE", f"/faults/{made[0]['id']}").json() == {"removed": 1}
    assert account.lever("DELETE", "/faults").json() == {"removed": 2}
    assert account.submit().status == 200


def test_another_key_sees_and_forgets_nothing_of_it(werkzeug: Account) -> None:
    made, other = werkzeug.fault(preset="close"), Account(werkzeug.base_url)
    assert other.lever("GET", "/faults").json() == {"faults": []}
    assert other.lever("DELETE", f"/faults/{made['id']}").status_code == 404
    assert other.lever("DELETE", "/faults").json() == {"removed": 0}
    assert werkzeug.left() == 1


def test_the_presets_are_listed_with_the_bug_that_each_finds(werkzeug: Account) -> None:
    presets = werkzeug.lever("GET", "/faults/presets").json()["presets"]
    assert [row["name"] for row in presets] == list(PRESETS)
    assert presets[0] == {
        "name": "rate_limited",
        "finds": PRESETS["rate_limited"].finds,
        "route": None,
        "fault": {"name": "rate_limited", "status": 429, "retry_after": "1"},
    }


@pytest.mark.parametrize(
    ("path", "body", "sentence"),
    [
        ("/faults", {"preset": "rate_limted"}, "Did you mean rate_limited?"),
        ("/faults", {"fault": {"statsu": 1}}, "Did you mean status?"),
        ("/faults", {"presett": "reset"}, "Did you mean preset?"),
        ("/faults", {}, "one of: fault (or preset), outcome, passes"),
        ("/faults", {"fault": {"wire": "reset", "status": 500}}, "status would never be seen"),
        ("/faults", {"preset": "close", "match": {"route": "poll"}}, "Unknown route 'poll'"),
        ("/faults", {"preset": "close", "times": "many"}, "times"),
        ("/scenarios", {"instructions": []}, "at least 1 item"),
        ("/scenarios", {"instructions": [{"preset": "rset"}]}, "Did you mean reset?"),
        ("/scenarios", {"instructions": [{"outcome": "satus=Error"}]}, "Did you mean status?"),
        (
            "/scenarios",
            {"instructions": [{"passes": True, "times": None}, {"passes": True}]},
            "Instruction 1 has no end",
        ),
        ("/scenarios", {"steps": []}, "Known: instructions, name, bind"),
    ],
)
def test_what_cannot_be_followed_is_refused_with_what_would_do(
    werkzeug: Account, path: str, body: dict[str, Any], sentence: str
) -> None:
    refused = werkzeug.lever("POST", path, body)
    assert refused.status_code == 400
    assert sentence in refused.json()["error"]


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/scenarios/x"), ("DELETE", "/scenarios/x"), ("DELETE", "/faults/x")]
)
def test_an_unknown_id_is_refused_with_the_known_ones(werkzeug: Account, method: str, path: str) -> None:
    account = Account(werkzeug.base_url)
    made = account.lever("POST", "/scenarios", {"instructions": [{"passes": True}]}).json()
    fault = account.fault(preset="close")
    refused = account.lever(method, path)
    assert refused.status_code == 404
    assert (made if path.startswith("/scenarios") else fault)["id"] in refused.json()["error"]
