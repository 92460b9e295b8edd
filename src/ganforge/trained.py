"""A run whose generator can be used: samples, interpolations, files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from jaxtyping import Float, Int
from PIL import Image
from torch import Tensor, nn

from ganforge.core.contracts import Domain
from ganforge.core.errors import RunError, SettingError
from ganforge.core.recipe import Recipe
from ganforge.core.records import DataCard
from ganforge.core.seeding import Draws
from ganforge.core.settings import Json, from_json
from ganforge.data._opening import restore_domain
from ganforge.games._game import GAMES, PlayableGame
from ganforge.runs.files import telling
from ganforge.runs.folder import RunFolder

CHUNK = 256
"""Samples made at once; also the unit in which z are seeded, so that sample k does not depend on how many are asked."""


class Run:
    """A training's folder with its averaged generator, ready to make samples on the CPU.

    `ganforge.load` and `ganforge.train` return one.
    """

    def __init__(self, folder: RunFolder) -> None:
        """
        Raises:
            RunError: the folder is no run, or holds no intact checkpoint.
        """
        self.folder = folder
        facts = folder.facts()
        self.recipe = from_json(Recipe, facts["recipe"], what="run.json")
        self.data = from_json(DataCard, facts["data"], what="run.json")
        self.domain: Domain = restore_domain(facts["domain"]["name"], facts["domain"]["state"])
        checkpoint = folder.checkpoints.load()
        self.step = checkpoint.step
        self.kimg = float(checkpoint.facts["seen"]) / 1000.0
        self.total_kimg = float(facts["plan"]["kimg"])
        self._game = self._restored_game(checkpoint.tensors)

    @property
    def path(self) -> Path:
        """The run's folder."""
        return self.folder.path

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes that can be asked for; empty if the run was trained without labels."""
        return self.data.classes

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r}, {self.data.name}, {self.kimg:,.1f}k samples seen)"

    def history(self) -> list[Json]:
        """The journal's records: losses and scores over the run."""
        return [record for record in self.folder.journal.records() if record["event"] == "record"]

    def sample(
        self, n: int = 1, *, seed: int = 0, truncation: float = 1.0, of_class: str | None = None
    ) -> npt.NDArray[Any]:
        """New samples in the data's own form.

        Args:
            n: how many.
            seed: other seeds, other samples; sample k of a seed is the same for every n.
            truncation: factor on z; below 1 samples are more typical and less varied.
            of_class: name of a class, for runs trained with labels; None = all classes in turn.

        Returns:
            uint8 pictures (n, height, width[, 3]) or numbers (n, columns).

        Raises:
            SettingError: n < 0, a truncation that is not positive, or an unknown class.
        """
        z = self.latents(n, seed=seed, truncation=truncation)
        return self.decode(z, of_class=of_class, seed=seed)

    def latents(self, n: int, *, seed: int = 0, truncation: float = 1.0) -> Float[Tensor, "n latent"]:
        """The z of `sample`."""
        if n < 0:
            raise SettingError(f"{n} samples cannot be made; ask for 0 or more.")
        if not 0.0 < truncation <= 2.0:
            raise SettingError(f"A truncation of {truncation} makes no sense; give a number in (0, 2], 1 = none.")
        chunks = [self._game.latents(CHUNK, Draws(seed, "sample", i)) for i in range((n + CHUNK - 1) // CHUNK)]
        empty = self._game.latents(0, Draws(seed, "sample", 0))
        return self._game.truncated(torch.cat([*chunks, empty])[:n], truncation)

    def decode(self, z: Float[Tensor, "n latent"], *, of_class: str | None = None, seed: int = 0) -> npt.NDArray[Any]:
        """The samples of these z, in the data's own form."""
        labels = self._labels(len(z), of_class)
        parts = []
        for number, start in enumerate(range(0, max(1, len(z)), CHUNK)):
            chosen = None if labels is None else labels[start : start + CHUNK]
            x = self._game.sample(z[start : start + CHUNK], chosen, Draws(seed, "head", number))
            parts.append(self.domain.decode(x))
        return np.concatenate(parts)

    def interpolate(
        self, stops: int = 4, *, frames: int = 12, seed: int = 0, truncation: float = 1.0, of_class: str | None = None
    ) -> npt.NDArray[Any]:
        """Samples along a closed way through latent space that passes `stops` random points.

        Returns:
            stops * frames samples in the data's own form; the last is followed by the first.

        Raises:
            SettingError: fewer than 2 stops or 1 frame.
        """
        if stops < 2 or frames < 1:
            raise SettingError(f"An interpolation needs 2 stops and 1 frame or more, not {stops} and {frames}.")
        ends = self.latents(stops, seed=seed, truncation=truncation)
        way = [
            self._game.between(ends[i], ends[(i + 1) % stops], frame / frames)
            for i in range(stops)
            for frame in range(frames)
        ]
        return self.decode(torch.stack(way), of_class=of_class or (self.classes[0] if self.classes else None))

    def preview(self, samples: npt.NDArray[Any], columns: int | None = None) -> Image.Image:
        """Samples as one picture to look at."""
        return self.domain.preview(samples, columns=columns)

    def write(self, samples: npt.NDArray[Any], path: str | Path) -> list[Path]:
        """Samples as files of the data's own kind; see the domain's `write`."""
        with telling(Path(path)):
            return self.domain.write(samples, Path(path))

    def frames(self) -> list[Path]:
        """The pictures of the fixed samples over the run, in order."""
        return sorted(self.folder.samples.glob("[0-9]*.png"))

    def _labels(self, n: int, of_class: str | None) -> Int[Tensor, "n"] | None:
        if of_class is None:
            return torch.arange(n) % len(self.classes) if self.classes else None
        if of_class not in self.classes:
            known = ", ".join(self.classes) if self.classes else "none, it was trained without --labels"
            raise SettingError(f"This run knows no class '{of_class}'. It knows: {known}.")
        return torch.full((n,), self.classes.index(of_class))

    def _restored_game(self, tensors: dict[str, Tensor]) -> PlayableGame:
        with torch.random.fork_rng(devices=[]):
            game = GAMES.get(self.recipe.game.name).make(self.recipe, self.data, self.domain)
        averaged = nn.ModuleDict({name: game.players[name] for name in game.averaged})
        ours = {name.removeprefix("ema."): tensor for name, tensor in tensors.items() if name.startswith("ema.")}
        judges = {name.removeprefix("game."): tensor for name, tensor in tensors.items() if name.startswith("game.")}
        try:
            game.load_state_dict(judges)
            averaged.load_state_dict(ours)
        except RuntimeError as error:
            raise RunError(
                f"The checkpoint in {self.path} does not fit the recipe in its run.json. If another version of "
                f"Ganforge made it, use that one or train again. ({str(error).splitlines()[-1].strip()[:200]})"
            ) from error
        game.eval().requires_grad_(False)
        return game
