"""The baseline of `bench quality`: a DCGAN as tutorials have it (arXiv:1511.06434), in plain PyTorch, on Fashion-MNIST.

Batch 64, Adam at 2e-4 with betas 0.5 and 0.999, float32, binary cross-entropy, z of 100 normal numbers, batch
normalisation in both networks, weights begun from N(0, 0.02), no averaged generator. It uses nothing of Ganforge's
networks, losses or training, and nothing in it is slower than it need be: the data lie in memory, torch has the threads
that it takes by itself, and pictures keep their 28 pixels, where most tutorials enlarge them to 64.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
from cyclopts import Parameter
from jaxtyping import Float
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from ganforge.bench._common import console, machine_line
from ganforge.bench._fashion import Pixels, read_fashion
from ganforge.core.errors import SettingError
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


class Generator(nn.Module):
    """z -> 7 x 7 -> 14 x 14 -> 28 x 28."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.ConvTranspose2d(Z, 4 * WIDTH, 7, bias=False),
            nn.BatchNorm2d(4 * WIDTH),
            nn.ReLU(inplace=True),
            nn.ConvTranspose2d(4 * WIDTH, 2 * WIDTH, 4, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(2 * WIDTH),
            nn.ReLU(inplace=True),
            nn.ConvTranspose2d(2 * WIDTH, 1, 4, stride=2, padding=1, bias=False),
            nn.Tanh(),
        )

    def forward(self, z: Float[Tensor, "n 100 1 1"]) -> Float[Tensor, "n 1 28 28"]:
        """Pictures in [-1, 1]."""
        pictures: Tensor = self.layers(z)
        return pictures


class Discriminator(nn.Module):
    """28 x 28 -> 14 x 14 -> 7 x 7 -> one number."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, WIDTH, 4, stride=2, padding=1, bias=False),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(WIDTH, 2 * WIDTH, 4, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(2 * WIDTH),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(2 * WIDTH, 1, 7, bias=False),
        )

    def forward(self, pictures: Float[Tensor, "n 1 28 28"]) -> Float[Tensor, "n"]:
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
    real: Float[Tensor, "n 1 28 28"],
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
    generator, discriminator = Generator().apply(first_weights), Discriminator().apply(first_weights)
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


def to_tensor(pixels: Pixels) -> Float[Tensor, "n 1 28 28"]:
    """Bytes to [-1, 1]."""
    return torch.from_numpy(pixels.copy()).float()[:, None] / 127.5 - 1


@torch.inference_mode()
def pictures_of(weights: Path, n: int, seed: int) -> Pixels:
    """n new pictures (n, 28, 28) by a generator that was saved."""
    generator = Generator()
    generator.load_state_dict(load_file(weights))
    generator.eval()
    z = torch.randn(n, Z, 1, 1, generator=torch.Generator().manual_seed(seed))
    made = torch.cat([generator(z[start : start + CHUNK]) for start in range(0, n, CHUNK)])
    return np.asarray(((made[:, 0] + 1) * 127.5).round().clamp(0, 255).to(torch.uint8).numpy())


def run(
    *,
    minutes: float = 5.0,
    at: Annotated[tuple[float, ...], Parameter(consume_multiple=True, negative="")] = (),
    seed: int = 0,
    out: Path = Path("textbook"),
    fashion: Path | None = None,
) -> None:
    """Train the tutorials' DCGAN on Fashion-MNIST: the baseline of `bench quality`.

    Parameters
    ----------
    minutes
        How long, counted from the first update.
    at
        Also save the generator after so many seconds.
    seed
        Of the weights, of z and of the order of the data.
    out
        The folder of the saved generators; ./textbook if not given.
    fashion
        The folder of Fashion-MNIST's four files; Debian's place if not given.
    """
    if minutes <= 0:
        raise SettingError(f"--minutes {minutes:g}: give a number above 0.")
    real = to_tensor(read_fashion(fashion).train.pixels)
    saved: list[dict[str, float | str]] = []

    def save(generator: Generator, seconds: float, step: int) -> None:
        file = out / f"{step:08d}.safetensors"
        save_file(generator.state_dict(), file)
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
