"""How a batch is stopped: by an error that all items share, by Ctrl-C, by an error of the caller's own function."""

from __future__ import annotations

import _thread
import json
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import bfl_client as bfl
from bfl_client._batch import BatchItem, BatchOutcome
from bfl_client._batch_crew import Crew, Work
from bfl_client._batch_flow import ItemEnd, ItemFlow, Step
from bfl_client._batch_plan import planned
from bfl_client._effects import Pause
from bfl_client._records import Known
from tests.client.batch_double import DELIVERS_AT, Vendor, jobs, outcomes
from tests.client.wire_double import Answer, FakeClock, World, poll, ready, reply

PATIENCE_S = 10.0  # until a test that would hang fails


class Gate:
    """An event that a thread waits for in vain only if the test is wrong."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def open(self) -> None:
        self._event.set()

    def passed(self) -> None:
        assert self._event.wait(PATIENCE_S), "nobody opened the gate"


def world_of(vendor: Vendor, *, max_active: int) -> bfl.BFLClient:
    world = World(script=vendor.answer)
    return bfl.BFLClient("k", session=world.session, clock=world.clock, max_active=max_active, timeout_s=60)


def records(journal: Path, item: int) -> list[str]:
    rows = [json.loads(line) for line in journal.read_text().splitlines()]
    return [row["record"] for row in rows if row.get("item") == item]


def no_thread_is_left() -> bool:
    return not [thread for thread in threading.enumerate() if thread.name.startswith("bfl-batch")]


# ------------------------------------------------------------------------------------------------- an error of them all


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (reply({"detail": "Not authenticated"}, status=403), bfl.AuthenticationFailed),
        (reply({"detail": "Insufficient credits"}, status=402), bfl.InsufficientCredits),
        (Answer(307, headers={"location": "https://elsewhere.example/"}), bfl.ConfigurationError),
    ],
)
def test_an_error_that_all_would_share_keeps_the_rest_from_being_sent(
    answer: Answer, kind: type[bfl.BFLError], tmp_path: Path
) -> None:
    vendor = Vendor()
    vendor.on("submit", "b", answer)
    result = world_of(vendor, max_active=1).batch(jobs("a", "b", "c", "d", folder=tmp_path))
    assert outcomes(result) == ["saved", "failed", "not_started", "not_started"]
    assert (type(result.stopped_by), result.items[1].error) == (kind, result.stopped_by)
    assert sorted(vendor.submits) == ["a", "b"]


def test_a_budget_that_is_used_up_stops_the_rest(tmp_path: Path) -> None:
    vendor = Vendor()
    world = World(script=vendor.answer)
    client = bfl.BFLClient("k", session=world.session, clock=world.clock, max_active=1, budget_credits=7)
    result = client.batch(jobs("a", "b", "c", "d", folder=tmp_path))
    assert outcomes(result) == ["saved", "saved", "failed", "not_started"]
    assert type(result.stopped_by) is bfl.BudgetExceeded


@pytest.mark.parametrize("status", [422, 404])
def test_an_error_of_one_item_does_not_stop_the_rest(status: int, tmp_path: Path) -> None:
    vendor = Vendor()
    vendor.on("submit", "a", reply({"detail": "no"}, status=status))
    result = world_of(vendor, max_active=1).batch(jobs("a", "b", folder=tmp_path))
    assert (outcomes(result), result.stopped_by) == (["failed", "saved"], None)


def test_what_runs_when_the_batch_is_stopped_goes_on_to_its_end(tmp_path: Path) -> None:
    vendor, stopped = Vendor(), Gate()

    def when_stopped() -> Answer:
        stopped.passed()
        return poll("Pending")

    def look(update: bfl.BatchUpdate) -> None:
        if update.item is not None and update.item.error is not None:
            stopped.open()

    vendor.on("poll", "a", when_stopped)
    vendor.on("submit", "b", reply({"detail": "Insufficient credits"}, status=402))
    result = world_of(vendor, max_active=2).batch(jobs("a", "b", "c", folder=tmp_path), on_update=look)
    assert outcomes(result) == ["saved", "failed", "not_started"]


def test_what_waits_to_be_submitted_again_when_the_batch_is_stopped_is_not_sent(tmp_path: Path) -> None:
    vendor, stopped = Vendor(), Gate()

    class Waiting(FakeClock):
        def sleep(self, seconds: float) -> None:
            stopped.passed()
            super().sleep(seconds)

    def look(update: bfl.BatchUpdate) -> None:
        if update.item is not None:
            stopped.open()

    vendor.on("submit", "a", reply({"detail": "full"}, status=429))
    vendor.on("submit", "b", reply({"detail": "Insufficient credits"}, status=402))
    world = World(script=vendor.answer)
    client = bfl.BFLClient("k", session=world.session, clock=Waiting(), max_active=2)
    journal = tmp_path / "journal"
    result = client.batch(jobs("a", "b", folder=tmp_path), journal=journal, on_update=look)
    assert (outcomes(result), vendor.submits["a"]) == (["not_started", "failed"], 1)
    assert records(journal, 0) == ["intent", "refused"]


def test_a_stopped_batch_still_waits_for_what_an_earlier_run_paid(tmp_path: Path) -> None:
    first, journal = Vendor(), tmp_path / "journal"
    for prompt in "cd":
        first.on("poll", prompt, reply({}, status=403))
    first.on("submit", "b", reply({"detail": "busy"}, status=422))
    world_of(first, max_active=4).batch(jobs(*"abcd", folder=tmp_path), journal=journal)
    vendor = Vendor()
    vendor.on("submit", "b", reply({"detail": "Insufficient credits"}, status=402))
    result = world_of(vendor, max_active=1).batch(jobs(*"abcd", folder=tmp_path), journal=journal)
    assert outcomes(result) == ["saved", "failed", "saved", "saved"]


def test_a_stopped_batch_waits_for_a_paid_task_that_had_no_place_yet(tmp_path: Path) -> None:
    """Six of kontext-max are waited for at a time; the seventh comes after the error that stops all submits."""
    prompts = [f"k{number}" for number in range(7)]
    given = [*jobs("a", folder=tmp_path), *jobs(*prompts, folder=tmp_path, model="flux-kontext-max")]
    first, journal = Vendor(), tmp_path / "journal"
    first.on("submit", "a", reply({"detail": "busy"}, status=422))
    for prompt in prompts:
        first.on("poll", prompt, reply({}, status=403))
    world_of(first, max_active=24).batch(given, journal=journal)
    vendor, stopped = Vendor(), Gate()
    vendor.on("submit", "a", reply({"detail": "Insufficient credits"}, status=402))

    def when_stopped() -> Answer:
        stopped.passed()
        return poll("Pending")

    def look(update: bfl.BatchUpdate) -> None:
        if update.item is not None and update.item.error is not None:
            stopped.open()

    for prompt in prompts:
        vendor.on("poll", prompt, when_stopped)
    result = world_of(vendor, max_active=24).batch(given, journal=journal, on_update=look)
    assert outcomes(result) == ["failed", *["saved"] * 7]


def test_an_unknown_item_of_a_stopped_batch_stays_unknown(tmp_path: Path) -> None:
    first, journal = Vendor(), tmp_path / "journal"
    first.on("submit", "b", ConnectionError("lost"))
    world_of(first, max_active=1).batch(jobs("a", "b", folder=tmp_path), journal=journal)
    (tmp_path / "a.jpg").unlink()
    vendor = Vendor()
    vendor.on("submit", "b", reply({"detail": "Insufficient credits"}, status=402))
    result = world_of(vendor, max_active=1).batch(
        jobs("a", "b", folder=tmp_path), journal=journal, resubmit_unknown=True
    )
    assert (outcomes(result), result.unknown_credits) == (["saved", "unknown"], 3.0)


def test_a_journal_that_is_full_stops_the_batch_before_the_submit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor = Vendor()
    monkeypatch.setattr("bfl_client._journal.Journal._write", _full_after(_begin_and_one_item()))
    result = world_of(vendor, max_active=1).batch(jobs("a", "b", "c", folder=tmp_path), journal=tmp_path / "journal")
    assert outcomes(result) == ["saved", "failed", "not_started"]
    assert type(result.stopped_by) is bfl.ConfigurationError
    assert sorted(vendor.submits) == ["a"]


def test_what_was_not_sent_for_want_of_an_intent_gives_slot_and_money_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bfl_client._journal.Journal._write", _full_after(_begin_and_one_item()))
    client = world_of(Vendor(), max_active=1)
    client.batch(jobs("a", "b", folder=tmp_path), journal=tmp_path / "journal")
    monkeypatch.undo()
    assert client.spent_credits == 3.0
    assert client.submit("flux-2-pro", "c", timeout_s=0).id == "c"


def _begin_and_one_item() -> int:
    return 1 + 3


def _full_after(lines: int) -> Callable[..., None]:
    left = iter(range(lines))

    def write(journal: object, file: int, line: bytes) -> None:
        if next(left, None) is None:
            raise OSError(28, "No space left on device")

    return write


# --------------------------------------------------------------------------------------------------------------- Ctrl-C


def test_ctrl_c_lets_a_submit_on_its_way_finish_and_notes_its_acceptance(tmp_path: Path) -> None:
    vendor, interrupted, journal = Vendor(), Gate(), tmp_path / "journal"
    on_its_way = Gate()

    def slow() -> Answer:
        on_its_way.open()
        interrupted.passed()
        return reply({"id": "a", "polling_url": "https://api.bfl.ai/v1/get_result?id=a", "cost": 3.0})

    def interrupt(update: bfl.BatchUpdate) -> None:
        on_its_way.passed()
        interrupted.open()
        raise KeyboardInterrupt

    vendor.on("submit", "a", slow)
    with pytest.raises(KeyboardInterrupt):
        world_of(vendor, max_active=1).batch(jobs("a", "b", folder=tmp_path), journal=journal, on_update=interrupt)
    assert records(journal, 0)[:2] == ["intent", "accepted"]
    assert no_thread_is_left()


@pytest.fixture
def heeds_ctrl_c() -> Iterator[None]:
    """Handle SIGINT as a program does, even where the tests run in the background with it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeds_ctrl_c")
