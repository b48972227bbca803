"""The tools and FLUX 3 over HTTP: paths of two segments, closed bodies, phases, and what the journal says of images."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from bfl_conformance.bodies import png
from mock_bfl.contract.newer import NEWER
from mock_bfl.testing import LiveServer
from mock_bfl.web import create_app
from tests.web.mock import FLUX_2_PRO, Mock, json_of, new_mock
from tests.web.test_v1_submit import minimal
from tests.web.wire import KEY

ERASE = "/v1/flux-tools/erase-v1"
FLUX_3 = "/v1/flux-3-image"


def last_of(mock: Mock) -> Any:
    return json_of(mock.client.get("/_mock/journal"))["exchanges"][-1]


@pytest.mark.parametrize("model", NEWER, ids=lambda model: model.slug)
def test_a_newer_model_is_submitted_polled_and_delivered(model: Any) -> None:
    mock = new_mock(speed=0)
    submitted = mock.client.post(model.path, json=minimal(model), headers={"x-key": KEY})
    ready = mock.poll(submitted)
    assert ready["status"] == "Ready"
    assert mock.client.get(ready["result"]["sample"]).status_code == 200


@pytest.mark.parametrize("model", NEWER, ids=lambda model: model.slug)
def test_the_journal_names_the_model_and_who_names_its_path(mock: Mock, model: Any) -> None:
    mock.client.post(model.path, json=minimal(model), headers={"x-key": KEY})
    assert last_of(mock)["slug"] == model.slug
    assert last_of(mock)["notes"][0] == f"path known to {model.named_by[0]} only"


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("/v1/erase-v1", "flux-tools/erase-v1"),
        ("/v1/flux-tools/erase", "flux-tools/erase-v1"),
        ("/v1/flux-tools/vto", "flux-tools/vto-v"),
        ("/v1/flux-3-imag", "flux-3-image"),
        ("/flux-2-pro", "flux-2-pro"),
        ("/api/v1/flux-kontext-max", "flux-kontext-max"),
    ],
)
def test_a_path_that_is_near_is_answered_with_a_hint(mock: Mock, path: str, hint: str) -> None:
    reply = mock.submit(path)
    assert reply.status_code == 404
    assert f"Did you mean {hint}" in reply.headers["X-Mock-BFL-Why"]


@pytest.mark.parametrize("path", ["/v1/flux-3-video", "/v1/flux-tools/video-upscale-v1", "/v1/flux-tools/"])
def test_what_is_left_out_is_not_found(mock: Mock, path: str) -> None:
    assert mock.submit(path).data == b'{"detail":"Not Found"}'


def test_a_path_of_two_segments_with_a_slash_behind_leads_to_the_one_without(mock: Mock) -> None:
    reply = mock.submit(f"{ERASE}/")
    assert (reply.status_code, reply.headers["Location"]) == (307, f"http://localhost{ERASE}")


def test_a_path_of_two_segments_answers_post_alone(mock: Mock) -> None:
    reply = mock.client.get(ERASE)
    assert (reply.status_code, reply.headers["Allow"]) == (405, "POST")


def test_flux_3_refuses_an_unknown_field_in_the_words_that_were_seen(mock: Mock) -> None:
    """[F3-DOCS: unknown fields are a 422]"""
    reply = mock.submit(FLUX_3, seed=7)
    fault = {"type": "extra_forbidden", "loc": ["body", "seed"], "msg": "Extra inputs are not permitted", "input": 7}
    assert (reply.status_code, json_of(reply)) == (422, {"detail": [fault]})


def test_flux_3_polls_pending_reasoning_generating_and_ready_with_its_cost(mock: Mock) -> None:
    task = mock.script("after=10s", path=FLUX_3)
    seen = []
    for _ in range(11):
        seen.append(mock.poll(task)["status"])
        mock.clock.advance(seconds=1)
    assert list(dict.fromkeys(seen)) == ["Pending", "Reasoning", "Generating", "Ready"]
    assert mock.poll(task)["cost"] == json_of(task)["cost"]


def test_in_the_guide_flux_3_is_pending_until_it_is_ready(guide: Mock) -> None:
    task = guide.script("after=10s", path=FLUX_3)
    guide.clock.advance(seconds=5)
    assert guide.poll(task) == {"id": json_of(task)["id"], "status": "Pending"}


def test_an_accepted_submit_with_a_bad_image_says_so_in_header_and_journal(mock: Mock) -> None:
    reply = mock.submit(input_image="bm8gaW1hZ2U=")
    assert reply.status_code == 200
    assert "The task will end in Error." in reply.headers["X-Mock-BFL-Why"]
    assert last_of(mock)["why"] == reply.headers["X-Mock-BFL-Why"]


def test_an_image_of_another_machine_is_noted_in_the_journal(mock: Mock) -> None:
    mock.submit(input_image="https://example.com/cat.png")
    assert last_of(mock)["notes"] == ["input_image: a URL of another machine is not fetched"]


@pytest.mark.parametrize(
    "image",
    [png(300, 300), f"data:image/png;base64,{png(300, 300)}", "", " ", "\ud800", "http://", "http://127.0.0.1:99999/"],
)
@pytest.mark.parametrize("path", [FLUX_2_PRO, ERASE, FLUX_3])
@pytest.mark.parametrize("name", ["mock", "guide"])
def test_no_text_in_an_image_field_breaks_the_mock(
    *, request: pytest.FixtureRequest, path: str, image: str, name: str
) -> None:
    mock: Mock = request.getfixturevalue(name)
    fields = {FLUX_2_PRO: ["input_image"], ERASE: ["image", "mask"], FLUX_3: ["images"]}[path]
    body = {"prompt": "a", **dict.fromkeys(fields, image)}
    headers = {"x-key": KEY, "Content-Type": "application/json"}
    reply = mock.client.post(path, data=json.dumps(body), headers=headers)
    assert reply.status_code in {200, 400, 422}


def test_a_server_with_a_thread_for_each_request_edits_its_own_picture() -> None:
    """A sample URL goes back in as an input image, over the socket that serves both."""
    mock = new_mock(speed=0)
    with LiveServer(create_app(mock.engine)) as server:
        submit = f"{server.base_url}{FLUX_2_PRO}"
        first = requests.post(submit, json={"prompt": "a", "width": 640, "height": 320}, headers={"x-key": KEY}).json()
        sample = requests.get(first["polling_url"]).json()["result"]["sample"]
        second = requests.post(submit, json={"prompt": "b", "input_image": sample}, headers={"x-key": KEY}).json()
    assert (second["input_mp"], second["output_mp"]) == (0.2, 0.2)
