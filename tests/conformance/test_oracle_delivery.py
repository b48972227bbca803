"""The relation over samples: how long they live, and what comes from them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bfl_conformance.observation import expiry_of
from tests.conformance.seen import START_MS, broken_laws, polled, ready, sample_url, sampled, submitted

EXPIRY = "sample-expires-after-ten-minutes"


def test_the_end_of_a_url_is_read_from_se() -> None:
    assert expiry_of(sample_url(600)) == START_MS + 600_000


@pytest.mark.parametrize("url", ["", "https://a.example/x", "https://a.example/x?se=", "https://a.example/x?se=soon"])
def test_a_url_without_a_readable_end_has_none(url: str) -> None:
    assert expiry_of(url) is None


@pytest.mark.parametrize(
    ("se_s", "permitted"),
    [(600, False), (601, False), (602, True), (605, True), (606, True), (607, False)],
)
def test_se_is_ten_minutes_after_an_instant_between_the_last_pending_and_the_first_ready(
    se_s: int, permitted: bool
) -> None:
    """Pending until 1.5 s, Ready at 5.2 s: signed between the two, rounded up to the second."""
    seen = broken_laws(submitted(), polled("Pending", at_s=1.5), ready(at_s=5.2, se_s=se_s))
    assert (EXPIRY not in seen) is permitted


def test_an_uncertain_instant_widens_what_is_permitted() -> None:
    assert broken_laws(submitted(), ready(at_s=5, took_s=3, se_s=608)) == []
    assert EXPIRY in broken_laws(submitted(), ready(at_s=5, took_s=3, se_s=609))


def test_a_later_poll_in_live_signs_anew() -> None:
    assert broken_laws(submitted(), ready(at_s=5), ready(at_s=100)) == []
    assert broken_laws(submitted(), ready(at_s=5), ready(at_s=100, se_s=605)) == ["sample-is-signed-anew"]


def test_a_later_poll_in_the_guide_keeps_the_end() -> None:
    later = ready(at_s=100, se_s=605)
    assert EXPIRY not in broken_laws(submitted(), ready(at_s=5), later, dialect="guide")
    assert EXPIRY in broken_laws(submitted(), ready(at_s=5), ready(at_s=100), dialect="guide")


def test_two_tasks_have_two_paths_and_one_task_has_one() -> None:
    first, second = ready(at_s=5, number=1), ready(at_s=5, number=2)
    document = {**second.reply.document, "result": {**second.result, "sample": first.sample}}
    shared = replace(second, reply=replace(second.reply, document=document))
    assert "sample-is-its-own" in broken_laws(submitted(1), submitted(2), first, shared)
    moved = {**first.reply.document, "result": {**first.result, "sample": second.sample}}
    assert "sample-keeps-its-path" in broken_laws(
        submitted(1), first, replace(first, reply=replace(first.reply, document=moved))
    )


@pytest.mark.parametrize(
    ("status", "at_s", "laws"),
    [
        (200, 599.999, []),
        (403, 599.999, ["sample-lives-until-se"]),
        (404, 1, ["sample-lives-until-se"]),
        (403, 600, []),
        (200, 600, ["sample-dies-at-se"]),
        (404, 601, ["sample-is-refused-as-azure-does"]),
    ],
)
def test_a_sample_works_until_se_and_not_after(status: int, at_s: float, laws: list[str]) -> None:
    assert broken_laws(submitted(), sampled(status, at_s=at_s, se_s=600)) == laws


@pytest.mark.parametrize("status", [200, 403])
def test_at_an_instant_that_may_be_either_side_of_se_both_are_permitted(status: int) -> None:
    assert broken_laws(submitted(), sampled(status, at_s=599.5, took_s=1, se_s=600)) == []


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/octet-stream", b"\xff\xd8\xff"),
        ("image/jpeg", b"<html>"),
        ("image/png", b"\x89PNG\r\n\x1a\n"),
        ("image/jpeg", b""),
    ],
)
def test_a_sample_is_a_picture_of_the_format_asked_for(kind: str, body: bytes) -> None:
    seen = sampled(200, at_s=1, se_s=600, kind=kind, body=body)
    assert broken_laws(submitted(), seen) == ["sample-is-the-picture-asked-for"]


@pytest.mark.parametrize(
    ("output_format", "kind", "body"),
    [
        ("png", "image/png", b"\x89PNG\r\n\x1a\n"),
        ("webp", "image/webp", b"RIFF\x00\x00\x00\x00WEBP"),
        (None, "image/jpeg", b"\xff\xd8\xff"),
    ],
)
def test_each_format_is_known_by_its_first_bytes(output_format: str | None, kind: str, body: bytes) -> None:
    task = submitted(request={"prompt": "x", "width": 1024, "height": 1024, "output_format": output_format})
    assert broken_laws(task, sampled(200, at_s=1, se_s=600, kind=kind, body=body)) == []


def test_a_forged_url_is_refused_although_it_would_be_alive() -> None:
    alive = replace(sampled(200, at_s=1, se_s=600), is_forged=True)
    shut = replace(sampled(403, at_s=1, se_s=600), is_forged=True)
    assert broken_laws(submitted(), alive) == ["sample-needs-its-signature"]
    assert broken_laws(submitted(), shut) == []


def test_a_refusal_that_is_not_azures_is_an_observation() -> None:
    shut = sampled(403, at_s=601, se_s=600)
    plain = replace(shut, reply=replace(shut.reply, body=b"gone", headers={"content-type": "text/plain"}))
    assert broken_laws(submitted(), plain) == ["sample-is-refused-as-azure-does"]
