"""A task is complete at birth: every draw is made once, from the dice it was given."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_bfl.contract import GUIDE, LIVE, MODELS, MODELS_BY_SLUG, Dialect, Model, statuses
from mock_bfl.core.task import is_settled
from tests.core.examples import NOW_MS, minimal, planned

SEEDS = st.integers(0, 2**32)


@given(SEEDS)
def test_equal_dice_give_equal_tasks(seed: int) -> None:
    assert planned("flux-2-pro", {"prompt": "a"}, seed=seed) == planned("flux-2-pro", {"prompt": "a"}, seed=seed)


@pytest.mark.parametrize("dialect", [LIVE, GUIDE], ids=lambda dialect: dialect.name)
def test_other_dice_give_other_ids_and_other_sample_keys(dialect: Dialect) -> None:
    tasks = [planned("flux-2-pro", {"prompt": "a"}, seed=seed, dialect=dialect) for seed in range(500)]
    assert len({task.id for task in tasks}) == len({task.sample_key for task in tasks}) == 500


@given(SEEDS)
def test_an_id_is_a_uuid4(seed: int) -> None:
    task_id = planned("flux-2-pro", {"prompt": "a"}, seed=seed).id
    assert UUID(task_id).version == 4
    assert str(UUID(task_id)) == task_id


@given(SEEDS)
def test_in_the_guide_an_id_begins_with_gen(seed: int) -> None:
    assert re.fullmatch(r"gen_[a-z0-9]{16}", planned("flux-2-pro", {"prompt": "a"}, seed=seed, dialect=GUIDE).id)


@given(SEEDS)
def test_a_drawn_seed_has_32_bits(seed: int) -> None:
    assert 0 <= planned("flux-2-pro", {"prompt": "a"}, seed=seed).seed < 2**32


@pytest.mark.parametrize("seed", [0, 42, -1, 2**80])
def test_the_seed_asked_for_is_kept(seed: int) -> None:
    assert planned("flux-2-pro", {"prompt": "a", "seed": seed}).seed == seed


@given(SEEDS)
def test_a_sample_key_has_32_hexadecimal_digits(seed: int) -> None:
    assert re.fullmatch(r"[0-9a-f]{32}", planned("flux-2-pro", {"prompt": "a"}, seed=seed).sample_key)


@given(st.sampled_from(MODELS), SEEDS)
def test_a_latency_strays_little_from_the_models_preset(model: Model, seed: int) -> None:
    task = planned(model.slug, minimal(model), seed=seed)
    assert task.settles_at_ms is not None
    preset_ms = model.latency_s.value * 1000
    assert 0.85 * preset_ms - 1 <= task.settles_at_ms - NOW_MS <= 1.15 * preset_ms + 1


@given(SEEDS)
def test_work_begins_between_birth_and_end(seed: int) -> None:
    task = planned("flux-2-pro", {"prompt": "a"}, seed=seed)
    assert task.settles_at_ms is not None
    assert task.created_at_ms <= task.starts_at_ms <= task.settles_at_ms


@given(SEEDS)
def test_without_latency_a_task_settles_at_once(seed: int) -> None:
    task = planned("flux-2-pro", {"prompt": "a"}, seed=seed, speed=0)
    assert task.settles_at_ms == NOW_MS
    assert is_settled(task, now_ms=NOW_MS)


def test_a_task_of_today_ends_ready_and_waits_as_pending() -> None:
    task = planned("flux-2-pro", {"prompt": "a"})
    assert (task.final_status, task.waiting_status, task.error_code) == ("Ready", "Pending", None)


@pytest.mark.parametrize(
    ("settings", "settles_after_ms", "after_polls"),
    [
        ("after=2s", 2000, None),
        ("after=0s", 0, None),
        ("after=3polls", None, 3),
        ("status=Pending", None, None),
        ("status=Generating", None, None),
    ],
)
def test_a_script_sets_the_end(settings: str, settles_after_ms: int | None, after_polls: int | None) -> None:
    task = planned("flux-2-pro", {"prompt": f"a [mock: {settings}]"})
    end_ms = None if task.settles_at_ms is None else task.settles_at_ms - NOW_MS
    assert (end_ms, task.settles_after_polls) == (settles_after_ms, after_polls)


def test_work_that_ends_by_polls_begins_at_once_for_its_end_may_come_as_soon() -> None:
    assert planned("flux-dev", {"prompt": "[mock: after=1poll]"}).starts_at_ms == NOW_MS


def test_a_script_sets_status_word_and_reasons() -> None:
    task = planned("flux-2-pro", {"prompt": '[mock: status="Request Moderated" while=Reasoning reasons="A,B"]'})
    assert (task.final_status, task.waiting_status, task.reasons) == ("Request Moderated", "Reasoning", ("A", "B"))


def test_moderation_has_a_reason_unless_told_otherwise() -> None:
    assert planned("flux-2-pro", {"prompt": "[mock: status=Ready]"}).reasons == ("Derivative Works Filter",)
    assert planned("flux-2-pro", {"prompt": '[mock: reasons=""]'}).reasons == ()


@pytest.mark.parametrize(
    ("settings", "code"), [("status=Error", "internal_error"), ("error=generation_timeout", "generation_timeout")]
)
def test_a_failed_task_has_an_error_code(settings: str, code: str) -> None:
    task = planned("flux-2-pro", {"prompt": f"[mock: {settings}]"})
    assert (task.final_status, task.error_code) == ("Error", code)


@pytest.mark.parametrize(
    ("slug", "prompt", "progress"),
    [
        ("flux-dev", "a", statuses.PROGRESS_SERIES.value),
        ("flux-kontext-pro", "a", statuses.PROGRESS_SERIES.value),
        ("flux-2-pro", "a", ()),
        ("flux-2-pro", "[mock: progress=0.5]", (0.5,)),
        ("flux-dev", "[mock: progress=none]", ()),
    ],
)
def test_flux_1_shows_progress_and_flux_2_does_not_unless_scripted(
    slug: str, prompt: str, progress: tuple[float | None, ...]
) -> None:
    assert planned(slug, {"prompt": prompt}).progress == progress


def test_the_guide_shows_no_progress() -> None:
    assert planned("flux-dev", {"prompt": "a"}, dialect=GUIDE).progress == ()


def test_a_rewritten_prompt_stands_in_the_result_and_the_original_in_the_task() -> None:
    task = planned("flux-2-pro", {"prompt": "a red cube"})
    assert task.prompt == "a red cube"
    assert task.result_prompt != "a red cube"
    assert "a red cube" in task.result_prompt


def test_a_prompt_that_is_not_rewritten_comes_back_as_it_was() -> None:
    assert planned("flux-dev", {"prompt": "a red cube"}).result_prompt == "a red cube"


def test_a_task_knows_its_model_and_its_limit() -> None:
    task = planned("flux-kontext-max", {"prompt": "a"})
    assert task.model is MODELS_BY_SLUG["flux-kontext-max"]
    assert task.limit_class is task.model.limit_class
