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


def restore(duel: Duel, ema: Ema, tensors: Mapping[str, Tensor], *, anew: frozenset[str] | None = None) -> None:
    """The inverse of `collect`.

    Args:
        duel: whose players and optimisers take the tensors up.
        ema: whose averages do.
        tensors: of a checkpoint.
        anew: a treatment changed the recipe, and these players begin with the weights that they have. What the
            checkpoint does not know, or another optimiser has left, begins anew too. None = all must fit.

    Raises:
        RunError: the checkpoint was written by networks of another shape.
    """
    ours = below("game.", tensors)
    averages = below("ema.", tensors)
    if anew is not None:
        stay = tuple(f"players.{player}." for player in anew)
        known = duel.game.state_dict()
        parts = {name: tensor for name, tensor in known.items() if not name.startswith("players.")}  # augmentation
        ours = parts | {name: tensor for name, tensor in ours.items() if name in known and not name.startswith(stay)}
        ours |= {name: tensor for name, tensor in known.items() if name.startswith(stay)}
        fresh = {name: tensor for name, tensor in ema.players.state_dict().items() if name.split(".")[0] in anew}
        averages = {name: tensor for name, tensor in averages.items() if name.split(".")[0] not in anew} | fresh
    try:
        duel.game.load_state_dict(ours)
        ema.players.load_state_dict(averages)
    except RuntimeError as error:
        raise RunError(f"The checkpoint does not fit these networks: {error}") from error
    for which, optimizer in duel.optimizers.items():
        fused = any(group.get("fused") for group in optimizer.param_groups)  # these count where the weights are
        for name, parameter in duel.named_parameters(which):
            moments: dict[str, Any] = below(f"optimizer.{which}.{name}.", tensors)
            if anew is not None and (name.split(".")[0] in anew or moments.keys() != duel.moments(which)):
                continue
            if moments:
                optimizer.state[parameter] = {
                    moment: value.to(parameter.device if fused else "cpu", copy=True)
                    if moment == "step"
                    else _like(parameter, value)
                    for moment, value in moments.items()
                }


def all_finite(tensors: Mapping[str, Tensor]) -> bool:
    """Whether no tensor holds a NaN or an infinity."""
    sums: dict[torch.device, list[Tensor]] = {}
    for tensor in tensors.values():
        if tensor.is_floating_point():
            sums.setdefault(tensor.device, []).append(tensor.detach().float().abs().sum())
    return all(bool(torch.isfinite(torch.stack(each)).all()) for each in sums.values())


def below(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors whose names begin with `prefix`, by the rest of their names."""
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _like(parameter: Tensor, value: Tensor) -> Tensor:
    """The value in the parameter's memory format: fused optimisers walk both in the same order."""
    return torch.empty_like(parameter).copy_(value)
