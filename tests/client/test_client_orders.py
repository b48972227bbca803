"""From the caller's arguments to what is submitted: a body, a price, a format, input images in their places."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from bfl_client import InvalidRequest
from bfl_client._calls import edit_fields, order_for
from bfl_client.models import AnyRequest, Flux2Pro, FluxPro11Ultra
from tests.client.pictures import base64_of, picture
from tests.client.wire_double import World, accepted, ready

PICTURE = picture()
IMAGE = base64_of(PICTURE)
TWO_MP = {"prompt": "p", "width": 2048, "height": 1024}


@pytest.mark.parametrize("model", ["flux-2-pro", "flux-9"])
def test_none_is_left_out_and_extra_is_passed_as_it_is(model: str) -> None:
    order = order_for(model, {"prompt": "p", "seed": None}, extra={"steps": 28, "newer": None})
    assert json.loads(order.body) == {"prompt": "p", "steps": 28, "newer": None}


@pytest.mark.parametrize("model", ["flux-2-pro", "flux-9"])
def test_a_field_given_twice_is_refused(model: str) -> None:
    with pytest.raises(InvalidRequest, match="seed"):
        order_for(model, {"prompt": "p", "seed": 1}, extra={"seed": 2})


@pytest.mark.parametrize("model", ["flux-2-pro", "flux-9"])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), b"bytes", {1, 2}])
def test_what_is_no_json_is_refused_unsent(value: object, model: str) -> None:
    with pytest.raises(InvalidRequest):
        order_for(model, {"prompt": "p"}, extra={"guidance": value})


def test_a_request_is_taken_as_it_is_and_holds_its_fields_itself() -> None:
    request = Flux2Pro(prompt="p", width=2048, height=1024)
    order = order_for(request, {"prompt": None})
    assert (order.model, json.loads(order.body)) == ("flux-2-pro", TWO_MP)
    with pytest.raises(InvalidRequest, match="prompt, seed: write it into the Flux2Pro"):
        order_for(request, {"prompt": "q"}, extra={"seed": 1})


def test_an_order_knows_its_price() -> None:
    order = order_for("flux-2-pro", TWO_MP)
    assert (order.estimate_credits, order.is_price_certain) == (4.5, True)
    assert order_for("flux-9", {"prompt": "p"}).estimate_credits is None


@pytest.mark.parametrize("model", ["flux-2-pro", Flux2Pro(prompt="p", seed=1), "flux-9"], ids=str)
def test_the_suffix_of_the_output_is_written_into_the_request(model: str | Flux2Pro) -> None:
    fields: Mapping[str, object] = {"prompt": "p", "seed": 1} if isinstance(model, str) else {}
    order = order_for(model, fields, output="a.png", extra={"new": 1} if isinstance(model, str) else None)
    expected = {"prompt": "p", "seed": 1, "output_format": "png", **({"new": 1} if isinstance(model, str) else {})}
    assert json.loads(order.body) == expected


def test_an_unchecked_request_stays_unchecked() -> None:
    order = order_for(AnyRequest("flux-2-pro", {"prompt": "p", "width": 7}), {}, output="a.png")
    assert json.loads(order.body) == {"prompt": "p", "width": 7, "output_format": "png"}


def test_a_format_in_a_request_that_the_output_contradicts_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="suffix"):
        order_for(FluxPro11Ultra(prompt="p", output_format="png"), {}, output="a.jpg")


def test_a_model_that_makes_one_format_alone_is_not_asked_for_another() -> None:
    assert json.loads(order_for("flux-3-image", {"prompt": "p"}, output="a.png").body) == {"prompt": "p"}


def test_the_images_of_an_edit_go_where_the_model_has_them(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(PICTURE)
    url = "https://example.com/b.png"
    assert edit_fields("flux-2-pro", [PICTURE, url]) == {"input_image": IMAGE, "input_image_2": url}
    assert edit_fields("flux-fill", [tmp_path / "a.png"], mask=PICTURE) == {"image": IMAGE, "mask": IMAGE}
    assert edit_fields("flux-3-image", [PICTURE] * 2) == {"images": [IMAGE, IMAGE]}
    assert list(edit_fields("flux-9", [PICTURE] * 2)) == ["input_image", "input_image_2"]


def test_too_many_images_or_a_mask_where_none_is_taken_are_refused() -> None:
    with pytest.raises(InvalidRequest, match="takes 4 input images, not 5"):
        edit_fields("flux-kontext-pro", [PICTURE] * 5)
    with pytest.raises(InvalidRequest, match="takes no mask"):
        edit_fields("flux-2-pro", [PICTURE], mask=PICTURE)


def test_an_edit_without_an_image_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="no image"):
        edit_fields("flux-2-pro", [])


def test_an_edit_sends_its_pictures_and_returns_the_new_one() -> None:
    world = World(accepted(), ready())
    result = world.client.edit("make it night", [PICTURE], seed=7)
    assert json.loads(world.adapter.seen[0].body or b"") == {"prompt": "make it night", "input_image": IMAGE, "seed": 7}
    assert (result.model, result.seed) == ("flux-2-pro", 42)


def test_an_estimate_sends_nothing() -> None:
    world = World()
    estimate = world.client.estimate("flux-2-pro", "p", width=2048, height=1024)
    assert (estimate.credits, estimate.is_exact, world.adapter.seen) == (4.5, True, [])


def test_a_price_that_is_not_the_lists_is_said(caplog: pytest.LogCaptureFixture) -> None:
    world = World(accepted(cost=9.0), accepted(cost=3.0000000000001))
    world.client.submit("flux-2-pro", "p", width=1024, height=1024)
    world.client.submit("flux-2-pro", "p", width=1024, height=1024)
    said = [record.getMessage() for record in caplog.records if "price list" in record.getMessage()]
    assert [each.partition("costs ")[2] for each in said] == [
        "9 credits; by the price list of this client it would be 3."
    ]
    assert world.client.spent_credits == pytest.approx(12)
