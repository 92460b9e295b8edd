"""Which of a journal's values stand together in one chart, what the chart is called, and what its lines are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ganforge.watch.history import PROBES

MOST = 2.0
"""Samples that fly apart are any number of times as varied as real ones."""
_APART = frozenset({"real_sign", "apart", "highest", "weights", "update", "reach"})
"""Last parts of names that belong to no chart of losses."""


@dataclass(frozen=True)
class Panel:
    """One chart of values of the journal's records."""

    name: str
    """"scores", "losses", "penalties", "gradients", "rates", "variety", "apart", "drift"."""
    title: str
    about: str
    """How to read it, for a person."""
    values: tuple[str, ...]
    """Names in the journal."""
    lines: tuple[str, ...]
    """What each is called in the chart."""
    most: float = float("inf")
    """What is more is drawn as that."""

    @property
    def of_probes(self) -> bool:
        """Whether it tells of health rather than of the game."""
        return bool(self.values) and self.values[0].startswith(PROBES)


def panels(names: Iterable[str]) -> tuple[Panel, ...]:
    """The charts that values of these names make; those without any are left out."""
    known = sorted(set(names))
    kinds: dict[str, list[str]] = {"losses": [], "scores": [], "gradients": [], "rates": [], "terms": []}
    for name in known:
        if not name.startswith(PROBES) and last_part(name) not in _APART:
            kinds[_kind(name)].append(name)
    scores = sorted(kinds["scores"], key=lambda name: name.endswith(".fake"))  # real first
    made = [
        Panel(
            "scores",
            "What the discriminator thinks",
            "Its mean score of real and of forged samples (higher = more real). The closer the lines, "
            "the less it can tell them apart; a gap that grows for good means that one side has won.",
            tuple(scores),
            tuple(_plain(name, scores) for name in scores),
        ),
        Panel(
            "losses",
            "Losses",
            "They tell who is ahead in the game, not how good the samples are. Steady is good; neither needs to fall.",
            *_called_by_player(kinds["losses"]),
        ),
        Panel(
            "penalties",
            "Penalties",
            "What keeps the discriminator smooth, before it is weighted.",
            tuple(kinds["terms"]),
            tuple(_plain(name, kinds["terms"]) for name in kinds["terms"]),
        ),
        Panel(
            "gradients",
            "Gradient norms",
            "How hard each network is being pulled. Sudden peaks come before trouble.",
            *_called_by_player(kinds["gradients"]),
        ),
        Panel(
            "rates",
            "Learning rates",
            "How large the steps of each network are.",
            *_called_by_player(kinds["rates"]),
        ),
        *_of_health(set(known)),
    ]
    return tuple(panel for panel in made if panel.values)


def _of_health(known: set[str]) -> Iterable[Panel]:
    def there(*names: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        found = tuple(name for name in names if f"{PROBES}{name}" in known)
        return tuple(f"{PROBES}{name}" for name in found), found

    yield Panel(
        "variety",
        "Fidelity and variety",
        "Of the generator as it trains; 1 = as real data. Fidelity: forgeries that could be real. Coverage: how "
        "much of the data they reach. Variety: how different they are from each other. What is more than "
        f"{MOST:g} is drawn as that.",
        *there("fidelity", "coverage", "variety"),
        most=MOST,
    )
    yield Panel(
        "apart",
        "What the discriminator can tell",
        "0.5 = nothing, 1 = always. Apart: training items from forgeries. Memory: training items from real ones "
        "that it was never shown; above 0.5 it knows them by heart.",
        *there("apart", "memory"),
    )
    yield Panel(
        "drift",
        "Drift",
        "How far the generator is from its own average, as a share of the distance between real items. "
        "What stays large swings.",
        *there("drift"),
    )


def last_part(name: str) -> str:
    """Of a dotted name."""
    return name.rpartition(".")[2]


def _kind(name: str) -> str:
    last = last_part(name)
    if last in ("real", "fake"):
        return "scores"
    if last == "adversarial":
        return "losses"
    if "grad" in last or last.endswith("norm"):
        return "gradients"
    return "rates" if last in ("lr", "learning_rate") else "terms"


def _plain(name: str, among: Sequence[str]) -> str:
    """The last part of a name where that is enough to tell it apart, with "fake" called as people call it."""
    player, _, last = name.rpartition(".")
    shown = {"fake": "forged"}.get(last, last)
    alike = sum(last_part(other) == last for other in among)
    return shown if alike == 1 else f"{player} {shown}"


def _called_by_player(names: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names, and whose each is, where that is enough to tell it apart."""
    called = []
    for name in names:
        player, _, last = name.rpartition(".")
        alike = sum(other.rpartition(".")[0] == player for other in names)
        called.append((player if alike == 1 else name) or last)
    return tuple(names), tuple(called)
