"""Gathers what a run has to show and writes report.html."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import torch
from PIL import Image

from ganforge.core.contracts import DataOptions, Source
from ganforge.core.errors import GanforgeError
from ganforge.core.seeding import Draws
from ganforge.core.settings import Json
from ganforge.data._opening import open_source
from ganforge.metrics._evaluation import Evaluation
from ganforge.people import people
from ganforge.report._curves import story
from ganforge.report._health import Episode
from ganforge.report._page import Contents, Moment, build
from ganforge.report._pictures import Picture, embedded, evenly, from_file
from ganforge.runs.files import telling, write_whole
from ganforge.trained import Run
from ganforge.watch.history import History, Treatment, history, title

REPORT = "report.html"
_FRAMES, _FRAME_SIDE = 24, 400
_STOPS, _STEPS = 4, 9
"""The walk: so many places, so many samples from one to the next."""


def write_report(run: Run, evaluation: Evaluation | None) -> Path:
    """Write the run's report.html: one page that needs nothing but itself.

    Args:
        run: whose samples are shown.
        evaluation: how good they are; None = the page says that nobody has judged them.

    Returns:
        The file.

    Raises:
        RunError: the disk is full or refuses.
    """
    path = run.path / REPORT
    with telling(path):
        write_whole(path, build(gather(run, evaluation)).encode("utf-8"))
    return path


def gather(run: Run, evaluation: Evaluation | None) -> Contents:
    """Everything that the page shows, pictures made."""
    facts = run.folder.facts()
    journal = run.folder.journal.records()
    as_it_went = run.folder.journal.as_it_went()
    told = history(as_it_went)
    real, samples = _real_and_forged(run, facts)
    return Contents(
        name=run.folder.name,
        path=str(run.path),
        facts=facts,
        recipe=run.recipe,
        data=run.data,
        step=run.step,
        kimg=run.kimg,
        total_kimg=run.total_kimg,
        story=story(as_it_went),
        history=told,
        episodes=_episodes(run, told, as_it_went),
        evaluation=evaluation,
        people=people(run.path, run.step),
        samples=samples,
        real=real,
        growth=_growth(run, journal),
        walk=_walk(run),
        exhibits=_exhibits(run.path, evaluation),
    )


def _real_and_forged(run: Run, facts: Json) -> tuple[Picture | None, Picture | None]:
    """New samples; beside them as many real ones where a single one says nothing and the data are still there."""
    count, real = run.domain.shown, None
    if not run.domain.singly:
        data = _data(facts)
        if data is not None:
            count = min(count, data.card.count)
            rows = Draws(0, "report").permutation(data.card.count)[:count]
            x = torch.cat([data.batch(part).real["x"] for part in torch.split(rows, 1024)])
            real = embedded(run.preview(data.domain.decode(x)), f"{count:,} real items of {run.data.name}")
    try:
        picture = run.preview(run.sample(count))
    except (GanforgeError, ValueError, ArithmeticError):  # weights that are not finite give nothing to look at
        return real, None
    return real, embedded(picture, f"{count:,} new samples, made by the generator")


def _data(facts: Json) -> Source | None:
    """The data, if they are still where they were and have not changed."""
    card, asked = facts["data"], facts["options"]
    size = tuple(asked["size"]) if isinstance(asked["size"], list) else asked["size"]
    if not card["source"]:
        return None
    try:
        data = open_source(card["source"], DataOptions(size=size, labels=asked["labels"]), card["domain"])
    except (GanforgeError, OSError):
        return None
    return data if data.card.fingerprint == card["fingerprint"] else None


def _growth(run: Run, journal: Iterable[Json]) -> tuple[Moment, ...]:
    """Frames that the journal knows, evenly chosen (they were drawn ever more rarely)."""
    drawn = {number: float(record["kimg"]) for number, record in sampled(journal)}
    frames = [path for path in run.frames() if path.stem.isdigit() and int(path.stem) in drawn]
    moments = []
    for path in evenly(frames, _FRAMES):
        kimg = drawn[int(path.stem)]
        picture = from_file(path, f"The fixed samples after {kimg:,.1f}k samples", most=_FRAME_SIDE)
        if picture is not None:
            moments.append(Moment(kimg, picture))
    return tuple(moments)


def sampled(journal: Iterable[Json]) -> list[tuple[int, Json]]:
    """The records of drawn samples, each with its picture's number."""
    drawn = (record for record in journal if record.get("event") == "sampled")
    return [(int(record["taken"] if "taken" in record else record["step"]), record) for record in drawn]


def _episodes(run: Run, told: History, as_it_went: Sequence[Json]) -> tuple[Episode, ...]:
    """Each treatment as the fixed samples show it: when its ailment was found, and at the end of its trial."""
    frames = {int(path.stem): path for path in run.frames() if path.stem.isdigit()}
    made = []
    for each in told.treatments:
        found = before_and_after(each, as_it_went)
        if found is None:
            continue
        name, (first, then) = title(each.treated.ailment).lower(), found
        before = from_file(frames.get(first[0], run.path), f"{_place(first[1])}: {name}", most=_FRAME_SIDE)
        after = from_file(frames.get(then[0], run.path), f"{_place(then[1])}: {_outcome(each)}", most=_FRAME_SIDE)
        if before is not None and after is not None:
            made.append(Episode(f"Treatment {each.treated.number}: {each.treated.remedy.words}", before, after))
    return tuple(made)


def _place(record: Json) -> str:
    return f"At {float(record['kimg']):,.1f}k samples"


def _outcome(treatment: Treatment) -> str:
    if treatment.judged is None:
        return "the last of its trial"
    return "after the treatment" if treatment.judged.worked else "after the treatment, which did not help"


def before_and_after(
    treatment: Treatment, as_it_went: Sequence[Json]
) -> tuple[tuple[int, Json], tuple[int, Json]] | None:
    """The last pictures drawn before a treatment and before it was judged; None where there are no such two."""
    number = treatment.treated.number
    begun = [at for at, record in enumerate(as_it_went) if _tells_of(record, "treated", number)]
    if not begun:
        return None
    ended = [at for at, record in enumerate(as_it_went) if _tells_of(record, "judged", number)]
    followed = [at for at, record in enumerate(as_it_went) if record.get("event") == "treated" and at > begun[-1]]
    end = min([*ended[-1:], *followed[:1]], default=len(as_it_went))
    first, then = sampled(as_it_went[: begun[-1]]), sampled(as_it_went[begun[-1] : end])
    return (first[-1], then[-1]) if first and then else None


def _tells_of(record: Json, event: str, number: int) -> bool:
    return record.get("event") == event and record.get("number") == number


def _walk(run: Run) -> Picture | None:
    """A walk that is closed; each row begins where the last one would have gone on."""
    if not run.domain.singly:
        return None
    try:
        picture: Image.Image = run.preview(run.interpolate(_STOPS, frames=_STEPS), columns=_STEPS)
    except (GanforgeError, ValueError, ArithmeticError):
        return None
    return embedded(picture, f"Samples on the way between {_STOPS} places in latent space, row by row")


def _exhibits(folder: Path, evaluation: Evaluation | None) -> tuple[Picture, ...]:
    shown = evaluation.shown if evaluation is not None else ()
    # The name alone: an evaluation that came with a run from elsewhere must not reach beyond the run's folder
    found = (from_file(folder / "evaluation" / Path(each.file).name, each.title) for each in shown)
    return tuple(picture for picture in found if picture is not None)
