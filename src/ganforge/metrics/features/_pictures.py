"""Pictures made ready for networks that were trained on photographs."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from ganforge.core.contracts import Domain
from ganforge.core.errors import SettingError


def need_pictures(domain: Domain, name: str) -> None:
    """Refuse a domain whose samples are no pictures.

    Raises:
        SettingError: they are not grey or RGB pictures.
    """
    shape = domain.shape()
    if len(shape) != 3 or shape[0] not in {1, 3}:
        raise SettingError(
            f"The features '{name}' are for grey or RGB pictures, not for samples of the shape {shape}. "
            f"For these data there are: {', '.join(domain.features)}."
        )


def as_rgb(x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n 3 h w"]:
    """Grey pictures with their channel three times; colour pictures as they are."""
    return x.expand(-1, 3, -1, -1)


def resized(x: Float[Tensor, "n c h w"], side: int) -> Float[Tensor, "n c side side"]:
    """Pictures of this side; made smaller without aliasing (arXiv:2104.11222 shows what that would do to scores)."""
    if x.shape[2:] == (side, side):
        return x
    # Bicubic overshoots at edges; what no picture can hold is cut off
    return F.interpolate(x, (side, side), mode="bicubic", align_corners=False, antialias=True).clamp_(-1.0, 1.0)
