"""Every lever that is served stands in the reference, and every one that stands there is served."""

from __future__ import annotations

import re

from mock_bfl.engine import Engine
from mock_bfl.web.admin import levers
from mock_bfl.web.admin.events import MOST_FOLLOWERS
from tests.docs.pages import read

REFERENCE = read("docs/reference/admin-api.md")
SERVED = {f"{lever.method} /_mock{lever.path}" for lever in levers(Engine())}
_TABLE = REFERENCE.partition("| Lever |")[2].partition("\n\n")[0]


def test_every_lever_stands_in_the_table_and_no_other_does() -> None:
    assert set(re.findall(r"`([A-Z]+ /_mock[^`]*)`", _TABLE)) == SERVED


def test_every_lever_named_in_the_reference_is_served() -> None:
    assert set(re.findall(r"`([A-Z]+ /_mock[^`? ]*)`", REFERENCE)) <= SERVED


def test_the_reference_says_how_many_may_follow() -> None:
    assert f"at most {MOST_FOLLOWERS} may follow at a time" in REFERENCE
