"""Memorising: the discriminator knows its few real samples by heart, and takes every other for fake."""

from __future__ import annotations

from typing import ClassVar

from ganforge.watch._ailment import Ailment, Signs, high, known, low, still
from ganforge.watch._chart import Chart, Reading

KNOWN = 0.35
"""So far above one half: the share of pairs in which a training item scores higher than a real one never seen."""
TAKEN_FOR_FAKE = 0.5
"""Held-out real items score at least so far on the way from the training items' scores to the fakes'."""
FEW = 60.0
"""With no more training items than this, a discriminator that is never wrong knows them by heart."""
SURE = 0.05
"""It errs on fewer pairs of a real and a fake sample than this."""
OVER = 0.2
"""Share of the run in which the samples must come closer, or it is an alarm, unless they have arrived."""
ARRIVED = 0.8
"""Samples this good come closer only by copying. Sets of 100 pictures, augmented, reach it while D knows them by heart,
and other pictures of the same kind are still reached better and better (docs/benchmarks.md, "A hundred pictures")."""
COPYING = 0.75
"""Samples that lie this much nearer to training items than those to each other are on the way to copies; of 100
augmented pictures they kept 0.93, of 60 that nothing guarded 0.4 to 0.7."""


class Memorising(Ailment):
    """D knows the training set by heart."""

    name: ClassVar[str] = "memorising"
    title: ClassVar[str] = "Discriminator memorising the data"
    what: ClassVar[str] = (
        "The discriminator has learned the training items by heart instead of what they have in common: real items "
        "that it has never seen score like forgeries. What the generator learns from it is to copy, or nothing."
    )
    signs: ClassVar[tuple[str, ...]] = (
        "Training items score higher than held-out real ones (probe.memory far above 0.5).",
        "Held-out real items (probe.select) score nearer to fakes than to training items.",
        "There are very few training items (data.train), and the discriminator is never wrong (probe.apart).",
        (
            "An alarm where the samples come no closer and are not good yet, or lie nearer to training items than real "
            "items do to each other (probe.strayed well below probe.floor): they are becoming copies."
        ),
    )
    causes: ClassVar[tuple[str, ...]] = (
        "Too few items for a discriminator of this size.",
        "A training that goes on for long after all items were seen many times.",
        "No penalty, noise or augmentation that would keep it from looking at single items.",
    )
    papers: ClassVar[tuple[str, ...]] = (
        "Karras et al. 2020 (adaptive augmentation), arXiv:2006.06676, section 2",
        "Zhao et al. 2020 (differentiable augmentation), arXiv:2006.10738",
        "Brock, Donahue, Simonyan 2018, arXiv:1809.11096, section 4.2",
    )
    remedies: ClassVar[tuple[str, ...]] = (
        "augmentation",
        "penalty",
        "networks",
        "instance-noise",
        "learning-rates",
        "sound-settings",
    )

    def weigh(self, chart: Chart) -> Signs | None:
        memory, apart = chart.level("probe.memory"), chart.level("probe.apart")
        if memory is None or apart is None:
            return None
        taken, train = _taken_for_fake(chart), chart.data.get("data.train")
        by_heart = min(high(memory - 0.5, KNOWN), high(taken, TAKEN_FOR_FAKE))
        few = min(low(train, FEW), low(1.0 - apart, SURE))
        arrived = (chart.quality() or 0.0) >= ARRIVED
        alarm = (still(chart, OVER) >= 1.0 and not arrived) or _copied(chart)
        return Signs(
            max(by_heart, few),
            "serious" if alarm else "mild",
            _by_heart,
            known(
                {"probe.memory": memory, "held-out taken for fake": taken, "data.train": train, "probe.apart": apart}
            ),
            _sentence(memory, taken or 0.0) if by_heart >= few else _few_sentence(int(train or 0), apart),
        )


def _copied(chart: Chart) -> bool:
    """Whether samples lie nearer to training items than real items do to each other."""
    strayed, floor = chart.level("probe.strayed"), chart.level("probe.floor")
    return strayed is not None and floor is not None and strayed <= COPYING * floor


def _taken_for_fake(chart: Chart) -> float | None:
    """Where the held-out items score between training items (0) and fakes (1)."""
    real, select, fake = (chart.level(f"probe.{name}") for name in ("real", "select", "fake"))
    if real is None or select is None or fake is None or real <= fake:
        return None
    return (real - select) / (real - fake)


def _sentence(memory: float, taken: float) -> str:
    return (
        f"The discriminator knows its training data by heart: in {memory:.0%} of all pairs a training item scores "
        f"higher than a real one that it has never seen, which stand {taken:.0%} of the way to forgeries."
    ).replace("%", " %")


def _few_sentence(train: int, apart: float) -> str:
    told = f"it is right in {apart:.1%} of all pairs".replace("%", " %")
    return f"The discriminator knows the {train} training items by heart: there are too few of them, and {told}."


def _by_heart(reading: Reading) -> bool:
    return reading.values.get("probe.memory", 0.5) - 0.5 >= KNOWN / 1.5


AILMENT = Memorising
