"""Where a task is polled, and which of the vendor's names answer: decided by core, remembered as levers."""

from __future__ import annotations

import json

from mock_bfl.contract import endpoints
from mock_bfl.contract.regions import DOWN_STATUS
from mock_bfl.core import region
from mock_bfl.core.keys import KeyAccepted
from mock_bfl.core.refusals import refuse
from mock_bfl.core.region import Routing
from mock_bfl.core.reply import Reply
from mock_bfl.core.task import Task

from .call import Call
from .context import Context

LEVER = "regions"


class Regions:
    """The names of one mock, for all of its accounts and for each that was given its own weather."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def routing(self, account: str | None) -> Routing:
        """Return how the regions are for an account; None, or one without its own: for all."""
        store = self._context.store
        with store.transaction():
            own = None if account is None else store.lever(account, LEVER)
            return _read(own or store.lever(None, LEVER))

    def set_routing(self, account: str | None, routing: Routing) -> None:
        """Set how the regions are, for an account or with None for all without their own."""
        with self._context.store.transaction():
            self._context.store.set_lever(account, LEVER, _written(routing))

    def public_origin(self, call: Call) -> str:
        """Return the origin of the URLs that the answer to a call hands out."""
        return self._context.setup.public_url or call.origin

    def polling_origins(self, call: Call, *, account: str) -> tuple[str, ...]:
        """Return the origins of which a new task's polling_url takes one; none: that of the answer.

        What was configured comes first; then, under a name of the vendor's, the clusters that take new tasks.
        """
        setup = self._context.setup
        chosen = region.other_name(self.public_origin(call)) if setup.poll_origin == region.AUTO else setup.poll_origin
        if chosen is not None:
            return (chosen,)
        place = region.place_of(call.origin)
        if place is None or setup.public_url is not None or setup.dialect.polling_host == "same":
            return ()
        clusters = region.clusters_behind(place, self.routing(account))
        return tuple(region.polling_origin(call.origin, cluster) for cluster in clusters)

    def refusal(self, call: Call) -> Reply | None:
        """Return the answer of a region that is down, before anything else is looked at; None if it is up."""
        place = region.place_of(call.origin)
        if place is None:
            return None
        account = self._account_of(call)
        if region.clusters_behind(place, self.routing(account)):
            return None
        return refuse(
            "region_down",
            DOWN_STATUS.value,
            dialect=self._context.dialect,
            why=f'No region answers at {call.origin}: POST /_mock/regions {{"down": []}} brings it back.',
            headers=self._context.headers(account),
            account=account,
        )

    def why_elsewhere(self, task: Task, call: Call) -> str | None:
        """Return why a task is not found where it was asked for, or None if it may be found there."""
        home = task.polling_origin
        if home is None or not self._context.dialect.task_bound_to_origin or region.is_same_place(call.origin, home):
            return None
        return f"This task is polled at {home}, as its polling_url says; {call.origin} does not know it."

    def _account_of(self, call: Call) -> str | None:
        """Return the account whose weather counts: that of the task which is polled, or that of the key."""
        is_poll = call.path == endpoints.GET_RESULT.path
        with self._context.store.transaction():
            task = self._context.store.task(call.query.get("id", "")) if is_poll else None
        if task is not None:
            return task.account
        checked = self._context.rules.check_key(call.key, known=self._context.setup.known_keys)
        return checked.account if isinstance(checked, KeyAccepted) else None


def _written(routing: Routing) -> str:
    return json.dumps({"down": sorted(routing.down), "preferred": routing.preferred})


def _read(text: str | None) -> Routing:
    if text is None:
        return Routing()
    lever = json.loads(text)
    return Routing(down=frozenset(lever["down"]), preferred=lever["preferred"])
