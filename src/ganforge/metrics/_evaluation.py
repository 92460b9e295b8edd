"""What an evaluation says, as plain values: printed, kept in the run's folder, shown in the report."""

from __future__ import annotations

from dataclasses import dataclass

from ganforge.metrics._metric import Score

CHOSEN_BY_COUNTED = "So few items were held out that those by which the checkpoint was chosen are counted with them."
"""The caution where the select split had to be taken along; the report knows it by these words."""


@dataclass(frozen=True)
class Shown:
    """A picture made for an exhibit."""

    title: str
    file: str
    """Its name in the run's folder `evaluation/`."""


@dataclass(frozen=True)
class Evaluation:
    """How good a run's samples are."""

    run: str
    """The run's name: "0007-digits"."""
    recipe: str
    data: str
    """The data's name."""
    step: int
    """Of the checkpoint that was judged."""
    kimg: float
    which: str
    """"the best checkpoint", "the newest checkpoint", or whose samples were judged instead."""
    features: str
    """The extractor's name in the registry."""
    features_label: str
    """For people: "EfficientNet-Lite0 at 64 pixels"."""
    partial: bool
    """The features were shaped by the run itself: the scores flatter it."""
    count: int
    """Samples on each side of every comparison: the smaller of asked and held out."""
    asked: int
    drawn: int
    """Samples that were made in all; what needs many uses them."""
    training_used: int
    """Training items that were searched for copies ..."""
    training_total: int
    """... of so many."""
    holds_out: bool
    """False: nothing was held out, and the floor compares two parts of the training data."""
    seed: int
    scores: tuple[Score, ...]
    sentence: str
    """The answer in plain words."""
    cautions: tuple[str, ...]
    """What a careful person would add, a sentence each."""
    shown: tuple[Shown, ...]
    seconds: float
    """How long it took."""
    made: str
    """When, ISO 8601."""