def test_ctrl_c_is_heard_while_the_batch_waits(tmp_path: Path) -> None:
    vendor = Vendor()

    def press() -> Answer:
        _thread.interrupt_main()
        return poll("Pending")

    vendor.on("poll", "a", press, *[poll("Pending")] * 10_000)
    with pytest.raises(KeyboardInterrupt):
        world_of(vendor, max_active=1).batch(jobs("a", folder=tmp_path), timeout_s=1e9)
    assert no_thread_is_left()


def test_after_ctrl_c_the_next_run_does_the_rest(tmp_path: Path) -> None:
    vendor, journal = Vendor(), tmp_path / "journal"

    def interrupt(update: bfl.BatchUpdate) -> None:
        if update.stage == "accepted" and update.index == 1:
            raise KeyboardInterrupt

    vendor.on("poll", "b", *[poll("Pending")] * 100_000)
    with pytest.raises(KeyboardInterrupt):
        world_of(vendor, max_active=1).batch(
            jobs("a", "b", "c", folder=tmp_path), journal=journal, on_update=interrupt, timeout_s=1e9
        )
    rest = Vendor()
    result = world_of(rest, max_active=1).batch(jobs("a", "b", "c", folder=tmp_path), journal=journal)
    assert outcomes(result) == ["saved", "saved", "saved"]
    assert (sorted(vendor.submits), sorted(rest.submits)) == (["a", "b"], ["c"])


