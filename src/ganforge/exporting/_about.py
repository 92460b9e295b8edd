"""What is written beside an exported generator: all that a program without Ganforge needs to use it."""

from __future__ import annotations

import importlib.metadata
from dataclasses import asdict, dataclass

from ganforge.core.contracts import Unit
from ganforge.core.settings import Json
from ganforge.trained import Run

FORMAT = 1
"""Goes up when a reader of older files would read newer ones wrongly."""


@dataclass(frozen=True)
class About:
    """An exported generator, for programs and for people."""

    run: str
    data: str
    """Name of the data it was trained on."""
    recipe: str
    checkpoint: str
    """"the best checkpoint"."""
    step: int
    kimg: float
    normal: int
    """So many standard normal numbers come first in z,"""
    uniform: int
    """then so many uniform in [-1, 1],"""
    signs: int
    """and last so many that are -1 or 1."""
    shape: tuple[int, ...]
    """Of one sample as the networks see it."""
    classes: tuple[str, ...]
    """Label k asks for the k-th; empty: there is no input `label`."""
    units: tuple[Unit, ...]
    """What makes a sample in the data's own form; empty: nothing simple does."""
    pixels: bool
    """Whether there is an output `pixels`."""

    @property
    def latent(self) -> int:
        """Length of z."""
        return self.normal + self.uniform + self.signs

    def json(self) -> Json:
        """As config.json holds it."""
        return {
            "format": FORMAT,
            "made_with": f"Ganforge {importlib.metadata.version('ganforge')}",
            "run": self.run,
            "data": self.data,
            "recipe": self.recipe,
            "checkpoint": self.checkpoint,
            "step": self.step,
            "kimg": self.kimg,
            "latent": {"length": self.latent, "normal": self.normal, "uniform": self.uniform, "signs": self.signs},
            "truncation": "multiply the normal and the uniform numbers of z by it; 1 = none, less = more typical",
            "shape": list(self.shape),
            "classes": list(self.classes),
            "units": [asdict(unit) for unit in self.units],
            "inputs": _inputs(self),
            "outputs": _outputs(self),
        }


def about(run: Run) -> About:
    """What there is to say of a run's generator."""
    latent, domain = run.recipe.latent, run.domain
    units = domain.units()
    bytes_alone = bool(units) and all(unit.whole and (unit.low, unit.high) == (0.0, 255.0) for unit in units)
    return About(
        run=run.folder.name,
        data=run.data.name,
        recipe=run.recipe.name,
        checkpoint=run.which,
        step=run.step,
        kimg=run.kimg,
        normal=latent.normal,
        uniform=latent.uniform,
        signs=latent.signs,
        shape=tuple(domain.shape()),
        classes=run.classes,
        units=units,
        pixels=bytes_alone and len(domain.shape()) == 3,
    )


def _inputs(about: About) -> Json:
    z = f"float32 (n, {about.latent})"
    return {"z": z, "label": "int64 (n,), the number of a class"} if about.classes else {"z": z}


def _outputs(about: About) -> Json:
    axes = ", ".join(map(str, about.shape))
    x = f"float32 (n, {axes}), as the networks see samples; `units` tells what they are in the data's own form"
    if not about.pixels:
        return {"x": x}
    channels, height, width = about.shape
    return {"x": x, "pixels": f"uint8 (n, {height}, {width}, {channels}), ready to be shown"}
