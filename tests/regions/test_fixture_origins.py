"""What the pytest fixtures can do of all this, and what only `mock-bfl serve` can."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from mock_bfl.errors import SettingsError
from mock_bfl.fixtures import MockAccount, ServerPool


@pytest.mark.mock_bfl(poll_origin="auto", graded=False)
def test_a_live_mock_of_a_test_hands_out_another_name_that_leads_to_it(mock_bfl: MockAccount) -> None:
    headers, body = {"x-key": mock_bfl.api_key}, {"prompt": "a"}
    task = requests.post(f"{mock_bfl.base_url}/v1/flux-2-pro", json=body, headers=headers, timeout=5).json()
    assert task["polling_url"].startswith(mock_bfl.base_url.replace("127.0.0.1", "localhost"))
    assert requests.get(task["polling_url"], timeout=5).json()["status"] == "Ready"


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"tls": True}, "only `mock-bfl serve` speaks https"),
        ({"tls_dir": "tls"}, "only `mock-bfl serve` speaks https"),
        ({"poll_origin": ":0"}, "only `mock-bfl serve` opens a second port"),
    ],
)
def test_what_only_serve_can_do_is_refused_with_a_sentence(settings: dict[str, Any], sentence: str) -> None:
    with ServerPool() as pool, pytest.raises(SettingsError, match=sentence):
        pool.account("a-test", settings=settings)