def test_an_error_of_the_callers_own_function_ends_the_batch_and_leaves_no_thread(tmp_path: Path) -> None:
    def fail(update: bfl.BatchUpdate) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        world_of(Vendor(), max_active=3).batch(jobs(*"abcdef", folder=tmp_path), on_update=fail)
    assert no_thread_is_left()


# ------------------------------------------------------------------------------------------------------------- the crew


def crew_of(
    flow: Callable[[Work], ItemFlow[ItemEnd]],
    *prompts: str,
    size: int = 1,
    perform: Callable[[Step], object] = lambda step: None,
) -> Crew:
    items = planned(jobs(*prompts), output_dir=None, journal=None)
    work = [Work(item, Known(), is_submit=True) for item in items]
    return Crew(work, size=size, pursue=lambda each, tell: flow(each), perform=perform)


def ended(work: Work) -> ItemEnd:
    return ItemEnd(BatchItem(index=work.item.index, job=work.item.job, outcome=BatchOutcome.READY))


def test_a_pause_ends_with_the_cut_however_long_it_is() -> None:
    begun = Gate()

    def endless(work: Work) -> ItemFlow[ItemEnd]:
        begun.open()
        yield Pause(1e12)
        return ended(work)

    crew = crew_of(endless, "a")
    threading.Thread(target=lambda: list(crew.news())).start()
    begun.passed()
    crew.cut()
    assert no_thread_is_left()


