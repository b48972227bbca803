"""What becomes of a submit with input images: measured, noted, refused or failed and refunded; never a 5xx."""

from __future__ import annotations

import json
import threading
from dataclasses import replace

import pytest

from mock_bfl.contract import GUIDE, LIVE, Dialect
from mock_bfl.core.image_header import ImageSize, NotAnImage
from mock_bfl.core.reply import Reply
from tests.core.examples import png
from tests.engine.driver import Mock, body_of

HERE = "http://127.0.0.1:8000/cat.png"
ELSEWHERE = "https://example.com/cat.png"
SIZE = ImageSize(2048, 1024, "png", length_bytes=100)
NOT_AN_IMAGE = "bm8gaW1hZ2U="


class Fetcher:
    """Answers every URL with one image, and remembers which were asked for."""

    def __init__(self, found: ImageSize | NotAnImage = SIZE) -> None:
        self.asked: list[str] = []
        self._found = found

    def __call__(self, url: str) -> ImageSize | NotAnImage:
        self.asked.append(url)
        return self._found


def nothing_fetched(url: str) -> ImageSize:
    raise AssertionError(f"{url} was fetched")


def details_of(reply: Reply) -> object:
    return json.loads(reply.body)["details"]


def test_an_image_of_this_machine_is_fetched_and_billed_by_its_size() -> None:
    fetch = Fetcher()
    reply = Mock(fetch=fetch).submit(input_image=HERE, width=64, height=64)
    assert (body_of(reply)["input_mp"], body_of(reply)["cost"]) == (2.0, 6.0)
    assert fetch.asked == [HERE]


def test_an_image_without_a_size_asked_for_gives_its_own() -> None:
    assert body_of(Mock(fetch=Fetcher()).submit(input_image=HERE))["output_mp"] == 2.0


def test_each_url_is_fetched_once() -> None:
    fetch = Fetcher()
    Mock(fetch=fetch).submit(input_image=HERE, input_image_2=HERE, input_image_3=HERE + "?2")
    assert fetch.asked == [HERE, HERE + "?2"]


def test_an_image_of_another_machine_is_not_fetched_counts_a_megapixel_and_is_noted() -> None:
    reply = Mock(fetch=nothing_fetched).submit(input_image=ELSEWHERE)
    assert body_of(reply)["input_mp"] == 1.0
    assert reply.notes == ("input_image: a URL of another machine is not fetched",)
    assert reply.why is None


def test_a_directive_says_how_large_it_is() -> None:
    reply = Mock(fetch=nothing_fetched).submit("a [mock: input_mp=3]", input_image=ELSEWHERE)
    assert body_of(reply)["input_mp"] == 3.0


@pytest.mark.parametrize("key", [None, "mock-malformed", "mock-revoked"])
def test_nothing_is_fetched_for_a_key_that_is_refused(key: str | None) -> None:
    reply = Mock(fetch=nothing_fetched).submit(key=key, input_image=HERE)
    assert reply.status in {403, 422}


def test_nothing_is_fetched_for_a_body_with_faults() -> None:
    assert Mock(fetch=nothing_fetched).submit(input_image=HERE, width=3).status == 422


def test_no_transaction_is_held_while_an_image_is_fetched() -> None:
    """The server that holds it may be this one, and must be able to answer meanwhile."""
    answered = threading.Event()

    def ask_the_mock_meanwhile() -> None:
        mock.credits()
        answered.set()

    def fetch(url: str) -> ImageSize:
        asking = threading.Thread(target=ask_the_mock_meanwhile, daemon=True)
        asking.start()
        assert answered.wait(10), "the mock was locked while an image was fetched"
        asking.join()
        return SIZE

    mock = Mock(fetch=fetch)
    assert mock.submit(input_image=HERE).status == 200


@pytest.mark.parametrize("image", [NOT_AN_IMAGE, "", " \n ", "data:image/png;base64,!!", HERE])
def test_in_live_a_bad_image_ends_its_task_and_is_given_back(image: str) -> None:
    mock = Mock(speed=0, fetch=Fetcher(NotAnImage("It answered 404.")))
    reply = mock.submit(input_image=image)
    assert reply.status == 200
    task_id = body_of(reply)["id"]
    assert mock.status(task_id) == "Error"
    assert body_of(mock.poll(task_id))["details"]["error"] == "invalid_image"
    assert (mock.credits(), mock.refunds()) == (1000, 1)


def test_such_a_submit_says_so_when_it_is_accepted() -> None:
    why = Mock().submit(input_image=NOT_AN_IMAGE).why or ""
    assert why.startswith("input_image: The bytes do not begin like a png, jpeg, webp or gif.")
    assert why.endswith("The task will end in Error.")


def test_in_the_guide_a_bad_image_is_refused_and_costs_nothing() -> None:
    mock = Mock(dialect=GUIDE)
    reply = mock.submit(input_image=NOT_AN_IMAGE)
    assert reply.status == 400
    assert details_of(reply) == {"input_image": "The bytes do not begin like a png, jpeg, webp or gif."}
    assert mock.credits() == 1000


@pytest.mark.parametrize(
    ("dialect", "status"), [(replace(LIVE, bad_image="refused"), 422), (replace(GUIDE, bad_image="task_error"), 200)]
)
def test_which_of_both_is_a_field_of_the_dialect(dialect: Dialect, status: int) -> None:
    assert Mock(dialect=dialect).submit(input_image=NOT_AN_IMAGE).status == status


@pytest.mark.parametrize(
    ("size", "status", "said"),
    [((200, 300), 422, "each side needs at least 256"), ((4097, 4096), 400, "at most 16 megapixels")],
)
def test_flux_3_refuses_by_size_at_the_submit(size: tuple[int, int], status: int, said: str) -> None:
    """[F3-DOCS]"""
    reply = Mock().submit(slug="flux-3-image", images=[png(*size)])
    assert reply.status == status
    assert said in (reply.why or "")


def test_in_the_guide_an_image_too_large_has_the_guides_envelope() -> None:
    body = body_of(Mock(dialect=GUIDE).submit(slug="flux-3-image", images=png(4097, 4096)))
    assert body == {"error": "validation_error", "message": "Input image is too large"}


def own_sample(mock: Mock, *, origin: str) -> str:
    """Return the sample URL of a 2 MP picture of the mock itself, as one on this machine would have it."""
    task_id = body_of(mock.submit(width=2048, height=1024))["id"]
    return mock.sample_url(task_id).replace("http://mock.test", origin)


@pytest.mark.parametrize("origin", ["http://127.0.0.1:8000", "http://mock.bfl.localhost"])
def test_a_sample_of_the_mock_itself_is_looked_up_and_not_fetched(origin: str) -> None:
    mock = Mock(speed=0, fetch=nothing_fetched)
    reply = mock.submit(input_image=own_sample(mock, origin=origin))
    assert body_of(reply)["input_mp"] == 2.0


def test_one_that_has_expired_is_a_bad_image() -> None:
    mock = Mock(speed=0, fetch=nothing_fetched)
    url = own_sample(mock, origin="http://localhost:1")
    mock.advance(seconds=601)
    assert "answered 403, not 200" in (mock.submit(input_image=url).why or "")


def test_one_of_a_mock_that_was_reset_is_fetched_for_it_is_no_longer_known() -> None:
    fetch = Fetcher(NotAnImage("It answered 404."))
    mock = Mock(speed=0, fetch=fetch)
    url = own_sample(mock, origin="http://localhost:1")
    mock.engine.control.reset(None)
    assert "It answered 404." in (mock.submit(input_image=url).why or "")
    assert fetch.asked == [url]
