"""The users: each does what an integration does, over and over, through the reference client."""

from __future__ import annotations

from itertools import cycle
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from locust import HttpUser, between, task

from bfl_client import BFLClient, Pacing

from .session import WholeExchangeSession
from .target import loopback_url

_DICE = Random()
_TEAM_KEY = f"load-team-{_DICE.getrandbits(64):016x}"
_SIDE_PX = 512
# The client flushes each picture to disk, and all users share one thread: on a disk, each flush would stop them all.
_MEMORY_FOLDER = Path("/dev/shm")  # noqa: S108 -- each user makes a private folder in it


def pacing_for(speed: float) -> Pacing:
    """Return the client's own pauses, scaled as the mock's latencies are, so that their proportion is the real one."""
    usual = Pacing()
    return Pacing(
        first_poll_s=usual.first_poll_s * speed,
        longest_poll_s=usual.longest_poll_s * speed,
        backoff_s=usual.backoff_s * speed,
        rate_limit_wait_s=usual.rate_limit_wait_s * speed,
    )


class PollingUser(HttpUser):
    """Looks at the balance, generates a picture, polls it to its end, downloads it, and begins anew."""

    abstract = True
    wait_time = between(0.2, 0.6)
    models: tuple[str, ...]

    def on_start(self) -> None:
        """Make the client; refuse a host that is not this machine before anything is sent."""
        base_url = loopback_url(self.host or "")
        options = self.environment.parsed_options
        self.client = WholeExchangeSession(
            base_url=base_url, request_event=self.environment.events.request, user=self, pool_manager=self.pool_manager
        )
        self.client.trust_env = False  # a proxy of the environment is not what is under load
        pacing = pacing_for(options.speed if options else 1.0)
        self._bfl = BFLClient(self.api_key(), base_url=base_url, session=self.client, pacing=pacing)
        self._turns = cycle(self.models)
        self._folder = TemporaryDirectory(
            prefix="loadtests-", dir=_MEMORY_FOLDER if _MEMORY_FOLDER.is_dir() else None, ignore_cleanup_errors=True
        )

    def on_stop(self) -> None:
        """Remove the pictures."""
        self._folder.cleanup()

    def api_key(self) -> str:
        """Return the key, and with it the account and its slots."""
        raise NotImplementedError

    @task
    def order_a_picture(self) -> None:
        """One turn of the routine; what the client raises is an error of the run."""
        self._bfl.credits()
        self.generate(next(self._turns), Path(self._folder.name) / "picture.jpg")

    def generate(self, model: str, output: Path) -> None:
        """Order a small picture, which is sent fast."""
        self._bfl.generate(model, "a red cube", width=_SIDE_PX, height=_SIDE_PX, output=output)


class SoloUser(PollingUser):
    """Has an account of its own, and so never meets a limit."""

    models = ("flux-2-klein-4b", "flux-2-pro", "flux-dev")

    def api_key(self) -> str:
        """Return a new key: the accounts of an earlier run may have spent their credits."""
        return f"load-solo-{_DICE.getrandbits(64):016x}"


class TeamUser(PollingUser):
    """Shares an account with all of its kind and wants the model of the fewest slots: six, so 429s do happen."""

    models = ("flux-kontext-max",)

    def api_key(self) -> str:
        """Return the key of the team."""
        return _TEAM_KEY

    def generate(self, model: str, output: Path) -> None:
        """Order a picture of the model's own size: it takes no other."""
        self._bfl.generate(model, "a red cube", output=output)
