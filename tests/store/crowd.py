"""One of several processes over one file: says when it is ready, submits when told to, prints how it was answered.

Run as `python -m tests.store.crowd FILE COUNT`.
"""

from __future__ import annotations

import json
import sys

from mock_bfl.engine import Call, Engine
from mock_bfl.settings import Settings
from mock_bfl.testing import engine_from

KEY = "a-key"
_SLOW = 1000.0  # no task ends while the test runs


def submit(engine: Engine, prompt: str = "a red cube", **fields: object) -> tuple[int, str | None]:
    """Submit a task as a client would; return the status and the task's id."""
    body = json.dumps({"prompt": prompt, **fields}).encode()
    reply = engine.generation.submit(
        "flux-2-pro",
        Call(
            method="POST",
            path="/v1/flux-2-pro",
            origin="http://mock.test",
            key=KEY,
            content_type="application/json",
            body=body,
        ),
    )
    return reply.status, reply.task_id


def main() -> None:
    file, count = sys.argv[1:]
    engine = engine_from(Settings(store=f"sqlite:{file}", speed=_SLOW))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    sys.stdout.write(json.dumps([submit(engine)[0] for _ in range(int(count))]))
    engine.context.store.close()


if __name__ == "__main__":
    main()
