"""`bfl generate` and `bfl edit`: what is sent, what is only said, and what is refused before it costs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bfl_client._commands import bfl
from tests.client.cli_double import generate, run
from tests.client.pictures import base64_of
from tests.client.pictures import picture as real_picture
from tests.client.wire_double import World, accepted, picture, ready

URL = "https://example.com/cat.jpg"


def successful() -> World:
    return World(accepted(), ready(), picture())


def sent(world: World) -> dict[str, object]:
    """Return the body of the one submit."""
    (submit,) = [request for request in world.adapter.seen if request.method == "POST"]
    body: dict[str, object] = json.loads(submit.body or b"")
    return body


def edit(world: World, output: Path, *arguments: str) -> Result:
    return run(world, "edit", "make it red", "-o", str(output), *arguments)


@pytest.fixture
def cat(tmp_path: Path) -> Path:
    path = tmp_path / "cat.png"
    path.write_bytes(real_picture())
    return path


def test_an_extra_field_that_the_model_has_is_checked(tmp_path: Path) -> None:
    world = World()
    ended = generate(world, tmp_path / "a.png", "--model", "flux-dev", "--extra", "steps=5000")
    assert ended.exit_code == 4
    assert "steps" in ended.stderr
    assert world.adapter.seen == []


def test_an_extra_field_newer_than_the_client_is_sent_as_it_is(tmp_path: Path) -> None:
    world = successful()
    assert generate(world, tmp_path / "a.png", "--extra", 'mood={"kind":["calm",1]}').exit_code == 0
    assert sent(world)["mood"] == {"kind": ["calm", 1]}


def test_an_extra_null_is_sent_as_null(tmp_path: Path) -> None:
    world = successful()
    generate(world, tmp_path / "a.png", "--extra", "seed=null")
    assert sent(world)["seed"] is None


def test_an_extra_field_against_an_option_is_refused(tmp_path: Path) -> None:
    world = World()
    ended = generate(world, tmp_path / "a.png", "--seed", "1", "--extra", "seed=2")
    assert ended.exit_code == 4
    assert "seed" in ended.stderr
    assert world.adapter.seen == []


@pytest.mark.parametrize(
    ("pair", "said"),
    [
        ("resolution=2k", """'resolution="2k"'"""),
        ("steps", "'steps' is not FIELD=JSON"),
        ("=1", "'=1' is not FIELD=JSON"),
        ("x=NaN", "NaN"),
    ],
)
def test_what_is_no_field_with_json_is_wrong_usage(tmp_path: Path, pair: str, said: str) -> None:
    ended = generate(World(), tmp_path / "a.png", "--extra", pair)
    assert ended.exit_code == 2
    assert said in ended.stderr


def test_the_same_extra_field_twice_is_wrong_usage(tmp_path: Path) -> None:
    ended = generate(World(), tmp_path / "a.png", "--extra", "a=1", "--extra", "a=1")
    assert ended.exit_code == 2
    assert "a is given twice" in ended.stderr


def test_a_model_newer_than_the_client_gets_every_field_unchecked(tmp_path: Path) -> None:
    world = successful()
    assert generate(world, tmp_path / "a.png", "--model", "flux-9", "--width", "3").exit_code == 0
    assert sent(world) == {"prompt": "a red cube", "width": 3, "output_format": "png"}


def test_a_model_that_makes_one_format_is_asked_for_none(tmp_path: Path) -> None:
    world = successful()
    assert generate(world, tmp_path / "a.jpg", "--model", "flux-3-image").exit_code == 0
    assert "output_format" not in sent(world)


@pytest.mark.parametrize("command", [["generate", "x"], ["edit", "x", "--image", URL]])
def test_an_output_that_cannot_be_written_is_found_before_it_costs(tmp_path: Path, command: list[str]) -> None:
    world = World()
    assert run(world, *command, "-o", str(tmp_path / "no" / "a.png")).exit_code == 4
    assert world.adapter.seen == []


class TestDryRun:
    def test_it_prints_price_and_body_and_sends_nothing(self, tmp_path: Path) -> None:
        world = World()
        ended = generate(world, tmp_path / "a.png", "--dry-run", "--width", "2048", "--height", "1024")
        assert (ended.exit_code, world.adapter.seen) == (0, [])
        first, _, rest = ended.stdout.partition("\n")
        assert first == "flux-2-pro: 4.5 credits ($0.045)"
        assert "POST /v1/flux-2-pro" in rest
        assert json.loads(rest[rest.index("{") :])["width"] == 2048

    def test_it_needs_no_key(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("BFL_API_KEY", raising=False)
        monkeypatch.chdir(tmp_path)
        assert CliRunner().invoke(bfl, ["generate", "x", "-o", "a.png", "--dry-run"]).exit_code == 0

    def test_json_holds_the_body_whole(self, tmp_path: Path, cat: Path) -> None:
        ended = edit(World(), tmp_path / "a.png", "--image", str(cat), "--dry-run", "--json")
        plan = json.loads(ended.stdout)
        assert plan["path"] == "/v1/flux-2-pro"
        assert plan["body"]["input_image"] == base64_of(cat.read_bytes())
        assert plan["estimate"]["credits"] == 4.5

    def test_a_person_sees_pictures_in_brief(self, tmp_path: Path) -> None:
        large = tmp_path / "large.png"
        large.write_bytes(real_picture(640, 480))
        ended = edit(World(), tmp_path / "a.png", "--image", str(large), "--dry-run")
        assert "a picture of 640x480 pixels in base64" in ended.stdout
        assert len(ended.stdout) < 1000

    def test_no_secret_is_shown(self, tmp_path: Path) -> None:
        ended = generate(World(), tmp_path / "a.png", "--dry-run", "--extra", 'webhook_secret="hush-hush"')
        assert "hush-hush" not in ended.stdout

    def test_a_wrong_request_is_refused(self, tmp_path: Path) -> None:
        assert generate(World(), tmp_path / "a.png", "--dry-run", "--width", "3").exit_code == 4


class TestBudget:
    def test_what_would_cost_more_is_not_sent(self, tmp_path: Path) -> None:
        world = World()
        ended = generate(world, tmp_path / "a.png", "--budget", "2.9")
        assert (ended.exit_code, world.adapter.seen) == (5, [])
        assert "3 credits" in ended.stderr

    def test_what_costs_as_much_is_sent(self, tmp_path: Path) -> None:
        assert generate(successful(), tmp_path / "a.png", "--budget", "3").exit_code == 0

    @pytest.mark.parametrize("budget", ["0", "-1", "nan", "inf"])
    def test_it_is_a_number_above_0(self, tmp_path: Path, budget: str) -> None:
        assert generate(World(), tmp_path / "a.png", "--budget", budget).exit_code == 2


class TestEdit:
    def test_images_go_into_the_fields_of_the_model_in_order(self, tmp_path: Path, cat: Path) -> None:
        world = successful()
        edit(world, tmp_path / "a.png", "--image", str(cat), "--image", URL)
        body = sent(world)
        assert (body["input_image"], body["input_image_2"]) == (base64_of(cat.read_bytes()), URL)

    def test_more_images_than_the_model_takes_are_refused(self, tmp_path: Path) -> None:
        world = World()
        ended = edit(world, tmp_path / "a.png", "--model", "flux-2-klein-4b", *("--image", URL) * 5)
        assert (ended.exit_code, world.adapter.seen) == (4, [])
        assert "takes 4 input images, not 5" in ended.stderr

    def test_a_mask_goes_to_the_model_that_takes_one(self, tmp_path: Path) -> None:
        world = successful()
        edit(world, tmp_path / "a.png", "--model", "flux-pro-1.0-fill", "--image", URL, "--mask", f"{URL}?mask")
        body = sent(world)
        assert (body["image"], body["mask"]) == (URL, f"{URL}?mask")

    def test_a_tool_without_a_prompt_needs_none(self, tmp_path: Path) -> None:
        world = successful()
        ended = run(world, "edit", "--model", "flux-tools/deblur-v1", "--image", URL, "-o", str(tmp_path / "a.png"))
        assert ended.exit_code == 0
        assert sent(world) == {"image": URL, "output_format": "png"}

    def test_a_file_that_does_not_exist_is_refused_by_name(self, tmp_path: Path) -> None:
        ended = edit(World(), tmp_path / "a.png", "--image", "dog.png")
        assert ended.exit_code == 4
        assert "dog.png" in ended.stderr

    def test_an_image_is_demanded(self, tmp_path: Path) -> None:
        assert edit(World(), tmp_path / "a.png").exit_code == 2
