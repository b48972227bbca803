"""A scripted transport and a clock that nobody waits for: the world a client is tested in, without a socket."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import requests
import urllib3
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

from bfl_client import BFLClient

KEY = "bfl_test_key_0123456789"
API = "https://api.bfl.ai"
TASK_ID = "4c057b10-7efa-4c69-9ec8-cbbdfd56d918"
POLLING_URL = f"https://api.eu2.bfl.ai/v1/get_result?id={TASK_ID}"
SAMPLE = "https://bfldeliveryprodeu4.blob.core.windows.net/results/x_sample.jpeg?se=2025-12-17T21%3A38%3A50Z&sig=s3cr3t"
JPEG = b"\xff\xd8\xff\xe0" + bytes(200) + b"\xff\xd9"


class FakeClock:
    """Stands still but for sleeps and what the test adds; remembers the sleeps."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.sleeps: list[float] = []

    def monotonic_s(self) -> float:
        return self.now_s

    def epoch_s(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.sleeps.append(seconds)
        self.now_s += seconds


@dataclass(frozen=True)
class Answer:
    """A reply of the scripted server."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: Callable[[], object] | None = None


Step = Answer | Exception
Script = Callable[[requests.PreparedRequest], Step]


def reply(document: object, *, status: int = 200, **headers: str) -> Answer:
    """Return a JSON reply; header names are given with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, json.dumps(document).encode(), {"content-type": "application/json", **named})


def accepted(**changes: object) -> Answer:
    """Return the recorded reply to a submit [CASS]."""
    document = {"id": TASK_ID, "polling_url": POLLING_URL, "cost": 3.0, "input_mp": 0.0, "output_mp": 0.06}
    return reply({**document, **changes})


def poll(status: str, *, http_status: int = 200, **changes: object) -> Answer:
    """Return the recorded reply to a poll: always six keys [CASS]."""
    document = {"id": TASK_ID, "status": status, "result": None, "progress": None, "details": None, "preview": None}
    return reply({**document, **changes}, status=http_status, Retry_After="0")


def ready(sample: str = SAMPLE) -> Answer:
    """Return a finished poll in FLUX.2's form [CASS]."""
    return poll("Ready", result={"start_time": 1.5, "prompt": "a red cube, upsampled", "seed": 42, "sample": sample})


def picture(body: bytes = JPEG, **headers: str) -> Answer:
    """Return a delivered picture."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(200, body, {"content-type": "image/jpeg", "content-length": str(len(body)), **named})


def never_connected() -> Exception:
    """Return what requests raises when a connection is refused."""
    return requests.ConnectionError(MaxRetryError(_pool(), "/", NewConnectionError(_connection(), "refused")))


def connect_timeout() -> Exception:
    """Return what requests raises when a connection takes too long to be made."""
    return requests.ConnectTimeout(MaxRetryError(_pool(), "/", ConnectTimeoutError(_connection(), "slow")))


class ScriptedAdapter(BaseAdapter):
    """Answers the requests of a session from a list, in order, or by a function; remembers them."""

    def __init__(self, *steps: Step, script: Script | None = None) -> None:
        super().__init__()
        self.left = list(steps)
        self.seen: list[requests.PreparedRequest] = []
        self.timeouts: list[tuple[float, float]] = []
        self._script = script

    def send(  # type: ignore[override]  # the base class names every argument; a double needs the request and timeout
        self, request: requests.PreparedRequest, *, timeout: tuple[float, float], **ignored: object
    ) -> requests.Response:
        self.seen.append(request)
        self.timeouts.append(timeout)
        step = self._script(request) if self._script else self.left.pop(0)
        if isinstance(step, Exception):
            raise step
        return _response(request, step)

    def close(self) -> None:
        """Close nothing."""

    @property
    def submits(self) -> int:
        """How many submits were sent."""
        return sum(request.method == "POST" for request in self.seen)


class World:
    """A client, the server it talks to and its clock."""

    def __init__(self, *steps: Step, script: Script | None = None, base_url: str = API) -> None:
        self.clock = FakeClock()
        self.adapter = ScriptedAdapter(*steps, script=script)
        self.session = requests.Session()
        self.session.mount("https://", self.adapter)
        self.session.mount("http://", self.adapter)
        self.client = BFLClient(
            KEY, base_url=base_url, session=self.session, clock=self.clock, rng=random.Random(7), timeout_s=60
        )

    def keys_sent_to(self) -> list[str]:
        """Return the URLs that got the key."""
        return [str(request.url) for request in self.adapter.seen if request.headers.get("x-key") == KEY]


def _response(request: requests.PreparedRequest, answer: Answer) -> requests.Response:
    response = requests.Response()
    response.status_code = answer.status
    response.headers = CaseInsensitiveDict(answer.headers)
    response.request = request
    response.url = str(request.url)
    response.raw = urllib3.HTTPResponse(
        body=answer.raw() if answer.raw else io.BytesIO(answer.body),  # type: ignore[arg-type]  # a double of a socket file
        headers=dict(answer.headers),
        status=answer.status,
        preload_content=False,
        request_method=request.method,
    )
    return response


def _pool() -> urllib3.HTTPConnectionPool:
    return urllib3.HTTPConnectionPool("api.bfl.ai")


def _connection() -> urllib3.connection.HTTPConnection:
    return urllib3.connection.HTTPConnection("api.bfl.ai")
