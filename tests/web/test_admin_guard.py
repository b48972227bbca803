"""The mock does not pull its own levers: a webhook that leads to one is refused, whoever named its URL."""

from __future__ import annotations

import pytest
import requests

from mock_bfl.contract import webhooks
from mock_bfl.fixtures import MockAccount
from tests.web.mock import Mock, json_of

SENDS = {"User-Agent": webhooks.USER_AGENT.value}
SIGNED = {webhooks.SIGNATURE.value: "sha256=0"}
LEVERS = (("POST", "/_mock/reset"), ("POST", "/_mock/nothing"), ("GET", "/_mock/health"))


@pytest.mark.parametrize("headers", [SENDS, SIGNED, SENDS | SIGNED], ids=["unsigned", "signed", "both"])
@pytest.mark.parametrize(("method", "path"), LEVERS)
def test_a_webhook_pulls_no_lever(mock: Mock, method: str, path: str, headers: dict[str, str]) -> None:
    reply = mock.client.open(path, method=method, headers=headers)
    assert reply.status_code == 403
    assert json_of(reply)["error"] == (
        "/_mock answers no webhook of a mock: this request carries the User-Agent or the signature of one. "
        "Give a webhook_url that leads to a receiver."
    )


def test_a_client_of_another_name_pulls_levers(mock: Mock) -> None:
    agent = {"User-Agent": f"{webhooks.USER_AGENT.value}-client/1.0"}
    assert mock.client.post("/_mock/reset", headers=agent).status_code == 200


@pytest.mark.usefixtures("mock_bfl_clock")
@pytest.mark.parametrize("path", ["/_mock/reset", "/%5Fmock/reset", "/_mock/reset?x=1#y"])
@pytest.mark.parametrize("secret", [None, "s3cret"])
def test_a_webhook_url_that_leads_to_a_lever_moves_nothing(
    mock_bfl: MockAccount, path: str, secret: str | None
) -> None:
    body = {"prompt": "a red cube", "webhook_url": mock_bfl.base_url + path, "webhook_secret": secret}
    headers = {"x-key": mock_bfl.api_key}
    requests.post(f"{mock_bfl.base_url}/v1/flux-2-pro", json=body, headers=headers, timeout=10)
    mock_bfl.webhooks.deliver()
    (delivery,) = mock_bfl.webhooks.deliveries
    assert [attempt.status for attempt in delivery.attempts] == [403]
