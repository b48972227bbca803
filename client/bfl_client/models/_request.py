"""What every request has in common, the request to a model that this client has no class for, and a request's body."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from ._names import LimitClass, slug_of


class Request(Protocol):
    """A request to one model: a class of this package, or `AnyRequest`; checked when it was made.

    `MODEL` is the slug and `PATH` where it is posted. `LIMIT_CLASS` says which limit of active tasks counts it,
    `REFERENCE_IMAGES` how many input images it can carry. `extra` holds fields that pass through unchecked.
    """

    @property
    def MODEL(self) -> str:  # noqa: N802 - a constant of the classes that have it
        """The model's name in its path."""

    @property
    def PATH(self) -> str:  # noqa: N802 - as above
        """The path of the endpoint."""

    @property
    def LIMIT_CLASS(self) -> LimitClass:  # noqa: N802 - as above
        """Which limit of active tasks counts it."""

    @property
    def REFERENCE_IMAGES(self) -> int:  # noqa: N802 - as above
        """How many input images it can carry."""

    @property
    def extra(self) -> Mapping[str, object]:
        """Fields that pass through unchecked."""


@dataclass(frozen=True, slots=True, repr=False)
class AnyRequest:
    """A request to any model, one newer than this client too: every field passes through unchecked.

    >>> AnyRequest("flux-9", {"prompt": "a red cube"}).PATH
    '/v1/flux-9'

    A field that is None is left out; in `extra` it is sent as null. Raises UnknownModel or InvalidRequest.
    """

    LIMIT_CLASS: ClassVar[LimitClass] = "standard"
    REFERENCE_IMAGES: ClassVar[int] = 0

    model: str
    fields: Mapping[str, object] = field(hash=False)
    extra: Mapping[str, object] = field(default_factory=dict, hash=False, kw_only=True)

    def __post_init__(self) -> None:
        # Late: a typed request needs the same module, but whoever only names a class needs neither.
        from ._checks import faults_of_extra, refusal

        slug = slug_of(self.model)
        faults = (*faults_of_extra(self.fields, beside={}), *faults_of_extra(self.extra, beside=self.fields))
        if faults:
            raise refusal(slug, faults)

    def __repr__(self) -> str:
        return f"AnyRequest({self.model!r}, fields=<{', '.join({**self.fields, **self.extra})}>)"

    @property
    def MODEL(self) -> str:  # noqa: N802 - named as the classes have it
        """The model's name in its path."""
        return slug_of(self.model)

    @property
    def PATH(self) -> str:  # noqa: N802 - named as the classes have it
        """The path of the endpoint."""
        return f"/v1/{self.MODEL}"


def body_of(request: Request) -> dict[str, object]:
    """Return what is sent: the vendor's fields that are not None, in the vendor's order, then `extra` as it is."""
    body = {name: _as_json(value) for name, value in _fields_of(request).items() if value is not None}
    return {**body, **request.extra}


def _fields_of(request: Request) -> Mapping[str, Any]:
    if isinstance(request, AnyRequest):
        return request.fields
    from ._checks import values_of

    return values_of(request)


def _as_json(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
