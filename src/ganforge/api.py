"""What people call: train, resume, load, and the short form GAN."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy.typing as npt

from ganforge.core.contracts import Observer
from ganforge.core.errors import RunError
from ganforge.core.recipe import Recipe
from ganforge.runs.folder import RunFolder
from ganforge.session import Options, Tell, carry_out, prepare, reopen, silent
from ganforge.trained import Run

__all__ = ["GAN", "Options", "Run", "load", "resume", "train"]


def train(
    source: Any = "digits",
    options: Options | None = None,
    *,
    observers: Sequence[Observer] = (),
    tell: Tell = silent,
) -> Run:
    """Train a generator on `source`.

    Args:
        source: a folder or zip of pictures, an .npy, .npz or .csv file, a built-in sample's name, or an array.
        options: refinements.
        observers: told of everything that happens.
        tell: called with sentences for a person: what was read, what was chosen and why.

    Returns:
        The finished run. Ctrl-C saves, and returns the run as far as it got.

    Raises:
        DataError: the source cannot be read.
        SettingError: an option makes no sense.
        RunError: the folder cannot be written or is in use; nothing is lost.
        UnhealthyError: the numbers are no longer finite; the last good checkpoint is kept.
    """
    return carry_out(prepare(source, options or Options(), tell=tell), observers=observers, tell=tell)


def resume(
    run: str | Path | Run,
    *,
    source: Any = None,
    observers: Sequence[Observer] = (),
    tell: Tell = silent,
) -> Run:
    """Go on with a run where its last checkpoint stands; it ends as if it had never stopped.

    Args:
        run: the run, or its folder.
        source: the data, only if they have moved or were an array in memory.
        observers: told of everything that happens.
        tell: called with sentences for a person.

    Raises:
        RunError: no run there, no checkpoint, in use, or the data have changed since.
    """
    folder = run.folder if isinstance(run, Run) else RunFolder.open(Path(run))
    return carry_out(reopen(folder, source, tell=tell), observers=observers, tell=tell)


def load(run: str | Path) -> Run:
    """A run's generator, ready to use.

    Raises:
        RunError: there is no run, or it holds no intact checkpoint.
    """
    return Run(RunFolder.open(Path(run)))


class GAN:
    """The short form, for scripts and notebooks: `GAN(minutes=1).fit(array_or_path).sample(n)`."""

    def __init__(
        self,
        recipe: str | Recipe = "auto",
        *,
        minutes: float | None = None,
        kimg: float | None = None,
        size: int | tuple[int, int] | None = None,
        labels: bool = False,
        out: str | Path = "runs",
        seed: int = 0,
        device: str | None = None,
        settings: Mapping[str, Any] | None = None,
        live: bool = True,
    ) -> None:
        """As `Options`."""
        self.options = Options(
            recipe=recipe,
            size=size,
            labels=labels,
            kimg=kimg,
            minutes=minutes,
            out=out,
            seed=seed,
            device=device,
            settings=settings,
            live=live,
        )
        self.run: Run | None = None

    def fit(self, source: Any) -> GAN:
        """Train on an array, a path or a built-in sample's name; returns itself."""
        self.run = train(source, self.options)
        return self

    def sample(
        self, n: int = 1, *, seed: int = 0, truncation: float = 1.0, of_class: str | None = None
    ) -> npt.NDArray[Any]:
        """New samples in the data's own form (see `Run.sample`).

        Raises:
            RunError: `fit` has not been called.
        """
        if self.run is None:
            raise RunError("This GAN has not been trained yet. Call fit(data) first.")
        return self.run.sample(n, seed=seed, truncation=truncation, of_class=of_class)
