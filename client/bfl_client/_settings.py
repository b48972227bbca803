"""The one place that reads the environment: which key and which API, by argument, environment, .env file or default."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ._errors import ConfigurationError, MissingAPIKey
from ._urls import Origin, api_url

Region = Literal["global", "eu", "us"]

# api.bfl.ai fails over between regions; the other two keep data in place.  [GUIDE; DOCS-INT]
REGION_URLS: Mapping[str, str] = {
    "global": "https://api.bfl.ai",
    "eu": "https://api.eu.bfl.ai",
    "us": "https://api.us.bfl.ai",
}

# The steps are the guide's.  [GUIDE, API Key Setup]
KEY_STEPS = """There is no BFL API key. To get one:
  1. Open https://dashboard.bfl.ai/get-started, click "Create Key" and select the organization.
  2. Save it:  echo 'BFL_API_KEY=bfl_your_key_here' >> .env
  3. Keep it out of git:  echo '.env' >> .gitignore
The `bfl` command reads .env; a program gets the key from the variable BFL_API_KEY or from BFLClient(api_key=...)."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a client needs to know before it can send anything."""

    api_key: str = field(repr=False)
    base_url: str

    @property
    def origin(self) -> Origin:
        """The origin of the API."""
        origin = Origin.from_url(self.base_url)
        assert origin is not None, "base_url was checked when it was read"
        return origin

    @classmethod
    def load(
        cls,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        region: Region = "global",
        environ: Mapping[str, str] | None = None,
        dotenv: Path | None = None,
    ) -> Settings:
        """Return the settings: arguments win over `environ` (default: the process's), over `dotenv`, over defaults.

        BFL_BASE_URL wins over `region`: a region picks among BFL's hosts, a base URL names another, such as a mock. An
        empty one is an error: whoever meant a mock that did not start must not reach the API that costs money.
        Raises MissingAPIKey or ConfigurationError.
        """
        known = {**read_dotenv(dotenv), **(os.environ if environ is None else environ)}
        key = known.get("BFL_API_KEY") if api_key is None else api_key
        if not key:
            raise MissingAPIKey(KEY_STEPS)
        address = known.get("BFL_BASE_URL") if base_url is None else base_url
        return cls(api_key=_checked_key(key), base_url=_url_of(region) if address is None else api_url(address))


def read_dotenv(path: Path | None) -> dict[str, str]:
    """Return the BFL_* assignments of a .env file as the guide writes it; no file, no values."""
    if path is None or not path.is_file():
        return {}
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    pairs = (line.strip().removeprefix("export ").partition("=") for line in lines)
    return {name.strip(): _unquoted(value) for name, _, value in pairs if name.strip().startswith("BFL_")}


def _unquoted(value: str) -> str:
    value = value.strip()
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "'\"":
        return value[1:-1]
    return value.partition(" #")[0].rstrip()


def _url_of(region: str) -> str:
    if region not in REGION_URLS:
        raise ConfigurationError(f"The region {region!r} is none of {', '.join(REGION_URLS)}.")
    return REGION_URLS[region]


def _checked_key(key: str) -> str:
    # Guide keys start with bfl_, others were seen, so the prefix is not enforced.  [CONTRACT: key prefix]
    if not all("!" <= character <= "~" for character in key):
        raise ConfigurationError("The API key holds a blank, a line break or a character outside ASCII; copy it anew.")
    return key
