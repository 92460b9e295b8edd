"""What a sample is known by, and the split into train, select and report."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import torch

from ganforge.core.records import Split

Hashes = npt.NDArray[np.uint8]
"""(n, 16): a hash a sample."""

MIN_TO_SPLIT = 20
"""With fewer samples none are held out."""
HELD_OUT = 0.05
"""Share of the samples in each of select and report."""


def content_hash(content: bytes | memoryview, *form: int) -> bytes:
    """16 bytes that stand for one sample's content; `form` is its shape."""
    digest = hashlib.blake2b(content, digest_size=16)
    digest.update(repr(form).encode())
    return digest.digest()


def hash_rows(values: npt.NDArray[np.float64]) -> Hashes:
    """A hash for each row of (n, columns); 0.0 and -0.0 are the same."""
    rows = np.ascontiguousarray(values + 0.0)  # -0.0 + 0.0 = 0.0
    blob = b"".join(content_hash(row.data, len(row)) for row in rows)
    return np.frombuffer(blob, dtype=np.uint8).reshape(-1, 16)


def fingerprint(hashes: Hashes, *more: str) -> str:
    """A text that changes when the samples, their order, or anything of `more` does."""
    digest = hashlib.blake2b(np.ascontiguousarray(hashes).data, digest_size=16)
    for text in more:
        digest.update(b"\x1f" + text.encode())
    return digest.hexdigest()


def split_by_content(hashes: Hashes) -> Split:
    """90 / 5 / 5 by content: whatever order the samples come in, each goes to the same part.

    Distinct contents are ranked by their hash and fill report, then select, as far as they fit; all others train.
    Exact duplicates stay together, so that nothing held out is ever trained on. With fewer than 20 samples, or where
    every content is so frequent (the throws of a die) that holding one out would take a value from the training, all
    three parts are the whole set and `held_out` is False.
    """
    n = len(hashes)
    everything = torch.arange(n)
    if n < MIN_TO_SPLIT:
        return Split(everything, everything, everything, held_out=False)
    contents, member, counts = np.unique(
        np.ascontiguousarray(hashes).view("V16").reshape(-1), return_inverse=True, return_counts=True
    )
    target = max(1, round(n * HELD_OUT))
    for_report = _fill(range(len(contents)), counts, target)
    rest = (group for group in range(len(contents)) if group not in for_report)
    for_select = _fill(rest, counts, target)
    if not for_select and len(for_report) > 1:  # report took all that fit
        for_report, for_select = set(sorted(for_report)[::2]), set(sorted(for_report)[1::2])
    if not for_report or not for_select:
        return Split(everything, everything, everything, held_out=False)
    part = np.zeros(len(contents), dtype=np.int64)
    part[list(for_report)], part[list(for_select)] = 1, 2
    of_row = torch.from_numpy(part[member.reshape(-1)])
    train, report, select = (torch.nonzero(of_row == which).reshape(-1) for which in range(3))
    return Split(train, select, report)


def told_of(split: Split, hashes: Hashes, things: str) -> tuple[str, ...]:
    """What the user should know where nothing is held out; `things` are "rows" or "pictures"."""
    if split.held_out:
        return ()
    if len(hashes) < MIN_TO_SPLIT:
        return (f"With only {len(hashes)} {things} none are held out; the result will mostly be copies of them.",)
    different = _different(hashes)
    only = f"{different} different {things}" if different > 1 else f"copies of one of the {things}"
    return (f"Only {only}: none can be held out.",)


def _different(hashes: Hashes) -> int:
    return len(np.unique(np.ascontiguousarray(hashes).view("V16")))


def _fill(groups: Iterable[int], counts: npt.NDArray[np.int64], target: int) -> set[int]:
    chosen: set[int] = set()
    room = target
    for group in groups:
        if counts[group] <= room:
            chosen.add(group)
            room -= int(counts[group])
            if room == 0:
                break
    return chosen