def test_no_pause_is_so_long_that_a_ctrl_c_would_go_unheard() -> None:
    performed: list[Step] = []

    def flow(work: Work) -> ItemFlow[ItemEnd]:
        yield Pause(60)
        return ended(work)

    list(crew_of(flow, "a", perform=performed.append).news())
    spans = [step.seconds for step in performed if isinstance(step, Pause)]
    assert max(spans) == 0.2
    assert sum(spans) == pytest.approx(60.0)


def test_an_error_that_is_no_items_is_raised_in_the_thread_that_waits() -> None:
    def broken(work: Work) -> ItemFlow[ItemEnd]:
        yield Pause(0)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(crew_of(broken, "a").news())


def test_no_more_threads_are_made_than_there_are_items() -> None:
    names: set[str] = set()

    def flow(work: Work) -> ItemFlow[ItemEnd]:
        names.add(threading.current_thread().name)
        yield Pause(0)
        return ended(work)

    assert len(list(crew_of(flow, "a", "b", size=24).news())) == 2
    assert names <= {"bfl-batch-0", "bfl-batch-1"}


def test_as_many_tasks_run_as_may(tmp_path: Path) -> None:
    """No poll is answered before the last of them was submitted."""
    vendor, all_sent = Vendor(), Gate()
    prompts = [f"p{number}" for number in range(24)]

    def shown(prompt: str) -> Callable[[], Answer]:
        def answer() -> Answer:
            if vendor.submits.total() == len(prompts):
                all_sent.open()
            all_sent.passed()
            return ready(DELIVERS_AT + prompt)

        return answer

    for prompt in prompts:
        vendor.on("poll", prompt, shown(prompt))
    result = world_of(vendor, max_active=24).batch(jobs(*prompts, folder=tmp_path))
    assert set(outcomes(result)) == {"saved"}


def test_items_of_a_model_whose_own_limit_is_reached_do_not_keep_threads_from_others(tmp_path: Path) -> None:
    """Seven threads, six places for kontext-max: the seventh thread takes the other model's job."""
    vendor, other_sent = Vendor(), Gate()

    def accept() -> Answer:
        other_sent.open()
        return reply({"id": "other", "polling_url": "https://api.bfl.ai/v1/get_result?id=other", "cost": 3.0})

    def held(prompt: str) -> Callable[[], Answer]:
        def answer() -> Answer:
            other_sent.passed()
            return ready(DELIVERS_AT + prompt)

        return answer

    held_back = [f"k{number}" for number in range(8)]
    for prompt in held_back:
        vendor.on("poll", prompt, held(prompt))
    vendor.on("submit", "other", accept)
    given = [*jobs(*held_back, folder=tmp_path, model="flux-kontext-max"), *jobs("other", folder=tmp_path)]
    result = world_of(vendor, max_active=7).batch(given)
    assert set(outcomes(result)) == {"saved"}
