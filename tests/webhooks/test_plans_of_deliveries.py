"""Which events a task will send, and when: planned at its birth, or when a poll settles it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mock_bfl.contract import GUIDE, LIVE, statuses
from mock_bfl.core.task import Task
from mock_bfl.core.webhook import Delivery, DeliveryState, plan_deliveries
from mock_bfl.core.webhook_script import WebhookScript, read_webhook_script
from tests.core.examples import NOW_MS, TASK

HOOKED = replace(TASK, webhook_url="http://127.0.0.1:9/hook")


def scripted(text: str, task: Task = HOOKED) -> tuple[Delivery, ...]:
    return plan_deliveries(replace(task, webhook=read_webhook_script(text)), dialect=LIVE)


def times(deliveries: tuple[Delivery, ...]) -> list[tuple[str, int]]:
    """Name and instant of each delivery, in seconds after the submit."""
    ordered = sorted(deliveries, key=lambda row: (row.due_at_ms, row.order))
    return [(row.id.removeprefix(f"{TASK.id}."), (row.due_at_ms - NOW_MS) // 1000) for row in ordered]


def test_progress_events_come_before_the_final_one() -> None:
    planned = plan_deliveries(HOOKED, dialect=LIVE)
    assert times(planned) == [("progress.1", 2), ("progress.2", 4), ("progress.3", 6), ("final", 8)]


def test_the_guide_sends_one_event() -> None:
    assert times(plan_deliveries(HOOKED, dialect=GUIDE)) == [("final", 8)]


def test_a_task_that_is_over_at_once_has_no_progress_to_tell() -> None:
    at_once = replace(HOOKED, settles_at_ms=NOW_MS)
    assert times(plan_deliveries(at_once, dialect=LIVE)) == [("final", 0)]
    assert [name for name, _ in times(scripted("progress", at_once))] == [
        "progress.1",
        "progress.2",
        "progress.3",
        "final",
    ]


@pytest.mark.parametrize(
    "task",
    [
        TASK,
        replace(HOOKED, settles_at_ms=None),
        replace(HOOKED, settles_at_ms=None, settles_after_polls=3),
        replace(HOOKED, final_status=statuses.TASK_NOT_FOUND),
    ],
    ids=["no webhook_url", "stuck", "ended by polls", "lost"],
)
def test_nothing_is_planned_for_a_task_without_a_known_end_or_receiver(task: Task) -> None:
    assert plan_deliveries(task, dialect=LIVE) == ()


def test_an_event_says_the_progress_that_a_poll_shows_at_that_instant() -> None:
    shown = replace(HOOKED, progress=(0.1, 0.2, 0.3, None))
    assert [row.progress for row in plan_deliveries(shown, dialect=LIVE)] == [0.2, 0.3, 0.75, None]


def test_a_delay_makes_all_events_late_but_not_what_they_tell() -> None:
    planned = scripted("delay:1.5s")
    assert [row.due_at_ms - row.event_at_ms for row in planned] == [1500] * 4
    assert [row.event_at_ms for row in planned] == [row.event_at_ms for row in plan_deliveries(HOOKED, dialect=LIVE)]


def test_a_duplicate_is_the_final_event_again() -> None:
    assert times(scripted("duplicate,final_only")) == [("final", 8), ("final.2", 8)]
    assert [name for name, _ in times(scripted("duplicate:3"))][-3:] == ["final", "final.2", "final.3"]


def test_reordered_the_final_event_comes_before_the_progress() -> None:
    assert times(scripted("reorder")) == [("final", 8), ("progress.1", 8), ("progress.2", 8), ("progress.3", 8)]


def test_dropped_events_stand_in_the_log_and_do_not_wait() -> None:
    assert {row.state for row in scripted("drop")} == {DeliveryState.DROPPED}


def test_no_id_stands_twice() -> None:
    planned = scripted("duplicate:100,reorder")
    assert len({row.id for row in planned}) == len({row.order for row in planned}) == len(planned) == 103


def test_a_good_day_is_the_default() -> None:
    assert WebhookScript() == HOOKED.webhook


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("delay:500ms", WebhookScript(delay_ms=500)),
        ("delay:2.5s, duplicate:3", WebhookScript(delay_ms=2500, copies=3)),
        ("reorder,bad_signature", WebhookScript(is_reordered=True, has_bad_signature=True)),
        ("before_reply,final_only", WebhookScript(is_before_reply=True, has_progress=False)),
        ("drop,progress", WebhookScript(is_dropped=True, has_progress=True)),
    ],
)
def test_a_script_is_read_from_a_list(text: str, script: WebhookScript) -> None:
    assert read_webhook_script(text) == script


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("dleay:5s", "Unknown webhook instruction 'dleay'. Did you mean delay?"),
        ("", "Known: delay, duplicate, reorder, drop, bad_signature, before_reply, progress, final_only."),
        ("delay", "webhook takes delay:500ms or delay:5s, not None"),
        ("delay:5polls", "not '5polls'"),
        ("delay:999999999s", "at most a year"),
        ("duplicate:1", "N from 2 to 100, not '1'"),
        ("duplicate:101", "not '101'"),
        ("duplicate:x", "not 'x'"),
        ("drop:3", "only delay and duplicate take a value, not '3'"),
        ("before_reply,delay:1s", "before_reply or delay, not both"),
        ("progress,final_only", "progress or final_only, not both"),
        ("final_only,progress", "progress or final_only, not both"),
        ("delay:1s,delay:5s", "delay is given twice"),
        ("reorder,final_only", "reorder or final_only, not both"),
    ],
)
def test_a_misspelt_script_is_refused_with_a_sentence_that_helps(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match="webhook") as refused:
        read_webhook_script(text)
    assert sentence in str(refused.value)
