"""What every policy is: which operations D's input goes through, how probably, and what moves that."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from jaxtyping import Float
from torch import Tensor, nn

from ganforge.augment._operation import OPERATIONS, Operation
from ganforge.core.errors import SettingError
from ganforge.core.registry import Registry
from ganforge.core.settings import Part


class Augmenter(nn.Module, ABC):
    """Changes what a discriminator is shown. Its state (buffers) is saved with the game."""

    steered: ClassVar[bool]
    """Whether `after_judging` moves anything."""

    @property
    @abstractmethod
    def strength(self) -> Float[Tensor, ""]:
        """What is steered as it stands now: a probability, or a noise's strength."""

    @abstractmethod
    def forward(self, x: Float[Tensor, "n ..."]) -> Float[Tensor, "n ..."]:
        """Samples, real or fake, as D is to see them; differentiable twice with respect to `x`."""

    def after_judging(self, real_sign: Float[Tensor, ""], seen: int, progress: float) -> None:
        """Told after each update of the discriminator.

        Args:
            real_sign: mean sign of its scores of real samples, as it was trained on them, in [-1, 1]; counted from the
                score of what is as likely real as not, or where there is none, from half-way between real and fake.
            seen: real samples shown up to now, over the whole run.
            progress: share of the run that is done.
        """


@dataclass(frozen=True)
class Policy(ABC):
    """A way to augment; its settings are fields."""

    adapts: ClassVar[bool] = False
    """As strong as D's certainty about real samples asks for: against a D that knows a small set by heart."""
    fades: ClassVar[bool] = False
    """Strong at first and gone at the end: against a D that is ahead of G before they have met."""
    preferred: ClassVar[tuple[str, ...]]
    """The operations that it uses of those that suit the data; where none of them does, all that do."""

    @property
    def asked_for(self) -> tuple[str, ...]:
        """Operations that are to be used whether they are preferred or not; empty = the preferred ones."""
        return ()

    @abstractmethod
    def make(self, operations: Sequence[Operation]) -> Augmenter:
        """The augmenter, with these operations in this order.

        Raises:
            SettingError: the policy cannot work with them.
        """


POLICIES: Registry[type[Policy]] = Registry("ganforge.augment", "augmentation policy", "POLICY")
"""Every policy by name."""


def make_augmenter(part: Part, allowed: Sequence[str], shape: tuple[int, ...]) -> Augmenter:
    """The augmenter that a recipe names, for samples of this shape.

    Args:
        part: the policy.
        allowed: operations that leave the data what they are, in the order in which they are applied.
        shape: of one sample.

    Raises:
        UnknownNameError: there is no such policy or operation.
        SettingError: it has no such setting, or an operation is not for these data.
    """
    policy = part.build(POLICIES.get(part.name))
    made = {name: OPERATIONS.get(name)() for name in (*allowed, *policy.asked_for)}
    suitable = [name for name in allowed if made[name].suits(shape)]
    foreign = [name for name in policy.asked_for if name not in suitable]
    if foreign or not suitable:
        raise SettingError(
            f"'{part.name}': {', '.join(foreign) or 'none of its operations'} would make other data of these. "
            f"For them there are: {', '.join(suitable) or 'none; set augment=null'}."
        )
    wanted = policy.asked_for or policy.preferred
    chosen = [name for name in suitable if name in wanted] or suitable
    return policy.make([made[name] for name in chosen])
