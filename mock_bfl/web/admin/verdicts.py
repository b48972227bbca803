"""The lever that grades the client."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from flask import Response, request
from pydantic import BaseModel, ConfigDict

from mock_bfl.core.verdict import Finding, Verdict, as_text
from mock_bfl.engine import Engine

from .routing import Json, Lever, account_asked

_TEXT = "text/plain"


class VerdictQuery(BaseModel):
    """What GET /_mock/verdict takes: `strict` fails for warnings, `shared_clock` judges by the account's clock."""

    model_config = ConfigDict(extra="forbid")

    strict: bool = False
    shared_clock: bool = False
    format: Literal["json", "text"] | None = None


class EvidenceShown(BaseModel):
    """One occurrence of a finding."""

    what: str
    requests: list[int]
    count: int
    at_ms: int | None
    span_ms: int
    task_id: str | None
    cost_credits: Decimal


class FindingShown(BaseModel):
    """One finding, with every occurrence."""

    code: str
    level: Literal["fail", "warn"]
    title: str
    why: str
    advice: str
    cost: str
    cost_credits: Decimal
    evidence: list[EvidenceShown]


class NotObservableShown(BaseModel):
    """What could neither be found nor ruled out."""

    code: str
    reason: str


class TotalsShown(BaseModel):
    """What the client did in all."""

    requests: int
    tasks: int
    charged_credits: Decimal
    returned_credits: Decimal
    began_at_ms: int | None
    is_cut: bool


class VerdictShown(BaseModel):
    """The verdict; `text` says it all to a person. Without `judged` the journal has forgotten all: not good, then."""

    judged: bool
    good: bool
    cost_credits: Decimal
    findings: list[FindingShown]
    not_observable: list[NotObservableShown]
    totals: TotalsShown
    text: str


def verdict_levers(engine: Engine) -> tuple[Lever, ...]:
    """Return the lever."""

    def verdict(query: VerdictQuery) -> Json | Response:
        judged = engine.verdicts.verdict(account_asked(), strict=query.strict, shared_clock=query.shared_clock)
        if _wants_text(query):
            return Response(as_text(judged), content_type=f"{_TEXT}; charset=utf-8")
        return shown_verdict(judged)

    about = "Grades the client by what it asked for, as JSON or as text."
    return (
        Lever(
            method="GET",
            path="/verdict",
            about=about,
            view=verdict,
            query=VerdictQuery,
            answer=VerdictShown,
            also=(_TEXT,),
        ),
    )


def shown_verdict(judged: Verdict) -> Json:
    """Return a verdict as JSON: money as text."""
    shown = VerdictShown(
        judged=judged.is_judged,
        good=judged.is_good,
        cost_credits=judged.cost_credits,
        findings=[_finding(finding) for finding in judged.findings],
        not_observable=[NotObservableShown.model_validate(row, from_attributes=True) for row in judged.not_observable],
        totals=TotalsShown.model_validate(judged.totals, from_attributes=True),
        text=as_text(judged),
    )
    return shown.model_dump(mode="json")


def _finding(finding: Finding) -> FindingShown:
    return FindingShown.model_validate(finding, from_attributes=True)


def _wants_text(query: VerdictQuery) -> bool:
    if query.format is not None:
        return query.format == "text"
    accepted = request.accept_mimetypes
    return accepted.best_match(["application/json", _TEXT], default="application/json") == _TEXT
