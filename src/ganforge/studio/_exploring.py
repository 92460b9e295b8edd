"""What the page that explores sends and is sent."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from ganforge.studio._favourites import LARGEST, LONGEST
from ganforge.studio._raw import Raw

Coordinate = Annotated[float, Field(ge=-LARGEST, le=LARGEST, allow_inf_nan=False)]
Latent = Annotated[list[Coordinate], Field(min_length=1, max_length=LONGEST)]
"""One z."""
OfClass = Annotated[str, Field(max_length=200)] | Annotated[int, Field(ge=0, le=2**31)] | None
"""A class by its name, or by its number in `classes`; null: all in turn, or none where there are none."""
Step = Annotated[int | None, Field(ge=0, le=2**53)]
"""The checkpoint that was explored; null: the best one there is now."""
MOST = 64
"""Samples asked for at once."""


class Asked(BaseModel):
    """What all requests may say."""

    of_class: OfClass = Field(None, validation_alias="class")
    step: Step = None


class SamplesAsked(Asked):
    """Samples from a seed."""

    seed: int = Field(0, ge=0, le=2**53)
    n: int = Field(16, ge=1, le=MOST)
    truncation: float = Field(1.0, gt=0.0, le=2.0, allow_inf_nan=False)


class DecodeAsked(Asked):
    """Samples of these z."""

    z: Annotated[list[Latent], Field(min_length=1, max_length=MOST)]


class NearestAsked(Asked):
    """The training items nearest to the sample of this z."""

    z: Latent
    n: int = Field(4, ge=1, le=8)


class FilmAsked(Asked):
    """The way from one z to another."""

    start: Latent = Field(validation_alias="from")
    end: Latent = Field(validation_alias="to")
    frames: int = Field(24, ge=2, le=60)


class FavouriteAsked(Asked):
    """A z to be kept."""

    z: Latent


class ShapeTold(BaseModel):
    """Of one sample in the data's own form."""

    kind: Literal["pixels", "rows"]
    height: int | None = None
    width: int | None = None
    channels: int | None = None
    columns: list[str] | None = None


class DirectionTold(BaseModel):
    """A direction for a slider: z + amount * typical_step * direction."""

    name: str
    share: float
    z: list[float]


class MapTold(BaseModel):
    """A plane for dragging: z + a * u + b * v, with a and b from -extent to extent."""

    u: list[float]
    v: list[float]
    extent: float


class OnnxTold(BaseModel):
    """The generator for the browser."""

    available: bool
    url: str | None = None
    bytes: int | None = None
    words: str = ""
    making: bool = False
    """It will be there soon: ask again."""


class ExploreTold(BaseModel):
    """What there is to explore."""

    checkpoint: str
    step: int
    kimg: float
    latent: int
    coins: list[int]
    """Places in z whose numbers are -1 or 1 and nothing between."""
    classes: list[str]
    shape: ShapeTold
    directions: list[DirectionTold]
    method: Literal["factorisation", "components"]
    typical_step: float
    map: MapTold
    uniform: bool
    onnx: OnnxTold


class SamplesTold(BaseModel):
    """Samples, their z, and the class of each where there are classes."""

    z: list[list[float]]
    classes: list[str] | None
    raw: Raw


class DecodeTold(BaseModel):
    """Samples, and how long they took on the server."""

    raw: Raw
    milliseconds: float


class NearestTold(BaseModel):
    """Training items, the nearest first."""

    raw: Raw
    distances: list[float]
    typical: float
    words: str


class FavouriteTold(BaseModel):
    """A favourite with its sample as the generator makes it now."""

    id: str
    z: list[float]
    of_class: str | None = Field(serialization_alias="class")
    made: float
    raw: Raw
