"""Everything that the next step depends on, as named tensors: into a checkpoint and out of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from ganforge.core.errors import RunError
from ganforge.training.duel import Duel
from ganforge.training.ema import Ema


def collect(duel: Duel, ema: Ema) -> dict[str, Tensor]:
    """All tensors of a training by name: `game.`, `ema.` and `optimizer.<name>.<parameter>.<moment>`.

    Random generators and the position in the data need no place here: both are functions of the step.
    """
    tensors = {f"game.{name}": tensor for name, tensor in duel.game.state_dict().items()}
    tensors |= {f"ema.{name}": tensor for name, tensor in ema.players.state_dict().items()}
    for which, optimizer in duel.optimizers.items():
        for name, parameter in duel.named_parameters(which):
            for moment, value in optimizer.state.get(parameter, {}).items():
                if value is None:  # momentum that is not used
                    continue
                tensors[f"optimizer.{which}.{name}.{moment}"] = torch.as_tensor(value)
    return tensors


def restore(duel: Duel, ema: Ema, tensors: Mapping[str, Tensor]) -> None:
    """The inverse of `collect`.

    Raises:
        RunError: the checkpoint was written by networks of another shape.
    """
    try:
        duel.game.load_state_dict(below("game.", tensors))
        ema.players.load_state_dict(below("ema.", tensors))
    except RuntimeError as error:
        raise RunError(f"The checkpoint does not fit these networks: {error}") from error
    for which, optimizer in duel.optimizers.items():
        for name, parameter in duel.named_parameters(which):
            moments: dict[str, Any] = below(f"optimizer.{which}.{name}.", tensors)
            if moments:
                optimizer.state[parameter] = {
                    moment: value.clone() if moment == "step" else _like(parameter, value)
                    for moment, value in moments.items()
                }


def all_finite(tensors: Mapping[str, Tensor]) -> bool:
    """Whether no tensor holds a NaN or an infinity."""
    sums = [tensor.detach().float().abs().sum() for tensor in tensors.values() if tensor.is_floating_point()]
    return bool(torch.isfinite(torch.stack(sums)).all()) if sums else True


def below(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors whose names begin with `prefix`, by the rest of their names."""
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _like(parameter: Tensor, value: Tensor) -> Tensor:
    """The value in the parameter's memory format: fused optimisers walk both in the same order."""
    return torch.empty_like(parameter).copy_(value)
