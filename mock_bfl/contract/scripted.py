"""The texts of answers that a test asks for and that no recording shows: an overloaded server, a storage in trouble."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from .sources import Certainty, Cite, Fact, assumed, cite

_RFC = cite("FASTAPI", Certainty.INFERRED, "an HTTPException without a text has the phrase of its status")

PHRASES: Fact[Mapping[int, str]] = Fact(
    MappingProxyType(
        {
            400: "Bad Request",
            401: "Unauthorized",
            408: "Request Timeout",
            409: "Conflict",
            418: "I'm a Teapot",
            422: "Unprocessable Entity",
            429: "Too Many Requests",
            500: "Internal Server Error",
            502: "Bad Gateway",
            503: "Service Unavailable",
            504: "Gateway Timeout",
        }
    ),
    _RFC,
)


@dataclass(frozen=True, slots=True)
class StorageError:
    """What blob storage answers when it cannot deliver."""

    status: int
    code: str
    message: str
    cite: Cite


_AZURE = cite("AZURE", Certainty.INFERRED, "the storage's documented code; no capture from BFL itself")

STORAGE_ERRORS = (
    StorageError(404, "BlobNotFound", "The specified blob does not exist.", _AZURE),
    StorageError(500, "InternalError", "The server encountered an internal error. Please retry the request.", _AZURE),
    StorageError(
        503, "ServerBusy", "The server is currently unable to receive requests. Please retry your request.", _AZURE
    ),
)
OTHER_STORAGE_ERROR = Fact(("OperationFailed", "The operation failed."), assumed("for statuses without a code here"))

# The request header by which a client names the scenario that its calls follow; the mock's own.
SCENARIO_HEADER = Fact("X-Mock-BFL-Scenario", assumed("the mock's own"))
RETRY_AFTER_MS = Fact("retry-after-ms", assumed("never seen at BFL; other vendors send it, and clients read it"))
