"""A mock behind a real socket, with a receiver behind another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from mock_bfl.fixtures import MockAccount
from mock_bfl.webhook_receiver import WebhookReceiver

Submit = Callable[..., requests.Response]
Lever = Callable[..., Any]


@pytest.fixture
def submit(mock_bfl: MockAccount, webhook_receiver: WebhookReceiver) -> Submit:
    """Submit a task whose webhook goes to the receiver."""

    def post(prompt: str = "a red cube", **fields: object) -> requests.Response:
        hook = {"webhook_url": webhook_receiver.url, "webhook_secret": "s3cret"}
        body = {"prompt": prompt, "width": 256, "height": 256, **hook, **fields}
        headers = {"x-key": mock_bfl.api_key}
        return requests.post(f"{mock_bfl.base_url}/v1/flux-2-pro", json=body, headers=headers, timeout=10)

    return post


@pytest.fixture
def lever(mock_bfl: MockAccount) -> Lever:
    """Pull a lever of the account and return status and JSON."""

    def pull(method: str, path: str, *, key: str | None = None, **options: Any) -> tuple[int, Any]:
        headers = {"x-key": key or mock_bfl.api_key}
        answer = requests.request(method, f"{mock_bfl.base_url}/_mock{path}", headers=headers, timeout=10, **options)
        return answer.status_code, answer.json()

    return pull
