"""How strong should the penalty be? `auto` at five strengths on data of many sizes, and a rule fitted to the best.

What is trained, how the best strength is found and what the rule is worth: docs/gamma.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ganforge.bench._common import console, machine_line, usable_cores
from ganforge.bench._gamma_confirm import confirm_sentences, confirm_sheet, confirmed
from ganforge.bench._gamma_rule import Best, Rule, fit, missed, weighted_root
from ganforge.bench._gamma_trials import FACTORS, TRIALS, Found, Trial, best, known, measured, noise, wanted
from ganforge.bench._hospital_data import is_picture
from ganforge.bench._zoo_tables import NOTHING, Sheet
from ganforge.core.errors import RunError, SettingError
from ganforge.core.settings import Json, to_json
from ganforge.runs.files import telling, to_text, write_whole

CENTRE_NUMBERS, CENTRE_BATCH = 64, 64
"""Of the rule's formula: where its constant holds."""
FEWEST = 4
"""Sets for a rule."""


@dataclass(frozen=True)
class Optimum:
    """What is known of one set."""

    found: Found
    best: Best

    @property
    def log_gamma(self) -> float:
        """Logarithm of the best strength at the beginning of a run."""
        return math.log(self.found.trial.gamma) + self.best.log


@dataclass(frozen=True)
class Rules:
    """What was fitted to the best strengths; of the logarithms."""

    numbers: Rule
    """Columns: 1, numbers a sample over `CENTRE_NUMBERS`."""
    batch: Rule | None
    """Columns: the same, and the batch over `CENTRE_BATCH`; None where all batches are alike."""
    missed_by_rule: float
    """Root mean square miss of sets that were left out."""
    missed_by_one: float
    """The same of a single strength for all."""
    missed_by_own: float
    """Root mean square distance of the recipe's own strength."""


