"""A mock that is killed at any moment has charged what it accepted, no more and no less, and loses no webhook."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
import requests

from mock_bfl.clock import SystemClock
from mock_bfl.contract import statuses
from mock_bfl.core.ledger import EntryKind, balance
from mock_bfl.core.timeline import LAST_MS
from mock_bfl.core.webhook import DeliveryState
from mock_bfl.engine import account_of
from mock_bfl.store.sqlite import SqliteStore
from mock_bfl.webhook_receiver import WebhookReceiver

SUBMITS = 200
THREADS = 40
KEYS = tuple(f"key-{number}" for number in range(10))  # twenty tasks each: none is refused for lack of slots
BALANCE = 100_000
ENDS = ("", ' [mock: status="Content Moderated"]', " [mock: error=generation_timeout after=0s]", " [mock: after=0s]")
PATIENCE_S = 60

Event = tuple[str, int | None]  # of which task, at how many percent; None: its end
PAUSE_S = 0.05


@dataclass
class Client:
    """What the clients saw, and what they asked for."""

    hook: str
    accepted: list[str] = field(default_factory=list)
    answers: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    local: threading.local = field(default_factory=threading.local)

    def submit(self, base_url: str, number: int, enough: Callable[[int], None]) -> None:
        """Submit one task; whether the answer came is seen, or is not."""
        if not hasattr(self.local, "session"):
            self.local.session = requests.Session()
        body = {"prompt": f"{number}{ENDS[number % len(ENDS)]}", "webhook_url": self.hook, "webhook_secret": "s"}
        try:
            reply = self.local.session.post(
                f"{base_url}/v1/flux-2-pro",
                json=body,
                headers={"x-key": KEYS[number % len(KEYS)]},
                timeout=PATIENCE_S,
            )
        except requests.RequestException:
            return
        assert reply.status_code == 200, reply.text
        with self.lock:
            self.accepted.append(reply.json()["id"])
            self.answers += 1
            enough(self.answers)


@contextmanager
def served(file: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    """Serve the file; yields the base URL, and what kills server and worker at once."""
    options = ["--listen", "127.0.0.1:0", "--json", "--speed", "0.02", "--balance", str(BALANCE)]
    command = [sys.executable, "-m", "mock_bfl", "serve", "--store", f"sqlite:{file}", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:

        def kill() -> None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(PATIENCE_S)

        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())["base_url"], kill
        finally:
            if process.poll() is None:
                kill()


def killed_in_the_middle(file: Path, client: Client, *, after_answers: int) -> None:
    """Serve, submit 200 tasks at once, and kill when so many answers have come."""
    is_time = threading.Event()

    def enough(answers: int) -> None:
        if answers >= after_answers:
            is_time.set()

    client.answers = 0
    with served(file) as (base_url, kill), ThreadPoolExecutor(THREADS) as pool:
        submits = [pool.submit(client.submit, base_url, number, enough) for number in range(SUBMITS)]
        assert is_time.wait(PATIENCE_S)
        kill()
        for submit in submits:
            submit.result(PATIENCE_S)
    assert client.answers < SUBMITS


@contextmanager
def copy_of(file: Path, where: Path) -> Iterator[SqliteStore]:
    """Open a copy, so that looking changes nothing."""
    shutil.rmtree(where, ignore_errors=True)
    shutil.copytree(file.parent, where)
    with closing(SqliteStore(where / file.name, clock=SystemClock())) as store:
        yield store


def assert_that_the_ledger_is_exact(store: SqliteStore, seen: list[str]) -> None:
    """No task without its charge, no charge without its task, a refund for each that does not end Ready."""
    existing: set[str] = set()
    for account in store.accounts():
        tasks, entries = store.tasks(account), store.entries(account)
        kinds = {kind: Counter(entry.task_id for entry in entries if entry.kind is kind) for kind in EntryKind}
        assert kinds[EntryKind.OPENED] == {None: 1}
        assert kinds[EntryKind.CHARGED] == Counter(task.id for task in tasks)
        unpaid = [task for task in tasks if task.final_status != statuses.READY]
        assert kinds[EntryKind.REFUNDED] == Counter(task.id for task in unpaid)
        assert store.tasks_created(account) == len(tasks)
        spent = sum((task.quote.credits for task in tasks if task not in unpaid), Decimal(0))
        assert store.balance(account, now_ms=LAST_MS) == BALANCE - spent
        existing |= {task.id for task in tasks}
    assert set(seen) <= existing


def planned(store: SqliteStore, *states: DeliveryState) -> set[Event]:
    """Return the events of the deliveries in these states."""
    rows = [row for row in store.outbox.deliveries(None) if row.state in states]
    return {(row.task_id, None if row.progress is None else round(row.progress * 100)) for row in rows}


def arrivals(receiver: WebhookReceiver) -> Counter[Event]:
    """Return how often each event came."""
    events = [json.loads(received.body) for received in receiver.received]
    return Counter((event.get("task_id") or event["id"], event.get("progress")) for event in events)


def wait_until(is_so: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(round(PATIENCE_S / PAUSE_S)):
        if is_so():
            return
        pause.wait(PAUSE_S)
    raise AssertionError("it did not come about in time")


def assert_that_all_come_to_their_end(base_url: str, file: Path, ids: list[str]) -> None:
    """Whoever polls a task sees its end, and every webhook goes out by itself."""
    with requests.Session() as session:

        def has_ended(task_id: str) -> bool:
            reply = session.get(f"{base_url}/v1/get_result", params={"id": task_id}, timeout=PATIENCE_S)
            assert reply.status_code == 200, reply.text
            status = reply.json()["status"]
            assert status in {statuses.PENDING, statuses.READY, statuses.ERROR, statuses.CONTENT_MODERATED}
            return bool(status != statuses.PENDING)

        for task_id in ids:
            wait_until(lambda task_id=task_id: has_ended(task_id))  # type: ignore[misc]  # bound at once
        credits = {
            key: session.get(f"{base_url}/v1/credits", headers={"x-key": key}, timeout=PATIENCE_S).json()["credits"]
            for key in KEYS
        }
    with closing(SqliteStore(file, clock=SystemClock())) as store:
        wait_until(lambda: not store.outbox.accounts_waiting())
        in_the_file = {key: balance(store.entries(account_of(key)), now_ms=LAST_MS) for key in KEYS}
    assert credits == {key: float(exact) for key, exact in in_the_file.items()}


@pytest.mark.parametrize("kills", [2, pytest.param(20, marks=pytest.mark.deep)])
def test_a_kill_in_the_middle_of_200_submits_loses_nothing_and_charges_nothing_twice(
    tmp_path: Path, kills: int
) -> None:
    file = tmp_path / "served" / "tasks.db"
    file.parent.mkdir()
    with WebhookReceiver() as receiver:
        client = Client(receiver.url)
        for number in range(kills):
            receiver.answer(500, 500, 200)  # two of them are to be sent again
            killed_in_the_middle(file, client, after_answers=Random(number).randint(20, 120))
            with copy_of(file, tmp_path / "copy") as store:
                assert_that_the_ledger_is_exact(store, client.accepted)
                recorded, before = planned(store, DeliveryState.DELIVERED), arrivals(receiver)
                every = [task.id for account in store.accounts() for task in store.tasks(account)]
            with served(file) as (base_url, _):
                assert_that_all_come_to_their_end(base_url, file, every)
                after = arrivals(receiver)
                assert [event for event in recorded if after[event] != before[event]] == []
        with copy_of(file, tmp_path / "copy") as store:
            assert_that_the_ledger_is_exact(store, client.accepted)
            assert planned(store, *DeliveryState) == planned(store, DeliveryState.DELIVERED) == set(arrivals(receiver))
            assert {task_id for task_id, progress in arrivals(receiver) if progress is None} == set(every)
