"""An input image is measured, or cannot be known here, or cannot be used; nothing of another machine is asked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_bfl.contract import MODELS_BY_SLUG
from mock_bfl.core.image_header import ImageSize, NotAnImage
from mock_bfl.core.order import NOTHING_FETCHED
from mock_bfl.core.references import Fetched, Reference, Unmeasured, Unusable, is_of_this_machine, references_in
from tests.core.examples import png

HERE = "http://127.0.0.1:8000/cat.png"
ELSEWHERE = "https://example.com/cat.png"
LARGE = ImageSize(5000, 5000, "png", length_bytes=10)


def references(given: dict[str, object], *, slug: str, fetched: Fetched) -> list[tuple[str, Reference]]:
    model = MODELS_BY_SLUG[slug]
    return list(references_in(dict.fromkeys(model.references) | given, model=model, fetched=fetched))


def only(value: object, *, slug: str = "flux-dev", fetched: Fetched = NOTHING_FETCHED) -> Reference:
    name = MODELS_BY_SLUG[slug].references[0]
    ((found_name, found),) = references({name: value}, slug=slug, fetched=fetched)
    assert found_name == name
    return found


def reason(found: Reference) -> str:
    assert isinstance(found, Unusable)
    return found.reason


@pytest.mark.parametrize("head", ["", "data:image/png;base64,"])
def test_base64_is_measured_with_and_without_its_prefix(head: str) -> None:
    found = only(head + png(300, 200))
    assert isinstance(found, ImageSize)
    assert (found.width_px, found.height_px, found.format) == (300, 200, "png")


@pytest.mark.parametrize(
    "url",
    [
        HERE,
        "http://localhost/a",
        "HTTP://LOCALHOST:1/a",
        "https://localhost./",
        "http://my.app.localhost:3000/a",
        "http://[::1]:8/a",
        "http://127.8.9.10/",
        "http://user:secret@127.0.0.1/",
        "http://[::ffff:127.0.0.1]/",
    ],
)
def test_a_loopback_address_and_a_name_of_localhost_are_this_machine(url: str) -> None:
    assert is_of_this_machine(url)
    assert only(url) == Unmeasured("not fetched yet", url=url)


@pytest.mark.parametrize(
    "url",
    [
        ELSEWHERE,
        "http://10.0.0.1/a",
        "http://0.0.0.0/a",
        "http://169.254.169.254/latest",
        "http://127.0.0.1.example.com/",
        "http://localhost.example.com/",
        "http://notlocalhost/",
        "http://127.1/",
        "http://2130706433/",
        "http://127.0.0.1@example.com/",
        "http://[::2]/",
        "http://[::1/",
        "http:///a",
    ],
)
def test_every_other_address_is_not_and_its_image_is_not_to_be_known(url: str) -> None:
    assert not is_of_this_machine(url)
    assert only(url) == Unmeasured("a URL of another machine is not fetched")


@given(st.text())
def test_no_url_raises(text: str) -> None:
    assert isinstance(is_of_this_machine(f"http://{text}"), bool)


def test_what_was_fetched_is_known() -> None:
    size = ImageSize(300, 200, "png", length_bytes=10)
    assert only(HERE, fetched={HERE: size}) == size
    assert only(HERE, fetched={HERE: NotAnImage("It answered 404.")}) == Unusable("It answered 404.")


def test_a_blob_path_of_the_vendor_is_no_image_of_ours() -> None:
    found = references({"input_image_blob_path": "a/b.png"}, slug="flux-2-flex", fetched=NOTHING_FETCHED)
    assert found == [("input_image_blob_path", Unmeasured("a blob path of the vendor"))]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        (" \n", "empty"),
        ("data:image/png;base64,", "empty"),
        ("no base64!", "nor base64"),
        ("bm8gaW1hZ2U=", "begin like"),
        ("ftp://127.0.0.1/a.png", "http or https URL"),
    ],
)
def test_what_is_no_image_cannot_be_used_and_says_why(text: str, said: str) -> None:
    assert said in reason(only(text))


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (LARGE, "5000x5000 pixels; at most 20 megapixels"),
        (ImageSize(256, 256, "png", length_bytes=20 * 2**20 + 1), "at most 20 MiB"),
    ],
)
def test_an_image_above_the_limits_cannot_be_used(size: ImageSize, said: str) -> None:
    assert said in reason(only(HERE, fetched={HERE: size}))


@pytest.mark.parametrize(
    "size", [ImageSize(5120, 4096, "png", length_bytes=20 * 2**20), ImageSize(1, 1, "gif", length_bytes=1)]
)
def test_an_image_at_the_limits_can(size: ImageSize) -> None:
    assert only(HERE, fetched={HERE: size}) == size


@pytest.mark.parametrize(
    ("size", "found"),
    [
        ((256, 256), None),
        ((4096, 4096), None),
        ((255, 4096), Unusable("The image has 255x4096 pixels; each side needs at least 256.")),
        ((4097, 4096), Unusable("The image has 4097x4096 pixels; at most 16 megapixels are taken.", too_large=True)),
    ],
)
def test_flux_3_takes_256_pixels_a_side_to_16_megapixels(size: tuple[int, int], found: Unusable | None) -> None:
    """[F3-DOCS]"""
    image = ImageSize(*size, "png", length_bytes=10)
    assert only(HERE, slug="flux-3-image", fetched={HERE: image}) == (found or image)


def test_images_come_alone_or_in_a_list() -> None:
    alone, listed = (
        references({"images": value}, slug="flux-3-image", fetched=NOTHING_FETCHED)
        for value in (ELSEWHERE, [ELSEWHERE, png(300, 300)])
    )
    assert [name for name, _ in listed] == ["images", "images"]
    assert alone == listed[:1]
    assert isinstance(listed[1][1], ImageSize)


def test_null_is_no_image() -> None:
    assert references({}, slug="flux-2-flex", fetched=NOTHING_FETCHED) == []
