"""The response headers of the recordings, in the order in which they came."""

from __future__ import annotations

from .sources import Certainty, Fact, assumed, cite

_RECORDED = cite("CASS", Certainty.RECORDED)
_GUIDE = cite("GUIDE", Certainty.GUIDE)

REFUSAL_HEADERS = Fact(
    (
        ("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),
        ("X-Cache", "CONFIG_NOCACHE"),
    ),
    cite("CASS", Certainty.RECORDED, "as on the recorded 403"),
)
SUBMIT_HEADERS = Fact((("Accept-Ranges", "bytes"), *REFUSAL_HEADERS.value), _RECORDED)
POLL_HEADERS = Fact((("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),), _RECORDED)

AZURE_REF = Fact("X-Azure-Ref", cite("CASS", Certainty.RECORDED, "on submits and refusals, not on polls"))

RATE_LIMIT = Fact("X-Ratelimit-Limit", _RECORDED)
RATE_REMAINING = Fact("X-Ratelimit-Remaining", _RECORDED)
RATE_RESET = Fact("X-Ratelimit-Reset", cite("CASS", Certainty.RECORDED, "float epoch; the guide writes an integer"))
GUIDE_RATE_LIMIT = Fact("X-RateLimit-Limit", _GUIDE)
GUIDE_RATE_REMAINING = Fact("X-RateLimit-Remaining", _GUIDE)
GUIDE_RATE_RESET = Fact("X-RateLimit-Reset", _GUIDE)
RETRY_AFTER = Fact("Retry-After", cite("CASS, GUIDE", Certainty.RECORDED, "0 or 1 on every poll: no polling advice"))

# The delivery answers of the recordings: Azure blob storage.
SAMPLE_HEADERS = Fact(
    (
        ("Accept-Ranges", "bytes"),
        ("Server", "Windows-Azure-Blob/1.0 Microsoft-HTTPAPI/2.0"),
        ("X-Ms-Blob-Type", "BlockBlob"),
        ("X-Ms-Lease-State", "available"),
        ("X-Ms-Lease-Status", "unlocked"),
        ("X-Ms-Server-Encrypted", "true"),
        ("X-Ms-Version", "2024-11-04"),
    ),
    _RECORDED,
)
SAMPLE_SIGNATURE_VERSION = Fact("2024-11-04", cite("CASS", Certainty.RECORDED, "2026-02-06 in April 2026"))
# The other query parameters of a sample URL that never change, beside `se`, `sv`, `rsct` and `sig`.
SAMPLE_PERMISSION = Fact("r", cite("CASS", Certainty.RECORDED, "sp: read"))
SAMPLE_RESOURCE = Fact("b", cite("CASS", Certainty.RECORDED, "sr: a blob"))
EXPIRED_SAMPLE = Fact(
    403, cite("AZURE", Certainty.INFERRED, "application/xml, AuthenticationFailed; no capture from BFL itself")
)

FLUX_1_SAMPLE_CACHE = Fact(
    ("Cache-Control", "max-age=1200"), cite("CASS", Certainty.RECORDED, "on FLUX.1 samples, not on FLUX.2")
)

# The mock's own header: why a request was refused, in one sentence; never part of the vendor's answer.
WHY = Fact("X-Mock-BFL-Why", assumed("the mock's own"))
