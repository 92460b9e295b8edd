"""Writes a run's generator for other programs: one file, or a folder that is enough by itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from safetensors.torch import save as tensors_to_bytes

from ganforge.core.errors import SettingError
from ganforge.exporting import samples
from ganforge.exporting._about import About, about
from ganforge.exporting.onnx import Model, onnx_model
from ganforge.runs.files import telling, to_text, write_whole
from ganforge.trained import Run

Format = Literal["onnx", "safetensors", "folder"]
"""One ONNX model; the averaged generator's weights; or a folder with model, description and a program to use it."""
_NAMES: dict[Format, str] = {"onnx": "generator.onnx", "safetensors": "generator.safetensors", "folder": "exported"}
"""Where an export goes in the run's folder if no other place is named."""


@dataclass(frozen=True)
class Exported:
    """What was written."""

    path: Path
    """The file or folder."""
    size: int
    """Bytes of the model or the weights."""
    difference: float | None = None
    """Largest difference of the ONNX model's samples from torch's; None: there is no such model."""
    compared: int = 0
    """Samples by which it was found."""


def export(run: Run, to: Format, out: Path | None = None) -> Exported:
    """Write a run's generator for other programs.

    Args:
        run: whose averaged generator is exported, at the checkpoint it was loaded from.
        to: in which form.
        out: a file, or a folder in which it gets its usual name; for `folder` the folder itself. None = in the run's.

    Raises:
        SettingError: `out` has a suffix that does not suit.
        MissingExtraError: a package for ONNX is not installed.
        MachineError: the generator cannot be said in ONNX, or the model does not give what torch gives.
        RunError: the file cannot be written.
    """
    target = _target(run, to, out)
    if to == "safetensors":
        weights = _weights(run)
        _write(target, weights)
        return Exported(target, len(weights))
    model = onnx_model(run)
    if to == "onnx":
        _write(target, model.data)
    else:
        _write_folder(target, model)
    return Exported(target, len(model.data), model.difference, model.compared)


def _target(run: Run, to: Format, out: Path | None) -> Path:
    name = _NAMES[to]
    if out is None:
        return run.path / name
    if to == "folder":
        return out
    if out.is_dir():
        return out / name
    if out.suffix != Path(name).suffix:
        raise SettingError(f"--to {to} writes one file ending in {Path(name).suffix}, and {out} is another. Rename it.")
    return out


def _write(path: Path, data: bytes) -> None:
    with telling(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, data)


def _weights(run: Run) -> bytes:
    """The averaged players' weights under their names in the game, and the description as metadata."""
    tensors: dict[str, torch.Tensor] = {}
    for player in run.game.averaged:
        for name, tensor in run.game.players[player].state_dict().items():
            tensors[f"{player}.{name}"] = tensor.detach().clone().contiguous()
    return tensors_to_bytes(tensors, {"ganforge": to_text(about(run).json()).decode().strip()})


def _write_folder(folder: Path, model: Model) -> None:
    _write(folder / "model.onnx", model.data)
    _write(folder / "config.json", to_text(model.about.json(), indent=2))
    _write(folder / "samples.py", Path(samples.__file__).read_bytes())
    _write(folder / "README.md", _readme(model.about, model.difference, model.compared).encode())


def _readme(told: About, difference: float, compared: int) -> str:
    one = f" --class {told.classes[0]!r}" if told.classes else ""
    file = "samples.png" if told.pixels else "samples.csv"
    latent = ", ".join(
        f"{count} {what}"
        for count, what in (
            (told.normal, "standard normal numbers"),
            (told.uniform, "numbers uniform in [-1, 1]"),
            (told.signs, "coins, -1 or 1"),
        )
        if count
    )
    label = f"- `label`, int64 (n,): 0 to {len(told.classes) - 1}, see `classes`\n" if told.classes else ""
    pixels = "- `pixels`, uint8 (n, height, width, channels): the same, ready to be shown\n" if told.pixels else ""
    return f"""# A generator trained on {told.data}

Made by Ganforge from {told.checkpoint} of the run {told.run} (recipe {told.recipe}, {told.kimg:,.1f}k samples seen).

    pip install numpy onnxruntime
    python samples.py --count 16 --seed 0 --truncation 0.8{one} --out {file}

`model.onnx` takes any number n of samples at once:

- `z`, float32 (n, {told.latent}): {latent}
{label}
and gives

- `x`, float32 (n, {", ".join(map(str, told.shape))}): samples as the networks see them; `units` in `config.json` tells
  how each {"channel" if len(told.shape) == 3 else "column"} is scaled to the data's own form (`samples.py` does it)
{pixels}
Truncation: multiply all of z but the coins by it. Compared with torch on {compared} samples, the largest difference of
`x` was {difference:.1e}.
"""
