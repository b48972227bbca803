"""`mock-bfl openapi`: the mock's own OpenAPI, for a generator of clients, an editor, a fuzzer."""

from __future__ import annotations

import json

import click

from mock_bfl.settings import load_settings


@click.command()
@click.option("--dialect", metavar="NAME", help="live: as observed; guide: as the guide is written.  [live]")
@click.option("--set", "overrides", multiple=True, metavar="FIELD=VALUE", help="Set a field of the dialect.")
def openapi(dialect: str | None, overrides: tuple[str, ...]) -> None:
    """Print the OpenAPI document that a mock serves at /openapi.json."""
    from mock_bfl.testing import engine_from
    from mock_bfl.web.openapi import document

    settings = load_settings({"dialect": dialect, "overrides": overrides or None})
    click.echo(json.dumps(document(engine_from(settings)), indent=2))
