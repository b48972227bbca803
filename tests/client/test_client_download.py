"""A picture comes to disk whole or not at all, and an error page never does."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import requests

import bfl_client as bfl
from bfl_client._pictures import find_unfit
from bfl_client._policy import Unfit
from bfl_client._replies import Reply
from tests.client.wire_double import JPEG, SAMPLE, TASK_ID, Answer, Step, World, accepted, picture, ready

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40) + b"\x00\x00\x00\x00IEND\xaeB`\x82"
WEBP = b"RIFF" + (60).to_bytes(4, "little") + b"WEBP" + bytes(56)
EXPIRED = Answer(403, b"<Error><Code>AuthenticationFailed</Code></Error>", {"content-type": "application/xml"})


def download(path: Path, *steps: Step) -> World:
    world = World(accepted(), ready(), *steps)
    world.client.submit("flux-2-pro", "x").download(path)
    assert world.adapter.left == []
    return world


@pytest.mark.parametrize(("body", "kind"), [(JPEG, "jpeg"), (PNG, "png"), (WEBP, "webp"), (JPEG + bytes(20), "jpeg")])
def test_a_whole_picture_is_saved_byte_for_byte(tmp_path: Path, body: bytes, kind: str) -> None:
    download(tmp_path / "cube", picture(body, content_type=f"image/{kind}"))
    assert (tmp_path / "cube").read_bytes() == body
    assert [file.name for file in tmp_path.iterdir()] == ["cube"]


def test_save_is_the_same_by_the_result(tmp_path: Path) -> None:
    world = World(accepted(), ready(), picture())
    assert world.client.generate("flux-2-pro", "x").save(tmp_path / "a.jpg") == tmp_path / "a.jpg"


def test_the_suffix_of_the_output_sets_the_format_that_is_asked_for(tmp_path: Path) -> None:
    world = World(accepted(), ready(), picture(PNG, content_type="image/png"))
    world.client.generate("flux-2-pro", "x", output=tmp_path / "cube.png")
    assert b'"output_format":"png"' in (world.adapter.seen[0].body or b"")


def test_a_conflict_of_suffix_and_format_is_found_before_anything_is_sent(tmp_path: Path) -> None:
    world = World()
    with pytest.raises(bfl.InvalidRequest):
        world.client.generate("flux-2-pro", "x", output=tmp_path / "cube.png", output_format="jpeg")


def test_an_expired_url_is_renewed_by_polling_again(tmp_path: Path) -> None:
    world = download(tmp_path / "a", EXPIRED, ready("https://delivery-eu.bfl.ai/new?sig=2"), picture())
    assert [request.url for request in world.adapter.seen[2:]] == [
        SAMPLE,
        world.adapter.seen[1].url,
        "https://delivery-eu.bfl.ai/new?sig=2",
    ]


def test_a_url_that_stays_expired_is_an_error_and_no_file(tmp_path: Path) -> None:
    with pytest.raises(bfl.SampleExpired) as caught:
        download(tmp_path / "a", EXPIRED, ready(), EXPIRED)
    assert caught.value.status_code == 403
    assert caught.value.task_id == TASK_ID
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "page",
    [
        Answer(200, b"<html>Sorry</html>", {"content-type": "text/html"}),
        Answer(200, b"<html>Sorry</html>", {"content-type": "image/jpeg"}),
        Answer(200, JPEG),
    ],
    ids=["html", "html that claims to be a picture", "no content type"],
)
def test_a_page_is_never_saved_as_the_picture(tmp_path: Path, page: Answer) -> None:
    with pytest.raises(bfl.NotAnImage):
        download(tmp_path / "a", page, ready(), page)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "broken",
    [
        Answer(200, JPEG[:50], {"content-type": "image/jpeg", "content-length": str(len(JPEG))}),
        Answer(200, JPEG[:-2], {"content-type": "image/jpeg"}),
        Answer(200, PNG[:-1], {"content-type": "image/png"}),
        Answer(200, WEBP[:-1], {"content-type": "image/webp"}),
        Answer(500),
        Answer(429),
        requests.ConnectionError("reset"),
    ],
    ids=["short", "jpeg", "png", "webp", "500", "429", "reset"],
)
def test_what_broke_off_is_fetched_again(tmp_path: Path, broken: Step) -> None:
    download(tmp_path / "a", broken, broken, picture())
    assert (tmp_path / "a").read_bytes() == JPEG


def test_what_keeps_breaking_off_is_an_error_and_no_file(tmp_path: Path) -> None:
    cut = Answer(200, JPEG[:-2], {"content-type": "image/jpeg"})
    with pytest.raises(bfl.NotAnImage, match="breaks off"):
        download(tmp_path / "a", *[cut] * 6)
    assert list(tmp_path.iterdir()) == []


def test_a_length_that_disagrees_is_a_partial_picture_on_any_transport(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(JPEG)
    headers = {"content-type": "image/jpeg", "content-length": "999"}
    assert find_unfit(tmp_path / "a", reply=Reply(200, headers)) == Unfit("206 of 999 bytes came", is_partial=True)


def test_a_longer_first_try_leaves_nothing_behind_in_the_second(tmp_path: Path) -> None:
    long_page = Answer(200, b"<html>" + bytes(5000), {"content-type": "text/html"})
    download(tmp_path / "a", long_page, ready(), picture())
    assert (tmp_path / "a").read_bytes() == JPEG


def test_a_failure_leaves_the_file_that_was_there(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(bfl.SampleExpired):
        download(tmp_path / "a", EXPIRED, ready(), EXPIRED)
    assert (tmp_path / "a").read_bytes() == b"old"


def test_an_error_shows_no_signature_of_the_url_nor_does_its_cause(tmp_path: Path) -> None:
    with pytest.raises(bfl.DownloadFailed) as caught:
        download(tmp_path / "a", *[requests.ConnectionError(f"cannot reach {SAMPLE}")] * 6)
    assert "s3cr3t" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    "sample", ["http://169.254.169.254/latest", "https://10.0.0.1/x", "file:///etc/passwd", "nonsense"]
)
def test_a_sample_inside_the_own_network_is_not_fetched(tmp_path: Path, sample: str) -> None:
    world = World(accepted(), ready(sample))
    with pytest.raises(bfl.DownloadFailed):
        world.client.submit("flux-2-pro", "x").download(tmp_path / "a")


def test_a_folder_that_vanishes_meanwhile_is_a_download_that_failed(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()

    def answer(request: requests.PreparedRequest) -> Answer:
        if request.method == "POST":
            return accepted()
        folder.rmdir()
        return ready()

    with pytest.raises(bfl.DownloadFailed, match="cannot be written") as caught:
        World(script=answer).client.submit("flux-2-pro", "x").download(folder / "a")
    assert caught.value.polling_url is not None


def test_a_body_that_is_still_coming_at_the_deadline_is_given_up(tmp_path: Path) -> None:
    world = World(accepted(), ready())

    class Drip(io.BytesIO):
        def read1(self, size: int | None = -1, /) -> bytes:
            world.clock.now_s += 40.0
            return b"x"

    world.adapter.left.append(Answer(200, headers={"content-type": "image/jpeg"}, raw=Drip))
    with pytest.raises(bfl.DownloadFailed, match="still coming"):
        world.client.submit("flux-2-pro", "x").download(tmp_path / "a")
    assert list(tmp_path.iterdir()) == []
