"""Pictures sampled at other places, differentiable twice: torch's `grid_sample` is differentiable only once.

With fixed places, resampling is a linear map of the picture. Its derivative is its transpose, whose derivative is
resampling again: so that R1 and R2 can take gradients of gradients through it.
"""

from __future__ import annotations

from typing import Any, Literal

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import grid_sample

Mode = Literal["bilinear", "nearest"]
_MODES = {"bilinear": 0, "nearest": 1}  # as torch's own operators number them
_REFLECTION = 2


def moved(
    x: Float[Tensor, "n c h w"], matrix: Float[Tensor, "n 2 2"], shift: Float[Tensor, "n 2"], mode: Mode
) -> Float[Tensor, "n c h w"]:
    """Each picture shows at every pixel what lay at `matrix @ place + shift`.

    Args:
        x: any float type; it is computed in float32 at least.
        matrix: acts on (across, down), measured in pixels from the centre.
        shift: (across, down) in pixels.
        mode: "nearest" keeps pixels as they are, bit for bit, where places are pixels.

    Returns:
        What lies outside is the picture reflected at its edges.
    """
    exact = torch.promote_types(x.dtype, torch.float32)
    height, width = x.shape[2:]
    down = torch.arange(height, device=x.device, dtype=exact) - (height - 1) / 2
    across = torch.arange(width, device=x.device, dtype=exact) - (width - 1) / 2
    # Sums and products by hand: matrix products would be made in bfloat16 under autocast
    m, s = matrix.to(exact)[..., None, None], shift.to(exact)[..., None, None]
    places = [m[:, i, 0] * across + m[:, i, 1] * down[:, None] + s[:, i] for i in range(2)]
    grid = torch.stack([2 * places[0] / width, 2 * places[1] / height], dim=-1)
    resampled: Tensor = _Resampled.apply(x.to(exact), grid, mode)  # type: ignore[no-untyped-call]
    return resampled.to(x.dtype)


class _Resampled(torch.autograd.Function):
    """Linear in `x`; the places are constants."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, grid: Tensor, mode: Mode) -> Tensor:
        ctx.save_for_backward(grid)
        ctx.mode = mode
        return grid_sample(x, grid, mode=mode, padding_mode="reflection", align_corners=False)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        (grid,) = ctx.saved_tensors
        return _Transposed.apply(gradient, grid, ctx.mode), None, None  # type: ignore[no-untyped-call]


class _Transposed(torch.autograd.Function):
    """The transpose of `_Resampled`: each value is added to the pixels that it was made of."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, grid: Tensor, mode: Mode) -> Tensor:
        ctx.save_for_backward(grid)
        ctx.mode = mode
        # The picture matters only for the places' gradient, which is not asked for; its shape is that of `x`
        gradient, _ = torch.ops.aten.grid_sampler_2d_backward(
            x, x, grid, _MODES[mode], _REFLECTION, False, [True, False]
        )
        made: Tensor = gradient
        return made

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        (grid,) = ctx.saved_tensors
        return _Resampled.apply(gradient, grid, ctx.mode), None, None  # type: ignore[no-untyped-call]
