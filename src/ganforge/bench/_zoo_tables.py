"""The zoo's tables, for the terminal and as Markdown."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rich.table import Table

from ganforge.bench._zoo_scores import Cost, DigitScores, Row, medians
from ganforge.bench.modes import ModeScores

COST_HEADINGS = ("updates of G", "ms a step", "cost", "seconds", "verdict")
NOTHING = "-"


@dataclass(frozen=True)
class Sheet:
    """A table as text: the first column names, the last is in words, the others are figures."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def rich(self) -> Table:
        """For the terminal."""
        table = Table(title=self.title, box=None)
        for place, heading in enumerate(self.headings):
            table.add_column(heading, justify="right" if 0 < place < len(self.headings) - 1 else "left")
        for cells in self.rows:
            table.add_row(*cells)
        return table

    def markdown(self) -> str:
        """For a page."""
        figures = len(self.headings) - 2
        lines = [self.headings, ("---", *["---:"] * figures, "---"), *self.rows]
        return "\n".join([f"**{self.title}**", "", *(f"| {' | '.join(cells)} |" for cells in lines)])


def point_sheet(title: str, rows: Sequence[Row[ModeScores]], perfect: ModeScores) -> Sheet:
    """The table of one set of points; `perfect` is what the truth itself scores."""
    headings = ("recipe", "modes", "in 3 sigma %", "KL", "narrowest", "widest", *COST_HEADINGS)
    best = cheapest([row.cost for row in rows])
    real = ("(the data)", *_point_cells([perfect]), *[""] * len(COST_HEADINGS))
    return Sheet(
        title, headings, (real, *((row.recipe, *_point_cells(row.judged), *_cost_cells(row, best)) for row in rows))
    )


def digit_sheet(title: str, rows: Sequence[Row[DigitScores]]) -> Sheet:
    """The table of the digits."""
    headings = ("recipe", "pass %", "classes", "KL", "variety", *COST_HEADINGS)
    best = cheapest([row.cost for row in rows])
    return Sheet(
        title, headings, tuple((row.recipe, *_digit_cells(row.judged), *_cost_cells(row, best)) for row in rows)
    )


def cheapest(costs: Sequence[Cost]) -> float:
    """Milliseconds a step of the cheapest; NaN where none is known."""
    known = [cost.milliseconds for cost in costs if not math.isnan(cost.milliseconds)]
    return min(known) if known else math.nan


def point_figures(scores: ModeScores) -> str:
    """In a line, for the picture."""
    return f"{scores.high_quality:.1%} in 3 sigma"


def digit_figures(scores: DigitScores) -> str:
    """In a line, for the picture."""
    return f"{scores.passing:.0%} pass, variety {scores.variety:.2f}"


def cost_figures(cost: Cost, best: float) -> tuple[str, ...]:
    """In lines, for the picture; `best` = the cheapest recipe's milliseconds a step."""
    if math.isnan(cost.milliseconds):
        return ()
    relative = "the cheapest" if cost.milliseconds == best else f"{_times(cost, best)} the cheapest"
    return f"{cost.milliseconds:.3g} ms a step", relative


def _point_cells(judged: Sequence[ModeScores]) -> tuple[str, ...]:
    if not judged:
        return (NOTHING,) * 5
    middle, counts = medians(judged), [scores.modes for scores in judged]
    spread = f" ({min(counts)}-{max(counts)})" if min(counts) < max(counts) else ""
    quality = f"{middle.high_quality * 100:.1f}"
    return (
        f"{middle.modes}{spread}",
        quality,
        f"{middle.reverse_kl:.4f}",
        f"{middle.narrowest:.2f}",
        f"{middle.widest:.2f}",
    )


def _digit_cells(judged: Sequence[DigitScores]) -> tuple[str, ...]:
    if not judged:
        return (NOTHING,) * 4
    middle, counts = medians(judged), [scores.classes for scores in judged]
    spread = f" ({min(counts)}-{max(counts)})" if min(counts) < max(counts) else ""
    return (
        f"{middle.passing * 100:.1f}",
        f"{middle.classes}{spread}",
        f"{middle.reverse_kl:.3f}",
        f"{middle.variety:.2f}",
    )


def _cost_cells(row: Row[ModeScores] | Row[DigitScores], best: float) -> tuple[str, ...]:
    cost = row.cost
    if math.isnan(cost.milliseconds):
        return str(cost.updates), NOTHING, NOTHING, NOTHING, row.verdict
    return f"{cost.updates:,}", f"{cost.milliseconds:.3g}", _times(cost, best), f"{cost.seconds:.0f}", row.verdict


def _times(cost: Cost, best: float) -> str:
    return f"{cost.milliseconds / best:.1f}x"