def run(
    *,
    data: Annotated[tuple[str, ...], Parameter(consume_multiple=True, negative="")] = (),
    out: Path = Path("gamma"),
    cores: Annotated[tuple[int, ...], Parameter(consume_multiple=True, negative="")] = (),
    confirm: Annotated[tuple[str, ...], Parameter(consume_multiple=True, negative="")] = (),
    printed: Annotated[bool, Parameter(negative="")] = False,
    markdown: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Find the penalty's best strength on each set of data, and the rule that it follows.

    Takes six minutes of two cores; interrupted, it goes on with the same command.

    Parameters
    ----------
    data
        Names of the sets; all if not given.
    out
        Where trainings and figures are kept.
    cores
        Numbers of the processors that train, one training each at a time; all if not given.
    confirm
        Names of sets to be trained then at full length with fresh seeds, at the own strength and at the rule's.
    printed
        Train nothing; print what is complete.
    markdown
        Print the table as Markdown.
    """
    if any(core < 0 for core in cores):
        raise SettingError(f"--cores {cores}: processors are numbered from 0.")
    trials = chosen(data)
    chosen(confirm)  # a wrong name is told before hours of training
    place = out / "trainings"
    founds = list(known(trials, place) if printed else measured(trials, place, cores or usable_cores(), _tell))
    complete = [found for found in founds if not wanted(found)]
    if not complete:
        raise RunError(f"Nothing is complete in {out}: train first (without --printed), or name another --out.")
    among_seeds = noise(complete)
    optima = [Optimum(found, best(found, among_seeds[is_picture(found.trial.data)])) for found in complete]
    rules = rules_of(optima)
    table = sheet(optima)
    if markdown:
        print(f"\n{table.markdown()}\n")
    else:
        console.print(table.rich())
    for sentence in [*about_noise(complete), *sentences(optima, rules)]:
        _tell(sentence)
    if confirm:
        _confirm(chosen(confirm), rules, place, cores or usable_cores(), train=not printed, markdown=markdown)
    path = out / "gamma.json"
    with telling(path):
        write_whole(path, to_text(as_json(optima, rules), indent=2))
    _tell(f"All figures: {path}")
    _tell(machine_line())


def _confirm(
    trials: Sequence[Trial], rules: Rules | None, place: Path, cores: Sequence[int], *, train: bool, markdown: bool
) -> None:
    if rules is None:
        raise RunError("There is no rule to be confirmed: train more sets.")
    gamma = {
        trial.data: math.exp(rules.numbers.at((1.0, math.log(trial.numbers / CENTRE_NUMBERS)))[0]) for trial in trials
    }
    comparisons = confirmed(trials, gamma, place, cores, _tell, train=train)
    table = confirm_sheet(comparisons)
    if markdown:
        print(f"\n{table.markdown()}\n")
    else:
        console.print(table.rich())
    for sentence in confirm_sentences(comparisons):
        _tell(sentence)


def chosen(names: Sequence[str]) -> list[Trial]:
    """The trials of these data; all of none.

    Raises:
        SettingError: there is no such trial.
    """
    every = {trial.data: trial for trial in TRIALS}
    unknown = [name for name in names if name not in every]
    if unknown:
        raise SettingError(f"--data {' '.join(unknown)}: there are {', '.join(every)}.")
    return [trial for trial in TRIALS if not names or trial.data in names]


def rules_of(optima: Sequence[Optimum]) -> Rules | None:
    """Fit the rules; None of too few sets, or where all samples have as many numbers."""
    values, errors = [one.log_gamma for one in optima], [one.best.error for one in optima]
    size = [(1.0, math.log(one.found.trial.numbers / CENTRE_NUMBERS)) for one in optima]
    both = [(*row, math.log(one.found.trial.batch / CENTRE_BATCH)) for row, one in zip(size, optima, strict=True)]
    if len(optima) < FEWEST or len({row[1] for row in size}) < 2:
        return None
    try:
        batch = fit(both, values, errors)
    except ValueError:
        batch = None
    return Rules(
        numbers=fit(size, values, errors),
        batch=batch,
        missed_by_rule=missed(size, values, errors),
        missed_by_one=missed([row[:1] for row in size], values, errors),
        missed_by_own=weighted_root([one.best.log for one in optima], errors),
    )


def sheet(optima: Sequence[Optimum]) -> Sheet:
    """Scores by strength, and the best strength of each set."""
    headings = (
        "data", "numbers", "batch", *(f"x{factor:g}" for factor in FACTORS), "best", "gamma", "gain %", "",
    )  # fmt: skip
    rows = sorted(optima, key=lambda one: (one.found.trial.numbers, one.found.trial.data))
    return Sheet(
        "score by strength of the penalty, over the recipe's own", headings, tuple(_cells(one) for one in rows)
    )


def _cells(one: Optimum) -> tuple[str, ...]:
    trial, found = one.found.trial, one.best
    scores = [
        f"{math.exp(one.found.log(place)):.3g}" if place in one.found.scores else NOTHING
        for place in range(len(FACTORS))
    ]
    words = {-1: "the weakest tried is best", 1: "the strongest tried is best", 0: ""}[found.side]
    return (
        trial.data,
        str(trial.numbers),
        str(trial.batch),
        *scores,
        f"{math.exp(found.log):.2g}",
        _range(one.log_gamma, found.error),
        f"{100 * found.gain:.0f} +- {100 * found.gain_error:.0f}",
        words,
    )


def about_noise(founds: Sequence[Found]) -> Iterator[str]:
    """How far seeds differ."""
    for picture, value in noise(founds).items():
        if not math.isnan(value):
            kind = "pictures" if picture else "numbers"
            yield f"Among seeds of one strength the score of {kind} differs by {value:.0%} (standard deviation)."


def sentences(optima: Sequence[Optimum], rules: Rules | None) -> Iterator[str]:
    """The rule in words."""
    if rules is None:
        yield f"{len(optima)} sets of data are complete; a rule needs {FEWEST}, of different sizes."
        return
    (constant, slope), (error, slope_error) = rules.numbers.coefficients, rules.numbers.errors
    yield (
        f"Rule: gamma = {_range(constant, error)} x (numbers a sample / {CENTRE_NUMBERS}) ^ "
        f"({slope:.2f} +- {slope_error:.2f}), from {len(optima)} sets, which scatter about it by a factor of "
        f"{math.exp(rules.numbers.scatter):.2g} beyond their errors."
    )
    yield (
        f"Its slope is {abs(slope) / slope_error:.1f} standard errors from 0 (one gamma for all) and "
        f"{abs(slope - 1.0) / slope_error:.1f} from 1 (in proportion to the numbers, arXiv:2006.06676)."
    )
    if rules.batch is not None:
        (_, slope, power), (_, slope_error, power_error) = rules.batch.coefficients, rules.batch.errors
        sizes, batches = f"{slope:.2f} +- {slope_error:.2f}", f"{power:.2f} +- {power_error:.2f}"
        yield f"With the batch as well: numbers ^ ({sizes}) x batch ^ ({batches})."
    yield (
        f"A set that was left out is missed by a factor of {math.exp(rules.missed_by_rule):.2g} by the rule, "
        f"{math.exp(rules.missed_by_one):.2g} by one gamma for all, "
        f"{math.exp(rules.missed_by_own):.2g} by the recipe's own (root mean square)."
    )
    for numbers in (2, 16, 256, 1024):
        value, error = rules.numbers.at((1.0, math.log(numbers / CENTRE_NUMBERS)))
        yield f"  {numbers:>5} numbers: {_range(value, error)}"


def _range(log: float, error: float) -> str:
    """A value, and what lies one standard error below and above it."""
    return f"{math.exp(log):.2g} ({math.exp(log - error):.2g} to {math.exp(log + error):.2g})"


def as_json(optima: Sequence[Optimum], rules: Rules | None) -> Json:
    """All figures."""
    sets = [
        {
            "data": one.found.trial.data,
            "kimg": one.found.trial.kimg,
            "numbers": one.found.trial.numbers,
            "batch": one.found.trial.batch,
            "own_gamma": one.found.trial.gamma,
            "log_best_gamma": one.log_gamma,
            "best": to_json(one.best),
            "scores": {
                f"{FACTORS[place]:g}": [to_json(score) for score in scores]
                for place, scores in sorted(one.found.scores.items())
            },
        }
        for one in optima
    ]
    return {"machine": machine_line(), "sets": sets, "rules": None if rules is None else to_json(rules)}


def _tell(text: str) -> None:
    console.print(text, markup=False, soft_wrap=True)
