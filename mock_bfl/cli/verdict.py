"""`mock-bfl verdict`: ask a running mock what its client did wrong."""

from __future__ import annotations

import json
from typing import Any

import click
import requests

from mock_bfl.settings import Settings, client_environment

_TIMEOUT_S = 10.0
_NO_VERDICT = 2


class _Unreachable(Exception):
    """No verdict came; the sentence says why."""


@click.command()
@click.option("--url", metavar="URL", help="The mock's base URL.  [BFL_BASE_URL, or http://127.0.0.1:8080]")
@click.option("--key", metavar="KEY", help="Grade the client of this API key.  [BFL_API_KEY, or all keys]")
@click.option("--strict", is_flag=True, help="Fail for warnings, too.")
@click.option("--shared-clock", is_flag=True, help="Client and mock sleep by one clock: judge waits by that one.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def verdict(  # noqa: PLR0917 -- click passes options by name
    ctx: click.Context,
    url: str | None,
    key: str | None,
    strict: bool,  # noqa: FBT001 -- click passes options by name
    shared_clock: bool,  # noqa: FBT001 -- click passes options by name
    as_json: bool,  # noqa: FBT001 -- click passes options by name
) -> None:
    """Say what the client of a running mock did wrong, and what it cost.

    Ends with 0 for a good client, 1 for one that fails, 2 if no verdict can be had: no mock answers, or its journal,
    which is bounded, may have forgotten all that the client asked for.
    """
    known_url, known_key = client_environment()
    base_url = url or known_url or f"http://{Settings().listen}"
    query = {"strict": str(strict).lower(), "shared_clock": str(shared_clock).lower()}
    try:
        judged = _ask(base_url, key=key or known_key, query=query)
    except _Unreachable as error:
        click.echo(f"mock-bfl verdict: {error}", err=True)
        ctx.exit(_NO_VERDICT)
    click.echo(json.dumps(judged, indent=2) if as_json else judged["text"].rstrip())
    ctx.exit(_NO_VERDICT if not judged["judged"] else 0 if judged["good"] else 1)


def _ask(base_url: str, *, key: str | None, query: dict[str, str]) -> dict[str, Any]:
    """Return the verdict of a mock as JSON. Raises _Unreachable."""
    headers = {} if key is None else {"x-key": key}
    try:
        reply = requests.get(f"{base_url.rstrip('/')}/_mock/verdict", params=query, headers=headers, timeout=_TIMEOUT_S)
        found = reply.json()
    except (requests.RequestException, UnicodeError) as error:
        raise _Unreachable(
            f"no mock answers at {base_url} ({type(error).__name__}): is `mock-bfl serve` there?"
        ) from error
    if reply.status_code != 200 or not isinstance(found, dict) or not {"judged", "good", "text"} <= found.keys():
        why = found.get("error", "it is no verdict") if isinstance(found, dict) else "it is no verdict"
        raise _Unreachable(f"{base_url} answered {reply.status_code}: {why}")
    return found
