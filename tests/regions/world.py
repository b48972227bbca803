"""Verbs for the tests of regions: submit and poll under a name, in process."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from werkzeug.test import TestResponse

from tests.web.mock import A_CUBE, FLUX_2_PRO, Mock, json_of, new_mock

KEY = "a-key"


class World:
    """A mock that is asked under many names."""

    def __init__(self, **settings: Any) -> None:
        self.mock: Mock = new_mock(**{"speed": 0, **settings})

    def ask(self, method: str, path: str, host: str, *, key: str | None = KEY, body: Any = None) -> TestResponse:
        """Send a request under a name."""
        headers = {"Host": host} | ({} if key is None else {"x-key": key})
        return self.mock.client.open(path, method=method, headers=headers, json=body)

    def submit(self, host: str, *, path: str = FLUX_2_PRO, key: str = KEY, **fields: Any) -> TestResponse:
        """Submit a cube under a name."""
        return self.ask("POST", path, host, key=key, body={**A_CUBE, **fields})

    def polling_url(self, host: str, *, key: str = KEY) -> str:
        """Submit a cube under a name and return where it is polled."""
        url: str = json_of(self.submit(host, key=key))["polling_url"]
        return url

    def polling_host(self, host: str, *, key: str = KEY) -> str:
        """Submit a cube under a name and return the host, and the port, where it is polled."""
        return urlsplit(self.polling_url(host, key=key)).netloc

    def follow(self, url: str) -> TestResponse:
        """Poll a polling_url as it stands."""
        return self.poll(url, host=urlsplit(url).netloc)

    def poll(self, url: str, *, host: str) -> TestResponse:
        """Poll the path of a polling_url under a name."""
        parts = urlsplit(url)
        return self.ask("GET", f"{parts.path}?{parts.query}", host, key=None)

    def regions(self, change: dict[str, Any] | None = None, *, key: str | None = None) -> TestResponse:
        """Show or change how the regions are."""
        return self.ask("GET" if change is None else "POST", "/_mock/regions", "localhost", key=key, body=change)
