"""The command `bfl-conformance`: judge a server, list the checks."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click

from .checks import CATALOGUE
from .errors import TargetRefused, TargetUnreachable
from .expect import EXPECTATIONS
from .report import catalogue_table, line_of, print_table, results_table
from .run import Event, ExitCode, Finished, Result, exit_code, run_checks
from .target import DEFAULT_KEYS, HttpTarget


@click.group()
@click.version_option(package_name="mock-bfl")
def main() -> None:
    """Judge servers that speak the BFL FLUX API by what the documents and recordings say of it."""


@main.command()
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
    r"""Run the checks against a server and print a table.

    \b
    Exit codes:
      0  all passed; SKIP, OBSERVED and NON-STRICT fail nobody
      1  a MUST was broken
      2  the command line was wrong
      3  a check was INCONCLUSIVE, or the suite itself broke
    """
    checks = [check for check in CATALOGUE if check.id.startswith(only or "")]
    if not checks:
        raise click.UsageError(f"no check begins with {' or '.join(only)}; see `bfl-conformance list`")
    results: list[Result] = []
    try:
        with HttpTarget(url, keys={"A": key} if key else DEFAULT_KEYS) as target:
            for event in run_checks(checks, target, expectations=EXPECTATIONS[dialect]):
                results += _results_in(event)
                if as_json:
                    click.echo(line_of(event))
    except TargetRefused as error:
        raise click.UsageError(str(error)) from error
    except TargetUnreachable as error:
        click.echo(f"No answer from {url}: {error}", err=True)
        sys.exit(ExitCode.UNDECIDED)
    if not as_json:
        print_table(results_table(results))
    sys.exit(exit_code(results))


@main.command("list")
def list_checks() -> None:
    """Print the catalogue: every check with its level, price, needs and source."""
    print_table(catalogue_table(CATALOGUE))


def _results_in(event: Event) -> Iterator[Result]:
    if isinstance(event, Finished):
        yield event.result
