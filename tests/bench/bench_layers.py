"""Submit, poll and sample: by the engine alone, through Flask in process, and over the wire to a served mock."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from werkzeug.test import EnvironBuilder, run_wsgi_app

from tests.bench.conftest import new_engine
from tests.bench.traffic import Answer, ByEngine, ByHTTP, in_process, kept_alive

PLAN = {"rounds": 15, "iterations": 100, "warmup_rounds": 1}
World = ByEngine | ByHTTP


@pytest.fixture(params=["engine", "Flask in process", "served, kept alive"])
def layer(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def world(layer: str, served: str) -> Iterator[World]:
    match layer:
        case "engine":
            yield ByEngine(new_engine())
        case "Flask in process":
            yield in_process(new_engine())
        case _:
            with kept_alive(served) as world:
                yield world


def test_a_bare_flask_application_for_comparison(measure: Callable[..., None]) -> None:
    """What any answer costs at least that Flask gives; a slow machine shows here, too."""
    app = Flask("bare")
    app.add_url_rule("/", view_func=lambda: {"status": "Pending"})
    environ = EnvironBuilder("/").get_environ()
    measure("nothing: bare Flask in process", lambda: run_wsgi_app(app, dict(environ)), **PLAN)


def test_submit(world: World, layer: str, measure: Callable[..., None]) -> None:
    checked(world.submit())
    measure(f"submit: {layer}", world.submit, **PLAN)


def test_poll_of_a_ready_task(world: World, layer: str, measure: Callable[..., None]) -> None:
    task_id = json.loads(checked(world.submit()))["id"]
    checked(world.poll(task_id))
    measure(f"poll: {layer}", lambda: world.poll(task_id), **PLAN)


def test_sample_that_was_rendered_before(world: World, layer: str, measure: Callable[..., None]) -> None:
    task_id = json.loads(checked(world.submit()))["id"]
    url = json.loads(checked(world.poll(task_id)))["result"]["sample"]
    size = len(checked(world.sample(url)))
    measure(f"sample, {size / 1000:.0f} KB: {layer}", lambda: world.sample(url), **PLAN)


def checked(answer: Answer) -> bytes:
    """The body of a 200; anything else would be measured for nothing."""
    status, body = answer
    assert status == 200, body
    return body
