"""The endpoints that do not generate: results, credits, finetunes, licence usage."""

from __future__ import annotations

from dataclasses import dataclass

from .fields import Field, Kind, integer, text
from .sources import Certainty, Cite, Fact, assumed, cite


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A route beside the models. `query` and `body` are the fields it reads; `reply` names the keys of a 200."""

    name: str
    method: str
    path: str
    needs_key: bool
    cite: Cite
    query: tuple[Field, ...] = ()
    body: tuple[Field, ...] = ()
    reply: tuple[str, ...] = ()


_SPEC = cite("OAS", Certainty.SPEC)
_ID = Field(name="id", kind=Kind.STRING, required=True)
_FINETUNE_ID = text("finetune_id", required=True)

GET_RESULT = Endpoint(
    name="get_result",
    method="GET",
    path="/v1/get_result",
    needs_key=False,
    query=(_ID,),
    reply=("id", "status", "result", "progress", "details", "preview"),
    cite=cite("OAS, CASS", Certainty.SPEC, "the spec puts no security on it; all samples send the key"),
)
CREDITS = Endpoint(name="credits", method="GET", path="/v1/credits", needs_key=True, reply=("credits",), cite=_SPEC)
MY_FINETUNES = Endpoint(
    name="my_finetunes", method="GET", path="/v1/my_finetunes", needs_key=True, reply=("finetunes",), cite=_SPEC
)
FINETUNE_DETAILS = Endpoint(
    name="finetune_details",
    method="GET",
    path="/v1/finetune_details",
    needs_key=True,
    query=(_FINETUNE_ID,),
    reply=("finetune_details",),
    cite=_SPEC,
)
DELETE_FINETUNE = Endpoint(
    name="delete_finetune",
    method="POST",
    path="/v1/delete_finetune",
    needs_key=True,
    body=(_FINETUNE_ID,),
    reply=("status", "message", "deleted_finetune_id", "timestamp"),
    cite=_SPEC,
)
LICENCE_USAGE = Endpoint(
    name="licence_usage",
    method="POST",
    path="/v1/licenses/models/{model_slug}/usage",
    needs_key=True,
    body=(integer("number_of_generations", default=1, minimum=1),),
    reply=("message",),
    cite=cite("DOCS-LIC, SDK", Certainty.DOCS, "that less than 1 is refused is ASSUMED"),
)

ENDPOINTS = (GET_RESULT, CREDITS, MY_FINETUNES, FINETUNE_DETAILS, DELETE_FINETUNE, LICENCE_USAGE)

LICENCE_SLUGS = Fact(
    ("flux-2-dev", "flux-1-dev", "flux-1-kontext-dev", "flux-tools", "flux-1-krea-dev"),
    cite("DOCS-LIC, SDK", Certainty.DOCS),
)

UNKNOWN_FINETUNE = Fact(
    "accepted",
    assumed("a generation with a finetune_id that the account does not own is not refused"),
)

# What a fresh account owns, so that the finetune routes have something to show: the OpenAPI's own example id.
DEFAULT_FINETUNES = Fact(("my-finetune",), assumed("the id is the OpenAPI's example; details are the mock's own"))
