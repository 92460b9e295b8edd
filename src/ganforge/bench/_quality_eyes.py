"""What the judges of `bench quality` look with: networks that turn pictures into features, and what they made of it."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float
from safetensors import SafetensorError
from safetensors.torch import load as tensors_from_bytes
from safetensors.torch import save as tensors_to_bytes
from torch import Tensor

from ganforge.bench._fashion import Pixels
from ganforge.bench._picture_sets import PictureSet
from ganforge.bench._quality_classifier import FEATURES as WIDTH
from ganforge.bench._quality_classifier import Taught, steps_for, taught, to_batch
from ganforge.data.images import Images
from ganforge.metrics.features._features import FEATURES, Kernel, Setting
from ganforge.runs.files import write_whole

EXTRACTOR = "efficientnet"
CLASSIFIER = "classifier"
Rows = Float[Tensor, "n d"]


@dataclass(frozen=True)
class Eye:
    """One way to look at pictures."""

    name: str
    """`EXTRACTOR` or `CLASSIFIER`."""
    label: str
    """For a person, with what must be known of it."""
    key: str
    """Changes with the numbers that come out."""
    kernel: Kernel
    features: Callable[[Pixels], Rows]
    """Of pictures (n, h, w) or (n, h, w, 3)."""


def efficientnet_eye(pictures: PictureSet) -> Eye:
    """A network that was trained to tell photographs apart."""
    height, width = pictures.train.pixels.shape[1:3]
    extractor = FEATURES.get(EXTRACTOR).make(Setting(Images(height, width, pictures.channels)))

    def features(pixels: Pixels) -> Rows:
        return extractor(to_batch(torch.from_numpy(pixels.copy())))

    return Eye(EXTRACTOR, extractor.label, extractor.label, extractor.kernel, features)


def classifier_eye(pictures: PictureSet, folder: Path, *, steps: int | None = None) -> Eye:
    """A network that was trained to tell this set's classes apart; kept in the folder. `steps` None = as usual."""
    steps = steps or steps_for(pictures)
    # Pictures that are not shown to trainings are shown to it: it is one and the same for them all
    key = f"{CLASSIFIER}-{_digest(pictures.train.pixels, pictures.train.classes)}-{steps}"
    found: Taught = taught(pictures, folder / f"{key}.safetensors", steps=steps)

    def features(pixels: Pixels) -> Rows:
        return found.network.features(to_batch(torch.from_numpy(pixels.copy())))

    label = f"{WIDTH} features of a classifier that gets {found.accuracy:.1%} of the test pictures' classes right"
    return Eye(CLASSIFIER, label, key, "gaussian", features)


def kept_features(eye: Eye, pixels: Pixels, folder: Path) -> Rows:
    """Features of real pictures, from the folder where they are there, else put into it."""
    file = (
        folder
        / f"{eye.name}-{_digest(pixels)}-{hashlib.blake2b(eye.key.encode(), digest_size=4).hexdigest()}.safetensors"
    )
    with contextlib.suppress(OSError, SafetensorError, KeyError):  # not there, or damaged
        rows = tensors_from_bytes(file.read_bytes())["features"]
        if len(rows) == len(pixels):
            return rows
    rows = eye.features(pixels)
    write_whole(file, tensors_to_bytes({"features": rows.contiguous()}))
    return rows


def _digest(*arrays: Pixels) -> str:
    digest = hashlib.blake2b(digest_size=8)
    for array in arrays:
        digest.update(repr(array.shape).encode() + array.tobytes())
    return digest.hexdigest()
