"""The reference page says what the table of findings says."""

from __future__ import annotations

from mock_bfl.core.verdict import FINDINGS
from tests.docs.pages import read
from tools.markdown import code, table

PAGE = "docs/reference/verdict.md"


def test_the_page_has_the_table_of_findings() -> None:
    """If it has not, this is the table that it should have."""
    head = ("Code", "Level", "Found when", "Cost", "Source")
    rows = [(code(row.code), row.level.value, row.spelt_rule, row.cost, row.source) for row in FINDINGS]
    assert table(head, rows) in read(PAGE)


def test_the_page_has_the_table_of_thresholds() -> None:
    """If it has not, this is the table that it should have."""
    head = ("Threshold", "Value", "Certainty", "Why")
    facts = {name: fact for row in FINDINGS for name, fact in row.thresholds.items()}
    rows = [(code(name), _shown(fact.value), fact.cite.certainty, fact.cite.note) for name, fact in facts.items()]
    assert table(head, rows) in read(PAGE)


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
