"""The baseline of `bench quality`: a DCGAN as tutorials have it (arXiv:1511.06434), in plain PyTorch.

Batch 64, Adam at 2e-4 with betas 0.5 and 0.999, float32, binary cross-entropy, z of 100 normal numbers, batch
normalisation in both networks, weights begun from N(0, 0.02), no averaged generator. For 64 x 64 in colour the networks
have the tutorials' five layers, the widest of 512 channels; for 32 x 32 four, for 28 x 28 three. It uses nothing of
Ganforge's networks, losses or training, and nothing in it is slower than it need be: the data lie in memory, torch has
the threads that it takes by itself, and pictures of 28 pixels stay so, where most tutorials enlarge them to 64.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
from cyclopts import Parameter
from jaxtyping import Float
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from ganforge.bench._common import console, machine_line
from ganforge.bench._emoji import SIDE
from ganforge.bench._fashion import Pixels
from ganforge.bench._picture_sets import Wanted, read_set
from ganforge.core.errors import DataError, SettingError
from ganforge.runs.files import telling, to_text, write_whole

Z = 100
WIDTH = 64
BATCH = 64
LEARNING_RATE = 2e-4
BETAS = (0.5, 0.999)
SPREAD = 0.02
"""Standard deviation of the first weights."""
TELL_STEPS = 500
CHUNK = 500
"""Samples made at once."""
FACTS = "textbook.json"
Pictures = Float[Tensor, "n channels side side"]
"""In [-1, 1]."""


@dataclass(frozen=True)
class Shape:
    """Of the two networks for pictures of one size: each layer doubles or halves the side."""

    first: int
    """Side of the first maps of the generator, and of the discriminator's last."""
    widths: tuple[int, ...]
    """Channels of the generator's maps, from the first on."""
    discriminator_widths: tuple[int, ...]


SHAPES = {
    28: Shape(7, (4 * WIDTH, 2 * WIDTH), (WIDTH, 2 * WIDTH)),
    32: Shape(4, (4 * WIDTH, 2 * WIDTH, WIDTH), (WIDTH, 2 * WIDTH, 4 * WIDTH)),
    64: Shape(4, (8 * WIDTH, 4 * WIDTH, 2 * WIDTH, WIDTH), (WIDTH, 2 * WIDTH, 4 * WIDTH, 8 * WIDTH)),
}
"""By the side of the pictures."""


class Generator(nn.Module):
    """z -> 4 x 4 -> 8 x 8 -> ... -> 64 x 64 (7 x 7 -> 14 x 14 -> 28 x 28)."""

    def __init__(self, side: int = 28, channels: int = 1) -> None:
        super().__init__()
        shape = SHAPES[side]
        width = shape.widths[0]
        layers = [nn.ConvTranspose2d(Z, width, shape.first, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True)]
        for before, width in pairwise(shape.widths):
            layers += [
                nn.ConvTranspose2d(before, width, 4, stride=2, padding=1, bias=False),
                nn.BatchNorm2d(width),
                nn.ReLU(inplace=True),
            ]
        layers += [nn.ConvTranspose2d(width, channels, 4, stride=2, padding=1, bias=False), nn.Tanh()]
        self.layers = nn.Sequential(*layers)

    def forward(self, z: Float[Tensor, "n 100 1 1"]) -> Pictures:
        """Pictures in [-1, 1]."""
        pictures: Tensor = self.layers(z)
        return pictures


class Discriminator(nn.Module):
    """64 x 64 -> 32 x 32 -> ... -> 4 x 4 -> one number (28 x 28 -> 14 x 14 -> 7 x 7 -> one number)."""

    def __init__(self, side: int = 28, channels: int = 1) -> None:
        super().__init__()
        shape = SHAPES[side]
        width = shape.discriminator_widths[0]
        layers = [nn.Conv2d(channels, width, 4, stride=2, padding=1, bias=False), nn.LeakyReLU(0.2, inplace=True)]
        for before, width in pairwise(shape.discriminator_widths):
            layers += [
                nn.Conv2d(before, width, 4, stride=2, padding=1, bias=False),
                nn.BatchNorm2d(width),
                nn.LeakyReLU(0.2, inplace=True),
            ]
        layers += [nn.Conv2d(width, 1, shape.first, bias=False)]
        self.layers = nn.Sequential(*layers)

    def forward(self, pictures: Pictures) -> Float[Tensor, "n"]:
        """Logits: above 0 = real."""
        logits: Tensor = self.layers(pictures)
        return logits.flatten()


