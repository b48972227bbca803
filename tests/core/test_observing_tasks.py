"""What a poll sees is a pure function of the task and the instant, and never goes back."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_bfl.contract import MODELS, Family, statuses
from mock_bfl.core.task import Observation, Task, is_settled, observe
from tests.core.examples import NOW_MS, TASK, minimal, planned

ENDS_AT_MS = NOW_MS + 8000
AFTER_BIRTH = st.lists(st.integers(NOW_MS, NOW_MS + 60_000), min_size=2).map(sorted)
_PHASES = ["Pending", "Reasoning", "Generating"]
SCRIPTS = st.sampled_from(
    [
        "",
        "after=0s",
        "after=7s",
        "after=3polls",
        *(f'status="{word}" after=2s' for word in sorted(set(statuses.WORDS) - statuses.IN_PROGRESS)),
        *(f"status={word}" for word in sorted(statuses.IN_PROGRESS)),
        "while=Queued",
    ]
)
TASKS = st.builds(
    lambda model, script: planned(model.slug, minimal(model, prompt=f"[mock: {script}]")),
    st.sampled_from(MODELS),
    SCRIPTS,
)


@pytest.mark.parametrize(
    ("now_ms", "status"),
    [(NOW_MS, "Pending"), (ENDS_AT_MS - 1, "Pending"), (ENDS_AT_MS, "Ready"), (ENDS_AT_MS + 10**9, "Ready")],
)
def test_a_task_is_pending_until_the_instant_it_settles(now_ms: int, status: str) -> None:
    assert observe(TASK, now_ms=now_ms) == Observation(status, None, is_settled=status == "Ready")


@given(TASKS, AFTER_BIRTH)
def test_a_status_never_goes_back(task: Task, instants_ms: list[int]) -> None:
    seen = [observe(task, now_ms=now_ms) for now_ms in instants_ms]
    for earlier, later in pairwise(seen):
        assert later.is_settled >= earlier.is_settled
        words = [*(_PHASES if task.in_phases else [task.waiting_status]), task.final_status]
        assert words.index(later.status) >= words.index(earlier.status)


@given(TASKS, AFTER_BIRTH)
def test_observing_is_settled_exactly_when_the_slot_is_free(task: Task, instants_ms: list[int]) -> None:
    for now_ms in instants_ms:
        assert observe(task, now_ms=now_ms).is_settled is is_settled(task, now_ms=now_ms)


@given(TASKS, AFTER_BIRTH)
def test_progress_is_shown_by_flux_1_alone_and_never_at_the_end(task: Task, instants_ms: list[int]) -> None:
    for now_ms in instants_ms:
        seen = observe(task, now_ms=now_ms)
        assert seen.progress is None or (task.model.family is Family.FLUX_1 and not seen.is_settled)


@given(AFTER_BIRTH)
def test_progress_only_grows_until_its_last_null(instants_ms: list[int]) -> None:
    task = planned("flux-dev", {"prompt": "a"})
    shown = [observe(task, now_ms=now_ms).progress for now_ms in instants_ms]
    values = [progress for progress in shown if progress is not None]
    assert values == sorted(values)
    assert shown[: len(values)] == values


def test_flux_dev_shows_the_recorded_series_and_then_null_before_it_is_ready() -> None:
    task = planned("flux-dev", {"prompt": "[mock: after=19s]"})
    polls = [observe(task, now_ms=NOW_MS + 1000 * second) for second in range(20)]
    assert [poll.progress for poll in polls] == [
        *(0.1, 0.2, 0.2, 0.3, 0.4, 0.5, 0.5, 0.6, 0.6, 0.7, 0.8, 0.8, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0),
        *(None, None),
    ]
    assert [poll.status for poll in polls[-2:]] == ["Pending", "Ready"]


def test_the_recorded_series_is_all_of_the_progress() -> None:
    assert len(statuses.PROGRESS_SERIES.value) == 19


@pytest.mark.parametrize(("polls", "progress"), [(0, 0.1), (1, 0.1), (2, 0.5), (3, 0.5), (9, 0.5)])
def test_progress_of_a_task_that_settles_by_polls_follows_the_polls(polls: int, progress: float) -> None:
    task = replace(TASK, settles_at_ms=None, settles_after_polls=4, progress=(0.1, 0.5))
    assert observe(task, now_ms=NOW_MS, polls=polls).progress == progress


@pytest.mark.parametrize(
    ("values", "polls", "shown"),
    [
        ((0.1, 0.5, None), 4, [0.1, 0.5, None]),
        ((0.2, 0.4), 3, [0.2, 0.4]),
        ((0.2, 0.4), 7, [0.2, 0.2, 0.2, 0.4, 0.4, 0.4]),
        ((0.1, 0.2, 0.3, 0.4, 0.5), 4, [0.1, 0.3, 0.5]),
        ((0.1, 0.2, 0.3), 3, [0.1, 0.3]),
        ((0.1, 0.2), 2, [0.1]),
        ((0.1, 0.2), 1, []),
    ],
)
def test_the_polls_before_the_last_show_the_values_from_the_first_to_the_last(
    values: tuple[float | None, ...], polls: int, shown: list[float | None]
) -> None:
    task = replace(TASK, settles_at_ms=None, settles_after_polls=polls, progress=values)
    assert [observe(task, now_ms=NOW_MS, polls=earlier).progress for earlier in range(polls - 1)] == shown


@given(st.integers(1, 60), st.integers(0, 60))
def test_every_value_is_shown_in_order_where_there_are_polls_enough(values: int, more: int) -> None:
    """With fewer polls some are left out, but neither the first nor the last."""
    series = tuple(float(number) for number in range(values))
    task = replace(TASK, settles_at_ms=None, settles_after_polls=values + more + 1, progress=series)
    shown = [observe(task, now_ms=NOW_MS, polls=earlier).progress for earlier in range(values + more)]
    assert sorted(shown, key=lambda value: value or 0.0) == shown
    assert set(shown) == set(series)


def test_a_stuck_task_shows_its_first_progress_for_ever() -> None:
    task = planned("flux-dev", {"prompt": "[mock: status=Pending]"})
    assert observe(task, now_ms=NOW_MS + 10**12) == Observation("Pending", 0.1, is_settled=False)


def test_a_task_that_settles_by_polls_is_settled_by_no_time_of_its_own() -> None:
    task = planned("flux-2-pro", {"prompt": "[mock: after=3polls]"})
    assert not is_settled(task, now_ms=NOW_MS + 10**12)


@pytest.mark.parametrize(
    ("final_status", "refund"),
    [("Ready", 0), ("Request Moderated", 3), ("Content Moderated", 3), ("Error", 3), ("Task not found", 3)],
)
def test_what_does_not_end_ready_is_given_back(final_status: str, refund: int) -> None:
    assert replace(TASK, final_status=final_status).refund_credits == Decimal(refund)
