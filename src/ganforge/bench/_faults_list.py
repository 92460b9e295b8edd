"""The faults that `bench faults` plants. A new one is a function in `_faults_planted.py` and a line in `FAULTS`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from ganforge.bench._faults_planted import (
    Material,
    blank,
    blur,
    bridges,
    brighter,
    broken_correlation,
    checkerboard,
    collapse_to_one,
    copies,
    cut_tails,
    disobeyed_class,
    duplicates,
    framed,
    half_mixed,
    inverted,
    lift,
    low_contrast,
    mirrored,
    missing_classes,
    missing_clusters,
    missing_region,
    more_red,
    near_copies,
    near_duplicates,
    noise,
    one_value,
    only_noise,
    outliers,
    paler,
    patch,
    pixelated,
    posterised,
    rare_class,
    reversed_correlation,
    rotated_cloud,
    shift,
    shuffled_classes,
    specks,
    spread_clusters,
    swapped_colours,
    towards_the_mean,
    turned,
    wrong_place,
    wrong_scale,
    zoom,
)

Make = Callable[[Material, float], Float[Tensor, "j ..."]]


@dataclass(frozen=True)
class Fault:
    """A way in which samples can be wrong."""

    name: str
    needs: str
    """The kind of data that it can be planted in."""
    strengths: tuple[float, ...]
    """From faint to coarse."""
    scores: str
    """A pattern of "metric/score" of the scores that are meant to show it."""
    words: str
    """A pattern of what the sentence is to say of it."""
    make: Make
    asked: bool = False
    """The samples were asked to be of their labels' classes."""


_UNREAL = r"no real item|hardly ever look like"
_GENERAL = _UNREAL + r"|told from real|kinds too often"
_TOGETHER = r"rise together|told from real|" + _UNREAL
_KINDS = r"class.balance/"
_FIT = r"(frechet|kernel|sliced-wasserstein|classifier|precision-recall|density-coverage)/"
_MISSING = (
    r"hardly make|make none|make too few|make no|miss|leave .* unreached|hardly anything of|kinds too often|"
    r"too little of"
)
_REPEATING = r"repeat themselves|less varied"
_COPIED = r"copies|closer to the training"

