"""The routes beside generation: credits, finetunes, licence usage."""

from __future__ import annotations

import pytest

from mock_bfl.contract.endpoints import LICENCE_SLUGS
from tests.web.mock import Mock, json_of
from tests.web.wire import KEY

HEADERS = {"x-key": KEY}
OWN = "my-finetune"


def test_credits_are_one_number(mock: Mock) -> None:
    reply = mock.client.get("/v1/credits", headers=HEADERS)
    assert (reply.status_code, json_of(reply)) == (200, {"credits": 1000.0})


def test_a_fresh_account_owns_one_finetune(mock: Mock) -> None:
    assert json_of(mock.client.get("/v1/my_finetunes", headers=HEADERS)) == {"finetunes": [OWN]}


def test_the_details_of_a_finetune_are_an_object(mock: Mock) -> None:
    reply = mock.client.get(f"/v1/finetune_details?finetune_id={OWN}", headers=HEADERS)
    assert json_of(reply)["finetune_details"]["finetune_id"] == OWN


def test_an_unknown_finetune_is_a_404_that_names_the_known_ones(mock: Mock) -> None:
    reply = mock.client.get("/v1/finetune_details?finetune_id=other", headers=HEADERS)
    assert (reply.status_code, json_of(reply)) == (404, {"detail": "Finetune not found"})
    assert reply.headers["X-Mock-BFL-Why"] == f"The account's finetunes are: {OWN}."


def test_a_deleted_finetune_is_gone_for_its_account_alone(mock: Mock) -> None:
    reply = mock.client.post("/v1/delete_finetune", json={"finetune_id": OWN}, headers=HEADERS)
    assert list(json_of(reply)) == ["status", "message", "deleted_finetune_id", "timestamp"]
    assert json_of(reply)["deleted_finetune_id"] == OWN
    assert json_of(reply)["timestamp"].startswith("2026-01-01T00:00:00")
    assert json_of(mock.client.get("/v1/my_finetunes", headers=HEADERS)) == {"finetunes": []}
    assert json_of(mock.client.get("/v1/my_finetunes", headers={"x-key": "other"})) == {"finetunes": [OWN]}
    assert mock.client.post("/v1/delete_finetune", json={"finetune_id": OWN}, headers=HEADERS).status_code == 404


@pytest.mark.parametrize("slug", LICENCE_SLUGS.value)
@pytest.mark.parametrize("body", [{}, {"number_of_generations": 7}])
def test_usage_of_a_licensed_model_is_recorded(mock: Mock, slug: str, body: dict[str, int]) -> None:
    """[DOCS-LIC]"""
    reply = mock.client.post(f"/v1/licenses/models/{slug}/usage", json=body, headers=HEADERS)
    assert (reply.status_code, json_of(reply)) == (200, {"message": "Usage recorded successfully"})


def test_usage_of_an_unknown_slug_is_the_documented_400(mock: Mock) -> None:
    """[DOCS-LIC: the text is theirs]"""
    reply = mock.client.post("/v1/licenses/models/example-model/usage", json={}, headers=HEADERS)
    assert reply.status_code == 400
    assert json_of(reply) == {"detail": "Model slug example-model is not supported for usage reporting"}
    assert "flux-2-dev" in reply.headers["X-Mock-BFL-Why"]


@pytest.mark.parametrize("number", [0, -1, "many", None, 1.5, True])
def test_a_number_of_generations_that_is_none_is_a_422(mock: Mock, number: object) -> None:
    body = {"number_of_generations": number}
    reply = mock.client.post("/v1/licenses/models/flux-2-dev/usage", json=body, headers=HEADERS)
    if number is True:  # pydantic takes it for 1, as the framework does
        assert reply.status_code == 200
    else:
        assert json_of(reply)["detail"][0]["loc"] == ["body", "number_of_generations"]
