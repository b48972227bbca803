"""Grade a client: every finding of the table, over one journal."""

from __future__ import annotations

from collections.abc import Iterable

from mock_bfl.core.exchange import Exchange
from mock_bfl.core.webhook import Delivery

from .facts import Facts, read_journal
from .findings import FINDINGS, Row
from .values import NOTHING, Evidence, Finding, Level, NotObservable, Totals, Verdict


def verdict(
    journal: Iterable[Exchange],
    *,
    deliveries: Iterable[Delivery] = (),
    strict: bool = False,
    shared_clock: bool = False,
    is_cut: bool = False,
) -> Verdict:
    """Return what is to be said of the client that a journal shows.

    `strict` turns every warning into a failure. Waits are judged by real instants; with `shared_clock`, where client
    and mock sleep by one clock, by the account's. `is_cut`: the journal has forgotten its beginning.
    """
    facts = read_journal(journal, deliveries=deliveries, shared_clock=shared_clock, is_cut=is_cut)
    made = [(row, tuple(row.find(facts))) for row in FINDINGS]
    findings = [_finding(row, evidence, strict=strict) for row, evidence in made if evidence]
    return Verdict(
        findings=tuple(sorted(findings, key=lambda finding: finding.level is not Level.FAIL)),
        not_observable=tuple(_unseen(facts, [row for row, evidence in made if not evidence])),
        totals=_totals(facts, is_cut=is_cut),
    )


def _finding(row: Row, evidence: tuple[Evidence, ...], *, strict: bool) -> Finding:
    return Finding(
        code=row.code,
        level=Level.FAIL if strict else row.level,
        title=row.title,
        why=row.why,
        advice=row.advice,
        cost=row.cost,
        evidence=evidence,
    )


def _unseen(facts: Facts, rows: Iterable[Row]) -> Iterable[NotObservable]:
    for row in rows:
        reason = row.unseen(facts)
        if reason is not None:
            yield NotObservable(code=row.code, reason=reason)


def _totals(facts: Facts, *, is_cut: bool) -> Totals:
    accepted = [task for task in facts.tasks if task.submit is not None and task.submit.row.cost_credits is not None]
    charged = sum((task.charged_credits for task in accepted), NOTHING)
    return Totals(
        requests=len(facts.requests),
        tasks=len(accepted),
        charged_credits=charged,
        returned_credits=charged - sum((task.price_credits for task in accepted), NOTHING),
        began_at_ms=facts.requests[0].row.at_ms if facts.requests else None,
        is_cut=is_cut,
    )
