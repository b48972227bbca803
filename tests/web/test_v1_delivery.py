"""The sample URL: who may fetch it, in which pieces, and until when."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image
from werkzeug.test import TestResponse

from tests.web.mock import Mock
from tests.web.wire import KEY


def sample(mock: Mock, path: str = "/v1/flux-2-pro", *, output_format: str = "jpeg") -> str:
    """Return the sample URL of a task that is Ready; its `se` is the present instant and ten minutes."""
    url = mock.ready(path, output_format=output_format, width=256, height=256)["result"]["sample"]
    return str(url)


def get(mock: Mock, url: str, **headers: str) -> TestResponse:
    return mock.client.get(url, headers={name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize("output_format", ["jpeg", "png", "webp"])
@pytest.mark.parametrize("path", ["/v1/flux-2-pro", "/v1/flux-dev"])
def test_a_sample_is_a_picture_of_the_size_and_format_asked_for(mock: Mock, path: str, output_format: str) -> None:
    reply = get(mock, sample(mock, path, output_format=output_format))
    assert (reply.status_code, reply.content_type) == (200, f"image/{output_format}")
    with Image.open(BytesIO(reply.data)) as picture:
        assert (picture.size, picture.format) == ((256, 256), output_format.upper())


@pytest.mark.parametrize("key", [KEY, "another", "mock-revoked", "two words"])
def test_a_sample_needs_no_key_and_tolerates_any(mock: Mock, key: str) -> None:
    url = sample(mock)
    assert get(mock, url, x_key=key).data == get(mock, url).data


def test_a_sample_has_the_headers_of_a_blob(mock: Mock) -> None:
    """[CASS]"""
    headers = get(mock, sample(mock)).headers
    assert headers["Server"] == "Windows-Azure-Blob/1.0 Microsoft-HTTPAPI/2.0"
    assert headers["Accept-Ranges"] == "bytes"
    assert headers["ETag"].startswith('"0x')
    assert headers["Last-Modified"] == "Thu, 01 Jan 2026 00:00:01 GMT"
    assert {"Content-MD5", "X-Ms-Blob-Type", "X-Ms-Creation-Time", "X-Ms-Version"} <= {name for name, _ in headers}


@pytest.mark.parametrize(("path", "cached"), [("/v1/flux-dev", "max-age=1200"), ("/v1/flux-2-pro", None)])
def test_only_a_sample_of_flux_1_may_be_cached(mock: Mock, path: str, cached: str | None) -> None:
    """[CASS]"""
    assert get(mock, sample(mock, path)).headers.get("Cache-Control") == cached


@pytest.mark.parametrize(("asked", "part"), [("bytes=0-9", slice(0, 10)), ("bytes=-5", slice(-5, None))])
def test_a_range_of_a_sample_is_a_206(mock: Mock, asked: str, part: slice) -> None:
    url = sample(mock)
    whole = get(mock, url).data
    reply = get(mock, url, Range=asked)
    assert (reply.status_code, reply.data) == (206, whole[part])
    assert reply.headers["Content-Range"].endswith(f"/{len(whole)}")


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=9-3"])
def test_a_range_beyond_a_sample_is_a_416_with_its_length(mock: Mock, asked: str) -> None:
    url = sample(mock)
    size = len(get(mock, url).data)
    reply = get(mock, url, Range=asked)
    assert (reply.status_code, reply.headers["Content-Range"]) == (416, f"bytes */{size}")
    assert reply.headers["x-ms-error-code"] == "InvalidRange"
    assert str(size) in reply.headers["X-Mock-BFL-Why"]


def test_an_unchanged_sample_is_a_304_without_a_body(mock: Mock) -> None:
    url = sample(mock)
    etag = get(mock, url).headers["ETag"]
    reply = get(mock, url, If_None_Match=etag)
    assert (reply.status_code, reply.data) == (304, b"")
    assert get(mock, url, If_None_Match='"0xOTHER"').status_code == 200


def test_head_of_a_sample_has_its_headers_and_no_body(mock: Mock) -> None:
    url = sample(mock)
    whole, head = get(mock, url), mock.client.head(url)
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["Content-Length"] == str(len(whole.data))
    assert head.headers["ETag"] == whole.headers["ETag"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_a_sample_answers_no_other_method(mock: Mock, method: str) -> None:
    assert mock.client.open(sample(mock), method=method).status_code == 405


def test_a_sample_answers_a_millisecond_before_ten_minutes_and_is_a_403_at_ten_minutes(mock: Mock) -> None:
    url = sample(mock)
    mock.clock.advance(ms=599_999)
    assert get(mock, url).status_code == 200
    mock.clock.advance(ms=1)
    expired = get(mock, url)
    assert (expired.status_code, expired.content_type) == (403, "application/xml")
    assert expired.headers["x-ms-error-code"] == "AuthenticationFailed"
    assert "Signed expiry time [Thu, 01 Jan 2026 00:10:01 GMT]" in expired.text
    assert expired.headers["X-Mock-BFL-Why"].startswith("This sample URL expired 0.000 s ago")


def test_a_later_poll_signs_the_sample_anew(mock: Mock) -> None:
    """[LIVE-UPS]"""
    task = mock.script("after=0s")
    old = mock.poll(task)["result"]["sample"]
    mock.clock.advance(seconds=600)
    new = mock.poll(task)["result"]["sample"]
    assert (get(mock, old).status_code, get(mock, new).status_code) == (403, 200)


def test_in_the_guide_a_later_poll_shows_the_same_sample(guide: Mock) -> None:
    task = guide.script("after=0s")
    old = guide.poll(task)["result"]["sample"]
    guide.clock.advance(seconds=600)
    assert guide.poll(task)["result"]["sample"] == old
    assert get(guide, old).status_code == 403


@pytest.mark.parametrize(
    "forge",
    [
        lambda url: url.replace("sig=", "sig=A"),
        lambda url: url.partition("?")[0],
        lambda url: url.replace("se=2026", "se=2036"),
        lambda url: url.replace("_sample", "_simple"),
        lambda url: url + "&sig=x",
        lambda url: url.replace("sp=r", "sp=rw"),
        lambda url: url.partition("&sig=")[0] + "&sig=%FF%00",
        lambda url: "/results/x?se=never&sig=",
    ],
    ids=["sig", "no query", "later", "other path", "second sig", "more rights", "odd bytes", "nonsense"],
)
def test_a_forged_sample_url_is_a_403_in_xml(mock: Mock, forge: object) -> None:
    assert callable(forge)
    reply = get(mock, forge(sample(mock)))
    assert (reply.status_code, reply.content_type) == (403, "application/xml")
    assert "Signature did not match." in reply.text
    assert reply.headers["X-Mock-BFL-Why"].startswith("The signature does not match")


def test_a_genuine_sample_of_before_a_reset_is_a_404(mock: Mock) -> None:
    url = sample(mock)
    mock.client.post("/_mock/reset")
    reply = get(mock, url)
    assert (reply.status_code, reply.headers["x-ms-error-code"]) == (404, "BlobNotFound")
    assert reply.headers["X-Mock-BFL-Why"]


def test_a_picture_depends_on_its_seed(mock: Mock) -> None:
    fetched = [get(mock, mock.ready(seed=seed)["result"]["sample"]).data for seed in (1, 2, 1)]
    assert fetched[0] != fetched[1]
    assert fetched[0] == fetched[2]
