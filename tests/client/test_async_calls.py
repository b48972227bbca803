"""What a caller of `AsyncBFLClient` and `AsyncTask` sees, and that they are twins of the blocking ones by signature."""

from __future__ import annotations

import asyncio
import inspect
import json
from pathlib import Path
from typing import Any, get_type_hints, is_typeddict

import httpx
import pytest

import bfl_client as bfl
from tests.client.async_double import AsyncWorld, ended
from tests.client.wire_double import (
    API,
    JPEG,
    KEY,
    POLLING_URL,
    SAMPLE,
    TASK_ID,
    Answer,
    accepted,
    never_connected,
    picture,
    poll,
    ready,
    reply,
)


def test_generate_returns_what_the_api_made() -> None:
    world = AsyncWorld(accepted(), poll("Pending"), ready())
    result = ended(world.client.generate("flux-2-pro", "a red cube"))
    assert (result.id, result.sample, result.seed, result.prompt) == (TASK_ID, SAMPLE, 42, "a red cube, upsampled")
    assert (result.cost_credits, result.model, result.polling_url) == (3.0, "flux-2-pro", POLLING_URL)


def test_the_submit_carries_the_vendors_names_and_nothing_unasked() -> None:
    world = AsyncWorld(accepted())
    ended(world.client.submit("flux-2-pro", "a red cube", width=1024, seed=0, extra={"disable_pup": True}))
    request = world.transport.seen[0]
    assert str(request.url) == f"{API}/v1/flux-2-pro"
    assert json.loads(request.content) == {"prompt": "a red cube", "width": 1024, "seed": 0, "disable_pup": True}
    assert request.headers["content-type"] == "application/json"


def test_generate_saves_the_picture_in_the_format_of_its_suffix(tmp_path: Path) -> None:
    world = AsyncWorld(accepted(), ready(), picture())
    ended(world.client.generate("flux-2-pro", "x", output=tmp_path / "cube.jpg"))
    assert (tmp_path / "cube.jpg").read_bytes() == JPEG
    assert json.loads(world.transport.seen[0].content)["output_format"] == "jpeg"


def test_an_output_that_cannot_be_written_is_found_before_anything_is_sent(tmp_path: Path) -> None:
    with pytest.raises(bfl.InvalidRequest):
        ended(AsyncWorld().client.generate("flux-2-pro", "x", output=tmp_path / "missing" / "cube.png"))


def test_a_result_saves_its_picture(tmp_path: Path) -> None:
    async def save() -> Path:
        world = AsyncWorld(accepted(), ready(), picture())
        result = await world.client.generate("flux-2-pro", "x")
        return await result.save(tmp_path / "a.jpg")

    assert ended(save()).read_bytes() == JPEG


def test_a_task_is_waited_for_looked_at_and_downloaded(tmp_path: Path) -> None:
    async def follow() -> list[object]:
        world = AsyncWorld(accepted(), poll("Pending"), poll("Pending", progress=0.5), ready(), picture())
        task = await world.client.submit("flux-2-pro", "x")
        seen: list[object] = [(await task.refresh()).status]
        await task.wait(on_update=lambda snapshot: seen.append(snapshot.progress))
        seen.append((await task.refresh()).status)
        await task.download(tmp_path / "a")
        return [*seen, len(world.transport.left)]

    assert ended(follow()) == ["Pending", 0.5, None, "Ready", 0]


def test_a_task_survives_being_written_down_and_may_change_the_client() -> None:
    """What an asynchronous task writes down, a blocking client resumes, and the other way round."""
    task = ended(AsyncWorld(accepted()).client.submit("flux-2-pro", "x"))
    saved = json.loads(json.dumps(task.to_dict()))
    later = AsyncWorld(ready())
    assert ended(later.client.resume(saved).wait()).cost_credits == 3.0
    assert later.sleeps == [0.0]
    assert bfl.BFLClient(KEY, base_url=API).resume(saved).to_dict() == saved


def test_nothing_cannot_be_resumed() -> None:
    with pytest.raises(bfl.InvalidRequest):
        AsyncWorld().client.resume({})


def test_what_a_request_will_cost_is_said_without_sending_it() -> None:
    assert AsyncWorld().client.estimate("flux-2-pro", "x", width=1024, height=1024).credits == 3.0


def test_what_was_spent_is_what_the_api_said() -> None:
    world = AsyncWorld(accepted(cost=7.0), ready())
    ended(world.client.generate("flux-2-pro", "x"))
    assert world.client.spent_credits == 7.0


def test_the_balance_is_asked_for_until_it_comes() -> None:
    world = AsyncWorld(never_connected(), reply({"credits": 97.0}))
    assert ended(world.client.credits()) == 97.0


def test_a_balance_that_does_not_come_is_an_error() -> None:
    with pytest.raises(bfl.Unavailable):
        ended(AsyncWorld(reply({"credits": None})).client.credits())


