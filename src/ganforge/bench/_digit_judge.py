"""Classifiers of handwritten digits: a plain one, and a judge that also knows what is no digit.

The judge has an eleventh class: noise, two digits blended, pieces of digits. Its threshold is fixed on digits that it
was not trained on; its own figures are to be measured on digits that decided nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from ganforge.core.seeding import Draws

Pictures = Float[Tensor, "n 1 28 28"]
AnyPictures = Float[Tensor, "n c h w"]
STEPS = 2000
BATCH = 96
KEEP = 0.98
"""Share of the select split's digits that the threshold lets pass."""
SIDE = 28
NO_DIGIT = 10


class DigitClassifier(nn.Module):
    """A small convolutional network with an output a class. Pictures are in [-1, 1]."""

    def __init__(self, classes: int = NO_DIGIT) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            *_block(1, 16, stride=2),
            *_block(16, 32),
            nn.MaxPool2d(2),
            *_block(32, 64),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(64 * 9, 128),
            nn.ReLU(),
            nn.Dropout(0.2),
            nn.Linear(128, classes),
        )

    def forward(self, x: Pictures) -> Float[Tensor, "n classes"]:
        """Logits of the classes."""
        logits: Tensor = self.layers(x)
        return logits

    @torch.no_grad()
    def digits(self, x: Pictures) -> Int[Tensor, "n"]:
        """The most likely digit of each picture."""
        self.eval()
        return torch.cat([self(part)[:, :NO_DIGIT].argmax(dim=1) for part in torch.split(x, 500)])


class DigitJudge(DigitClassifier):
    """A classifier with eleven outputs: ten digits and "no digit"."""

    def __init__(self) -> None:
        super().__init__(NO_DIGIT + 1)
        self.threshold = 0.5

    @torch.no_grad()
    def sureness(self, x: Pictures) -> tuple[Float[Tensor, "n"], Int[Tensor, "n"]]:
        """The most likely digit's probability, and that digit."""
        self.eval()
        chances = torch.cat([self(part).softmax(dim=1) for part in torch.split(x, 500)])
        best, digit = chances[:, :NO_DIGIT].max(dim=1)
        return best, digit

    def passes(self, x: Pictures) -> tuple[Bool[Tensor, "n"], Int[Tensor, "n"]]:
        """Whether each picture passes as a digit, and as which."""
        best, digit = self.sureness(x)
        return best >= self.threshold, digit


@dataclass(frozen=True)
class Labelled:
    """Digits with their classes."""

    x: Pictures
    y: Int[Tensor, "n"]

    def take(self, rows: Tensor) -> Labelled:
        """Some of them."""
        return Labelled(self.x[rows], self.y[rows])


