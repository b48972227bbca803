"""`mock-bfl demo`: the whole life of an image against a mock of its own, with what goes wrong in production."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import click
import requests
from flask import Response, request

from bfl_client import BFLClient, ContentModerated
from mock_bfl.contract.limits import ACTIVE_TASKS, SAMPLE_URL_LIFE_S
from mock_bfl.engine import Engine, account_of
from mock_bfl.testing import LiveServer
from mock_bfl.web import create_app

KEY = "demo-key"
SPEED = 0.15  # flux-2-pro takes about eight seconds at the vendor, here one
_FORMATS = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp"}
PROMPT = "a red cube on a wooden table"


@click.command()
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("mock-bfl-demo.png"),
    show_default=True,
    help="Where the image goes.",
)
def demo(output: Path) -> None:
    """Generate an image offline and watch price, limit, moderation and expiry. Takes a few seconds."""
    _check_output(output)
    engine = Engine(speed=SPEED)
    app = create_app(engine)
    app.after_request(_show)
    with LiveServer(app) as server, closing(requests.Session()) as session:
        session.headers["x-key"] = KEY
        click.echo(f"A mock of api.bfl.ai answers at {server.base_url}. Nothing leaves this machine, nothing is paid.")
        Demo(engine, server.base_url, session).run(output)
    click.echo(f"\nThe image is in {output}. Next: `mock-bfl serve`, and point your own client at it.")


class Demo:
    """The acts of the demonstration, in order."""

    def __init__(self, engine: Engine, base_url: str, session: requests.Session) -> None:
        self._control = engine.control
        self._account = account_of(KEY)
        self._base_url = base_url
        self._session = session
        self._client = BFLClient(KEY, base_url=base_url, session=session)

    def run(self, output: Path) -> None:
        """Play all acts."""
        sample = self._generate(output)
        self._expire(sample)
        self._fill_the_slots()
        self._moderate()

    def _generate(self, output: Path) -> str:
        _title("1. Submit, poll, download: the reference client")
        before = self._credits()
        wanted = _FORMATS[output.suffix.lower()]
        task = self._client.submit("flux-2-pro", PROMPT, width=1024, height=768, output_format=wanted)
        result = task.wait()
        self._control.freeze(self._account)
        result.save(output)
        after = self._credits()
        _say(f"{task.cost} credits for {task.output_mp} MP: the balance went from {before} to {after}.")
        return result.sample

    def _expire(self, sample: str) -> None:
        _title("2. The URL of a result dies after ten minutes (the clock of the mock is moved, nobody waits)")
        signed_at_ms = _expiry_ms(sample) - SAMPLE_URL_LIFE_S.value * 1000
        for seconds in (SAMPLE_URL_LIFE_S.value - 1, SAMPLE_URL_LIFE_S.value):
            self._advance_to(signed_at_ms + seconds * 1000)
            status = self._session.get(sample).status_code
            verdict = "works" if status == 200 else "is refused"
            _say(f"At {seconds // 60}:{seconds % 60:02} the URL {verdict}.")

    def _fill_the_slots(self) -> None:
        limit = ACTIVE_TASKS.value
        _title(f"3. {limit + 1} submissions against {limit} slots")
        for number in range(1, limit + 2):
            reply = self._submit(f"picture {number}")
            if reply.status_code == 429:
                _say(f"Submission {number} is refused: {reply.headers['X-Mock-BFL-Why']}")
        self._advance_to(self._now_ms() + 60_000)
        reply = self._submit("once more, when tasks have settled")
        _say(f"A minute later the slots are free again: {reply.status_code}.")

    def _moderate(self) -> None:
        _title("4. A moderated task is an HTTP 200, has no image, and is not charged")
        before = self._credits()
        task = self._client.submit("flux-2-max", 'a secret [mock: status="Content Moderated" after=1s]')
        _say(f"While it runs the balance is {self._credits()}.")
        self._advance_to(self._now_ms() + 1000)
        try:
            task.wait()
        except ContentModerated as error:
            _say(f"The client raises {type(error).__name__}: {error}")
        _say(f"The balance is {self._credits()} again; before it was {before}.")

    def _submit(self, prompt: str) -> requests.Response:
        return self._session.post(f"{self._base_url}/v1/flux-2-klein-4b", json={"prompt": prompt})

    def _credits(self) -> float:
        return self._client.credits()

    def _now_ms(self) -> int:
        return self._control.clock(self._account).now_ms

    def _advance_to(self, instant_ms: int) -> None:
        self._control.advance(self._account, ms=instant_ms - self._now_ms())


def _check_output(output: Path) -> None:
    if output.suffix.lower() not in _FORMATS:
        raise click.BadParameter(f"the suffix is one of {', '.join(_FORMATS)}.", param_hint="--output")
    if not output.absolute().parent.is_dir():
        raise click.BadParameter(f"there is no directory {output.parent}.", param_hint="--output")


def _expiry_ms(sample: str) -> int:
    return round(datetime.fromisoformat(parse_qs(urlsplit(sample).query)["se"][0]).timestamp() * 1000)


def _title(text: str) -> None:
    click.echo("\n" + click.style(text, bold=True))


def _say(text: str) -> None:
    click.echo(click.style(f"  {text}", fg="cyan"))


def _show(response: Response) -> Response:
    """Print an exchange in one line. Where nobody reads on, the demo notices by its own next line, not the server."""
    colour = "green" if response.status_code < 400 else "yellow"
    status = click.style(str(response.status_code), fg=colour)
    with suppress(BrokenPipeError):
        click.echo(f"  {request.method:4} {request.path:58.58} {status}  {_gist(response)}".rstrip())
    return response


def _gist(response: Response) -> str:
    if response.content_type != "application/json":
        return f"{response.content_type}, {response.content_length} bytes"
    body: Mapping[str, Any] = json.loads(response.get_data())
    names = ("detail", "status", "progress", "cost", "credits")
    return "  ".join(f"{name}={body[name]}" for name in names if body.get(name) is not None)
