"""Nothing in the contract stands without a source, and every source is known."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from types import ModuleType

import pytest

from mock_bfl.contract import (
    MODELS,
    SOURCES,
    Certainty,
    Cite,
    Fact,
    dialects,
    endpoints,
    errors,
    fields,
    headers,
    limits,
    model,
    models,
    newer,
    prices,
    regions,
    schemas,
    statuses,
    webhooks,
)
from mock_bfl.contract.endpoints import Endpoint
from mock_bfl.contract.errors import ErrorText
from mock_bfl.contract.fields import Field
from mock_bfl.contract.prices import FlatPrice, MegapixelPrice, TierPrice
from mock_bfl.contract.regions import Base, Cluster
from mock_bfl.contract.sources import assumed, cite
from mock_bfl.contract.statuses import STATUSES, Status

MODULES = (
    dialects,
    endpoints,
    errors,
    fields,
    headers,
    limits,
    models,
    newer,
    prices,
    regions,
    schemas,
    statuses,
    webhooks,
)
ROWS = (Base, Cluster, Endpoint, ErrorText, Field, FlatPrice, MegapixelPrice, TierPrice, Status, model.Model, Fact)


def things_in(value: object) -> Iterator[object]:
    """Yield a value and everything inside it: containers, data classes, metadata of dialect fields."""
    yield value
    if isinstance(value, Mapping):
        inner: list[object] = list(value.values())
    elif isinstance(value, tuple | list | frozenset):
        inner = list(value)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        inner = [getattr(value, row.name) for row in dataclasses.fields(value)]
        inner += [dict(row.metadata) for row in dataclasses.fields(value)]
    else:
        inner = []
    for each in inner:
        yield from things_in(each)


def everything_in(module: ModuleType) -> list[object]:
    return [thing for value in vars(module).values() for thing in things_in(value)]


def cites_in(module: ModuleType) -> list[Cite]:
    return [thing for thing in everything_in(module) if isinstance(thing, Cite)]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_every_cite_names_known_sources(module: ModuleType) -> None:
    unknown = {tag for found in cites_in(module) for tag in found.sources} - SOURCES.keys()
    assert cites_in(module)
    assert unknown == set()


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_what_no_document_says_is_assumed_and_says_why(module: ModuleType) -> None:
    for found in cites_in(module):
        assert ("MOCK" in found.sources) == (found.certainty is Certainty.ASSUMED), found
        assert found.note or found.certainty is not Certainty.ASSUMED, found


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_every_row_has_a_cite(module: ModuleType) -> None:
    rows = [thing for thing in everything_in(module) if isinstance(thing, ROWS)]
    without = [row for row in rows if not any(isinstance(thing, Cite) for thing in things_in(row))]
    assert without == []


def test_every_text_of_a_refusal_has_a_source_in_both_envelopes() -> None:
    for row in errors.ERRORS.values():
        assert row.detail_cite.sources
        assert row.guide_cite.sources


def test_every_model_says_where_its_latency_comes_from() -> None:
    assert all(model.latency_s.cite.sources for model in MODELS)


def test_every_source_is_described() -> None:
    assert all(len(text) > 10 for text in SOURCES.values())


def test_the_tables_of_sources_dialects_and_errors_cannot_be_changed() -> None:
    for table in (SOURCES, dialects.DIALECTS, errors.ERRORS, errors.TASK_ERROR_CODES, models.MODELS_BY_SLUG):
        with pytest.raises(TypeError, match="item assignment"):
            table["x"] = "y"  # type: ignore[index] # that it cannot be assigned is the point


def test_no_status_word_and_no_error_name_stands_twice() -> None:
    assert len({status.word for status in STATUSES}) == len(STATUSES)
    assert [row.name for row in errors.ERRORS.values()] == list(errors.ERRORS)


def test_a_cite_is_read_from_a_list_of_tags() -> None:
    assert cite("OAS, CASS", Certainty.SPEC, "why") == Cite(("OAS", "CASS"), Certainty.SPEC, "why")


def test_a_cite_shows_its_sources_and_how_certain_they_are() -> None:
    assert str(cite("OAS, CASS", Certainty.RECORDED)) == "OAS, CASS (recording)"


def test_an_assumption_is_the_mocks_own() -> None:
    assert assumed("nobody says") == Cite(("MOCK",), Certainty.ASSUMED, "nobody says")


def test_certainties_are_listed_from_the_strongest() -> None:
    strongest, *_, weakest = Certainty
    assert (strongest, weakest) == (Certainty.SPEC, Certainty.ASSUMED)
