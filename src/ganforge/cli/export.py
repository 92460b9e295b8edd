"""Take a run's generator elsewhere: as ONNX, as safetensors, or as a folder with a program that uses it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter
from rich.console import Console


def command(
    run: str,
    /,
    *,
    to: Annotated[Literal["onnx", "safetensors", "folder"], Parameter(name="--to")] = "onnx",
    out: Path | None = None,
    checkpoint: str = "best",
) -> None:
    """Take a run's generator elsewhere.

    Parameters
    ----------
    run
        The run's folder, or its number.
    to
        onnx: one model file, tested to give what torch gives. safetensors: the weights alone. folder: the model with
        its description and a small program that makes samples with numpy and onnxruntime only.
    out
        The file, or the folder; in the run's own if not given.
    checkpoint
        best (by the score of the training), newest, or the number of a step.
    """
    from ganforge.cli._checkpoint import which
    from ganforge.exporting.export import export
    from ganforge.runs.folder import RunFolder
    from ganforge.trained import Run

    console = Console(highlight=False)
    trained = Run(RunFolder.open(Path(run)), which(checkpoint))
    written = export(trained, to, out)
    console.print(
        f"Wrote {written.path} ({written.size / 1e6:,.1f} MB), from {trained.which}, {trained.kimg:,.1f}k samples.",
        markup=False,
        soft_wrap=True,
    )
    if written.difference is not None:
        console.print(
            f"Compared with torch on {written.compared} samples: the largest difference is {written.difference:.1e}.",
            markup=False,
        )
