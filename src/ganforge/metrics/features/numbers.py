"""The numbers themselves: for points and tables, whose columns already mean something."""

from __future__ import annotations

from typing import ClassVar

from jaxtyping import Float
from torch import Tensor

from ganforge.core.errors import SettingError
from ganforge.metrics.features._features import Extractor, Kernel, Setting


class Numbers(Extractor):
    """Rows as the networks see them: every column scaled to the data's spread, so that none drowns the others."""

    kernel: ClassVar[Kernel] = "gaussian"

    @classmethod
    def make(cls, setting: Setting) -> Numbers:
        shape = setting.domain.shape()
        if len(shape) != 1:
            raise SettingError(
                f"The features 'numbers' are for rows of numbers, not for samples of the shape {shape}. "
                f"For these data there are: {', '.join(setting.domain.features)}."
            )
        return cls()

    @property
    def label(self) -> str:
        return "the numbers themselves"

    def extract(self, x: Float[Tensor, "n columns"]) -> Float[Tensor, "n columns"]:
        return x.float()


EXTRACTOR = Numbers
