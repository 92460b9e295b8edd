"""What a training ends with: the film, the picture to share, the answer in words, and the page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PIL import Image

from ganforge.core.contracts import Source
from ganforge.core.errors import GanforgeError
from ganforge.evaluation import MANY, evaluate
from ganforge.report.page import write_report
from ganforge.runs.timelapse import poster, timelapse
from ganforge.trained import Run


def show_off(run: Run, tell: Callable[[str], None]) -> None:
    """The timelapse and the shareable picture. A failure here must not spoil a finished training."""
    frames = run.frames()
    try:
        made = timelapse(frames, run.path / "timelapse.gif")
        grid = run.preview(run.sample(run.domain.shown))
        grid.save(run.path / "samples.png")
        run_line = f"{run.recipe.name} · {run.kimg:,.0f}k samples"
        poster(run.data.name, run_line, grid, [_opened(frame) for frame in frames], run.path / "poster.png")
    # SyntaxError is how Pillow reports a damaged PNG, RuntimeError how torch reports too little memory
    except (OSError, SyntaxError, RuntimeError, MemoryError, GanforgeError) as error:
        tell(f"The timelapse could not be made: {error}")
        return
    tell(f"Look at {' and '.join(str(path) for path in (run.path / 'poster.png', *made[:1]))}.")


def judge_and_report(run: Run, data: Source, tell: Callable[[str], None]) -> None:
    """The answer in words, and the page. A failure here must not spoil a finished training."""
    try:
        evaluation = evaluate(run, asked=MANY, data=data, tell=tell)
        tell(evaluation.sentence)
        tell(f"Scores, pictures, curves: {write_report(run, evaluation)}")
    # RuntimeError is how torch reports what it cannot compute, or too little memory
    except (OSError, RuntimeError, MemoryError, GanforgeError) as error:
        tell(f"The report could not be made: {error}")


def _opened(path: Path) -> Image.Image:
    with Image.open(path) as picture:
        return picture.convert("RGB")
