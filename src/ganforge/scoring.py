"""How real new things look to a run: its discriminator put to use, calibrated on real items that it never saw.

A discriminator's score alone does not do. It learned to tell data from this generator's forgeries, and may find
anything else (an all white picture, an inverted one) as real as data. What it computes just before its score does know
such things: they point elsewhere than the training data do. An item is therefore as odd as the odder of two says: the
score, and the angle between its features and those of the training items nearest to it (as out-of-distribution
detection does with classifiers' features: Sun et al., arXiv:2204.06507, section 3).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor
from torch.nn import functional as F

from ganforge.core.contracts import Source
from ganforge.core.errors import DataError, RunError
from ganforge.core.records import Items, Split
from ganforge.core.seeding import Draws
from ganforge.games._game import PlayableGame
from ganforge.metrics._neighbours import nearest
from ganforge.runs.files import telling, write_whole
from ganforge.trained import Run, same_data, stored_split

NEIGHBOURS = 5
"""Training items whose features an item's are compared with: one that strayed into the data by mistake is outvoted."""
MOST = 10_000
"""Training items, and held-out items, that are looked at, at most ..."""
MOST_NUMBERS = 1 << 27
"""... and fewer where their features are long: together so many numbers (512 MB)."""
CHUNK = 250
"""Items that the judge looks at together."""
TAIL = 0.95
"""Oddness is 1 where so many of the held-out items are less odd."""


@dataclass(frozen=True)
class Look:
    """What a judge makes of items."""

    scores: Float[Tensor, "n"]
    """Higher is more real."""
    distances: Float[Tensor, "n"]
    """From the training items nearest to it, in D's features: 0 = the same direction, 2 = opposite ones."""


@dataclass(frozen=True)
class Scored:
    """New items with how real they look."""

    items: Items
    look: Look
    features: Float[Tensor, "n d"]
    """The discriminator's, of each item."""
    oddness: Float[Tensor, "n"]
    """0 = as usual as held-out items are; 1 = as odd as the oddest 5 % of them."""
    odder: Int[Tensor, "n"]
    """How many of the held-out items are as odd as it or odder."""
    held_out: int
    """So many they are."""

    @cached_property
    def how_real(self) -> Float[Tensor, "n"]:
        """The chance that a real item would look no more real, from 1 / (held out + 1) to 1.

        Of real items, at most a share p has a value of p or less (Vovk et al. 2005, Algorithmic Learning, section 2).
        """
        return (self.odder + 1.0) / (self.held_out + 1.0)

    @cached_property
    def ranking(self) -> Int[Tensor, "n"]:
        """The items' places, least real first."""
        return self.oddness.argsort(descending=True, stable=True)

    def beyond(self, share: float) -> int | None:
        """How many items look less real than this share of held-out items; None = too few were held out to tell."""
        allowed = (1.0 - share) * (1 + 1e-9)
        return None if 1.0 / (self.held_out + 1) > allowed else int((self.how_real <= allowed).sum())

    def words(self, place: int) -> str:
        """How real the item at this place is: "less real than 99 % of held-out items"."""
        odder, all_of_them = int(self.odder[place]), self.held_out
        if odder in {0, all_of_them}:
            them = f"all {all_of_them:,} held-out items" if all_of_them != 1 else "the only held-out item"
            return f"{'less' if odder == 0 else 'more'} real than {them}"
        if 2 * odder < all_of_them:
            return f"less real than {100 * (all_of_them - odder) // all_of_them} % of held-out items"
        return f"more real than {100 * odder // all_of_them} % of held-out items"


