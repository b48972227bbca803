"""Run schemathesis against a live mock, and tell what it finds; what it may find has a reason here."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import schemathesis
from openapi_schema_validator import OAS31Validator
from schemathesis import Case
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from mock_bfl.contract import MODELS_BY_SLUG
from mock_bfl.core.request import parse_ratio
from mock_bfl.testing import LiveServer
from tests.web.mock import Mock
from tests.web.wire import KEY

Json = dict[str, Any]

# What pydantic takes for true and false besides them.  [FASTAPI]
WORDS_FOR_BOOLEANS = frozenset({"0", "1", "f", "t", "n", "y", "no", "yes", "off", "on", "false", "true"})
# Levers of which not every body that their schema allows can be followed.
MEAN_SOMETHING_TOGETHER = frozenset({"/_mock/faults", "/_mock/scenarios"})
ALL_PHASES = ("examples", "coverage", "fuzzing", "stateful")


@dataclass(frozen=True)
class Finding:
    """One failed check: which, on which operation, in its own words, and the request to repeat it."""

    operation: str
    check: str
    says: str
    request: str

    def __str__(self) -> str:
        return f"{self.operation}: {self.check}: {self.says}\n{self.request}"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to ask: the operations whose path matches, in these phases, this often."""

    paths: str
    examples: int
    phases: tuple[str, ...] = ("fuzzing",)


def fuzz(mock: Mock, document: Json, plan: Plan) -> tuple[list[Finding], int]:
    """Return what schemathesis finds about the mock when it follows `document`, and how many answers it judged.

    Of each check that fails on an operation the first case.
    """
    findings: dict[tuple[str, str], Finding] = {}
    judged = 0
    with LiveServer(mock.app) as server:
        schema = schemathesis.openapi.from_dict(document, config=_config(server.base_url, plan))
        for event in from_schema(schema.include(path_regex=plan.paths)).execute():
            if isinstance(event, events.NonFatalError | events.FatalError):
                raise AssertionError(f"schemathesis itself failed: {event}")
            if isinstance(event, events.ScenarioFinished):
                judged += len(event.recorder.checks)
                for finding in _failures(event, document):
                    findings.setdefault((finding.operation, finding.check), finding)
    return list(findings.values()), judged


def _config(base_url: str, plan: Plan) -> SchemathesisConfig:
    return SchemathesisConfig.from_dict(
        {
            "seed": 1,
            "base-url": base_url,
            "continue-on-failure": True,
            "headers": {"x-key": KEY},
            "generation": {"mode": "all", "max-examples": plan.examples, "deterministic": True, "database": "none"},
            "phases": {name: {"enabled": name in plan.phases} for name in ALL_PHASES},
        }
    )


def _failures(event: events.ScenarioFinished, document: Json) -> Iterator[Finding]:
    recorder = event.recorder
    for case_id, checks in recorder.checks.items():
        for check in checks:
            case = recorder.cases[case_id].value
            if check.failure_info is None or _is_excused(check.name, case, document):
                continue
            says = " ".join(str(check.failure_info.failure).split())
            yield Finding(case.operation.label, check.name, says, check.failure_info.code_sample)


def _is_excused(check: str, case: Case[Any], document: Json) -> bool:
    """Tell whether a finding is known: what is asked is more than a JSON schema can say, or read as pydantic reads."""
    excuses: Mapping[str, Callable[[Case[Any], Json], bool]] = {
        "negative_data_rejection": is_read_laxly,
        "positive_data_acceptance": is_beyond_a_schema,
        "allow_header_conformance": is_overlapped,
    }
    return check in excuses and excuses[check](case, document)


def is_read_laxly(case: Case[Any], document: Json) -> bool:
    """Tell whether a request is valid once `"5"`, `5.0` and `true` are read as pydantic reads them: as 5, 5 and 1."""
    operation = document["paths"][case.operation.path][case.method.lower()]
    asked = {row["name"]: row["schema"] for row in operation.get("parameters", []) if row["in"] == "query"}
    query = {name: value for name, value in dict(case.query or {}).items() if name in asked}
    if not _is_valid_laxly(query, {"type": "object", "properties": asked}, document):
        return False
    if "requestBody" not in operation:
        return True
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    return isinstance(case.body, dict) and _is_valid_laxly(case.body, schema, document)


def is_overlapped(case: Case[Any], document: Json) -> bool:
    """Tell whether a path is also one of a path with parameters: the methods of both are allowed there."""
    path = case.operation.path
    forms = [re.sub(r"\{\w+\}", "[^/]+", other) for other in document["paths"] if other != path]
    return any(re.fullmatch(form, path) for form in forms)


def is_beyond_a_schema(case: Case[Any], document: Json) -> bool:
    """Tell whether a body may break a rule that no schema states.

    A ratio beyond 21:9, more pixels than 4 MP, text that is no image; and what a lever's fields mean together.
    """
    body: Json = dict(case.body) if isinstance(case.body, dict) else {}
    model = MODELS_BY_SLUG.get(case.operation.path.removeprefix("/v1/"))
    if model is None:
        return case.operation.path in MEAN_SOMETHING_TOGETHER
    if any(body.get(name) is not None for name in model.references):
        return True
    if "aspect_ratio" in body and not _is_ratio(body["aspect_ratio"]):
        return True
    return (body.get("width") or 1024) * (body.get("height") or 1024) > 4_000_000


def _is_ratio(text: str | None) -> bool:
    ratio = parse_ratio("1:1" if text is None else text)
    return ratio is not None and 9 / 21 <= ratio[0] / ratio[1] <= 21 / 9


def _is_valid_laxly(value: object, schema: Json, document: Json) -> bool:
    whole = {**schema, "components": document["components"]}
    return bool(OAS31Validator(whole).is_valid(_lax(value, schema, document)))


def _lax(value: object, schema: Json, document: Json) -> object:
    """Return a value as pydantic reads it where `schema` asks for a number or a boolean; at every depth."""
    forms = [_resolved(form, document) for form in schema.get("anyOf", [schema])]
    types = {form.get("type") for form in forms}
    if isinstance(value, dict):
        known = {name: inner for form in forms for name, inner in form.get("properties", {}).items()}
        return {name: _lax(inner, known.get(name, {}), document) for name, inner in value.items()}
    if isinstance(value, list):
        items: Json = next((form["items"] for form in forms if "items" in form), {})
        return [_lax(inner, items, document) for inner in value]
    if "boolean" in types and str(value).lower().removesuffix(".0") in WORDS_FOR_BOOLEANS:
        return True
    if types & {"integer", "number"} and isinstance(value, bool | float | str):
        return _number(value)
    return value


def _resolved(schema: Json, document: Json) -> Json:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: Json = document["components"]["schemas"][name] if name else schema
    return found


def _number(value: bool | float | str) -> object:
    try:
        number = float(value)
    except ValueError:
        return value
    return int(number) if number.is_integer() else number


def shown(findings: list[Finding]) -> str:
    """Return findings as a person reads them."""
    return "\n\n".join(map(str, findings))


def document_of(mock: Mock) -> Json:
    """Return the mock's own document, as it serves it."""
    document: Json = json.loads(mock.client.get("/openapi.json").data)
    return document


def without_end(document: Json) -> Json:
    """Return the document of a mock whose event stream always ends: nobody waits for it."""
    (follow,) = (row for row in document["paths"]["/_mock/events"]["get"]["parameters"] if row["name"] == "follow")
    follow |= {"required": True, "schema": {"const": False}}
    return document
