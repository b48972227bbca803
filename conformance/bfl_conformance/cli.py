"""The command `bfl-conformance`: judge a server, judge a webhook receiver, list the checks."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from random import Random

import click

from .checks import CATALOGUE
from .clock import utc_now
from .errors import TargetRefused, TargetUnreachable
from .expect import EXPECTATIONS
from .receiver import RECEIVER_CATALOGUE, HttpReceiver, run_receiver_checks
from .receiver.checks import Bench
from .receiver.events import FORMS, Events, FormName
from .report import catalogue_table, line_of, print_table, receiver_table, results_table
from .run import Event, ExitCode, Finished, Result, exit_code, run_checks
from .target import DEFAULT_KEYS, HttpTarget

# Click prints what follows the line of \b as it stands.
_EXIT_CODES = """\b
Exit codes:
  0  all passed; SKIP, OBSERVED and NON-STRICT fail nobody
  1  a MUST was broken
  2  the command line was wrong
  3  a check was INCONCLUSIVE, or the suite itself broke
"""


@click.group()
@click.version_option(package_name="mock-bfl")
def main() -> None:
    """Judge servers that speak the BFL FLUX API, and receivers of its webhooks, by the documents and recordings."""


@main.command(epilog=_EXIT_CODES)
@click.option("--url", required=True, help="Base URL of the server, such as http://127.0.0.1:8000. Loopback only.")
@click.option(
    "--key",
    help="API key to use; on a mock its account is reset. Without it, two keys of this suite's own are used.",
)
@click.option(
    "--dialect",
    type=click.Choice(sorted(EXPECTATIONS)),
    default="live",
    show_default=True,
    help="What the server is held to; `any` permits what either dialect permits.",
)
@click.option("--only", multiple=True, metavar="PREFIX", help="Run the checks whose id begins so. May be repeated.")
@click.option("--json", "as_json", is_flag=True, help="Print events as lines of JSON instead of a table.")
def server(*, url: str, key: str | None, dialect: str, only: tuple[str, ...], as_json: bool) -> None:
    """Run the checks against a server and print a table."""
    checks = [check for check in CATALOGUE if check.id.startswith(only or "")]
    if not checks:
        raise click.UsageError(f"no check begins with {' or '.join(only)}; see `bfl-conformance list`")
    try:
        with HttpTarget(url, keys={"A": key} if key else DEFAULT_KEYS) as target:
            results = _told(run_checks(checks, target, expectations=EXPECTATIONS[dialect]), as_json=as_json)
    except TargetRefused as error:
        raise click.UsageError(str(error)) from error
    except TargetUnreachable as error:
        click.echo(f"No answer from {url}: {error}", err=True)
        sys.exit(ExitCode.UNDECIDED)
    sys.exit(exit_code(results))


@main.command(epilog=_EXIT_CODES)
@click.option("--url", required=True, help="URL of the receiver, such as http://127.0.0.1:5000/hook. Loopback only.")
@click.option("--secret", required=True, help="The webhook_secret that the receiver knows.")
@click.option(
    "--form",
    type=click.Choice(sorted(FORMS)),
    default="2026",
    show_default=True,
    help="How events are worded: as since February 2026, as before, or as in the guide.",
)
@click.option("--task-id", help="Name this task in every event, for a receiver that looks it up.")
@click.option("--only", multiple=True, metavar="PREFIX", help="Run the checks whose id begins so. May be repeated.")
@click.option("--json", "as_json", is_flag=True, help="Print events as lines of JSON instead of a table.")
def webhook(
    *, url: str, secret: str, form: FormName, task_id: str | None, only: tuple[str, ...], as_json: bool
) -> None:
    """Deliver webhooks to a receiver, good and bad, and print what it should have answered."""
    checks = [check for check in RECEIVER_CATALOGUE if check.id.startswith(only or "")]
    if not checks:
        raise click.UsageError(f"no check begins with {' or '.join(only)}; see `bfl-conformance list`")
    if not secret:
        raise click.UsageError("the secret is empty: without one nothing is signed, and nothing can be judged")
    events = Events(form=FORMS[form], now=utc_now(), rng=Random(0), task_id=task_id, has_timestamp=form == "guide")
    try:
        receiver = HttpReceiver(url)
    except TargetRefused as error:
        raise click.UsageError(str(error)) from error
    results = _told(
        run_receiver_checks(checks, Bench(receiver=receiver, secret=secret, events=events)), as_json=as_json
    )
    sys.exit(exit_code(results))


@main.command("list")
def list_checks() -> None:
    """Print the catalogue: every check with its level, price, needs and source."""
    print_table(catalogue_table(CATALOGUE))
    print_table(receiver_table(RECEIVER_CATALOGUE))


def _told(events: Iterable[Event], *, as_json: bool) -> list[Result]:
    """Print what happens, as it happens or as a table at the end, and return the results."""
    results: list[Result] = []
    for event in events:
        results += _results_in(event)
        if as_json:
            click.echo(line_of(event))
    if not as_json:
        print_table(results_table(results))
    return results


def _results_in(event: Event) -> Iterator[Result]:
    if isinstance(event, Finished):
        yield event.result
