"""Does an evaluation name what is wrong, and nothing else? Faults planted in real data, and real data left alone.

Real items stand for samples: they are neither training nor held-out items. Spoilt, the score that is meant for the
fault must leave its floor beyond the interval, and the sentence must name it. Not spoilt, nothing may be named.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import torch
from cyclopts import Parameter
from jaxtyping import Float, Int
from rich.markup import escape
from rich.table import Table
from torch import Tensor

from ganforge.bench._common import console, machine_line
from ganforge.bench._faults_data import SUBJECTS, Cut, Subject, cut
from ganforge.bench._faults_list import FAULTS, Fault
from ganforge.bench._faults_planted import Material
from ganforge.core.device import describe_machine
from ganforge.core.errors import SettingError, UnknownNameError
from ganforge.core.seeding import Draws
from ganforge.core.settings import to_json
from ganforge.data._samples import MIXTURES
from ganforge.evaluation import Samples, judge
from ganforge.metrics._metric import Score
from ganforge.metrics.features._features import FEATURES, Extractor, Setting
from ganforge.runs.files import telling, to_text, write_whole

ASKED = 10_000
REMEMBERED = 4
"""Sets of features that are kept: the real items of one cut, and some samples."""


@dataclass(frozen=True)
class Found:
    """What an evaluation said of one planted fault."""

    data: str
    fault: str
    strength: float
    count: int
    """Samples on each side."""
    off: tuple[str, ...]
    """Scores that left the floor beyond their interval, or remark something, "metric/score"."""
    meant: tuple[str, ...]
    """Those of them that are meant for it."""
    remarks: tuple[str, ...]
    """All that scores remark, whether the sentence has room for it or not."""
    named: bool
    """Whether the sentence names it."""
    sentence: str


@dataclass(frozen=True)
class Accused:
    """What was named in real data that nobody spoilt."""

    data: str
    seed: int
    remarks: tuple[str, ...]
    sentence: str


class Remembering(Extractor):
    """An extractor that does not compute the same features twice."""

    def __init__(self, extractor: Extractor) -> None:
        self._extractor = extractor
        self._known: dict[str, Tensor] = {}
        self.kernel = extractor.kernel  # type: ignore[misc]
        self.perceptual = extractor.perceptual  # type: ignore[misc]

    @classmethod
    def make(cls, setting: Setting) -> Remembering:
        return cls(FEATURES.get(setting.domain.features[0]).make(setting))

    @property
    def label(self) -> str:
        return self._extractor.label

    def extract(self, x: Float[Tensor, "n ..."]) -> Float[Tensor, "n d"]:
        return self._extractor.extract(x)

    def __call__(self, x: Float[Tensor, "n ..."]) -> Float[Tensor, "n d"]:
        key = hashlib.blake2b(x.contiguous().numpy().data).hexdigest()
        features = self._known.pop(key, None)
        self._known[key] = self._extractor(x) if features is None else features
        while len(self._known) > REMEMBERED:
            del self._known[next(iter(self._known))]
        return self._known[key]


def run(
    *,
    data: Annotated[tuple[str, ...], Parameter(consume_multiple=True, negative="")] = tuple(SUBJECTS),
    faults: Annotated[tuple[str, ...], Parameter(consume_multiple=True, negative="")] = (),
    draws: int = 20,
    seed: int = 0,
    out: Path | None = None,
) -> None:
    """Plant faults in real data, evaluate, and print which scores saw them and whether the sentence names them.

    Parameters
    ----------
    data
        Which sets: digits, icons, photographs (needs scikit-image), ring, grid, table.
    faults
        Names of the faults, as the table has them; all if not given.
    draws
        How often each set is evaluated without a fault, each time cut anew; nothing may be named.
    seed
        Of the cut in which faults are planted.
    out
        A file for all figures, as JSON.
    """
    _check(data, faults, draws)
    found: list[Found] = []
    accused: list[Accused] = []
    with tempfile.TemporaryDirectory() as scratch:
        for name in data:
            subject = SUBJECTS[name](Path(scratch))
            extractor = Remembering.make(Setting(subject.source.domain))
            wanted = [each for each in FAULTS if (not faults or each.name in faults) and each.needs in subject.kinds]
            _tell(f"{name}: planting {sum(len(each.strengths) for each in wanted)} faults ...")
            planted = plant(subject, extractor, wanted, seed)
            console.print(table_of(name, planted))
            left_alone = [leave_alone(subject, extractor, 1 + number) for number in range(draws)]
            _print_accused(name, left_alone)
            found += planted
            accused += left_alone
    _print_sum(found, accused)
    if out is not None:
        figures = {"machine": to_json(describe_machine("cpu")), "planted": to_json(found), "real": to_json(accused)}
        with telling(out):
            write_whole(out, to_text(figures, indent=2))


def plant(subject: Subject, extractor: Extractor, faults: Sequence[Fault], seed: int) -> list[Found]:
    """Each fault, at each of its strengths."""
    whole = cut(subject, seed)
    return [
        _judged(subject, extractor, whole, fault, float(strength), seed)
        for fault in faults
        for strength in fault.strengths
    ]


def leave_alone(subject: Subject, extractor: Extractor, seed: int) -> Accused:
    """Real items as they are, cut by another seed."""
    whole = cut(subject, seed)
    judged = judge(Samples(whole.samples, whole.labels), subject.source, whole.split, extractor, asked=ASKED, seed=seed)
    return Accused(subject.name, seed, remarks_of(judged.scores), judged.sentence)


def _judged(subject: Subject, extractor: Extractor, whole: Cut, fault: Fault, strength: float, seed: int) -> Found:
    material = Material(
        whole.samples,
        whole.labels,
        whole.training,
        clusters(subject, whole.samples),
        Draws(seed, "planted", fault.name, str(strength)),
    )
    spoilt = fault.make(material, strength).contiguous()
    samples = Samples(spoilt, whole.labels if fault.asked else None)
    judged = judge(samples, subject.source, whole.split, extractor, asked=ASKED, seed=seed)
    off = tuple(f"{score.metric}/{score.name}" for score in judged.scores if is_off(score) or score.remarks)
    meant = tuple(name for name in off if re.match(fault.scores, name))
    named = re.search(fault.words, judged.sentence) is not None
    count, said = judged.case.count, remarks_of(judged.scores)
    return Found(subject.name, fault.name, strength, count, off, meant, said, named, judged.sentence)


def remarks_of(scores: Sequence[Score]) -> tuple[str, ...]:
    """All that they remark: "metric: words"."""
    return tuple(f"{score.metric}: {remark.words}" for score in scores for remark in score.remarks)


def is_off(score: Score) -> bool:
    """Whether a score has left its floor, to the worse side, beyond the interval of their difference."""
    if score.difference is None:
        return False
    too_high, too_low = score.difference.low > 0, score.difference.high < 0
    return {"low": too_high, "high": too_low, "floor": too_high or too_low}[score.better]


def clusters(subject: Subject, x: Float[Tensor, "k ..."]) -> Int[Tensor, "k"] | None:
    """The nearest of the known centres of each item; None where none are known."""
    if subject.name not in MIXTURES:
        return None
    centres = torch.tensor(MIXTURES[subject.name].centres, dtype=torch.float64)
    return torch.cdist(torch.from_numpy(subject.source.domain.decode(x)).double(), centres).argmin(1)


def table_of(name: str, found: Sequence[Found]) -> Table:
    """One line a fault and strength."""
    table = Table(title=f"{name}: real items, spoilt; {found[0].count if found else 0} on each side", box=None)
    for heading in ("fault", "strength", "meant score", "named", "scores off", "sentence"):
        table.add_column(heading, overflow="fold")
    for one in found:
        seen, named = "left its floor" if one.meant else "[bold]no[/]", "yes" if one.named else "[bold]no[/]"
        table.add_row(one.fault, f"{one.strength:g}", seen, named, str(len(one.off)), escape(one.sentence))
    return table


def _check(data: Sequence[str], faults: Sequence[str], draws: int) -> None:
    known = [fault.name for fault in FAULTS]
    for asked, there, what in ((data, list(SUBJECTS), "data set"), (faults, known, "fault")):
        unknown = [name for name in asked if name not in there]
        if unknown:
            listed = ", ".join(dict.fromkeys(there))
            raise UnknownNameError(f"There is no {what} called '{unknown[0]}'. There are: {listed}.")
    if draws < 0:
        raise SettingError(f"--draws {draws}: give 0 or more.")


def _print_accused(name: str, accused: Sequence[Accused]) -> None:
    wrongly = [one for one in accused if one.remarks]
    _tell(f"{name}: real items left alone, {len(accused)} draws: faults were named in {len(wrongly)}.")
    for one in wrongly:
        _tell(f"  seed {one.seed}: {'; '.join(one.remarks)}")


def _print_sum(found: Sequence[Found], accused: Sequence[Accused]) -> None:
    seen, named = sum(bool(one.meant) for one in found), sum(one.named for one in found)
    _tell(
        f"Planted: {len(found)}; the score that is meant for it left its floor beyond the 95 % interval in {seen}, the "
        f"sentence named it in {named}."
    )
    coarsest = {(one.data, one.fault): one for one in found}  # strengths rise: the last is the coarsest
    for verb, missed in (
        ("seen by the score that is meant for it", [key for key, one in coarsest.items() if not one.meant]),
        ("named", [key for key, one in coarsest.items() if not one.named]),
    ):
        listed = ", ".join(f"{fault} ({data})" for data, fault in missed)
        _tell(f"At its coarsest, each of {len(coarsest)} faults is {verb}{f', except: {listed}' if missed else ''}.")
    wrongly = sum(bool(one.remarks) for one in accused)
    _tell(f"Left alone: {len(accused)} draws; faults were named in {wrongly}.")
    _tell(machine_line())


def _tell(text: str) -> None:
    console.print(text, markup=False, soft_wrap=True)
