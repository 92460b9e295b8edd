"""Features of real items, computed once: every evaluation of every run on the same data wants the same ones again.

A file a question (these data, these features, these rows), in the folder `features` of the user's cache. Files that
were not asked for longest are removed when all together exceed `MOST_BYTES`.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path

import torch
from filelock import FileLock, Timeout
from jaxtyping import Float, Int
from safetensors import SafetensorError
from safetensors.torch import load as tensors_from_bytes
from safetensors.torch import save as tensors_to_bytes
from torch import Tensor

from ganforge.core.contracts import Source
from ganforge.data._cache import cache_folder
from ganforge.metrics.features._features import Extractor
from ganforge.runs.files import write_whole

FORMAT = 2
"""Part of every key; goes up when an extractor's numbers change under the same label, or those of the same items."""
MOST_BYTES = 1_000_000_000
"""Of all files together: twenty sets of 20,000 pictures' features."""
AT_ONCE = 1_000
"""Items read together: their pixels take more memory than their features."""


def real_features(
    source: Source, rows: Int[Tensor, "n"], extractor: Extractor, *, cache: Path | None = None
) -> Float[Tensor, "n d"]:
    """Features of these rows of a source, float32; read from the cache if they are there, else put into it.

    Features that the run's own training shaped are never kept. A cache that cannot be written costs time and nothing
    else.

    Args:
        source: the real items.
        rows: which of them, n >= 1, in any order.
        extractor: makes the features.
        cache: folder of the cache; None = that of GANFORGE_CACHE, or the user's.
    """
    if extractor.partial:
        return _computed(source, rows, extractor)
    folder = cache_folder(cache) / "features"
    file = folder / f"{_key(source, rows, extractor)}.safetensors"
    kept = _load(file, len(rows))
    if kept is not None:
        return kept
    features = _computed(source, rows, extractor)
    _store(file, features)
    return features


def _computed(source: Source, rows: Tensor, extractor: Extractor) -> Tensor:
    return torch.cat([extractor(source.batch(part).real["x"]) for part in torch.split(rows, AT_ONCE)])


def _key(source: Source, rows: Tensor, extractor: Extractor) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for part in (str(FORMAT), source.card.fingerprint, extractor.label):
        digest.update(part.encode() + b"\x1f")
    digest.update(rows.numpy().tobytes())
    return digest.hexdigest()


def _load(file: Path, count: int) -> Tensor | None:
    """What was kept; None where there is nothing, or where the file is damaged."""
    try:
        features = tensors_from_bytes(file.read_bytes())["features"].float()
        os.utime(file)  # for `_make_room`: this one is wanted
    except (OSError, SafetensorError, KeyError):
        return None
    return features if features.ndim == 2 and len(features) == count else None


def _store(file: Path, features: Tensor) -> None:
    """Keep features, in half the space where nothing is lost by it."""
    half = features.half()
    smallest = half if torch.equal(half.float(), features) else features
    # Somebody else who is writing is likely to write the same
    with contextlib.suppress(OSError, Timeout):
        file.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(file.parent / "writing.lock", timeout=0):
            write_whole(file, tensors_to_bytes({"features": smallest.contiguous()}))
            _make_room(file.parent)


def _make_room(folder: Path) -> None:
    files = sorted(folder.glob("*.safetensors"), key=lambda file: file.stat().st_mtime_ns, reverse=True)
    total = 0
    for number, file in enumerate(files):
        total += file.stat().st_size
        if total > MOST_BYTES and number > 0:
            file.unlink()
