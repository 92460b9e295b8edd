"""Deals the items of a round: real ones that the run never saw, fresh forgeries, both made pixels by the same steps.

Everything is prepared before the first question is asked, in one tensor and in the order in which it will be shown, so
that neither time nor size nor place says which is which.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch
from jaxtyping import Float
from torch import Tensor

from ganforge.core.contracts import Domain, Source
from ganforge.core.records import Split
from ganforge.core.seeding import Draws
from ganforge.judging.forging import forged
from ganforge.studio._ground import Ground
from ganforge.studio.errors import NotYet, TooLarge, Unusable
from ganforge.studio.shelf import Opened
from ganforge.trained import Run

Mode = Literal["one", "several"]
SET = 100
"""Items drawn together where one alone is nothing to look at."""
WIDEST = 320
"""Pictures of sets are made smaller by a whole number until their longer side is no longer, in pixels."""
CALIBRATED_ON = 500
"""Real items of the select split, and as many forgeries, by which the discriminator's threshold is chosen."""
MOST_BYTES = 48 * 2**20
"""Of one round's items."""
MOST_EXAMPLES = 8 * 2**20
"""Bytes of real items to learn by."""


@dataclass(frozen=True)
class Item:
    """What is shown, alike for real and forged."""

    height: int
    width: int
    channels: int

    @property
    def size(self) -> int:
        """Bytes, uint8."""
        return self.height * self.width * self.channels


@dataclass(frozen=True)
class Question:
    """One question, ready to be sent."""

    pixels: bytes
    """The choices, one behind the other."""
    truth: str
    """"real" or "forged"; of several, the place of the forgery."""
    judged: str
    """What the discriminator answers."""


@dataclass(frozen=True)
class Deal:
    """All questions of a round."""

    item: Item
    questions: tuple[Question, ...]
    held_out: bool
    """False: the real items were trained on."""
    real: int
    """Real items that they were drawn from."""


