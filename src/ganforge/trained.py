"""A run whose generator can be used: samples, interpolations, files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch
from jaxtyping import Float, Int
from PIL import Image
from torch import Tensor, nn

from ganforge.core.contracts import DataOptions, Domain, Source
from ganforge.core.errors import DataError, RunError, SettingError
from ganforge.core.recipe import Recipe
from ganforge.core.records import DataCard, Split
from ganforge.core.seeding import Draws
from ganforge.core.settings import Json, from_json
from ganforge.data._opening import open_source, restore_domain
from ganforge.games._game import GAMES, PlayableGame
from ganforge.runs.checkpoints import Checkpoint
from ganforge.runs.files import telling
from ganforge.runs.folder import RunFolder

CHUNK = 256
"""The unit in which z are seeded, so that sample k does not depend on how many are asked."""
PICTURES_AT_ONCE, ROWS_AT_ONCE = 32, 1024
"""Samples made at once: the maps of so many pictures stay in a processor's cache, and so many rows are worth a call."""


Which = Literal["best", "newest"] | int
"""Which checkpoint: the one that scored best while training, the newest, or that of a step."""


class Run:
    """A training's folder with its averaged generator, ready to make samples on the CPU.

    `ganforge.load` and `ganforge.train` return one.
    """

    def __init__(self, folder: RunFolder, checkpoint: Which = "best") -> None:
        """
        Args:
            folder: the run's.
            checkpoint: "best" is the newest where the training was too short to choose one.

        Raises:
            RunError: the folder is no run, or holds no intact checkpoint (of that step).
        """
        self.folder = folder
        facts = folder.facts()
        self.recipe = from_json(Recipe, facts["recipe"], what="run.json")
        self.data = from_json(DataCard, facts["data"], what="run.json")
        self.domain: Domain = restore_domain(facts["domain"]["name"], facts["domain"]["state"])
        best = folder.checkpoints.best()
        step = {"best": best, "newest": None}[checkpoint] if isinstance(checkpoint, str) else checkpoint
        loaded = folder.checkpoints.load(step)
        if "recipe" in loaded.facts:  # it was treated
            self.recipe = from_json(Recipe, loaded.facts["recipe"], what="the checkpoint")
        self.step = loaded.step
        """Updates done by the checkpoint that is used, those that a treatment took back included."""
        self.kimg = float(loaded.facts["seen"]) / 1000.0
        self.total_kimg = float(facts["plan"]["kimg"])
        self.which = _which(loaded, best, folder.checkpoints.steps()[-1])
        """For people."""
        self.game = self._restored_game(loaded.tensors)
        """With the averaged generator; frozen, in evaluation mode."""

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
        chunks = [self.game.latents(CHUNK, Draws(seed, "sample", i)) for i in range((n + CHUNK - 1) // CHUNK)]
        empty = self.game.latents(0, Draws(seed, "sample", 0))
        return self.game.truncated(torch.cat([*chunks, empty])[:n], truncation)

    def decode(self, z: Float[Tensor, "n latent"], *, of_class: str | None = None, seed: int = 0) -> npt.NDArray[Any]:
        """The samples of these z, in the data's own form."""
        # Part by part: all samples as floats would take several times the memory of what is handed out
        return np.concatenate([self.domain.decode(x) for x in self._parts(z, self._labels(len(z), of_class), seed)])

    def raw(
        self, z: Float[Tensor, "n latent"], labels: Int[Tensor, "n"] | None = None, *, seed: int = 0
    ) -> Float[Tensor, "n ..."]:
        """The samples of these z as the networks see them; a run with classes needs a label for each."""
        return torch.cat(list(self._parts(z, labels, seed)))

    def _parts(
        self, z: Float[Tensor, "n latent"], labels: Int[Tensor, "n"] | None, seed: int
    ) -> Iterator[Float[Tensor, "m ..."]]:
        """`raw` a few samples at a time; one part without any where there is no z."""
        at_once = PICTURES_AT_ONCE if len(self.data.shape) == 3 else ROWS_AT_ONCE
        for number, start in enumerate(range(0, max(1, len(z)), at_once)):
            chosen = None if labels is None else labels[start : start + at_once]
            with torch.inference_mode():  # which spares what no_grad still keeps for a later backward pass
                made = self.game.sample(z[start : start + at_once], chosen, Draws(seed, "head", number))
            yield made

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
            self.game.between(ends[i], ends[(i + 1) % stops], frame / frames)
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
        # Convolutions of few pictures are faster so, on every processor that was measured
        return game.to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]


def _which(loaded: Checkpoint, best: int | None, newest: int) -> str:
    if loaded.step == best:
        return "the best checkpoint"
    if loaded.step != newest:
        return f"the checkpoint of step {loaded.step:,}"
    lost = loaded.best is not None and best is None
    return "the newest checkpoint (the best is not there any more)" if lost else "the newest checkpoint"


def same_data(folder: RunFolder, source: Any = None, *, tell: Callable[[str], None] = lambda text: None) -> Source:
    """A run's data, opened again as the run read them.

    Args:
        folder: the run's.
        source: where they are now, if they have moved or were an array in memory.
        tell: called with a sentence when something takes long.

    Raises:
        RunError: they have changed since, or cannot be found again without being named.
        DataError: they cannot be read.
    """
    facts = folder.facts()
    card, asked = facts["data"], facts["options"]
    if source is None:
        source = card["source"]
    if isinstance(source, str) and not source:
        raise RunError(f"{folder.path} was trained on an array in memory; pass it again as `source`.")
    try:
        data = open_source(source, DataOptions(size=_size(asked), labels=asked["labels"], tell=tell))
    except DataError as error:
        raise DataError(
            f"{error} If the data of {folder.path} have moved, say where they are now: --source."
        ) from error
    if data.card.fingerprint != card["fingerprint"]:
        raise RunError(
            f"The data in '{source}' have changed since {folder.path} was started ({card['count']:,} samples then, "
            f"{data.card.count:,} now). Put them back, or start a new run."
        )
    return data


def _size(asked: Json) -> int | tuple[int, int] | None:
    """The size of pictures that a run was started with; JSON knows no tuples."""
    size: Any = asked["size"]
    return (size[0], size[1]) if isinstance(size, list) else size


TWICE = 50_000
"""Larger sets are not read a second time for their classes."""


def classes_of_data(folder: RunFolder, data: Source, source: Any = None) -> Source:
    """The same data with their classes, where they have any that the run was not told of; else the data as they are.

    So that a run without labels on sorted pictures can be told which class it does not make.
    """
    asked = folder.facts()["options"]
    where = source if source is not None else data.card.source
    if data.card.classes or data.card.count > TWICE or (isinstance(where, str) and not where):
        return data
    try:
        twin = open_source(where, DataOptions(size=_size(asked), labels=True))
    except (DataError, SettingError):
        return data
    ends = torch.tensor([*range(min(50, data.card.count)), data.card.count - 1])
    same = twin.card.count == data.card.count and twin.card.shape == data.card.shape
    return twin if same and torch.equal(twin.batch(ends).real["x"], data.batch(ends).real["x"]) else data


USES = ("train", "select", "report")
"""The parts of a split."""


def stored_split(folder: RunFolder) -> Split:
    """Which of a run's items were trained on, chosen by, and held out for the report.

    Raises:
        RunError: the file is not there or damaged.
    """
    stored = folder.read_arrays("split")
    held_out = bool(folder.facts()["options"]["held_out"])
    return Split(**{use: torch.from_numpy(stored[use]) for use in USES}, held_out=held_out)