def train_judge(train: Labelled, select: Labelled, seed: int = 0) -> DigitJudge:
    """A judge that passes `KEEP` of the select split."""
    torch.manual_seed(seed)
    judge = DigitJudge()
    # Half of what must be turned away are blends, the hardest to tell from a digit
    kinds = [*NO_DIGITS.values(), *[_blend] * (len(NO_DIGITS) - 2)]

    def batch(step: int) -> Labelled:
        draws = Draws(seed, "judge", step)
        real = train.take(draws.integers(len(train.y), BATCH))
        spoilt = []
        for _ in range(4):
            sample = train.take(draws.integers(len(train.y), BATCH // 6))
            make = kinds[int(draws.integers(len(kinds), 1))]
            spoilt.append(make(Labelled(warped(sample.x, draws), sample.y), draws))
        x = torch.cat([warped(real.x, draws), *spoilt])
        return Labelled(x, torch.cat([real.y, torch.full((len(x) - BATCH,), NO_DIGIT)]))

    _fit(judge, batch)
    sure = judge.sureness(select.x)[0].sort().values
    judge.threshold = float(sure[int((1 - KEEP) * len(sure))])
    return judge


def train_classifier(train: Labelled, seed: int = 0) -> DigitClassifier:
    """A classifier of the ten digits, for pictures that are taken to be digits."""
    torch.manual_seed(seed)
    classifier = DigitClassifier()

    def batch(step: int) -> Labelled:
        draws = Draws(seed, "classifier", step)
        sample = train.take(draws.integers(len(train.y), BATCH))
        return Labelled(warped(sample.x, draws), sample.y)

    _fit(classifier, batch)
    return classifier


def _fit(classifier: DigitClassifier, batch: Callable[[int], Labelled]) -> None:
    """Train on `STEPS` batches."""
    optimizer = torch.optim.AdamW(classifier.parameters(), 3e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=STEPS)
    for step in range(STEPS):
        classifier.train()
        shown = batch(step)
        loss = F.cross_entropy(classifier(shown.x), shown.y, label_smoothing=0.02)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()


def warped(x: AnyPictures, draws: Draws) -> AnyPictures:
    """Slightly turned, scaled, sheared and shifted, as handwriting varies; on black ground, of any size."""
    n = len(x)

    def within(bound: float) -> Tensor:
        return (draws.uniform(n) * 2 - 1) * bound

    turn, scale, shear, shift = within(math.radians(10)), 1 + within(0.1), within(0.15), 4 / SIDE
    rows = (
        torch.stack([scale * turn.cos(), -scale * turn.sin() + shear, within(shift)], dim=1),
        torch.stack([scale * turn.sin(), scale * turn.cos(), within(shift)], dim=1),
    )
    return _resampled(x, F.affine_grid(torch.stack(rows, dim=1), list(x.shape), align_corners=False))


def _noise(digits: Labelled, draws: Draws) -> Pictures:
    """Uniform or Gaussian noise of any mean and width."""
    n = len(digits.y)
    if float(draws.uniform(1)) < 0.5:
        return draws.uniform(n, 1, SIDE, SIDE) * 2 - 1
    mean, width = draws.uniform(n, 1, 1, 1) * 1.5 - 1, draws.uniform(n, 1, 1, 1) * 0.9 + 0.1
    return (draws.normal(n, 1, SIDE, SIDE) * width + mean).clamp(-1, 1)


def _blend(digits: Labelled, draws: Draws) -> Pictures:
    """Two digits of different classes in one picture, as their mean or their maximum."""
    other = _of_another_class(digits, draws)
    return (digits.x + other) / 2 if float(draws.uniform(1)) < 0.5 else torch.maximum(digits.x, other)


def _collage(digits: Labelled, draws: Draws) -> Pictures:
    """The upper half of one digit, the lower of another, displaced."""
    other = _of_another_class(digits, draws).roll(int(draws.integers(11, 1)) - 5, dims=3)
    return torch.cat([digits.x[:, :, : SIDE // 2], other[:, :, SIDE // 2 :]], dim=2)


def _cut(digits: Labelled, draws: Draws) -> Pictures:
    """Half of a digit, cut through its middle in any direction."""
    angle = draws.uniform(len(digits.y), 1, 1, 1) * 2 * math.pi
    at = torch.arange(float(SIDE)) - (SIDE - 1) / 2
    side = angle.cos() * at.view(1, 1, 1, -1) + angle.sin() * at.view(1, 1, -1, 1)
    return torch.where(side > 0, digits.x, torch.tensor(-1.0))


def _scraps(digits: Labelled, draws: Draws) -> Pictures:
    """A digit of which smooth noise has left only patches."""
    keep = F.interpolate(draws.normal(len(digits.y), 1, 7, 7), size=SIDE, mode="bilinear")
    return torch.where(keep > 0, digits.x, torch.tensor(-1.0))


def _crumpled(digits: Labelled, draws: Draws) -> Pictures:
    """A digit pulled out of shape."""
    n = len(digits.y)
    pull = F.interpolate(draws.normal(n, 2, 5, 5), size=SIDE, mode="bicubic").permute(0, 2, 3, 1) * 0.3
    still = F.affine_grid(torch.eye(2, 3).repeat(n, 1, 1), list(digits.x.shape), align_corners=False)
    return _resampled(digits.x, still + pull)


def _blobs(digits: Labelled, draws: Draws) -> Pictures:
    """Smooth shapes with about as much ink as a digit."""
    size = 5 + int(draws.integers(6, 1))
    smooth = F.interpolate(draws.normal(len(digits.y), 1, size, size), size=SIDE, mode="bicubic")
    level = smooth.flatten(1).quantile(0.75 + 0.15 * float(draws.uniform(1)), dim=1)
    return ((smooth - level.view(-1, 1, 1, 1)) * 6).clamp(-1, 1)


NO_DIGITS: dict[str, Callable[[Labelled, Draws], Pictures]] = {
    "noise": _noise,
    "two-digit blends": _blend,
    "collages": _collage,
    "half digits": _cut,
    "scraps": _scraps,
    "crumpled digits": _crumpled,
    "blobs": _blobs,
}
"""What the judge must turn away, each made from real digits and draws."""


def _of_another_class(digits: Labelled, draws: Draws) -> Pictures:
    order = torch.arange(len(digits.y))
    for _ in range(20):
        same = digits.y[order] == digits.y
        if not bool(same.any()):
            break
        order[same] = draws.integers(len(order), int(same.sum()))
    return digits.x[order]


def _resampled(x: AnyPictures, places: Tensor) -> AnyPictures:
    return F.grid_sample(x + 1, places, align_corners=False) - 1  # beyond the border lies background, -1


def _block(inputs: int, outputs: int, stride: int = 1) -> tuple[nn.Module, ...]:
    return nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()