class Dealer:
    """One run's items and its discriminator's threshold."""

    def __init__(self, opened: Opened) -> None:
        """Choose the threshold; takes as long as the discriminator needs for a thousand items.

        Raises:
            NotYet: the data are not there, or there are too few of them.
        """
        self._run: Run = opened.run
        self._data: Source = opened.data()
        self._split: Split = opened.split()
        self._domain: Domain = opened.run.domain
        self._set = 1 if self._domain.singly else min(SET, len(self._split.report))
        if len(self._split.report) < 2:
            raise NotYet("Fewer than 2 items are held out: that is too few to play with. Train on more data.")
        self.ground = Ground.of(self._domain, self._data, self._split)
        with opened.lock:
            self._threshold = self._calibrated()
            self.item = _item(self._shown(self._data.batch(self._split.report[: self._set]).real["x"])[0])

    def deal(self, mode: Mode, questions: int, choices: int) -> Deal:
        """Questions whose truth is thrown at random, each by itself: earlier ones say nothing about later ones.

        The run's lock must be held.

        Raises:
            Unusable: there are not so many real items.
            TooLarge: the items would take too much memory.
        """
        choices = 1 if mode == "one" else choices
        if questions * choices * self.item.size > MOST_BYTES:
            most = MOST_BYTES // (choices * self.item.size)
            raise TooLarge(f"{questions} questions of such large items are too many; ask for at most {most}.")
        # The machine's own randomness, never a fixed seed: no forgery of a round was ever seen before
        truths = [secrets.randbelow(2 if mode == "one" else choices) for _ in range(questions)]
        is_forged = [truth == 1 if mode == "one" else place == truth for truth in truths for place in range(choices)]
        x = self._drawn(is_forged, Draws(secrets.randbits(62), "round"))
        pictures, scores = self._shown(x), self._scores(x)
        made = []
        for number, truth in enumerate(truths):
            own = slice(number * choices, (number + 1) * choices)
            pixels = b"".join(np.ascontiguousarray(picture).tobytes() for picture in pictures[own])
            if mode == "one":
                judged = "real" if float(scores[number]) > self._threshold else "forged"
                made.append(Question(pixels, ("real", "forged")[truth], judged))
            else:
                made.append(Question(pixels, str(truth), str(int(scores[own].argmin()))))
        return Deal(self.item, tuple(made), self._split.held_out, len(self._split.report))

    def examples(self, count: int) -> npt.NDArray[np.uint8] | None:
        """Real items to learn by, as rounds show them: of those trained on, never of those that are asked about.

        Returns:
            uint8 (n, h, w, channels), at most `count`, fewer where they are large; None where none are held out.
        """
        if not self._split.held_out:
            return None
        draws, train = Draws(secrets.randbits(62), "examples"), self._split.train
        count = max(1, min(count, MOST_EXAMPLES // self.item.size))
        if self._domain.singly:
            rows = train[draws.permutation(len(train))[:count]]
        else:
            rows = torch.cat([train[draws.permutation(len(train))[: self._set]] for _ in range(count)])
        return np.stack(self._shown(self._data.batch(rows).real["x"].float()))

    def _drawn(self, is_forged: list[bool], draws: Draws) -> Float[Tensor, "items ..."]:
        """Real items and forgeries in the order asked for; sets as rows that follow each other."""
        real, fake = is_forged.count(False), is_forged.count(True)
        x_real, x_fake = self._real(real, draws), self._fake(fake * self._set, draws)
        shape = x_real.shape[1:] if real else x_fake.shape[1:]
        x = torch.empty(len(is_forged), self._set, *shape)
        which = torch.tensor(is_forged)
        if real:
            x[~which] = x_real.reshape(real, self._set, *shape)
        if fake:
            x[which] = x_fake.reshape(fake, self._set, *shape)
        return x.flatten(0, 1)

    def _real(self, count: int, draws: Draws) -> Tensor:
        """Single items no two alike, as one that is seen again is real; sets each drawn by itself."""
        report = self._split.report
        if self._domain.singly:
            if count > len(report):
                raise Unusable(
                    f"This takes {count} real items; {len(report)} are held out. Ask for fewer questions or choices."
                )
            rows = report[draws.permutation(len(report))[:count]]
        else:
            sets = [report[draws.permutation(len(report))[: self._set]] for _ in range(count)]
            rows = torch.cat([*sets, report[:0]])
        return self._data.batch(rows).real["x"].float()

    def _fake(self, count: int, draws: Draws) -> Tensor:
        return forged(self._run, self._data, self._split, max(1, count), draws)[:count].float()

    def _shown(self, x: Tensor) -> list[npt.NDArray[np.uint8]]:
        """Items as uint8 (h, w, channels): decoded all together, and drawn where one alone is nothing to look at."""
        decoded = self._domain.decode(x)
        if self._domain.singly:
            pixels: npt.NDArray[np.uint8] = decoded if decoded.ndim == 4 else decoded[..., None]
            return list(pixels)
        return [self._preview(decoded[at : at + self._set]) for at in range(0, len(decoded), self._set)]

    def _preview(self, rows: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
        picture = self._domain.preview(rows).convert("RGB")
        factor = -(-max(picture.size) // WIDEST)
        return np.asarray(picture.reduce(factor) if factor > 1 else picture, dtype=np.uint8)

    def _scores(self, x: Tensor) -> Float[Tensor, "items"]:
        """The discriminator's, at rest; of a set, the mean."""
        scores = torch.cat([self._run.game.appraise(part).scores for part in torch.split(x, 250)])
        return scores.float().reshape(-1, self._set).mean(1)

    def _calibrated(self) -> float:
        """The score above which it calls an item real: where it is right most often, half of them real.

        On the select split and forgeries of its own, never on items that are asked about.
        """
        draws = Draws(secrets.randbits(62), "threshold")
        select = self._split.select[draws.permutation(len(self._split.select))]
        sets = max(1, min(CALIBRATED_ON, len(select)) // self._set)
        rows = select[torch.arange(max(sets * self._set, self._set)) % len(select)]
        real = self._scores(self._data.batch(rows).real["x"].float())
        fake = self._scores(self._fake(len(rows), draws))
        return best_threshold(real, fake)


def best_threshold(real: Float[Tensor, "n"], fake: Float[Tensor, "m"]) -> float:
    """Between which two scores the shares told rightly are greatest, real and fake weighing the same."""
    scores = torch.cat([real, fake]).double().nan_to_num(0.0).sort().values
    cuts = torch.cat([scores[:1] - 1, (scores[1:] + scores[:-1]) / 2, scores[-1:] + 1])
    right = (real.double()[:, None] > cuts).double().mean(0) + (fake.double()[:, None] <= cuts).double().mean(0)
    return float(cuts[int(right.argmax())])


def _item(picture: npt.NDArray[np.uint8]) -> Item:
    height, width, channels = picture.shape
    return Item(height, width, channels)
