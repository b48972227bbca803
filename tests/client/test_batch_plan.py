"""Whatever is wrong with a batch is found, and named job by job, before anything is sent."""

from __future__ import annotations

from pathlib import Path

import pytest

import bfl_client as bfl
from bfl_client._batch_plan import planned
from bfl_client.models import Flux2Pro
from tests.client.batch_double import jobs, shop


def names(*given: bfl.Job, output_dir: Path | None = None) -> list[str]:
    items = planned(given, output_dir=output_dir, journal=None)
    return [item.output.name for item in items if item.output is not None]


def body_of(job: bfl.Job, output_dir: Path) -> bytes:
    [item] = planned([job], output_dir=output_dir, journal=None)
    return item.order().body


def test_every_wrong_job_is_named_and_nothing_is_sent(tmp_path: Path) -> None:
    vendor, client = shop()
    given = [
        *jobs("fine", folder=tmp_path),
        bfl.Job("flux-2-pro", {"prompt": "x", "width": 7}),
        bfl.Job("flux-2-dev", {"prompt": "x"}),
        bfl.Job("flux-2-pro", {"prompt": "x"}, output="x.bmp"),
    ]
    with pytest.raises(bfl.InvalidRequest) as caught:
        client.batch(given)
    text = str(caught.value)
    assert text.startswith("3 of 4 jobs are wrong, so nothing was sent:")
    assert [f"jobs[{number}]: " in text for number in range(4)] == [False, True, True, True]
    assert vendor.calls == []


def test_of_many_wrong_jobs_the_first_ten_are_shown() -> None:
    with pytest.raises(bfl.InvalidRequest, match=r"jobs\[9\](?s:.)*and 3 more$"):
        planned([bfl.Job("flux-2-pro", {"prompt": "x", "width": 1})] * 13, output_dir=None, journal=None)


def test_two_jobs_for_one_file_are_refused_before_anything_is_sent(tmp_path: Path) -> None:
    vendor, client = shop()
    (tmp_path / "link").symlink_to(tmp_path)
    given = [*jobs("a", "b", folder=tmp_path), bfl.Job("flux-2-pro", {"prompt": "c"}, output=tmp_path / "link/a.jpg")]
    with pytest.raises(bfl.InvalidRequest, match=r"jobs\[2\]: .*a\.jpg' is the place of jobs\[0\], too"):
        client.batch(given)
    assert vendor.calls == []


def test_the_journal_is_no_place_for_a_picture(tmp_path: Path) -> None:
    with pytest.raises(bfl.InvalidRequest, match="is the place of the journal, too"):
        planned(jobs("a", folder=tmp_path), output_dir=None, journal=tmp_path / "a.jpg")


def test_an_output_in_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(bfl.InvalidRequest, match=r"jobs\[0\]: .*cannot be written"):
        planned(jobs("a", folder=tmp_path / "missing"), output_dir=None, journal=None)


def test_the_output_folder_is_made(tmp_path: Path) -> None:
    planned(jobs("a"), output_dir=tmp_path / "new" / "folder", journal=None)
    assert (tmp_path / "new" / "folder").is_dir()


def test_an_output_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(bfl.InvalidRequest, match="cannot be made"):
        planned(jobs("a"), output_dir=tmp_path / "file", journal=None)


def test_wrong_jobs_leave_no_folder_behind(tmp_path: Path) -> None:
    with pytest.raises(bfl.InvalidRequest):
        planned([bfl.Job("flux-2-pro", {"width": "x"})], output_dir=tmp_path / "new", journal=None)
    assert list(tmp_path.iterdir()) == []


def test_pictures_without_a_name_are_numbered_by_their_jobs(tmp_path: Path) -> None:
    given = [
        bfl.Job("flux-2-pro", {"prompt": "x"}),
        bfl.Job("flux-2-pro", {"prompt": "x", "output_format": "png"}),
        bfl.Job("flux-2-pro", {"prompt": "x"}, output="mine.webp"),
        bfl.Job(Flux2Pro(prompt="x", output_format="webp")),
    ]
    assert names(*given, output_dir=tmp_path) == ["0001.jpg", "0002.png", "mine.webp", "0004.webp"]


@pytest.mark.deep
def test_ten_thousand_pictures_are_numbered_with_five_digits(tmp_path: Path) -> None:
    given = [bfl.Job("flux-2-pro", {"prompt": "x"})] * 10_000
    assert names(*given, output_dir=tmp_path)[::9_999] == ["00001.jpg", "10000.jpg"]


def test_the_format_of_a_numbered_picture_is_asked_for(tmp_path: Path) -> None:
    assert b'"output_format":"jpeg"' in body_of(bfl.Job("flux-2-pro", {"prompt": "x"}), tmp_path)


def test_a_relative_output_lies_in_the_output_folder_and_an_absolute_one_where_it_says(tmp_path: Path) -> None:
    given = [
        bfl.Job("flux-2-pro", {"prompt": "x"}, output="a.jpg"),
        bfl.Job("flux-2-pro", {"prompt": "x"}, output=tmp_path / "b.jpg"),
    ]
    items = planned(given, output_dir=tmp_path / "out", journal=None)
    assert [item.output for item in items] == [tmp_path / "out" / "a.jpg", tmp_path / "b.jpg"]


def test_without_any_output_nothing_is_to_be_saved() -> None:
    assert names(*jobs("a", "b")) == []


@pytest.mark.parametrize("model", ["flux-2-pro", "flux-9"])
def test_a_request_is_the_same_whatever_the_order_of_its_fields(model: str) -> None:
    given = [bfl.Job(model, {"prompt": "x", "seed": 1}), bfl.Job(model, {"seed": 1, "prompt": "x"})]
    first, second = planned(given, output_dir=None, journal=None)
    assert first.digest == second.digest


@pytest.mark.parametrize("other", [{"prompt": "y"}, {"prompt": "x", "seed": 1}])
def test_another_request_has_another_digest(other: dict[str, object]) -> None:
    given = [bfl.Job("flux-2-pro", {"prompt": "x"}), bfl.Job("flux-2-pro", other), bfl.Job("flux-2-max", other)]
    assert len({item.digest for item in planned(given, output_dir=None, journal=None)}) == 3


def test_a_typed_request_and_its_fields_are_the_same_request() -> None:
    given = [bfl.Job(Flux2Pro(prompt="x", width=1024, height=768))]
    given += [bfl.Job("flux-2-pro", {"prompt": "x", "width": 1024, "height": 768})]
    first, second = planned(given, output_dir=None, journal=None)
    assert (first.digest, first.path, first.quote_credits) == (second.digest, "/v1/flux-2-pro", 3.0)


def test_a_job_keeps_pictures_and_prompts_out_of_its_repr() -> None:
    assert "secret" not in repr(bfl.Job("flux-2-pro", {"prompt": "secret"}, extra={"secret": 1}))
