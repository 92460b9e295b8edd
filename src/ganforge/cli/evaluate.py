"""Judge a run's samples: every score with its interval and beside its floor, and the answer in plain words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.markup import escape

if TYPE_CHECKING:
    from ganforge.metrics._evaluation import Evaluation
    from ganforge.metrics._metric import Estimate


def command(
    run: str,
    /,
    *,
    count: Annotated[int, Parameter(name=["--count", "-n"])] = 10_000,
    samples: Path | None = None,
    features: str | None = None,
    checkpoint: str = "best",
    source: str | None = None,
    seed: int = 0,
    full: Annotated[bool, Parameter(negative="")] = False,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Judge a run's samples.

    Parameters
    ----------
    run
        The run's folder, or its number.
    count
        Samples on each side of every comparison, if so many items are held out; else as many as are.
    samples
        Judge these instead of the run's own: a folder, zip, array or table, made by whatever you like.
    features
        What is compared: `efficientnet`, `inception` (needs its weights file) or `discriminator` for pictures,
        `numbers` or `discriminator` for numbers. The first of them if not given.
    checkpoint
        best, newest, or the number of a step.
    source
        Where the data are now, if they have moved.
    seed
        Other samples, other halves.
    full
        Print all scores, with their notes.
    json
        Print everything as JSON and nothing else.
    """
    import sys

    from ganforge.cli._checkpoint import which
    from ganforge.core.settings import to_json
    from ganforge.evaluation import evaluate
    from ganforge.people import people
    from ganforge.runs.files import to_text
    from ganforge.runs.folder import RunFolder
    from ganforge.trained import Run

    console = Console(highlight=False)

    def tell(text: str) -> None:
        if not json:
            console.print(text, markup=False, soft_wrap=True)

    trained = Run(RunFolder.open(Path(run)), which(checkpoint))
    made = evaluate(
        trained,
        asked=count,
        features=features,
        samples=samples,
        source=source,
        seed=seed,
        tell=tell,
    )
    told = people(trained.path, trained.step) if samples is None else None
    if json:
        beside = {} if told is None else {"people": to_json(told)}
        sys.stdout.write(to_text({**to_json(made), **beside}, indent=2).decode())
        return
    show(made, console, full=full)
    if told is not None and (told.answers or told.others):
        console.print(told.words, markup=False, soft_wrap=True)


def show(evaluation: Evaluation, console: Console, *, full: bool) -> None:
    """Print the table and the sentence."""
    from rich.table import Table

    from ganforge.evaluation import OTHERS
    from ganforge.metrics._resampling import certain

    seen = "" if evaluation.which == OTHERS else f" ({evaluation.kimg:,.0f}k samples)"
    console.print(
        f"{evaluation.run}, {evaluation.which}{seen}: {evaluation.count:,} samples and "
        f"{evaluation.count:,} held-out items, each against {evaluation.count:,} training items.",
        markup=False,
        soft_wrap=True,
    )
    console.print(f"Features: {evaluation.features_label}.\n", markup=False, soft_wrap=True)
    table = Table(box=None, pad_edge=False)
    table.add_column("score")
    table.add_column("n", justify="right", min_width=len(f"{evaluation.drawn:,}"))
    table.add_column("samples \\[95 %]")
    table.add_column("the floor \\[95 %]")
    table.add_column("best", min_width=5)
    for score in evaluation.scores:
        if not (score.headline or full or score.remarks):
            continue
        differs = bool(score.remarks) or (score.difference is not None and certain(score.difference))
        table.add_row(
            f"[bold]{escape(score.label)}[/]" if differs else escape(score.label),
            f"{score.count:,}",
            told(score.value),
            "-" if score.floor is None else told(score.floor),
            score.better,
        )
    console.print(table)
    console.print()
    console.print(evaluation.sentence, style="bold", markup=False, soft_wrap=True)
    for caution in evaluation.cautions:
        console.print(caution, markup=False, soft_wrap=True)
    if full:
        for score in evaluation.scores:
            if score.note:
                console.print(f"{score.label}: {score.note}", style="dim", markup=False, soft_wrap=True)
    rest = sum(not (score.headline or score.remarks) for score in evaluation.scores)
    if rest and not full:
        console.print(f"{rest} more scores: --full. Bold: differs from the floor for certain.", style="dim")


def number(value: float, digits: int = 3) -> str:
    """So many significant digits, without an exponent where people need none."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.{digits}g}" if abs(value) >= 1e-3 or value == 0 else f"{value:.1e}"


def told(estimate: Estimate) -> str:
    """A number with its interval, marked up for the terminal."""
    return f"{number(estimate.value)} [dim]\\[{interval(estimate)}][/]"


def interval(estimate: Estimate) -> str:
    """The ends of the 95 % interval, where it can be told."""
    if estimate.error == float("inf"):
        return "cannot be told"
    return f"{number(estimate.low, 2)}, {number(estimate.high, 2)}"


def plus_minus(estimate: Estimate) -> str:
    """A number with half of its 95 % interval."""
    half = (estimate.high - estimate.low) / 2
    return number(estimate.value) if half == float("inf") else f"{number(estimate.value)} ± {number(half, 1)}"
