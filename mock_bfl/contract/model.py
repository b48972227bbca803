"""What a row of the models is made of: family, fields, references, price, limit class, latency, and who names it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .fields import Field
from .limits import SAMPLE_URL_LIFE_S
from .prices import Price
from .sources import Cite, Fact


class Family(StrEnum):
    """Which generation a model belongs to: it decides the result's keys, the progress and the delivery path."""

    FLUX_1 = "FLUX.1"
    FLUX_2 = "FLUX.2"
    FLUX_3 = "FLUX 3"
    TOOLS = "FLUX tools"


class Sizing(StrEnum):
    """How the output size of a model follows from its request."""

    EXACT = "width and height"
    RATIO_1MP = "aspect ratio at about 1 MP"
    RATIO_4MP = "aspect ratio at up to 4 MP"
    RATIO_CLASS = "aspect ratio in a resolution class"
    AS_IMAGE = "size of the input image"
    MARGINS = "input image plus margins"


class LimitClass(StrEnum):
    """Which limit of active tasks holds for a model."""

    STANDARD = "standard"
    KONTEXT_MAX = "kontext-max"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Model:
    """An endpoint that generates: POST `path` with `fields`; priced, limited and timed as its row says.

    A slug may have two segments, such as `flux-tools/erase-v1`. `refuses_unknown`: a field that is not in `fields` is
    a fault. Rows are compared by identity: there is one of each, and a hash of all its fields would cost every submit.
    """

    slug: str
    title: str
    family: Family
    sizing: Sizing
    fields: tuple[Field, ...]
    references: tuple[str, ...]
    price: Price
    latency_s: Fact[float]
    named_by: tuple[str, ...]
    cite: Cite
    limit_class: LimitClass = LimitClass.STANDARD
    shows_progress: bool = False
    refuses_unknown: bool = False
    sample_life_s: Fact[int] = SAMPLE_URL_LIFE_S

    @property
    def path(self) -> str:
        """The path of the submit endpoint."""
        return f"/v1/{self.slug}"

    @property
    def max_images(self) -> int:
        """How many images a request may carry; a blob path stands for the first of them."""
        carried = (field for field in self.fields if field.name in self.references)
        return sum(field.max_items or 1 for field in carried if not field.name.endswith("_blob_path"))

    @property
    def field_names(self) -> frozenset[str]:
        """The names of the request fields that the model knows."""
        return frozenset(field.name for field in self.fields)
