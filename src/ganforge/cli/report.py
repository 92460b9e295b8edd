"""Write a run's report: one page to look at, print or send."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console


def command(run: str, /, *, source: str | None = None) -> None:
    """Write report.html into the run's folder: samples, scores, curves and what the run was, in one file.

    Parameters
    ----------
    run
        The run's folder, or its number.
    source
        Where the data are now, if they have moved.
    """
    from ganforge.core.errors import GanforgeError
    from ganforge.evaluation import evaluate, kept_evaluation
    from ganforge.report.page import write_report
    from ganforge.runs.folder import RunFolder
    from ganforge.trained import Run

    console = Console(highlight=False)

    def tell(text: str) -> None:
        console.print(text, markup=False, soft_wrap=True)

    trained = Run(RunFolder.open(Path(run)))
    evaluation = kept_evaluation(trained.folder)
    if evaluation is None or evaluation.step != trained.step:
        tell("Judging the samples ...")
        try:
            evaluation = evaluate(trained, source=source, tell=tell)
        except GanforgeError as error:  # the data may be gone; there is much to see without scores
            tell(f"There are no scores in the report: {error}")
            evaluation = None
    path = write_report(trained, evaluation)
    tell(f"Wrote {path}")
