"""The state machine: no sequence of submits, polls, downloads, looks at credits and moves of the clock breaks a law."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from .bodies import minimal_body
from .errors import Inconclusive, LawBroken, UnexpectedRefusal
from .expect import Expectations
from .observation import Polled, Refused, Submitted, expiry_of
from .oracle.history import accepted, ends
from .probe import Probe
from .strategies import faulty_bodies, models, valid_bodies
from .target import Target

_KEYS = st.sampled_from(("A", "A", "A", "B"))
_SPANS_MS = st.sampled_from((1, 250, 1000, 1000, 5000, 30_000, 599_000, 600_000)) | st.integers(1, 20_000)
_INVALID_AT_ONCE = 4
_FIRST_TASKS = 3
_CROWDS = st.sampled_from((26, 24, 7)) | st.integers(5, 26)
_EDGES_MS = st.sampled_from((-1, 0, -1000, 1, 1000))
# Which task: counted from the latest, round and round. A Bundle would do, but for what is drawn from it: that depends
# on how many tasks the target accepted, and a target that is not the same each time would spoil the search.
_WHICH = st.integers(0, 40)


class ConformanceMachine(RuleBasedStateMachine):
    """Drives one target from a fresh start. Needs Need.CLOCK, Need.FRESH_ACCOUNT and Need.SECOND_KEY.

    Law: what is drawn never depends on what the target answered.
    """

    def __init__(self, target: Target, *, expectations: Expectations) -> None:
        super().__init__()
        self.probe = Probe(target, expectations=expectations)

    @initialize(data=st.data())
    def begin(self, data: st.DataObject) -> None:
        """Look at the balances, and submit some bodies: Hypothesis leaves some rules out of each sequence."""
        for key in ("A", "B"):
            self.probe.look_at_credits(key=key)
        for _ in range(_FIRST_TASKS):
            self.submit(data, key="A")

    @rule(data=st.data(), key=_KEYS)
    def submit(self, data: st.DataObject, key: str) -> None:
        """Submit a valid body."""
        model = data.draw(models(self.probe.expectations), label="model")
        body = data.draw(valid_bodies(model, expectations=self.probe.expectations), label="body")
        self.probe.submit(model.slug, body, key=key)

    @rule(data=st.data(), key=_KEYS)
    def submit_invalid(self, data: st.DataObject, key: str) -> None:
        """Submit bodies with one fault each: they cost nothing, so several."""
        for _ in range(_INVALID_AT_ONCE):
            model = data.draw(models(self.probe.expectations), label="model")
            body, fault = data.draw(faulty_bodies(model, expectations=self.probe.expectations), label="body")
            self.probe.submit(model.slug, body, key=key, faults=(fault,))

    @rule(
        slug=st.sampled_from(("flux-2-klein-4b", "flux-kontext-max")),
        count=st.sampled_from((26, 24, 7)) | st.integers(5, 26),
    )
    def crowd(self, slug: str, count: int) -> None:
        """Submit enough at once to meet the limit, then poll all: what was active at this instant comes to light."""
        for _ in range(count):
            if isinstance(self.probe.submit(slug, minimal_body(slug)), Refused):
                break
        ended = ends(self.probe.history)
        for task in list(accepted(self.probe.history)):
            if task.task_id not in ended:
                self.probe.look(task)

    @rule(which=_WHICH, key=st.sampled_from((None, "")))
    def poll(self, which: int, key: str | None) -> None:
        """Poll a task, with its key or without any; now and then an id that nobody was given."""
        if which == 0:
            self.probe.look_for("00000000-0000-4000-8000-000000000000")
        for task in self._task(which):
            self.probe.look(task, key=key)

    @rule(which=_WHICH, past_ms=_EDGES_MS | st.none())
    def deliver(self, which: int, past_ms: int | None) -> None:
        """Poll a task to its end, and fetch its sample at once, or near the end of its URL."""
        for task in self._task(which):
            with suppress(Inconclusive, UnexpectedRefusal):
                seen = self.probe.ready(task)
                self._wait_until_near_the_end(seen, past_ms)
                self.probe.download(task.task_id, seen.sample)

    @rule(span_ms=_SPANS_MS)
    def wait(self, span_ms: int) -> None:
        """Let time go by."""
        self.probe.target.advance(seconds=span_ms / 1000)

    @rule(key=_KEYS)
    def look_at_credits(self, key: str) -> None:
        """Ask for a balance."""
        self.probe.look_at_credits(key=key)

    @invariant()
    def no_law_is_broken(self) -> None:
        """Everything seen so far was permitted."""
        if self.probe.violations:
            raise LawBroken(self.probe.violations, timeline=self.probe.timeline())

    def _task(self, which: int) -> tuple[Submitted, ...]:
        """Return the task that is meant, alone in a tuple; an empty one while there is none."""
        tasks = list(accepted(self.probe.history))
        return (tasks[-1 - which % len(tasks)],) if tasks else ()

    def _wait_until_near_the_end(self, seen: Polled, past_ms: int | None) -> None:
        end_ms = expiry_of(seen.sample)
        if past_ms is not None and end_ms is not None:
            left_ms = end_ms + past_ms - seen.reply.received_at_ms
            self.probe.target.advance(seconds=max(0, left_ms) / 1000)


def search(
    open_target: Callable[[], Target],
    *,
    expectations: Expectations,
    examples: int,
    steps: int = 12,
    is_shortened: bool = True,
) -> LawBroken | None:
    """Return a breach found in `examples` sequences of at most `steps`, or None.

    `is_shortened` looks for the smallest such sequence, which takes hundreds of runs more.
    """
    profile = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        derandomize=True,
        verbosity=Verbosity.quiet,
        phases=(Phase.generate, Phase.shrink) if is_shortened else (Phase.generate,),
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
        print_blob=False,
    )
    machines: list[ConformanceMachine] = []

    def begin() -> ConformanceMachine:
        machines.append(ConformanceMachine(open_target(), expectations=expectations))
        return machines[-1]

    try:
        run_state_machine_as_test(begin, settings=profile)  # type: ignore[arg-type]  # any factory will do
    except LawBroken as broken:
        return broken
    except Flaky:
        return _shortest_breach(machines)
    return None


def _shortest_breach(machines: list[ConformanceMachine]) -> LawBroken | None:
    """Return the breach of the fewest requests, of a target that did not break the law each time it was asked."""
    probes = [machine.probe for machine in machines if machine.probe.violations]
    shortest = min(probes, key=lambda probe: len(probe.history), default=None)
    return LawBroken(shortest.violations, timeline=shortest.timeline()) if shortest else None
