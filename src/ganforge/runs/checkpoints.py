"""Checkpoints: complete and intact, or not there.

A checkpoint is two files. The tensors are written first, `00001200.safetensors`; then `00001200.json`, which holds
the facts and names the tensors' file with its size and a checksum of both. The .json is the commit mark: without it,
or where it does not fit, there is no checkpoint. No pickle.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as tensors_from_bytes
from safetensors.torch import save as tensors_to_bytes

from ganforge.core.errors import RunError, SettingError
from ganforge.core.settings import Json
from ganforge.runs.files import from_text, telling, to_text, write_whole


@dataclass(frozen=True)
class Checkpoint:
    """Everything that the next step depends on."""

    step: int
    """Updates done when it was saved."""
    tensors: dict[str, torch.Tensor]
    """On the CPU, by name."""
    facts: Json
    """What goes with them and is no tensor."""
    note: str
    """What the user should be told of it: a newer one was damaged. Empty = nothing."""
    best: int | None = None
    """The step of the best checkpoint as known when this one was saved; None = nobody knew one."""


@dataclass(frozen=True)
class _Mark:
    """A commit mark as read from a .json file."""

    file: str
    size: int
    checksum: str
    facts: Json
    best: int | None


class Checkpoints:
    """The checkpoints of one run, in a folder of their own."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def save(self, step: int, tensors: Mapping[str, torch.Tensor], facts: Json, *, best: int | None = None) -> None:
        """Save a checkpoint; killed at any instant, the checkpoints before it are still there.

        Args:
            step: updates done; saving a step again replaces it.
            tensors: on any device, any type and layout; tensors may share memory.
            facts: plain values.
            best: the step of the best checkpoint so far, which may be this one; it is kept as long as it is named.

        Raises:
            RunError: the disk is full or refuses; the message names the last checkpoint, which is whole.
        """
        data = tensors_to_bytes(_separate(tensors))
        file = self._unused(step)
        mark: Json = {"file": file.name, "size": len(data), "checksum": _checksum(data, facts), "facts": facts}
        mark["best"] = best
        with telling(self.path, lost=self._what_stays()):
            self.path.mkdir(parents=True, exist_ok=True)
            try:
                write_whole(file, data)
                write_whole(self._mark_path(step), to_text(mark))
            except OSError:
                with contextlib.suppress(OSError):
                    file.unlink(missing_ok=True)
                raise
            for old in self.path.glob(f"{step:08d}*.safetensors"):
                if old != file:
                    old.unlink()

    def steps(self) -> list[int]:
        """The steps of all complete checkpoints, ascending; their tensors' checksums are not read."""
        found = (int(path.stem) for path in self.path.glob("*.json") if path.stem.isdigit())
        return sorted(step for step in found if self._mark(step) is not None)

    def best(self) -> int | None:
        """The step of the best checkpoint, if a training has chosen one and it is there."""
        steps = self.steps()
        for step in reversed(steps):
            mark = self._mark(step)
            if mark is not None and mark.best in steps:
                return mark.best
        return None

    def load(self, step: int | None = None) -> Checkpoint:
        """The checkpoint of `step`, or the newest that is intact.

        Raises:
            RunError: there is none, or the one asked for is damaged.
        """
        steps = self.steps()
        if step is not None:
            checkpoint = self._read(step) if step in steps else None
            if checkpoint is None:
                what = "is damaged" if step in steps else "does not exist"
                there = ", ".join(str(other) for other in steps if other != step) or "none"
                raise RunError(f"The checkpoint of step {step} in {self.path} {what}. Others there: {there}.")
            return checkpoint
        damaged: list[int] = []
        for candidate in reversed(steps):
            checkpoint = self._read(candidate)
            if checkpoint is not None:
                note = f"The checkpoint of step {damaged[0]} is damaged; step {candidate} is used." if damaged else ""
                return replace(checkpoint, note=note)
            damaged.append(candidate)
        what = f"All checkpoints in {self.path} are damaged" if damaged else f"There is no checkpoint in {self.path}"
        raise RunError(f"{what}: this run cannot go on or be used. Start a new one.")

    def prune(self, keep: int, *, also: Collection[int] = ()) -> None:
        """Remove all but the newest `keep` checkpoints, the best that they name and those of the steps in `also`, and
        what killed writes have left.

        Raises:
            SettingError: `keep` is less than 1.
            RunError: the folder may not be written.
        """
        if keep < 1:
            raise SettingError(f"keep is {keep}; at least 1 checkpoint must be kept.")
        steps = self.steps()
        kept = {step: self._mark(step) for step in steps[-keep:]}
        bests = {mark.best for mark in kept.values() if mark is not None}
        kept |= {step: self._mark(step) for step in steps if step in bests or step in also}
        wanted = {self._mark_path(step).name for step in kept} | {mark.file for mark in kept.values() if mark}
        with telling(self.path):
            # Marks go first: killed in between, tensors without a mark are left, which the next call clears away
            for pattern in ("*.json", "*.safetensors", ".*.tmp"):
                for path in self.path.glob(pattern):
                    if path.name not in wanted:
                        path.unlink(missing_ok=True)

    def _mark_path(self, step: int) -> Path:
        return self.path / f"{step:08d}.json"

    def _unused(self, step: int) -> Path:
        """A file name for the tensors that no commit mark names, so that the old ones live until the new mark."""
        mark = self._mark(step)
        plain = self.path / f"{step:08d}.safetensors"
        return plain.with_stem(f"{plain.stem}-again") if mark and mark.file == plain.name else plain

    def _mark(self, step: int) -> _Mark | None:
        """The commit mark of `step`, if it is whole and its tensors' file has the right size."""
        try:
            content: dict[str, Any] = from_text(self._mark_path(step).read_bytes()) or {}
            mark = _Mark(content["file"], content["size"], content["checksum"], content["facts"], content.get("best"))
            return mark if (self.path / mark.file).stat().st_size == mark.size else None
        except (OSError, KeyError, TypeError, ValueError):
            return None

    def _read(self, step: int) -> Checkpoint | None:
        mark = self._mark(step)
        if mark is None:
            return None
        try:
            data = (self.path / mark.file).read_bytes()
            if _checksum(data, mark.facts) != mark.checksum:
                return None
            return Checkpoint(step, tensors_from_bytes(data), mark.facts, "", mark.best)
        except (OSError, SafetensorError):
            return None

    def _what_stays(self) -> str:
        steps = self.steps()
        return f"Nothing is lost: the last checkpoint is step {steps[-1]}." if steps else "No checkpoint is there yet."


def _checksum(data: bytes, facts: Json) -> str:
    checksum = hashlib.blake2b(data, digest_size=16)
    checksum.update(to_text(facts))
    return checksum.hexdigest()


def _separate(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Contiguous tensors on the CPU, no two of which share memory: what the file format can hold."""
    separate: dict[str, torch.Tensor] = {}
    storages: set[int] = set()
    for name, tensor in tensors.items():
        plain = tensor.detach().cpu().contiguous()
        if plain.untyped_storage().data_ptr() in storages:
            plain = plain.clone()
        storages.add(plain.untyped_storage().data_ptr())
        separate[name] = plain
    return separate
