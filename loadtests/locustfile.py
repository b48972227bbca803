"""What Locust loads: the users, one option, and the verdict that becomes its exit code.

locust -f loadtests/locustfile.py --host http://127.0.0.1:8080 --speed 0.1
"""

from __future__ import annotations

import logging
from argparse import ArgumentParser
from collections import Counter
from typing import Any

from locust import events
from locust.env import Environment
from locust.runners import WorkerRunner

from bfl_client import SystemClock
from loadtests.users import SoloUser, TeamUser
from loadtests.verdict import LOCUST_EXIT_OF_FAILED, Tally, problems, summary

_LOG = logging.getLogger("locust.stats_logger")  # where Locust prints its tables


def add_options(parser: ArgumentParser) -> None:
    """Add the option of ours."""
    parser.add_argument(
        "--speed", type=float, default=1.0, help="The factor of the mock's latencies; the users' pauses take it, too."
    )


def install_verdict(environment: Environment, **_: Any) -> None:
    """Judge at the end: the exit code before Locust prints its tables, the sentences below them."""
    # The verdict counts what the client raised; a traceback of each would bury it.
    logging.getLogger("locust.user.task").setLevel(logging.CRITICAL)
    # gevent counts the run time from when its loop last looked at the clock, which was before Locust was imported: a
    # second would be missing. Any sleep has it look again.
    SystemClock().sleep(0.001)
    hooks: Any = environment.events
    if not isinstance(environment.runner, WorkerRunner):
        hooks.quitting.add_listener(_set_exit_code)
        hooks.quit.add_listener(lambda **_: _print_verdict(environment))


def tally_of(environment: Environment) -> Tally:
    """Return what Locust counted."""
    exceptions = Counter[str]()
    for row in environment.runner.exceptions.values() if environment.runner else ():
        exceptions[row["msg"]] += row["count"]
    return Tally(
        exchanges={
            (str(method), str(name)): entry.num_requests for (name, method), entry in environment.stats.entries.items()
        },
        failures={
            f"{error.method} {error.name}: {error.error}": error.occurrences
            for error in environment.stats.errors.values()
        },
        exceptions=exceptions,
    )


def _set_exit_code(environment: Environment, **_: Any) -> None:
    if problems(tally_of(environment)):
        environment.process_exit_code = LOCUST_EXIT_OF_FAILED


def _print_verdict(environment: Environment) -> None:
    tally = tally_of(environment)
    _LOG.info(summary(tally, found=problems(tally)))


_HOOKS: Any = events  # which carry no types
_HOOKS.init_command_line_parser.add_listener(add_options)
_HOOKS.init.add_listener(install_verdict)

__all__ = ["SoloUser", "TeamUser"]
