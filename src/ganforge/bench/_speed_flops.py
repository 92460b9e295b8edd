"""How many operations a training needs, counted as they are dispatched."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry


@runtime_checkable
class Stepping(Protocol):
    """A baseline."""

    @property
    def samples_per_step(self) -> int:
        """Real samples shown in one step."""

    @property
    def cycle(self) -> int:
        """After so many steps the lazy penalties come round again."""

    def step(self) -> None:
        """One step of both players."""


class FlopCounter(TorchDispatchMode):
    """Within, floating-point operations of matrix products and convolutions are counted, 2 for each multiply-add.

    By torch's own formulas; its `FlopCounterMode` also hooks the modules, and so refuses the gradient of a penalty.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.total = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Do it, and count it."""
        named = kwargs or {}
        result = func(*args, **named)
        formula = flop_registry.get(func._overloadpacket)  # noqa: SLF001 - torch's own registry is keyed by it
        if formula is not None:
            self.total += int(formula(*args, **named, out_val=result))
        return result


def flops_per_sample(loop: Stepping) -> float:
    """Of all forward and backward passes of a step, for each real sample; over a whole cycle of lazy penalties."""
    with FlopCounter() as counter:
        for _ in range(loop.cycle):
            loop.step()
    total: int = counter.total
    return total / (loop.cycle * loop.samples_per_step)
