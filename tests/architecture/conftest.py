"""What the laws are checked on: our packages as source trees, and imports in a fresh process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOMES = (ROOT, ROOT / "client", ROOT / "conformance")

# Imports packages and the modules below them; prints what is then loaded, and what the imports did to the world.
PROBE = """
import json, pkgutil, sys, threading
homes, packages, wholly = json.loads(sys.argv[1])
sys.path[:0] = homes
deeds = []
WATCHED = ("socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.fork", "os.putenv", "os.mkdir")

def watch(event, args):
    if event in WATCHED or (event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+")):
        deeds.append([event, repr(args)])

sys.addaudithook(watch)
walked = []
for name in packages:
    package = __import__(name, fromlist=["_"])
    walked.append(name)
    for module in pkgutil.walk_packages(getattr(package, "__path__", []) if wholly else [], name + "."):
        if module.name.rpartition(".")[2] != "__main__":
            __import__(module.name)
            walked.append(module.name)
threads = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
print(json.dumps({"walked": walked, "loaded": sorted(sys.modules), "deeds": deeds, "threads": threads}))
"""


class Imported:
    """What a fresh process holds after importing packages."""

    def __init__(self, report: dict[str, list[str]]) -> None:
        self.walked = frozenset(report["walked"])
        self.loaded = frozenset(report["loaded"])
        self.top_levels = frozenset(name.partition(".")[0] for name in report["loaded"])
        self.deeds = report["deeds"]
        self.threads = report["threads"]


ImportFresh = Callable[..., Imported]


@pytest.fixture(scope="session")
def import_fresh() -> ImportFresh:
    """Import packages in a process that has loaded nothing yet; `wholly` means with all the modules below them."""

    def run(*packages: str, wholly: bool = True) -> Imported:
        argument = json.dumps([[str(home) for home in HOMES], packages, wholly])
        command = [sys.executable, "-I", "-B", "-W", "error", "-c", PROBE, argument]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
        assert done.returncode == 0, done.stderr
        return Imported(json.loads(done.stdout.splitlines()[-1]))

    return run
