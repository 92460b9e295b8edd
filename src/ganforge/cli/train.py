"""Train a generator on your data; with no arguments, on handwritten digits."""

from __future__ import annotations

import shlex
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter
from rich.console import Console

from ganforge.core.errors import SettingError

if TYPE_CHECKING:
    from ganforge.checking import Checked
    from ganforge.session import Tell


def command(
    source: str | None = None,
    /,
    *,
    recipe: str | None = None,
    size: str | None = None,
    labels: Annotated[bool | None, Parameter(negative="")] = None,
    minutes: float | None = None,
    kimg: float | None = None,
    out: Path | None = None,
    seed: int | None = None,
    set_: Annotated[tuple[str, ...] | None, Parameter(name="--set", negative="")] = None,
    resume: str | None = None,
    device: str | None = None,
    threads: int | None = None,
    precision: Literal["float32", "bfloat16"] | None = None,
    channels_last: bool | None = None,
    micro_batches: int | None = None,
    compiled: bool | None = None,
    tensorboard: Annotated[bool | None, Parameter(negative="")] = None,
    report: bool | None = None,
    doctor: Literal["treat", "watch", "off"] | None = None,
    check: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Train a generator on your data.

    Works with no flag; each of them is a refinement. Ctrl-C saves, and says how to go on.

    Parameters
    ----------
    source
        A folder or zip of pictures, an .npy, .npz, .csv or .txt file, or a built-in sample: digits, icons, ring,
        grid, spiral. Handwritten digits if not given.
    recipe
        A complete set of choices by name; `ganforge recipes` lists them. Chosen for your data if not given.
    size
        Pictures: 64, or 64x48 (width x height). Chosen from the data if not given.
    labels
        Sub-folders are classes; both networks are told them.
    minutes
        How long to train. Chosen from the data if not given.
    kimg
        The same in thousands of samples shown; with --minutes, whichever is reached first.
    out
        Folder in which the run's folder is made; ./runs if not given.
    seed
        A whole number, 0 if not given: another seed, another run.
    set_
        A value of the recipe by its path: --set generator.lr.start=1e-3. Can be repeated.
    resume
        Go on with this run (its folder or number) where it stopped; name the source only if the data have moved.
    device
        cpu, cuda or mps; the best there is if not given.
    threads
        CPU threads; measured if not given.
    precision
        What products are computed in; measured if not given.
    channels_last
        Pictures lie in memory with their channels beside each other, or not; measured if not given.
    micro_batches
        Compute a batch in so many parts, which needs less memory; as few as memory allows if not given.
    compiled
        Losses are compiled for this machine and these networks, or not; where it pays within the run if not given.
    tensorboard
        Also write TensorBoard events.
    report
        --no-report: do not judge the samples at the end, and write no report.html.
    doctor
        treat: see what goes wrong, and cure it. watch: see and tell it. off: neither. If not given: treat where the
        recipe was chosen for your data, watch where you named one.
    check
        Look at the data and the recipe, say what stands in the way of a good training and how fast each way to
        compute it is here, and train nothing.
    """
    from ganforge import api
    from ganforge.cli._main import INTERRUPTED
    from ganforge.cli._picture import show_picture
    from ganforge.cli._progress import ProgressBar

    console = Console(highlight=False)
    progress = ProgressBar(console)

    def tell(text: str) -> None:
        console.print(text, markup=False, soft_wrap=True)

    given: dict[str, Any] = {
        "recipe": recipe,
        "size": _size(size),
        "labels": labels,
        "minutes": minutes,
        "kimg": kimg,
        "out": out,
        "seed": seed,
        "settings": _settings(set_),
        "device": device,
        "threads": threads,
        "precision": precision,
        "channels_last": channels_last,
        "micro_batches": micro_batches,
        "compiled": compiled,
        "tensorboard": tensorboard,
        "report": report,
        "doctor": doctor,
    }
    options = {name: value for name, value in given.items() if value is not None}
    if check:
        if resume is not None:
            raise SettingError("--check looks at data and recipe before a run begins; leave out --resume.")
        from ganforge.checking import check as look_beforehand

        show_checked(look_beforehand(source or DEFAULT_SOURCE, api.Options(**options), tell=tell), tell)
        return 0
    with closing(progress):
        if resume is None:
            run = api.train(source or DEFAULT_SOURCE, api.Options(**options), observers=(progress,), tell=tell)
        elif options:
            flags = ", ".join(f"--{'set' if name == 'settings' else name.replace('_', '-')}" for name in options)
            raise SettingError(f"A resumed run goes on with what it was started with; leave out {flags}.")
        else:
            run = api.resume(resume, source=source, observers=(progress,), tell=tell)
    path = shlex.quote(str(run.path))
    if run.folder.status() != "done":
        tell(f"Go on with: ganforge train --resume {path}")
        tell(f"See how far it got: ganforge report {path}")
        return INTERRUPTED if run.folder.status() == "interrupted" else 0
    show_picture(run.preview(run.sample(SHOWN_IN_TERMINAL)), console)
    tell(f"New samples: ganforge generate {path}")
    return 0


def show_checked(checked: Checked, tell: Tell) -> None:
    """Print what a look beforehand gave."""
    from ganforge.watch.history import SEVERITIES, inspection_line, title

    tell(inspection_line(checked.inspected.values))
    for finding in checked.findings:
        tell(f"{title(finding.ailment)} ({SEVERITIES[finding.severity]}): {finding.sentence}")
    for concern in checked.concerns:
        tell(f"- {concern.sentence}{f' Rather: {concern.cure}' if concern.cure else ''}")
    if checked.findings or checked.concerns:
        tell("All this is advice: without --check the training begins as you ask for it.")
    else:
        tell("Nothing stands in the way of this training.")


DEFAULT_SOURCE = "digits"
SHOWN_IN_TERMINAL = 18


def _size(text: str | None) -> int | tuple[int, int] | None:
    if text is None:
        return None
    parts = text.lower().split("x")
    if len(parts) > 2 or not all(part.isdecimal() and int(part) > 0 for part in parts):
        raise SettingError(f"--size {text} is no size; give one number of pixels (64) or WIDTHxHEIGHT (64x48).")
    numbers = [int(part) for part in parts]
    return numbers[0] if len(numbers) == 1 else (numbers[1], numbers[0])


def _settings(pairs: tuple[str, ...] | None) -> dict[str, str] | None:
    if pairs is None:
        return None
    settings = {}
    for pair in pairs:
        path, equals, value = pair.partition("=")
        if not equals or not path:
            raise SettingError(
                f"--set {pair} is not understood; write --set PATH=VALUE, as in generator.lr.start=1e-3."
            )
        settings[path] = value
    return settings
