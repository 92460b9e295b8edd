"""A small classifier of a set's own classes: its last hidden layer is the second of `bench quality`'s judges.

What it looks at is what tells the set's classes apart, where networks trained on photographs look at textures too.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float, Int
from safetensors import SafetensorError
from safetensors.torch import load as tensors_from_bytes
from safetensors.torch import save as tensors_to_bytes
from torch import Tensor, nn
from torch.nn import functional as F

from ganforge.bench._digit_judge import warped
from ganforge.bench._picture_sets import PictureSet
from ganforge.core.seeding import Draws
from ganforge.runs.files import write_whole

FEATURES = 128
STEPS = 2000
"""For pictures of up to `USUAL_SIDE`; larger ones have half as many."""
USUAL_SIDE = 32
BATCH = 96
RATE = 3e-3
SEED = 0
CHUNK = 500
WIDTHS = (16, 32, 64, 64)
"""Channels: of the stem, which halves the side, and of the blocks, each with a halving behind it."""
LAST_SIDE = 4
"""Blocks follow until maps are no larger."""

Batch = Float[Tensor, "n channels side side"]


class PictureClassifier(nn.Module):
    """Convolutions, a hidden layer of `FEATURES`, an output a class. Pictures are in [-1, 1]."""

    def __init__(self, side: int, channels: int, classes: int) -> None:
        super().__init__()
        layers, side = [*_block(channels, WIDTHS[0], stride=2)], (side + 1) // 2
        width = WIDTHS[0]
        for wider in WIDTHS[1:]:
            if side > LAST_SIDE:
                layers += [*_block(width, wider), nn.MaxPool2d(2)]
                side, width = side // 2, wider
        self.layers = nn.Sequential(*layers, nn.Flatten(), nn.Linear(width * side**2, FEATURES), nn.ReLU())
        self.output = nn.Sequential(nn.Dropout(0.2), nn.Linear(FEATURES, classes))

    def forward(self, x: Batch) -> Float[Tensor, "n classes"]:
        """Logits of the classes."""
        logits: Tensor = self.output(self.layers(x))
        return logits

    @torch.no_grad()
    def features(self, x: Batch) -> Float[Tensor, "n 128"]:
        """What the hidden layer makes of pictures."""
        self.eval()
        return torch.cat([self.layers(part) for part in torch.split(x, CHUNK)])

    @torch.no_grad()
    def classes(self, x: Batch) -> Int[Tensor, "n"]:
        """The most likely class of each."""
        self.eval()
        return torch.cat([self(part).argmax(1) for part in torch.split(x, CHUNK)])


@dataclass(frozen=True)
class Taught:
    """A classifier that has been trained."""

    network: PictureClassifier
    accuracy: float
    """Share of the test pictures that it gets right."""


def to_batch(pixels: Tensor) -> Batch:
    """Bytes (n, h, w) or (n, h, w, 3) to [-1, 1]."""
    scaled = pixels.float() / 127.5 - 1
    return scaled[:, None] if pixels.ndim == 3 else scaled.permute(0, 3, 1, 2).contiguous()


def taught(pictures: PictureSet, file: Path, *, steps: int) -> Taught:
    """The classifier of a set: read from the file where it is there, else trained on one core and kept in it."""
    with contextlib.suppress(OSError, SafetensorError, KeyError, RuntimeError):  # not there, damaged, or another's
        kept = tensors_from_bytes(file.read_bytes())
        accuracy = float(kept.pop("accuracy"))
        network = _begun(pictures)
        network.load_state_dict(kept)
        return Taught(network.eval(), accuracy)
    network = _teach(pictures, steps)
    right = network.classes(to_batch(torch.from_numpy(pictures.test.pixels.copy()))).numpy() == pictures.test.classes
    found = Taught(network, float(right.mean()))
    write_whole(file, tensors_to_bytes({**network.state_dict(), "accuracy": torch.tensor(found.accuracy)}))
    return found


def steps_for(pictures: PictureSet) -> int:
    """Updates that take about a minute of one core."""
    return STEPS if pictures.train.pixels.shape[1] <= USUAL_SIDE else STEPS // 2


def _begun(pictures: PictureSet) -> PictureClassifier:
    """With its first weights, which are always the same."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        return PictureClassifier(pictures.train.pixels.shape[1], pictures.channels, len(pictures.classes))


def _teach(pictures: PictureSet, steps: int) -> PictureClassifier:
    """Train on all of the training part: always alike, for one thread adds up in one order."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.random.fork_rng(devices=[]):
            network = _begun(pictures)
            torch.manual_seed(SEED)  # of what is dropped out
            _fit(network, pictures, steps)
    finally:
        torch.set_num_threads(threads)
    return network.eval()


def _fit(network: PictureClassifier, pictures: PictureSet, steps: int) -> None:
    pixels = torch.from_numpy(pictures.train.pixels.copy())
    classes = torch.from_numpy(pictures.train.classes.copy()).long()
    ground = -1.0 if pictures.white else 1.0  # warping fills with black: white grounds are turned to black for it
    optimizer = torch.optim.AdamW(network.parameters(), RATE, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    network.train()
    for step in range(steps):
        draws = Draws(SEED, "quality classifier", step)
        rows = draws.integers(len(pixels), BATCH)
        shown = ground * warped(ground * to_batch(pixels[rows]), draws)
        loss = F.cross_entropy(network(shown), classes[rows], label_smoothing=0.02)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()


def _block(inputs: int, outputs: int, stride: int = 1) -> tuple[nn.Module, ...]:
    return nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()
