"""Which row an exchange belongs to, and whether it failed."""

from __future__ import annotations

import pytest

from loadtests.names import Judged, grouped_name, judge

HOST = "http://127.0.0.1:8080"


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("POST", "/v1/flux-2-pro", "/v1/[model]"),
        ("POST", "/v1/flux-pro-1.1-ultra", "/v1/[model]"),
        ("GET", "/v1/get_result?id=3f2a", "/v1/get_result"),
        ("GET", "/v1/credits", "/v1/credits"),
        ("GET", "/results/2026/01/01/0a1b_sample.jpeg?se=x&sig=y", "[sample]"),
        ("GET", "/v1/my_finetunes?page=2", "/v1/my_finetunes"),
    ],
)
def test_requests_that_differ_only_in_model_task_or_signature_share_a_row(method: str, path: str, name: str) -> None:
    assert grouped_name(method, HOST + path) == name


def test_a_sample_on_another_host_is_a_sample() -> None:
    assert grouped_name("GET", "http://delivery.localhost:9/8e/sample.png?sig=y") == "[sample]"


def test_a_refused_submit_has_a_row_of_its_own_and_is_no_failure() -> None:
    assert judge("/v1/[model]", status=429, is_whole=True) == Judged("/v1/[model] (429)")


def test_a_refused_poll_is_a_failure() -> None:
    assert judge("/v1/get_result", status=429, is_whole=True) == Judged("/v1/get_result", "HTTP 429")


@pytest.mark.parametrize("status", [0, 302, 402, 403, 404, 500, 503])
@pytest.mark.parametrize("name", ["/v1/[model]", "/v1/get_result", "[sample]", "/v1/credits"])
def test_any_other_status_than_200_is_a_failure(name: str, status: int) -> None:
    assert judge(name, status=status, is_whole=True) == Judged(name, f"HTTP {status}")


def test_a_whole_200_is_a_success() -> None:
    assert judge("[sample]", status=200, is_whole=True) == Judged("[sample]")


def test_a_200_whose_body_broke_off_is_a_failure() -> None:
    assert judge("[sample]", status=200, is_whole=False) == Judged("[sample]", "the body broke off")
