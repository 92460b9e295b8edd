"""Make new samples with a run's generator: pictures, arrays or a table, and interpolations."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console


def command(
    run: str,
    /,
    *,
    count: Annotated[int, Parameter(name=["--count", "-n"])] = 64,
    out: Path | None = None,
    seed: int = 0,
    truncation: float = 1.0,
    of_class: Annotated[str | None, Parameter(name="--class")] = None,
    interpolate: Annotated[bool, Parameter(negative="")] = False,
    checkpoint: str = "best",
) -> None:
    """Make new samples with a run's generator.

    Parameters
    ----------
    run
        The run's folder, or its number.
    count
        How many samples.
    out
        Where to: a folder gets single files, and a grid is put beside it; a name ending in .png, .npy or .csv gets
        that one file. A folder beside the run's own samples if not given.
    seed
        Other seeds, other samples.
    truncation
        Below 1, samples are more typical and less varied.
    of_class
        Only this class, for runs trained with --labels.
    interpolate
        A walk from sample to sample, as a strip and a GIF.
    checkpoint
        best (by the score of the training), newest, or the number of a step.
    """
    from ganforge.cli._checkpoint import which
    from ganforge.core.errors import SettingError
    from ganforge.data._tables import count_of
    from ganforge.runs.files import telling
    from ganforge.runs.folder import RunFolder
    from ganforge.runs.timelapse import timelapse
    from ganforge.trained import Run

    console = Console(highlight=False)
    trained = Run(RunFolder.open(Path(run)), which(checkpoint))
    name = f"{'interpolation' if interpolate else 'generated'}-seed{seed}"
    target = out or trained.path / name
    if trained.folder.status() != "done":
        console.print(f"This run is not finished; used is {trained.which}, of {trained.kimg:,.1f}k samples.")
    if interpolate and target.suffix:
        raise SettingError(f"--interpolate writes a strip and a GIF; give a folder, not {target}.")
    grid: Path | None = None
    if interpolate:
        with telling(target):
            target.mkdir(parents=True, exist_ok=True)
        walk = trained.interpolate(seed=seed, truncation=truncation, of_class=of_class)
        strip = target / "strip.png"
        with telling(strip):
            trained.preview(walk, columns=STRIP).save(strip)
        frames = [trained.preview(walk[i : i + 1]) for i in range(len(walk))]
        written = [strip, *timelapse(frames, target / "walk.gif")]
    else:
        samples = trained.sample(count, seed=seed, truncation=truncation, of_class=of_class)
        written = trained.write(samples, target)
        if not target.suffix and count > 0:
            grid = _beside(target)
            with telling(grid):
                trained.preview(samples).save(grid)
    place = written[0] if len(written) == 1 else target
    also = f"; all in one picture: {grid}" if grid else ""
    console.print(f"Wrote {count_of(len(written), 'file')}: {place}{also}", markup=False, soft_wrap=True)


def _beside(folder: Path) -> Path:
    """Where the grid is put: in the folder it would be taken for a sample when that is judged or trained on."""
    whole = folder if folder.name not in ("", "..") else folder.resolve()
    return whole.parent / f"{whole.name}.png"


STRIP = 12
"""Pictures in a row of the strip: one row from stop to stop."""
