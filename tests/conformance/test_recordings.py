"""Public recordings of the real API, typed in as facts, lie inside the relation: it was not made from the mock."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from bfl_conformance import Polled, Refused, Reply, Sampled, Submitted
from bfl_conformance.observation import Json, Observation
from tests.conformance.seen import RATE_HEADERS, all_broken_laws

# Key order, spelling, numbers and instants are those of the recordings; ids, signatures and prompts that were not
# published are filled in.
JSON_HEADERS = {"content-type": "application/json"}
SIZE: dict[str, Json] = {"prompt": "a husky", "width": 256, "height": 256, "seed": 42}
START_MS = 1_766_000_000_000
PENDING = '{{"id":"{}","status":"Pending","result":null,"progress":{},"details":null,"preview":null}}'


@dataclass(frozen=True, slots=True)
class Recording:
    """A recorded exchange as the observations it makes, and where it was published."""

    name: str
    source: str
    seen: tuple[Observation, ...]


def answer(body: str, *, at_ms: int, status: int = 200, headers: dict[str, str] | None = None) -> Reply:
    return Reply(
        sent_at_ms=at_ms - 150,
        received_at_ms=at_ms,
        status_code=status,
        headers=headers or JSON_HEADERS,
        body=body.encode(),
        document=json.loads(body),
    )


def submission(model: str, task: str, numbers: str, *, host: str, at_ms: int, request: dict[str, Json]) -> Submitted:
    url = f"https://{host}/v1/get_result?id={task}"
    body = f'{{"id":"{task}","polling_url":"{url}",{numbers}}}'
    return Submitted(reply=answer(body, at_ms=at_ms), key="A", model=model, request=request)


def poll(task: str, body: str, *, at_ms: int, status: int = 200) -> Polled:
    return Polled(reply=answer(body, at_ms=at_ms, status=status, headers=RATE_HEADERS), key="A", task_id=task)


def flux_2_max() -> Recording:
    """256 x 256: cost 7.000000000000001, 172 Pending polls with null progress, Ready after some 21 s."""
    task = "a2814211-296c-4353-87b7-97e9b0bb9c1f"
    sample = (
        "https://bfldeliveryprodeu4.blob.core.windows.net/results/2025/12/17/0123456789abcdef0123456789abcdef_sample"
        ".jpeg?se=2025-12-17T21%3A38%3A50Z&sp=r&sv=2024-11-04&sr=b&rsct=image/jpeg&sig=c2lnbmF0dXJl%3D"
    )
    created_ms, blob_ms = 1_766_006_909_600, 1_766_006_930_000  # 21:28:29.6Z and 21:28:50Z
    result = f'{{"start_time":1766006910.21,"prompt":"A detailed husky","seed":42,"sample":"{sample}"}}'
    ready = f'{{"id":"{task}","status":"Ready","result":{result},"progress":null,"details":null,"preview":null}}'
    numbers = '"cost":7.000000000000001,"input_mp":0.0,"output_mp":0.06'
    host = "api.eu4.bfl.ai"
    pending = [poll(task, PENDING.format(task, "null"), at_ms=created_ms + 115 * n) for n in range(1, 173)]
    picture = Reply(
        sent_at_ms=blob_ms + 1400,
        received_at_ms=blob_ms + 1600,
        status_code=200,
        headers={"content-type": "image/jpeg"},
        body=b"\xff\xd8\xff\xe0\x00\x10JFIF",
    )
    return Recording(
        "flux-2-max",
        "CASS",
        (
            submission("flux-2-max", task, numbers, host=host, at_ms=created_ms, request=SIZE),
            *pending,
            poll(task, ready, at_ms=blob_ms + 1100),
            Sampled(reply=picture, task_id=task, url=sample),
        ),
    )


def flux_2_pro() -> Recording:
    task = "4c057b10-7efa-4c69-9ec8-cbbdfd56d918"
    numbers = '"cost":3.0,"input_mp":0.0,"output_mp":0.06'
    host = "api.eu2.bfl.ai"
    pending = [poll(task, PENDING.format(task, "null"), at_ms=START_MS + 115 * n) for n in range(1, 74)]
    first = submission("flux-2-pro", task, numbers, host=host, at_ms=START_MS, request=SIZE)
    return Recording("flux-2-pro", "CASS", (first, *pending))


def flux_dev() -> Recording:
    """Progress rises to 1.0, is null while still Pending, then Ready; the result has six keys in their own order."""
    task = "0f1e2d3c-4b5a-4968-8776-655443322110"
    numbers = '"cost":null,"input_mp":null,"output_mp":null'
    rising = (0.1, 0.2, 0.2, 0.3, 0.4, 0.5, 0.5, 0.6, 0.6, 0.7, 0.8, 0.8, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0)
    shown = [*map(str, rising), "null"]
    start_ms = 1_756_000_000_000
    sample = "https://x.blob.core.windows.net/results/8e/3470338ce49379/8ce49379183c4d1eaf3900e161a9839e/sample.jpeg"
    result = (
        f'{{"sample":"{sample}","prompt":"a husky","seed":42,"start_time":1756000000.5,"end_time":1756000002.98,'
        '"duration":2.487895965576172}'
    )
    ready = f'{{"id":"{task}","status":"Ready","result":{result},"progress":null,"details":null,"preview":null}}'
    host = "api.eu4.bfl.ai"
    return Recording(
        "flux-dev",
        "CASS",
        (
            submission("flux-dev", task, numbers, host=host, at_ms=start_ms, request=SIZE),
            *(poll(task, PENDING.format(task, value), at_ms=start_ms + 300 + 115 * n) for n, value in enumerate(shown)),
            poll(task, ready, at_ms=start_ms + 3000),
        ),
    )


def costs() -> list[Recording]:
    """Replies of flux-2-pro that resellers echoed: 65 x 65, 1024 x 1024, 1920 x 1080."""
    rows = (
        ("YUTO", 65, 65, "3.0", "0.0"),
        ("DMX-PRO", 1024, 1024, "3.0", "1.0"),
        ("HK", 1920, 1080, "4.5", "1.98"),
    )
    recordings = []
    for number, (source, width, height, cost, output_mp) in enumerate(rows):
        task = f"11111111-2222-4333-8444-00000000000{number}"
        numbers = f'"cost":{cost},"input_mp":0.0,"output_mp":{output_mp}'
        request: dict[str, Json] = {"prompt": "x", "width": width, "height": height}
        seen = submission("flux-2-pro", task, numbers, host="api.us3.bfl.ai", at_ms=START_MS, request=request)
        recordings.append(Recording(f"flux-2-pro {width} x {height}", source, (seen,)))
    return recordings


def endings() -> list[Recording]:
    moderated = "fe7256d1-50d9-4663-8592-85eaf002e80c"
    reasons = (
        f'{{"id":"{moderated}","status":"Request Moderated","result":null,"progress":null,'
        '"details":{"Moderation Reasons":["Derivative Works Filter"]},"preview":null}'
    )
    lost = "00000000-1111-4222-8333-444444444444"
    missing = f'{{"id":"{lost}","status":"Task not found","result":null,"progress":null,"details":null,"preview":null}}'
    return [
        Recording("Request Moderated", "VERCEL", (poll(moderated, reasons, at_ms=START_MS),)),
        Recording("Task not found", "LIVE-UPS", (poll(lost, missing, at_ms=START_MS, status=404),)),
    ]


def refusals() -> list[Recording]:
    rows = (
        ("bad key", "CASS", 403, '{"detail":"Not authenticated - Invalid Authentication"}', ()),
        ("no key", "PROBE", 403, '{"detail":"Not authenticated"}', ()),
        ("junk key", "PROBE", 422, '{"detail":"Invalid API key format"}', ()),
        ("bad model", "CASS", 404, '{"detail":"Not Found"}', ()),
        (
            "out of range",
            "LIVE-UPS",
            422,
            (
                '{"detail":[{"type":"less_than_equal","loc":["body","upscale_factor"],'
                '"msg":"Input should be less than or equal to 3","input":5,"ctx":{"le":3.0}}]}'
            ),
            ("upscale_factor",),
        ),
        (
            "missing field",
            "LIVE-UPS",
            422,
            (
                '{"detail":[{"type":"missing","loc":["body","input_video"],"msg":"Field required",'
                '"input":{"upscale_factor":2}}]}'
            ),
            ("input_video",),
        ),
    )
    return [Recording(name, source, (_refused(status, body, faults),)) for name, source, status, body, faults in rows]


def _refused(status: int, body: str, faults: tuple[str, ...]) -> Refused:
    return Refused(reply=answer(body, at_ms=0, status=status), key="A", what="request", faults=faults)


RECORDINGS = [flux_2_max(), flux_2_pro(), flux_dev(), *costs(), *endings(), *refusals()]


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda recording: f"{recording.name} [{recording.source}]")
def test_what_was_recorded_is_permitted(recording: Recording) -> None:
    assert all_broken_laws(recording.seen) == []