def test_the_cause_of_an_error_is_that_of_httpx() -> None:
    world = AsyncWorld(script=lambda request: never_connected())
    with pytest.raises(bfl.Unavailable) as caught:
        ended(world.client.submit("flux-2-pro", "x"))
    assert isinstance(caught.value.__cause__, httpx.ConnectError)


def test_no_repr_shows_the_key_or_a_signature() -> None:
    world = AsyncWorld(accepted(), ready())
    result = ended(world.client.generate("flux-2-pro", "x"))
    task = world.client.resume({"id": TASK_ID, "model": "flux-2-pro"})
    shown = f"{world.client!r} {world.client._wire!r} {task!r} {result!r}"
    assert KEY not in shown
    assert "s3cr3t" not in shown
    assert "AsyncTask(id='4c057b10-7efa-4c69-9ec8-cbbdfd56d918', model='flux-2-pro', cost=None)" in shown


def test_two_downloads_of_one_task_do_not_write_into_one_file(tmp_path: Path) -> None:
    """Both run in one thread, so a thread's number does not tell them apart."""
    partials: list[Path] = []

    async def download_twice() -> None:
        world = AsyncWorld(accepted(), ready(), picture(), picture())
        task = await world.client.submit("flux-2-pro", "x")
        await task.wait()
        world.transport.on_request = lambda: partials.extend(tmp_path.glob(".a.*.part"))
        await asyncio.gather(task.download(tmp_path / "a"), task.download(tmp_path / "a"))

    ended(download_twice())
    assert len(set(partials)) == 2
    assert [file.name for file in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("location", ["http://[bad", "//[", "http://a:b:c/", "mailto:x", "http://[::1", "https://ⓔ/"])
def test_a_garbage_location_of_a_poll_ends_as_a_typed_error(location: str) -> None:
    """What requests and httpx make of it differs, and some comes through to our own code."""
    moved = Answer(302, headers={"location": location})
    world = AsyncWorld(script=lambda request: accepted() if request.method == "POST" else moved)
    with pytest.raises(bfl.TaskUnfinished) as caught:
        ended(world.client.generate("flux-2-pro", "x"))
    assert caught.value.task_id == TASK_ID


@pytest.mark.parametrize("location", ["http://[bad", "http://a:b:c/", "mailto:x"])
def test_a_garbage_location_after_a_submit_is_an_unknown_outcome(location: str) -> None:
    world = AsyncWorld(Answer(303, headers={"location": location}))
    with pytest.raises(bfl.UnknownOutcome):
        ended(world.client.submit("flux-2-pro", "x"))


# ------------------------------------------------------------------------------------------------------------- the twin

# What only the blocking client has, and why.
ONLY_BLOCKING: dict[str, str] = {
    "batch": "its crew are threads; on asyncio one client bounds what `gather` starts, and a batch fits into to_thread",
}
RENAMED = {"close": "aclose"}  # as httpx and contextlib.aclosing call it
TWINS = [("BFLClient", "AsyncBFLClient"), ("Task", "AsyncTask"), ("Result", "AsyncResult")]


def public(kind: type) -> set[str]:
    return {name for name in dir(kind) if not name.startswith("_")}


@pytest.mark.parametrize(("blocking", "asynchronous"), TWINS)
def test_the_twin_has_whatever_the_blocking_one_has(blocking: str, asynchronous: str) -> None:
    expected = {RENAMED.get(name, name) for name in public(getattr(bfl, blocking)) - set(ONLY_BLOCKING)}
    assert public(getattr(bfl, asynchronous)) == expected


def parameters(function: Any) -> dict[str, tuple[str, object]]:
    """Return each parameter's kind and default; fields given as an unpacked TypedDict count as written out."""
    found: dict[str, tuple[str, object]] = {}
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind is parameter.VAR_KEYWORD:
            [fields] = get_type_hints(function)[parameter.name].__args__
            assert is_typeddict(fields)
            found.update(dict.fromkeys(fields.__annotations__, ("keyword-only", None)))
        else:
            found[parameter.name] = (parameter.kind.description, parameter.default)
    return found


@pytest.mark.parametrize(
    ("twins", "name"),
    [(twins, name) for twins in TWINS for name in ["__init__", *sorted(public(getattr(bfl, twins[0])))]],
    ids=str,
)
def test_the_twin_takes_the_same_arguments(twins: tuple[str, str], name: str) -> None:
    blocking = getattr(getattr(bfl, twins[0]), name, None)
    if callable(blocking) and name not in ONLY_BLOCKING:
        asynchronous = getattr(getattr(bfl, twins[1]), RENAMED.get(name, name))
        assert parameters(asynchronous) == parameters(blocking)


def test_a_client_of_another_clock_is_not_needed_to_construct_one() -> None:
    assert repr(bfl.AsyncBFLClient(KEY, base_url=API)) == "AsyncBFLClient(base_url='https://api.bfl.ai')"