def first_weights(module: nn.Module) -> None:
    """As in the paper: N(0, 0.02), the scales of the normalisations around 1."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(module.weight, 0.0, SPREAD)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, SPREAD)
        nn.init.zeros_(module.bias)


def train(
    real: Pictures,
    seconds: float,
    seed: int,
    save: Callable[[Generator, float, int], None],
    *,
    at: Sequence[float] = (),
    most_steps: int | None = None,
) -> Generator:
    """Train until the time is over.

    Args:
        real: all training pictures, in [-1, 1].
        seconds: how long.
        seed: of torch.
        save: is given the generator, the seconds so far and the updates so far, at each of `at` and at the end.
        at: seconds.
        most_steps: ends after so many updates even if there is time.
    """
    torch.manual_seed(seed)
    channels, side = real.shape[1:3]
    generator = Generator(side, channels).apply(first_weights)
    discriminator = Discriminator(side, channels).apply(first_weights)
    generator_adam = torch.optim.Adam(generator.parameters(), LEARNING_RATE, BETAS)
    discriminator_adam = torch.optim.Adam(discriminator.parameters(), LEARNING_RATE, BETAS)
    loss = nn.BCEWithLogitsLoss()
    ones, zeros = torch.ones(BATCH), torch.zeros(BATCH)
    waiting, step, began = sorted(at), 0, time.monotonic()
    while True:
        for rows in torch.randperm(len(real))[: len(real) // BATCH * BATCH].reshape(-1, BATCH):
            fake = generator(torch.randn(BATCH, Z, 1, 1))

            discriminator_adam.zero_grad()
            on_real = loss(discriminator(real[rows]), ones)
            on_fake = loss(discriminator(fake.detach()), zeros)
            (on_real + on_fake).backward()
            discriminator_adam.step()

            generator_adam.zero_grad()
            fooled = loss(discriminator(fake), ones)
            fooled.backward()
            generator_adam.step()

            step += 1
            if step % TELL_STEPS == 0:
                console.print(f"step {step:,}: loss of D {on_real + on_fake:.3f}, of G {fooled:.3f}")
            passed = time.monotonic() - began
            while waiting and passed >= waiting[0]:
                waiting.pop(0)
                save(generator, passed, step)
            if passed >= seconds or step == most_steps:
                save(generator, passed, step)
                return generator


def to_tensor(pixels: Pixels) -> Pictures:
    """Bytes (n, h, w) or (n, h, w, 3) to [-1, 1].

    Raises:
        SettingError: the textbook has no networks for pictures of that size, or they are fewer than a batch.
    """
    n, height, width = pixels.shape[:3]
    if height != width or width not in SHAPES:
        raise SettingError(
            f"The textbook has no networks for pictures of {width} x {height} pixels. "
            f"Give it square ones with a side of {', '.join(map(str, SHAPES))}."
        )
    if n < BATCH:
        raise SettingError(f"{n} pictures are no batch of the textbook's; give it at least {BATCH}.")
    tensor = torch.from_numpy(pixels.copy()).float() / 127.5 - 1
    return tensor[:, None] if pixels.ndim == 3 else tensor.permute(0, 3, 1, 2).contiguous()


def save_generator(generator: Generator, file: Path) -> None:
    """Keep its weights."""
    save_file(generator.state_dict(), file)


def load_generator(file: Path) -> Generator:
    """A generator that was kept, for new pictures."""
    weights = load_file(file)
    kernels = [weight.shape for name, weight in weights.items() if weight.ndim == 4]
    (channels,) = {shape[1] for shape in kernels if shape[1] in {1, 3}}
    side = next(side for side, shape in SHAPES.items() if len(shape.widths) + 1 == len(kernels))
    generator = Generator(side, channels)
    generator.load_state_dict(weights)
    return generator.eval()


@torch.inference_mode()
def pictures_of(weights: Path, n: int, seed: int) -> Pixels:
    """n new pictures (n, h, w) or (n, h, w, 3) by a generator that was saved."""
    generator = load_generator(weights)
    z = torch.randn(n, Z, 1, 1, generator=torch.Generator().manual_seed(seed))
    made = torch.cat([generator(z[start : start + CHUNK]) for start in range(0, n, CHUNK)])
    channels_last = made[:, 0] if made.shape[1] == 1 else made.permute(0, 2, 3, 1)
    return np.asarray(((channels_last + 1) * 127.5).round().clamp(0, 255).to(torch.uint8).numpy())


def read_pixels(data: str, wanted: Wanted) -> Pixels:
    """The training pictures of a set, or of a file.

    Raises:
        DataError: the file cannot be read, or holds something else.
    """
    if not data.endswith(".npy"):
        return read_set(data, wanted).shown
    try:
        pixels = np.load(data)
    except (OSError, ValueError) as error:
        raise DataError(
            f"{data} cannot be read ({error}). Give a .npy file of bytes (n, h, w) or (n, h, w, 3)."
        ) from error
    if pixels.dtype != np.uint8 or pixels.ndim not in {3, 4} or (pixels.ndim == 4 and pixels.shape[3] != 3):
        raise DataError(
            f"{data} holds {pixels.dtype} of the shape {pixels.shape}; give bytes (uint8) as (n, h, w) or (n, h, w, 3)."
        )
    return np.asarray(pixels)


def run(
    *,
    minutes: float = 5.0,
    at: Annotated[tuple[float, ...], Parameter(consume_multiple=True, negative="")] = (),
    seed: int = 0,
    data: str = "fashion",
    size: int = SIDE,
    pictures: int | None = None,
    out: Path = Path("textbook"),
    fashion: Path | None = None,
    emoji: Path | None = None,
) -> None:
    """Train the tutorials' DCGAN on a set of pictures: the baseline of `bench quality`.

    Parameters
    ----------
    minutes
        How long, counted from the first update.
    at
        Also save the generator after so many seconds.
    seed
        Of the weights, of z and of the order of the data.
    data
        fashion, digits or emoji, as in `ganforge bench quality`; or a .npy file of bytes, (n, h, w) or (n, h, w, 3).
    size
        Side of the emoji, 32 or 64 pixels.
    pictures
        Train on so many of the set, always the same ones; all if not given.
    out
        The folder of the saved generators; ./textbook if not given.
    fashion
        The folder of Fashion-MNIST's four files; Debian's place if not given.
    emoji
        The unpacked npm package emoji-datasource-google.
    """
    if minutes <= 0:
        raise SettingError(f"--minutes {minutes:g}: give a number above 0.")
    real = to_tensor(read_pixels(data, Wanted(fashion, emoji, size, pictures)))
    saved: list[dict[str, float | str]] = []

    def save(generator: Generator, seconds: float, step: int) -> None:
        file = out / f"{step:08d}.safetensors"
        save_generator(generator, file)
        saved.append({"seconds": seconds, "kimg": step * BATCH / 1000, "file": file.name})

    with telling(out):
        out.mkdir(parents=True, exist_ok=True)
        began = time.time()
        train(real, minutes * 60, seed, save, at=at)
        facts = {"began": began, "threads": torch.get_num_threads(), "saved": saved}
        write_whole(out / FACTS, to_text(facts, indent=2))
    last = saved[-1]
    console.print(f"{last['kimg']:,.0f}k samples in {last['seconds']:.0f} s; the generators are in {out}.")
    console.print(f"[dim]{torch.get_num_threads()} threads. {machine_line()}[/]")