FAULTS = (
    Fault("missing classes", "classes", (1.0, 2.0, 5.0, 9.0), _KINDS, _MISSING, missing_classes),
    Fault("rare class", "classes", (0.3, 0.1), _KINDS, _MISSING + "|too few", rare_class),
    Fault(
        "class disobeyed",
        "classes",
        (0.5, 1.0),
        _KINDS,
        _MISSING + "|of the class that was asked",
        disobeyed_class,
        asked=True,
    ),
    Fault(
        "classes shuffled", "classes", (0.2, 1.0), _KINDS, "of the class that was asked", shuffled_classes, asked=True
    ),
    Fault("missing clusters", "clusters", (1.0, 2.0, 4.0), _KINDS, _MISSING, missing_clusters),
    Fault("missing region", "pictures", (0.1, 0.25, 0.5), _KINDS + r"|density-coverage/", _MISSING, missing_region),
    Fault("missing region", "numbers", (0.1, 0.25, 0.5), _KINDS + r"|density-coverage/", _MISSING, missing_region),
    *(
        Fault(name, kind, strengths, scores, words, make)
        for kind in ("pictures", "numbers")
        for name, strengths, scores, words, make in (
            ("duplicates", (0.5, 0.1, 0.02), r"(duplicates|vendi|density-coverage)/", _REPEATING, duplicates),
            ("near duplicates", (0.5, 0.1, 0.02), r"(duplicates|vendi|density-coverage)/", _REPEATING, near_duplicates),
            (
                "collapse to one",
                (0.0, 0.05),
                r"(duplicates|vendi|density-coverage)/",
                rf"{_REPEATING}|{_MISSING}",
                collapse_to_one,
            ),
            ("copies", (0.1, 0.3, 1.0), r"memorisation/", _COPIED, copies),
            ("near copies", (0.1, 0.3, 1.0), r"memorisation/", _COPIED, near_copies),
            (
                "towards the mean",
                (0.2, 0.5),
                r"(traits|vendi)/|" + _FIT,
                r"contrast|vary too little|less varied",
                towards_the_mean,
            ),
        )
    ),
    Fault("two items mixed", "pictures", (0.3, 1.0), r"traits/|" + _FIT, r"contrast|blur|" + _GENERAL, half_mixed),
    Fault("blur", "pictures", (0.5, 0.8, 1.5), r"traits/trait: sharpness", "blurrier", blur),
    Fault("noise", "pictures", (0.05, 0.1, 0.3), r"traits/trait: (noise|sharpness)", r"noisier|sharper", noise),
    Fault(
        "specks",
        "pictures",
        (0.005, 0.02, 0.1),
        r"traits/trait: (noise|sharpness)",
        r"noisier|sharper|" + _GENERAL,
        specks,
    ),
    Fault("shift", "placed", (1.0, 2.0, 4.0), r"traits/trait: horizontal", "further right", shift),
    Fault("lift", "placed", (1.0, 2.0, 4.0), r"traits/trait: vertical", "higher", lift),
    Fault("zoom", "pictures", (1.1, 1.3), r"traits/|" + _FIT, r"wider|taller|border|blur|" + _GENERAL, zoom),
    Fault(
        "mirrored",
        "upright",
        (0.5, 1.0),
        r"traits/trait: (slant|horizontal)|" + _FIT,
        r"lean|left|" + _GENERAL,
        mirrored,
    ),
    Fault("turned", "upright", (0.1, 0.3, 1.0), r"traits/|" + _FIT, r"wider|tall|narrow|lean|" + _GENERAL, turned),
    Fault(
        "inverted",
        "pictures",
        (0.1, 0.3, 1.0),
        r"traits/|" + _FIT,
        r"brighter|darker|border|too much|" + _GENERAL,
        inverted,
    ),
    Fault("low contrast", "pictures", (0.9, 0.7, 0.4), r"traits/trait: contrast", "less contrast", low_contrast),
    Fault("brighter", "pictures", (0.1, 0.3), r"traits/trait: brightness", "brighter", brighter),
    Fault(
        "blank", "pictures", (0.05, 0.2), r"traits/|" + _FIT, r"contrast|bright|blur|repeat|too many|" + _GENERAL, blank
    ),
    Fault(
        "only noise", "pictures", (0.05, 0.2), r"traits/|" + _FIT, r"noisier|sharper|too many|" + _GENERAL, only_noise
    ),
    Fault(
        "checkerboard", "pictures", (0.05, 0.1, 0.3), r"traits/trait: (pixel|sharp)", "pattern|sharper", checkerboard
    ),
    Fault(
        "pixelated",
        "pictures",
        (2.0, 4.0),
        r"traits/trait: (sharpness|noise)|" + _FIT,
        r"blur|grain|pixel pattern|" + _GENERAL,
        pixelated,
    ),
    Fault(
        "few shades",
        "pictures",
        (8.0, 4.0, 2.0),
        r"traits/|" + _FIT,
        r"contrast|sharper|noisier|" + _GENERAL,
        posterised,
    ),
    Fault(
        "bright patch",
        "pictures",
        (2.0, 4.0, 8.0),
        r"traits/|" + _FIT,
        r"brighter|left|higher|wider|" + _GENERAL,
        patch,
    ),
    Fault("grey frame", "pictures", (0.0,), r"traits/|" + _FIT, r"border|" + _GENERAL, framed),
    Fault("too much red", "colour", (0.1, 0.2, 0.4), r"traits/trait: red", "too much red", more_red),
    Fault("colours swapped", "colour", (0.3, 1.0), r"traits/trait: (red|blue)", r"(red|blue)", swapped_colours),
    Fault("paler", "colour", (0.2, 0.5, 1.0), r"traits/trait: colourfulness", "paler", paler),
    Fault("clusters too wide", "clusters", (1.5, 2.0, 4.0), _FIT, _GENERAL, spread_clusters),
    Fault(
        "clusters too narrow",
        "clusters",
        (0.5, 0.2),
        r"(density-coverage|vendi|duplicates|classifier)/",
        r"crowd|repeat|miss|told from|less varied",
        spread_clusters,
    ),
    Fault("bridges", "clusters", (0.05, 0.2, 1.0), _FIT, _GENERAL, bridges),
    Fault("outliers", "numbers", (0.02, 0.1), r"traits/|" + _FIT, r"spread|outside|" + _GENERAL, outliers),
    Fault("rotated", "clusters", (5.0, 20.0), _FIT, _GENERAL + "|miss", rotated_cloud),
    Fault(
        "wrong scale", "table", (1.3, 2.0, 5.0), r"traits/trait: spread of weight", "spread in 'weight'", wrong_scale
    ),
    Fault("wrong place", "table", (0.3, 1.0), r"traits/trait: mean of height", "too high in 'height'", wrong_place),
    Fault(
        "broken correlation", "table", (0.5, 1.0), r"traits/trait: correlation|" + _FIT, _TOGETHER, broken_correlation
    ),
    Fault("reversed correlation", "table", (0.5, 1.0), r"traits/trait: correlation", _TOGETHER, reversed_correlation),
    Fault(
        "tails cut",
        "table",
        (2.0, 1.0),
        r"traits/trait: (spread|tails)|" + _FIT,
        r"vary too little|outliers",
        cut_tails,
    ),
    Fault("one value", "table", (0.3, 1.0), r"traits/|" + _FIT, r"'age'|" + _GENERAL, one_value),
)
"""All faults."""
