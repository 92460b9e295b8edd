"""A run's generator as an ONNX model that gives what torch gives, which is tested before anything is written."""

from __future__ import annotations

import contextlib
import copy
import importlib.util
import logging
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from ganforge.core.contracts import Domain
from ganforge.core.errors import MachineError, MissingExtraError
from ganforge.core.seeding import Draws
from ganforge.exporting._about import About, about
from ganforge.games._game import PlayableGame
from ganforge.runs.files import to_text
from ganforge.trained import Run

PACKAGES = ("onnx", "onnxscript", "onnxruntime")
"""What an export needs: to say it, to translate it, and to test it."""
CLOSE = 1e-4
"""No number of a sample, in units of what the networks see, may differ more from torch's; in units of the largest one
where that is beyond 1."""
OPSET = 20
"""Of ONNX; runtimes from the end of 2023 on know it."""
BATCHES = (1, 2, 7)
"""Sizes of the batches by which the model is compared with torch."""
_METADATA = "ganforge"
"""Key in the model's metadata under which what `config.json` holds is found."""


@dataclass(frozen=True)
class Model:
    """An exported generator."""

    data: bytes
    """The model's file, weights included."""
    about: About
    difference: float
    """Largest absolute difference from torch's samples over all that were compared, as the networks see them."""
    compared: int
    """Samples that were compared."""


def missing() -> str | None:
    """The first package that an export needs and that is not installed; None = all are."""
    return next((name for name in PACKAGES if importlib.util.find_spec(name) is None), None)


def onnx_model(run: Run) -> Model:
    """A run's generator as ONNX.

    Inputs: `z` float32 (n, latent), and `label` int64 (n,) where the run has classes; n is free. Outputs: `x` float32,
    samples as the networks see them, and `pixels` uint8 (n, height, width, channels) where samples are pictures.

    Raises:
        MissingExtraError: a package is not installed.
        MachineError: the network cannot be said in ONNX, or the model does not give what torch gives.
    """
    absent = missing()
    if absent is not None:
        raise MissingExtraError(absent, "export")
    told = about(run)
    network = _Forger(copy.deepcopy(run.game), run.domain, pixels=told.pixels).eval()
    data = _translated(network, _arguments(run, 2, seed=1), told)
    difference = _difference(data, network, run)
    return Model(data, told, difference, sum(BATCHES))


class _Forger(nn.Module):
    """From z to samples, as the game makes them, and to pixels where they are pictures."""

    def __init__(self, game: PlayableGame, domain: Domain, *, pixels: bool) -> None:
        super().__init__()
        self.game = game
        self._units = domain.units() if pixels else ()

    def forward(self, z: Tensor, label: Tensor | None = None) -> tuple[Tensor, ...]:
        x: Tensor = self.game.sample(z, label, Draws(0, "export"))
        if not self._units:
            return (x,)
        scale, shift = (
            torch.tensor(each).view(1, -1, 1, 1)
            for each in ([unit.scale for unit in self._units], [unit.shift for unit in self._units])
        )
        return x, (x * scale + shift).round().clamp(0.0, 255.0).to(torch.uint8).permute(0, 2, 3, 1)


def _arguments(run: Run, n: int, *, seed: int) -> tuple[Tensor, ...]:
    z = run.latents(n, seed=seed)
    return (z, (torch.arange(n) + seed) % len(run.classes)) if run.classes else (z,)


def _translated(network: _Forger, arguments: tuple[Tensor, ...], told: About) -> bytes:
    names = ["z", "label"][: len(arguments)]
    outputs = ["x", "pixels"] if told.pixels else ["x"]
    n = torch.export.Dim("n", min=1)
    try:
        with _quietly():
            program = torch.onnx.export(
                network,
                arguments,
                dynamo=True,
                verbose=False,
                opset_version=OPSET,
                input_names=names,
                output_names=outputs,
                dynamic_shapes=tuple({0: n} for _ in arguments),
                external_data=False,
            )
            if program is None:
                raise MachineError("torch has made no ONNX model of this generator. Use --to safetensors.")
            model = program.model_proto
    except MachineError:
        raise
    except Exception as error:
        absent = _not_imported(error)
        if absent is not None:
            raise MissingExtraError(absent, "export") from error
        said = str(error).strip().splitlines()[-1:] or [type(error).__name__]
        raise MachineError(
            f"This generator cannot be said in ONNX with torch {torch.__version__} ({said[0][:200]}). "
            "Use --to safetensors, or another version of torch."
        ) from error
    model.producer_name, model.producer_version = "ganforge", str(told.json()["made_with"])
    entry = model.metadata_props.add()
    entry.key, entry.value = _METADATA, to_text(told.json()).decode().strip()
    data: bytes = model.SerializeToString()
    return data


def _not_imported(error: BaseException | None) -> str | None:
    """The package that is there and yet could not be imported, if an error comes of that; None = it does not."""
    while error is not None:
        if isinstance(error, ImportError):
            return (error.name or PACKAGES[0]).partition(".")[0]
        error = error.__cause__ or error.__context__
    return None


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Without what the translator says of its own parts that will change, and of packages that we do not need."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def _difference(data: bytes, network: _Forger, run: Run) -> float:
    """Largest difference between what the model and torch make of the same z.

    Raises:
        MachineError: it is larger than `CLOSE`, or a pixel is further off than by rounding.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise MissingExtraError("onnxruntime", "export") from error

    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    largest = 0.0
    for n in BATCHES:
        arguments = _arguments(run, n, seed=n)
        given = {name: each.numpy() for name, each in zip(("z", "label"), arguments, strict=False)}
        ours = [each.numpy() for each in network(*arguments)]
        theirs: list[npt.NDArray[Any]] = list(session.run(None, given))
        if [each.shape for each in ours] != [each.shape for each in theirs]:
            raise MachineError(f"The ONNX model gives other shapes than torch for {n} samples; it was not written.")
        off = float(np.abs(ours[0] - theirs[0]).max())
        steps = [int(np.abs(a.astype(int) - b.astype(int)).max()) for a, b in zip(ours[1:], theirs[1:], strict=True)]
        if not off <= CLOSE * max(1.0, float(np.abs(ours[0]).max())) or any(step > 1 for step in steps):
            raise MachineError(
                f"The ONNX model differs from torch by {off:.2g}, and at most {CLOSE:g} is accepted; it was not "
                "written. Use --to safetensors, and please report this with the run's recipe."
            )
        largest = max(largest, off)
    return largest