class Ruler:
    """A run's judge with what it makes of the run's own data."""

    def __init__(
        self,
        game: PlayableGame,
        data: Source,
        split: Split,
        rows: tuple[Int[Tensor, "m"], Int[Tensor, "n"]] | None = None,
    ) -> None:
        """
        Args:
            game: whose judge.
            data: the run's.
            split: the run's.
            rows: to compare with, and to calibrate on; None = the training items, and all that are held out.
        """
        self._game = game
        training, held_out = _rows(split) if rows is None else rows
        _, length = self._appraised(data.batch(training[:1]).real["x"])[1].shape
        most = max(NEIGHBOURS, min(MOST, MOST_NUMBERS // length))
        parts = [self._appraised(data.batch(part).real["x"])[1] for part in torch.split(training[:most], CHUNK)]
        self._directions = F.normalize(torch.cat(parts), dim=1)
        looks = [self.look(data.batch(part).real["x"])[0] for part in torch.split(held_out[:MOST], CHUNK)]
        self._real = Look(torch.cat([look.scores for look in looks]), torch.cat([look.distances for look in looks]))
        self._real_oddness = self._oddness(self._real)

    def look(self, x: Float[Tensor, "n ..."]) -> tuple[Look, Float[Tensor, "n d"]]:
        """What the judge makes of items, and the features that it has of them."""
        scores, features = self._appraised(x)
        # Between vectors of length 1, the squared distance is 2 - 2 cos
        near = nearest(F.normalize(features, dim=1), self._directions, NEIGHBOURS)[0]
        return Look(scores, near.square().mean(1).float() / 2), features

    def measure(self, items: Items) -> Scored:
        """How real new items look."""
        look, features = self.look(items.x)
        oddness = self._oddness(look)
        as_odd = len(self._real_oddness) - torch.searchsorted(self._real_oddness.sort().values, oddness)
        return Scored(items, look, features, oddness, as_odd, len(self._real_oddness))

    def oddness(self, x: Float[Tensor, "n ..."]) -> Float[Tensor, "n"]:
        """How odd items are: 0 = as usual as real ones, 1 = as odd as the oddest 5 % of them."""
        return self._oddness(self.look(x)[0])

    def _appraised(self, x: Tensor) -> tuple[Tensor, Tensor]:
        parts = [self._game.appraise(part) for part in torch.split(x, CHUNK)]
        return torch.cat([part.scores for part in parts]), torch.cat([part.features for part in parts])

    def _oddness(self, look: Look) -> Tensor:
        return torch.maximum(_scaled(-look.scores, -self._real.scores), _scaled(look.distances, self._real.distances))


def _scaled(values: Tensor, real: Tensor) -> Tensor:
    """0 at the real items' median, 1 where their oddest begin."""
    middle = real.median()
    return (values - middle) / (real.quantile(TAIL) - middle).clamp_min(1e-9)


def _rows(split: Split) -> tuple[Tensor, Tensor]:
    """Rows to compare with and rows to calibrate on, each in random order."""
    training = split.train[Draws(0, "ruler").permutation(len(split.train))]
    if not split.held_out:
        half = len(training) // 2
        return training[half:], training[:half]
    held_out = torch.cat([split.report, split.select])
    return training, held_out[Draws(0, "ruler, held out").permutation(len(held_out))]


def score(run: Run, new: Any, *, source: Any = None, tell: Callable[[str], None] = lambda text: None) -> Scored:
    """How real new items look to a run.

    Args:
        run: whose discriminator.
        new: the items: whatever the run's kind of data can be read from; one is enough.
        source: the run's data, only if they have moved or were an array in memory.
        tell: called with a sentence when something takes long, or should be known.

    Raises:
        DataError: there is nothing usable in `new`, or it is of another kind than the run's data.
        RunError: the run's data, which the scores are calibrated on, cannot be opened.
    """
    items = run.domain.read(new, tell)
    for note in items.notes:
        tell(note)
    try:
        data = same_data(run.folder, source, tell=tell)
    except (DataError, RunError) as error:
        raise RunError(
            f"How real things look is told by the items that this run held out, and they cannot be read: {error} "
            "If the data have moved, say where they are now with --source."
        ) from error
    split = stored_split(run.folder)
    tell("Looking at the training and held-out items ...")
    if not split.held_out:
        tell("Nothing was held out, as there are too few (different) items: all new ones look less real than they are.")
    return Ruler(run.game, data, split).measure(items)


def write_scored(run: Run, scored: Scored, folder: Path, *, features: bool = False) -> list[Path]:
    """The table, the contact sheet and, if asked for, D's features as files in `folder`.

    `scores.csv`: least real first; `sheet.png`: the least and the most real; `features.npy` (n, d) with the names of
    its rows in `features.csv`.

    Raises:
        RunError: the folder cannot be written.
    """
    names = scored.items.names
    lines = [
        (rank, names[place], f"{float(scored.how_real[place]):.6g}", *_numbers(scored, place))
        for rank, place in enumerate(scored.ranking.tolist(), 1)
    ]
    files = {
        "scores.csv": _csv([("rank", "item", "how_real", "oddness", "score", "distance"), *lines]),
        "sheet.png": _png(contact_sheet(run, scored)),
    }
    if features:
        buffer = io.BytesIO()
        np.save(buffer, scored.features.numpy())
        files["features.npy"] = buffer.getvalue()
        files["features.csv"] = _csv([("row", "item"), *enumerate(names)])
    with telling(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            write_whole(folder / name, content)
    return [folder / name for name in files]


def _numbers(scored: Scored, place: int) -> tuple[str, ...]:
    values = (scored.oddness, scored.look.scores, scored.look.distances)
    return tuple(f"{float(value[place]):.6g}" for value in values)


def _csv(lines: Sequence[Sequence[object]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(lines)
    return text.getvalue().encode("utf-8", "backslashreplace")  # a file's name need not be valid text


def _png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


SHOWN, IN_A_ROW = 24, 8
"""Tiles of the least and of the most real on a contact sheet, at most."""
TILE, CAPTION, MARGIN, TITLE = 112, 34, 12, 52
"""Pixels."""
PAPER, INK, PALE = "#ffffff", "#1c1c22", "#6a6a74"


def contact_sheet(run: Run, scored: Scored) -> Image.Image:
    """The least real and the most real items, with their numbers, as one RGB picture."""
    ranked = scored.ranking.tolist()
    count = min(SHOWN if run.domain.singly else run.domain.shown, -(-len(ranked) // 2))
    least, most = ranked[:count], ranked[::-1][: min(count, len(ranked) - count)]
    first, last = (f"The {len(places):,}" if len(places) > 1 else "The" for places in (least, most))
    blocks = [(f"{first} least real of {len(ranked):,}", least), (f"{last} most real", most)]
    draw = _tiles if run.domain.singly else _together
    parts = [draw(run, scored, title, places) for title, places in blocks if places]
    sheet = Image.new("RGB", (max(part.width for part in parts), sum(part.height for part in parts)), PAPER)
    top = 0
    for part in parts:
        sheet.paste(part, (0, top))
        top += part.height
    return sheet


def _tiles(run: Run, scored: Scored, title: str, places: Sequence[int]) -> Image.Image:
    """Each item by itself, with its rank, how real it is, and its name."""
    rank_of = {place: rank for rank, place in enumerate(scored.ranking.tolist(), 1)}
    rows = -(-len(places) // IN_A_ROW)
    cell = (TILE + MARGIN, TILE + CAPTION + MARGIN)
    block = Image.new("RGB", (IN_A_ROW * cell[0] + MARGIN, TITLE + rows * cell[1]), PAPER)
    draw = ImageDraw.Draw(block)
    _head(draw, title, "Below each: its rank, and how many of 100 real items would look no more real.")
    decoded = run.domain.decode(scored.items.x[list(places)])
    for number, place in enumerate(places):
        x, y = MARGIN + number % IN_A_ROW * cell[0], TITLE + number // IN_A_ROW * cell[1]
        picture = run.preview(decoded[number : number + 1])
        picture.thumbnail((TILE, TILE))
        block.paste(picture, (x + (TILE - picture.width) // 2, y + TILE - picture.height))
        share = f"{rank_of[place]:,}   {_percent(float(scored.how_real[place]))}"
        draw.text((x, y + TILE + 3), share, INK, ImageFont.load_default(13))
        draw.text((x, y + TILE + 18), _shortened(scored.items.names[place]), PALE, ImageFont.load_default(11))
    return block


def _together(run: Run, scored: Scored, title: str, places: Sequence[int]) -> Image.Image:
    """All items in one picture, for kinds of data of which one alone is nothing to look at."""
    picture = run.preview(run.domain.decode(scored.items.x[list(places)]))
    block = Image.new("RGB", (picture.width + 2 * MARGIN, picture.height + TITLE + MARGIN), PAPER)
    lowest, highest = (_percent(float(share)) for share in scored.how_real[list(places)].aminmax())
    _head(ImageDraw.Draw(block), title, f"Of real items, {lowest} to {highest} would look no more real.")
    block.paste(picture, (MARGIN, TITLE))
    return block


def _head(draw: ImageDraw.ImageDraw, title: str, meaning: str) -> None:
    draw.text((MARGIN, 10), title, INK, ImageFont.load_default(16))
    draw.text((MARGIN, 31), meaning, PALE, ImageFont.load_default(11))


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.1 else f"{100 * share:.2g} %"


def _shortened(name: str) -> str:
    """A name's last letters, as many as fit below a tile; what no font has becomes a question mark."""
    font = ImageFont.load_default(11)
    text = Path(name).name.encode("latin-1", "replace").decode("latin-1")
    if font.getlength(text) <= TILE:
        return text
    while font.getlength(f"...{text}") > TILE:
        text = text[1:]
    return f"...{text}"
