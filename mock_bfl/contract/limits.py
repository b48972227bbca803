"""Limits and lifetimes: active tasks, URL life, sizes, rate window."""

from __future__ import annotations

from .sources import Certainty, Fact, assumed, cite

ACTIVE_TASKS = Fact(24, cite("DOCS-GEN, HELP-CONC, GUIDE", Certainty.DOCS, "submitted and not completed, per account"))
ACTIVE_TASKS_KONTEXT_MAX = Fact(
    6, cite("DOCS-GEN, HELP-CONC, GUIDE", Certainty.DOCS, "that these 6 lie inside the 24 is ASSUMED")
)

SAMPLE_URL_LIFE_S = Fact(
    600, cite("CASS, DOCS-INT, GUIDE", Certainty.RECORDED, "se is the blob's creation plus exactly ten minutes")
)

FLUX_3_SAMPLE_URL_LIFE_S = Fact(
    3600, cite("F3-DOCS", Certainty.REPORT, "images; two hours for video, which is not served")
)

POLLS_PER_WINDOW = Fact(1200, cite("CASS", Certainty.RECORDED))
POLL_WINDOW_S = Fact(1, cite("CASS", Certainty.RECORDED, "Remaining jumps back about once a second"))

MAX_OUTPUT_MP = Fact(4, cite("HELP-DIM, GUIDE", Certainty.DOCS, "resized by the help page, refused by the guide"))
MAX_REFERENCE_BYTES = Fact(20 * 1024 * 1024, cite("SDK", Certainty.SDK, "checked by the client"))
MAX_REFERENCE_PX = Fact(
    20 * 1_048_576,
    cite("SDK", Certainty.SDK, "checked by the client; that 20 MP are of 2^20 pixels here too is ASSUMED"),
)
FLUX_3_MAX_REFERENCE_PX = Fact(
    16 * 1_048_576,
    cite("OAS-GEN, F3-DOCS", Certainty.REPORT, "a 400 above it; that they are of 2^20 pixels is ASSUMED"),
)
FLUX_3_MIN_REFERENCE_SIDE_PX = Fact(256, cite("F3-DOCS", Certainty.REPORT, "a 422 below it"))
FETCH_TIMEOUT_S = Fact(5, assumed("the patience of the mock with a server of this machine that holds an input image"))
MAX_REFERENCES = Fact(8, cite("OAS, GUIDE", Certainty.SPEC, "docs say up to 10, another page 9"))

# The largest references as base64 (4 characters for 3 bytes) and 1 MiB for the rest.
MAX_BODY_BYTES = Fact(
    MAX_REFERENCES.value * (4 * ((MAX_REFERENCE_BYTES.value + 2) // 3)) + 1024 * 1024,
    assumed("no document names a limit; this one fits eight of the largest references"),
)

KEY_MAX_CHARS = Fact(256, assumed("a well-formed key is 1 to 256 printable ASCII characters without blanks"))

DEFAULT_BALANCE_CREDITS = Fact("1000", assumed("what a fresh account of the mock holds"))

FLUX_2_DEFAULT_PX = Fact((1024, 1024), cite("HELP-DIM", Certainty.DOCS, "one report says klein falls back to 336x256"))
KONTEXT_AREA_PX = Fact(1_048_576, cite("HELP-DIM", Certainty.DOCS, "about one megapixel, multiples of 32"))
ULTRA_AREA_PX = Fact(4 * 1_048_576, assumed("'ultra high-resolution', up to 4 MP; sizes are not documented"))
FLUX_3_AREAS_PX = Fact(
    (("768sq", 768**2), ("1k", 1024**2), ("1.5k", 1536**2), ("2k", 2048**2), ("4k", 4096**2)),
    cite("OAS-GEN", Certainty.INFERRED, "'an equal-pixel-area tier'; multiples of 32 as FLUX 3's video sizes have it"),
)
RATIO_MIN = Fact((9, 21), cite("OAS, SDK", Certainty.SPEC, "help says 3:7, the SDK's validator 1:4"))
RATIO_MAX = Fact((21, 9), cite("OAS, SDK", Certainty.SPEC, "help says 7:3, the SDK's validator 4:1"))
