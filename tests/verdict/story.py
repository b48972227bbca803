"""Write a journal as a client would make one: each verb is an exchange, `wait` lets time pass."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from mock_bfl.core.exchange import EXPIRED_SAMPLE, Exchange
from mock_bfl.core.verdict import Verdict, verdict
from mock_bfl.core.webhook import Attempt, Delivery, DeliveryState

START_MS = 1_767_225_600_000
TOOK_MS = 2
API = "http://api.test"
PRICE = Decimal(3)


@dataclass
class Story:
    """One client's life. Account time runs beside real time unless `real_rate` says otherwise."""

    exchanges: list[Exchange] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    real_ms: int = START_MS
    account_ms: int = START_MS
    real_rate: float = 1.0
    tasks: int = 0

    def wait(self, seconds: float) -> Story:
        """Let time pass between two requests."""
        self.account_ms += round(seconds * 1000)
        self.real_ms += round(seconds * 1000 * self.real_rate)
        return self

    def rewind(self, seconds: float) -> Story:
        """Let the next request begin so much earlier: beside what was asked last."""
        self.account_ms -= round(seconds * 1000)
        self.real_ms -= round(seconds * 1000 * self.real_rate)
        return self

    def ask(
        self, route: str | None, path: str, *, status: int | None = 200, took_ms: int = TOOK_MS, **more: Any
    ) -> Exchange:
        """Ask for anything; `status` None is no answer."""
        arrived = Exchange(
            number=len(self.exchanges) + 1,
            at_ms=self.account_ms,
            real_ms=self.real_ms,
            account="account",
            method=more.pop("method", "GET"),
            path=path,
            route=route,
            origin=more.pop("origin", API),
        )
        self.account_ms += took_ms
        self.real_ms += took_ms
        ended = {"ended_at_ms": self.account_ms, "ended_real_ms": self.real_ms, "status": status}
        done = replace(arrived, **{**ended, **more})
        self.exchanges.append(done)
        return done

    def submit(
        self, prompt: str = "a red cube", *, status: int | None = 200, slug: str = "flux-2-pro", **more: Any
    ) -> str:
        """Submit; return the id of the task, which is accepted where the status is 200."""
        task_id = f"task-{self.tasks}"
        told: dict[str, Any] = {"method": "POST", "slug": slug, "body_digest": prompt, "has_key": True}
        if status == 200:
            self.tasks += 1
            told |= {"task_id": task_id, "cost_credits": PRICE, "leads_to": f"{API}/v1/get_result"}
        self.ask("submit", f"/v1/{slug}", status=status, **{**told, **more})
        return task_id

    def stalled(self, *, seconds: float = 30, is_over: bool = True, **more: Any) -> str:
        """Submit what is accepted, but answered after a silence; time stands at the beginning of the silence."""
        on_its_way = {} if is_over else {"status": None, "ended_at_ms": None, "ended_real_ms": None, "leads_to": None}
        task_id = self.submit(**{"took_ms": round(seconds * 1000), "fault": "stall", **on_its_way, **more})
        if not is_over:
            self.exchanges[-1] = replace(self.exchanges[-1], task_id=task_id, cost_credits=PRICE)
            self.tasks += 1
        self.rewind(seconds)
        return task_id

    def poll(self, task_id: str, word: str | None = "Pending", *, status: int | None = 200, **more: Any) -> Exchange:
        """Poll a task."""
        told: dict[str, Any] = {"task_id": task_id, "status_word": word if status == 200 else None}
        if word == "Ready":
            told["leads_to"] = f"{API}/results/{task_id}.jpeg"
        return self.ask("get_result", "/v1/get_result", status=status, **{**told, **more})

    def polls(self, task_id: str, word: str, *, times: int, every_s: float) -> None:
        """Poll a task a number of times, at an interval."""
        for _ in range(times):
            self.poll(task_id, word)
            self.wait(every_s)

    def download(self, task_id: str, *, status: int | None = 200, **more: Any) -> Exchange:
        """Fetch the picture of a task."""
        return self.ask("sample", f"/results/{task_id}.jpeg", status=status, **{"task_id": task_id, **more})

    def download_expired(self, task_id: str) -> Exchange:
        """Ask for the picture of a task too late."""
        return self.download(task_id, status=403, notes=(EXPIRED_SAMPLE,))

    def ready(self, task_id: str) -> str:
        """Wait for a task as a good client does, and see it ready."""
        self.wait(0.5).poll(task_id)
        self.wait(0.6).poll(task_id, "Ready")
        return task_id

    def deliver(
        self, task_id: str, *answers: int | None, state: DeliveryState = DeliveryState.WAITING, took_ms: int = 5
    ) -> None:
        """Deliver a webhook: the receiver's answers, one for each attempt."""
        attempts = tuple(
            Attempt(at_ms=self.account_ms + n, real_ms=self.real_ms + n, took_ms=took_ms, status=status)
            for n, status in enumerate(answers)
        )
        done = Delivery(
            id=f"{task_id}/final",
            account="account",
            task_id=task_id,
            due_at_ms=self.account_ms,
            state=state,
            attempts=attempts,
        )
        self.deliveries.append(done)

    def verdict(self, *, strict: bool = False, shared_clock: bool = False, is_cut: bool = False) -> Verdict:
        """Grade it."""
        return verdict(
            self.exchanges, deliveries=self.deliveries, strict=strict, shared_clock=shared_clock, is_cut=is_cut
        )

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of what is found."""
        return self.verdict().codes
