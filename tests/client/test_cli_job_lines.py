"""The file of `bfl batch`: a JSON object a line, every bad line named with its number, before anything is sent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bfl_client import InvalidRequest
from bfl_client._commands.job_lines import JobLine, read_job_lines
from tests.client.pictures import base64_of, picture

CUBE = {"model": "flux-2-pro", "prompt": "a red cube"}


def read(*documents: object, folder: Path = Path()) -> tuple[JobLine, ...]:
    """Read lines, given as they stand or as what is to be written as JSON."""
    lines = [line if isinstance(line, str) else json.dumps(line) for line in documents]
    return read_job_lines("\n".join(lines).encode(), folder=folder)


def faults(*documents: object, folder: Path = Path()) -> tuple[str, ...]:
    with pytest.raises(InvalidRequest) as caught:
        read(*documents, folder=folder)
    return caught.value.reasons


def test_a_line_is_a_job_with_the_vendors_fields() -> None:
    (line,) = read({**CUBE, "seed": 7, "output": "cube.png"})
    assert (line.number, line.job.model, line.job.output) == (1, "flux-2-pro", "cube.png")
    assert dict(line.job.fields) == {"prompt": "a red cube", "seed": 7}


def test_what_is_newer_than_the_client_stands_under_extra() -> None:
    (line,) = read({**CUBE, "extra": {"mood": "calm"}})
    assert line.job.extra == {"mood": "calm"}


def test_empty_lines_count_but_hold_nothing() -> None:
    assert [line.number for line in read("", CUBE, "   ", CUBE, "")] == [2, 4]


@pytest.mark.parametrize("text", ["\ufeff{}\n", "{}\r\n", "{}"])
def test_marks_and_line_ends_of_other_systems_do_not_matter(text: str) -> None:
    whole = text.replace("{}", json.dumps(CUBE))
    assert len(read_job_lines(whole.encode(), folder=Path())) == 1


def test_a_break_inside_a_text_is_no_end_of_a_line() -> None:
    text = json.dumps({**CUBE, "prompt": "a\u2028b\x85c"}, ensure_ascii=False)
    (line,) = read_job_lines(text.encode(), folder=Path())
    assert line.job.fields["prompt"] == "a\u2028b\x85c"


def test_all_bad_lines_are_named_with_their_numbers() -> None:
    found = faults(CUBE, "{", [1], {**CUBE, "width": 3}, {"prompt": "x"}, CUBE)
    assert [fault.partition(":")[0] for fault in found] == ["line 2", "line 3", "line 4", "line 5"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("nonsense", "is no JSON"),
        ('{"model": "flux-2-pro", "prompt": "a", "prompt": "b"}', "prompt stands there twice"),
        ('{"model": "flux-2-pro", "prompt": "a", "seed": NaN}', "NaN"),
        ([CUBE], "is no object"),
        ({"prompt": "x"}, "model: is missing"),
        ({"model": 7, "prompt": "x"}, "model: is missing"),
        ({"model": "flux-2-dev", "prompt": "x"}, "open weights"),
        ({**CUBE, "prmpt": "x"}, "prmpt"),
        ({**CUBE, "extra": [1]}, "extra: is no object"),
        ({**CUBE, "id": True}, "id: "),
        ({**CUBE, "id": ""}, "id: "),
        ({**CUBE, "id": "a/b"}, "id: 'a/b' is no name of a file"),
        ({**CUBE, "id": ".."}, "id: '..' is no name of a file"),
        ({**CUBE, "output": 7}, "output: "),
        ({**CUBE, "output": ""}, "output: "),
        ({**CUBE, "output": "/etc/cube.png"}, "leaves the output folder"),
        ({**CUBE, "output": "a/../../cube.png"}, "leaves the output folder"),
        ({**CUBE, "output": "cube.bmp"}, ".bmp"),
        ({**CUBE, "output": "cube.png", "output_format": "jpeg"}, "drop one"),
        ({**CUBE, "input_image": "no-such-file.png"}, "no-such-file.png"),
    ],
)
def test_what_is_wrong_with_a_line_is_said(line: object, said: str) -> None:
    (fault,) = faults(line)
    assert fault.startswith("line 1: ")
    assert said in fault


def test_bytes_that_are_no_text_are_a_bad_line() -> None:
    with pytest.raises(InvalidRequest, match="line 2: is no UTF-8"):
        read_job_lines(json.dumps(CUBE).encode() + b"\n\xff\n", folder=Path())


def test_an_id_or_output_that_comes_twice_is_named_with_the_line_before() -> None:
    assert faults({**CUBE, "id": "a"}, {**CUBE, "id": "a", "output": "b.png"}) == (
        "line 2: id: 'a' is that of line 1, too.",
    )
    assert faults({**CUBE, "output": "b.png"}, {**CUBE, "output": "./b.png"}) == (
        "line 2: output: './b.png' is that of line 1, too.",
    )


def test_a_file_without_jobs_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="no job"):
        read("", "")


@pytest.mark.parametrize(
    ("fields", "output"),
    [({}, "cube.jpg"), ({"output_format": "png"}, "cube.png"), ({"output_format": "webp"}, "cube.webp")],
)
def test_an_id_names_the_file_where_no_output_does(fields: dict[str, str], output: str) -> None:
    (line,) = read({**CUBE, **fields, "id": "cube"})
    assert (line.id, line.job.output) == ("cube", output)


def test_a_number_is_an_id_too() -> None:
    (line,) = read({**CUBE, "id": 7})
    assert (line.id, line.job.output) == ("7", "7.jpg")


def test_without_id_and_output_the_batch_names_the_file() -> None:
    (line,) = read(CUBE)
    assert (line.id, line.job.output) == (None, None)


class TestImages:
    def test_a_file_is_looked_for_beside_the_jobs(self, tmp_path: Path) -> None:
        (tmp_path / "cat.png").write_bytes(picture())
        (line,) = read({**CUBE, "input_image": "cat.png"}, folder=tmp_path)
        assert line.job.fields["input_image"] == base64_of(picture())

    def test_a_url_stays_one(self) -> None:
        (line,) = read({**CUBE, "input_image": "https://example.com/cat.jpg"})
        assert line.job.fields["input_image"] == "https://example.com/cat.jpg"

    def test_base64_stays_what_it_is(self) -> None:
        (line,) = read({**CUBE, "input_image": base64_of(picture())})
        assert line.job.fields["input_image"] == base64_of(picture())

    def test_a_list_of_images_is_read_one_by_one(self, tmp_path: Path) -> None:
        (tmp_path / "cat.png").write_bytes(picture(300, 300))
        job = {"model": "flux-3-image", "prompt": "x", "images": ["cat.png", "https://example.com/a.jpg"]}
        (line,) = read(job, folder=tmp_path)
        assert line.job.fields["images"] == [base64_of(picture(300, 300)), "https://example.com/a.jpg"]

    def test_they_are_read_when_they_are_needed(self, tmp_path: Path) -> None:
        """A thousand jobs with pictures in them fit in no memory."""
        (tmp_path / "cat.png").write_bytes(picture())
        (line,) = read({**CUBE, "input_image": "cat.png"}, folder=tmp_path)
        assert base64_of(picture()) not in repr(vars(line.job.fields))
        (tmp_path / "cat.png").unlink()
        with pytest.raises(InvalidRequest):
            dict(line.job.fields)

    def test_a_mask_of_an_unknown_model_is_a_file_too(self, tmp_path: Path) -> None:
        (tmp_path / "cat.png").write_bytes(picture())
        (line,) = read({"model": "flux-9", "prompt": "x", "mask": "cat.png"}, folder=tmp_path)
        assert line.job.fields["mask"] == base64_of(picture())

    def test_a_prompt_that_names_a_file_stays_a_prompt(self, tmp_path: Path) -> None:
        (tmp_path / "cat.png").write_bytes(picture())
        (line,) = read({**CUBE, "prompt": "cat.png"}, folder=tmp_path)
        assert line.job.fields["prompt"] == "cat.png"
