"""Many trainings by the command line, each pinned to a core of its own; those that are complete are not repeated."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ganforge.bench._common import begin_command_line, check_command_line, usable_cores
from ganforge.core.contracts import Source
from ganforge.core.errors import RunError, UnhealthyError
from ganforge.core.settings import Json, to_json
from ganforge.runs.files import from_text, to_text
from ganforge.runs.folder import RunFolder
from ganforge.runs.listing import runs_below
from ganforge.session import Options, choose_recipe

LOOK_SECONDS = 0.2
"""Between two looks whether a training has ended."""
DIVERGED = "not finite"
ENDED = ("done", DIVERGED)
"""States of a run that has nothing more to do."""


@dataclass(frozen=True)
class Training:
    """One training of the zoo."""

    data: str
    """Name of a built-in sample."""
    recipe: str
    seed: int
    kimg: float

    def __str__(self) -> str:
        return f"{self.data}, {self.recipe}, seed {self.seed}"

    @property
    def folder(self) -> str:
        """Its place below the zoo's."""
        return f"{self.data}-{self.recipe}-{self.seed}"

    def options(self) -> Options:
        """What is asked for."""
        return Options(recipe=self.recipe, kimg=self.kimg, seed=self.seed, doctor="off")

    def arguments(self, out: Path) -> list[str]:
        """The command line that begins it."""
        wanted = ["--recipe", self.recipe, "--seed", str(self.seed), "--kimg", str(self.kimg)]
        return [
            "train",
            self.data,
            *wanted,
            "--threads",
            "1",
            "--no-report",
            "--doctor",
            "off",
            "--out",
            str(out / self.folder),
        ]


@dataclass(frozen=True)
class _Going:
    training: Training
    process: subprocess.Popen[bytes]
    core: int
    command: str


def carry_out(
    trainings: Sequence[Training], sources: Mapping[str, Source], out: Path, tell: Callable[[str], None]
) -> dict[Training, RunFolder]:
    """Train what is not complete, as many at once as there are cores, each on one of its own.

    Args:
        trainings: in the order in which they are begun.
        sources: the data by name.
        out: each training has its run in a folder here; a run that was interrupted goes on.
        tell: called with a sentence when one has ended.

    Returns:
        The runs. Those that diverged are among them: their status is `DIVERGED`.

    Raises:
        MachineError: a training failed for another reason. The others are stopped; all is saved.
    """
    recipes = {training: _recipe(training, sources[training.data]) for training in trainings}
    waiting = [each for each in trainings if not has_ended(find_run(out / each.folder, recipes[each]))]
    if len(waiting) < len(trainings):
        tell(f"{len(trainings) - len(waiting)} of {len(trainings)} trainings are complete already.")
    total, free, going = len(waiting), usable_cores(), list[_Going]()
    ended = 0
    try:
        while waiting or going:
            while waiting and free:
                training = waiting.pop(0)
                going.append(_begin(training, find_run(out / training.folder, recipes[training]), out, free.pop(0)))
            time.sleep(LOOK_SECONDS)
            for one in [each for each in going if each.process.poll() is not None]:
                going.remove(one)
                free.append(one.core)
                ended += 1
                tell(f"{ended} of {total}: {one.training}{_end_of(one, out)}.")
    except BaseException:
        _stop(going)
        raise
    return {training: _must_have_run(out / training.folder, recipes[training]) for training in trainings}


def find_run(folder: Path, recipe: Json) -> RunFolder | None:
    """The newest run below the folder with this recipe, whatever is told of it; one that has changed is no match."""
    same = [run for run in runs_below(folder) if _choices(run.facts()["recipe"]) == _choices(recipe)]
    return same[-1] if same else None


def _choices(recipe: Json) -> Json:
    """A recipe without its words."""
    return {key: value for key, value in recipe.items() if key not in {"why", "lineage"}}


def has_ended(run: RunFolder | None) -> bool:
    """Whether there is nothing more to train."""
    return run is not None and run.status() in ENDED


def _recipe(training: Training, source: Source) -> Json:
    """The recipe as run.json will hold it."""
    recipe = from_text(to_text(to_json(choose_recipe(training.options(), source))))
    if recipe is None:
        raise AssertionError("a recipe is a JSON object")
    return recipe


def _begin(training: Training, run: RunFolder | None, out: Path, core: int) -> _Going:
    arguments = training.arguments(out) if run is None else ["train", "--resume", str(run.path)]
    (out / training.folder).mkdir(parents=True, exist_ok=True)
    process = begin_command_line(arguments, _log(training, out), cores=[core])
    return _Going(training, process, core, f"ganforge {' '.join(arguments)}")


def _end_of(one: _Going, out: Path) -> str:
    """What to add to the sentence about its end."""
    if one.process.returncode == UnhealthyError.exit_code:
        return " diverged"
    check_command_line(one.process, _log(one.training, out), one.command)
    return ""


def _log(training: Training, out: Path) -> Path:
    return out / training.folder / "train.log"


def _must_have_run(folder: Path, recipe: Json) -> RunFolder:
    run = find_run(folder, recipe)
    if run is None or not has_ended(run):
        raise RunError(
            f"A training in {folder} has ended, but no complete run there has the recipe as it was when the zoo began. "
            "If a recipe was edited meanwhile, call the same command again: only that one is trained again."
        )
    return run


def _stop(going: Sequence[_Going]) -> None:
    """Let them save, and wait."""
    for one in going:
        one.process.terminate()
    for one in going:
        one.process.wait()
