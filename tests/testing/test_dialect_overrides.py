"""Whatever `--set` takes, the mock still answers: a value that would break it is refused with a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_bfl.contract import Dialect, contradictions
from mock_bfl.errors import SettingsError
from mock_bfl.settings import load_settings
from tests.web.mock import FLUX_2_PRO, Mock, new_mock

FIELDS = [row.name for row, _ in contradictions()]
NUMBERS = {name for name, kind in get_type_hints(Dialect).items() if kind in {int, int | None, float}}
SMALL: dict[str, Any] = {"width": 64, "height": 64}  # a picture of a megapixel takes as long as three hundred polls
ODD_VALUES = (
    *("-4", "0", "1", "6", "7", "200", "204", "304", "400", "599", "700", "99999", "16777216", "1" * 5000),
    *("nan", "inf", "1e400", "2.5", "", "none", "yes", "no", "bmp", "png", "jpeg+png", "png+png", "é", "guide"),
)


def dialect_of(override: str) -> Dialect:
    return load_settings({"overrides": (override,)}, environment={}).chosen_dialect()


def statuses_of_a_visit(mock: Mock, submits: Sequence[tuple[str, dict[str, Any]]]) -> list[int]:
    """Return the status of every kind of answer: refusals of keys and bodies, tasks made, polled and fetched."""
    client = mock.client
    visits = [
        client.post(FLUX_2_PRO, json={"prompt": "a"}),
        mock.submit(key="\t"),
        mock.submit(key="revoked"),
        mock.submit(prompt=1, width="x"),
        mock.submit(width=4096, height=4096),
        client.get("/v1/get_result?id=4f5d3b1e-0000-4000-8000-000000000000", headers={"x-key": "bfl_test"}),
        client.get("/v1/credits", headers={"x-key": "bfl_test"}),
    ]
    for path, fields in submits:
        task = mock.submit(path, **fields)
        visits.append(task)
        url = (task.json or {}).get("polling_url")
        if url is not None:
            mock.clock.advance(seconds=60)
            poll = client.get(url, headers={"x-key": "bfl_test"})
            sample = ((poll.json or {}).get("result") or {}).get("sample")
            visits += [poll, client.get(sample)] if sample else [poll]
    return [visit.status_code for visit in visits]


@pytest.mark.parametrize("name", FIELDS)
def test_a_value_is_refused_or_the_mock_still_answers_with_it(name: str) -> None:
    submits: list[tuple[str, dict[str, Any]]] = [
        (FLUX_2_PRO, SMALL),
        *([("/v1/flux-kontext-pro", {})] if "format" in name else []),
    ]
    for value in ODD_VALUES:
        try:
            dialect = dialect_of(f"{name}={value}")
        except SettingsError:
            continue
        seen = statuses_of_a_visit(new_mock(dialect=dialect, speed=0, keys=("bfl_test",)), submits)
        assert all(200 <= status < 500 or status == getattr(dialect, name) for status in seen), (value, seen)


@pytest.mark.parametrize("name", sorted(NUMBERS))
@pytest.mark.parametrize("value", ["-1000000", "-1", "1000000000000", "nan"])
def test_every_number_has_its_bounds(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"{name} cannot be "):
        dialect_of(f"{name}={value}")


@given(st.sampled_from(sorted(NUMBERS)), st.integers() | st.integers(0, 700))
def test_a_number_that_is_taken_lies_within_the_bounds_of_its_field(name: str, number: int) -> None:
    bounds = next(found.among for row, found in contradictions() if row.name == name)
    if any(low <= number <= high for low, high in bounds):
        assert getattr(dialect_of(f"{name}={number}"), name) == number
    else:
        with pytest.raises(SettingsError):
            dialect_of(f"{name}={number}")


@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        ("max_output_px=-4", "max_output_px cannot be '-4': it is 1 to 16777216"),
        ("missing_key_status=99999", "missing_key_status cannot be '99999': it is 400 to 599"),
        ("task_not_found_status=700", "task_not_found_status cannot be '700': it is 200, or 400 to 599"),
        ("over_limit_retry_after_s=-1", "over_limit_retry_after_s cannot be '-1': it is 0 to 86400, or none"),
        ("output_formats=bmp", "output_formats cannot be 'bmp': Input should be 'jpeg', 'png' or 'webp'"),
        ("kontext_output_format=bmp", "kontext_output_format cannot be 'bmp': Input should be 'jpeg', 'png' or 'webp'"),
    ],
)
def test_a_refusal_says_what_would_do(override: str, sentence: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        dialect_of(override)
    assert str(refusal.value) == sentence
