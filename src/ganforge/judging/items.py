"""The judge of single items: whether one could be real, what speaks against it, and where that is to be seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from ganforge.core.contracts import Domain, Source
from ganforge.core.records import Split, Trait
from ganforge.core.seeding import Draws
from ganforge.examining import extractor_for
from ganforge.judging._aspects import Details, Kind, Looks, seen_of
from ganforge.judging._calibrated import Combined
from ganforge.judging._nonsense import Nonsense, nonsense
from ganforge.judging._redrawn import redrawn
from ganforge.judging._rows import Rows
from ganforge.judging.forging import forged
from ganforge.metrics._cache import real_features
from ganforge.metrics.features._features import CHUNK, Extractor, Seen
from ganforge.scoring import Ruler
from ganforge.trained import Run

KEPT = 3_000
"""Training items that are compared with, at most."""
REMEMBERED = 400
"""Training items whose places are remembered."""
SPOILT = 800
"""Training items of which nonsense is made, and so many that it is told from."""
EYED = 1_000
"""Training items beside which the discriminator sees an item."""
PICTURES = 4
"""Dimensions of pictures: what has as many can be redrawn."""
FEWEST_SPOILT = 20
"""With fewer items nonsense is not learned."""
FORGERIES = 200
"""The generator's own, by which it is told how good its forgeries are."""
LOOKS, KIND, DETAILS, NONSENSE, EYE = "looks", "kind", "details", "nonsense", "eye"
"""The aspects, by name."""


@dataclass(frozen=True)
class Judgement:
    """What the judge makes of items."""

    realness: Float[Tensor, "n"]
    """Share of held-out items, one in five of them redrawn by another hand, that look less real, 0 to 1.

    Of real items it is hardly ever below 0.05, and on average about 0.6.
    """
    aspects: dict[str, Float[Tensor, "n"]]
    """By each aspect alone: the share of held-out items, redrawn by other hands, that are odder."""
    told: tuple[str, ...]
    """What a person would say against the first item: "are darker than the data"."""
    heat: Float[Tensor, "n height width"] | None
    """Where its details are odd: 0 = as usual, 1 = far beyond what real items show; None = items have no places."""


class Sight:
    """What a judge knows of the real items, whatever the checkpoint: made once a run, and never changed."""

    def __init__(
        self,
        domain: Domain,
        data: Source,
        split: Split,
        extractor: Extractor,
        progress: Callable[[float], None] = lambda share: None,
    ) -> None:
        """As for `ItemJudge`; `extractor` is what looks at items."""
        self._domain, self.extractor, self.rows = domain, extractor, Rows.of(split)
        training = self.rows.training[:KEPT]
        known = real_features(data, training, extractor)
        progress(0.3)
        x = data.batch(training[:SPOILT]).real["x"].contiguous()
        again = redrawn(x, Draws(0, "redrawn")) if x.ndim == PICTURES else x
        remembered = seen_of(extractor, torch.cat([x[:REMEMBERED], again[:REMEMBERED]]), CHUNK)
        self._looks = Looks.of(domain, torch.cat([x, again]))
        self._kind = Kind(torch.cat([known, remembered.features[len(x[:REMEMBERED]) :]]))
        self._nonsense: Nonsense | None = None
        if remembered.places and len(x) >= FEWEST_SPOILT:
            self._nonsense = self._told_from_nonsense(torch.cat([x[::2], again[1::2]]))
        progress(0.5)
        calibration = data.batch(self.rows.calibration).real["x"].contiguous()
        others = redrawn(calibration, Draws(0, "redrawn calibration")) if x.ndim == PICTURES else calibration
        seen = seen_of(extractor, calibration, CHUNK)
        self._details = Details.of(remembered, seen) if remembered.places else None
        progress(0.6)
        self.calibration, self.redrawn = calibration, others
        self.real = self.oddness(calibration, seen)[0]
        """Of the items of the calibration, by aspect."""
        self.allowed = self.oddness(others, seen_of(extractor, others, CHUNK))[0]
        """Of the same as other hands would have made them."""
        progress(0.8)

    def oddness(self, x: Float[Tensor, "n ..."], seen: Seen) -> tuple[dict[str, Tensor], Tensor | None]:
        """By aspect, always in the same order; and how far out each place is."""
        traits, far = self._domain.traits(x), None
        made = {LOOKS: self._looks.oddness(traits), KIND: self._kind.oddness(seen.features)}
        if self._details is not None:
            far = self._details.map(seen)
            made[DETAILS] = self._details.oddness(far)
        if self._nonsense is not None:
            made[NONSENSE] = self._nonsense.oddness(_numbers(seen, traits))
        return {name: value.double() for name, value in made.items()}, far

    def told(self, x: Float[Tensor, "n ..."]) -> tuple[str, ...]:
        """What a person would say against the first item."""
        return self._looks.told(self._domain.traits(x[:1]))

    def heat(self, far: Float[Tensor, "n i j"] | None, x: Tensor) -> Float[Tensor, "n height width"] | None:
        """Where items are odd, on their own pixels."""
        return None if self._details is None or far is None else _enlarged(self._details.heat(far), x)

    def _told_from_nonsense(self, x: Tensor) -> Nonsense:
        real, wrong = (
            _numbers(seen_of(self.extractor, some, CHUNK), self._domain.traits(some))
            for some in (x, nonsense(x, Draws(0, "nonsense")))
        )
        return Nonsense.of(real, wrong)


class ItemJudge:
    """Compares items with real ones in several ways at once; of a real item none of them is surprised."""

    def __init__(
        self,
        run: Run,
        data: Source,
        split: Split,
        progress: Callable[[float], None] = lambda share: None,
        sight: Sight | None = None,
    ) -> None:
        """
        Args:
            run: whose discriminator is one of the eyes, and whose generator is judged too.
            data: the run's.
            split: the run's; the report split is never looked at, unless nothing is held out.
            progress: called with the share of the work that is done.
            sight: that of another checkpoint of the same run, which spares most of the work.

        Raises:
            SettingError: there are too few items to calibrate on.
        """
        extractor = extractor_for(run.domain, run.game)
        # What the training shaped sees otherwise at every checkpoint
        known = None if extractor.partial else sight
        self.sight = known or Sight(run.domain, data, split, extractor, progress)
        self.rows = self.sight.rows
        # Of items that it was trained on, the discriminator's opinion says nothing
        rows = (self.rows.training[:EYED], self.rows.calibration)
        self._eye = Ruler(run.game, data, split, rows) if self.rows.unseen else None
        progress(0.9)
        self._scale = Combined.on(
            self._with_eye(self.sight.real, self.sight.calibration),
            self._with_eye(self.sight.allowed, self.sight.redrawn),
        )
        own = self.judge(forged(run, data, split, FORGERIES, Draws(0, "judged forgeries")))
        self.forgeries_at = float(own.realness.median())
        """The median realness of the generator's own forgeries; that of real items is about 0.6."""
        progress(1.0)

    @property
    def calibrated_on(self) -> int:
        """Real items that the shares are of."""
        return len(self.rows.calibration)

    def judge(self, x: Float[Tensor, "n ..."]) -> Judgement:
        """What it makes of items as the networks see them, each by itself, n >= 1."""
        odd, far = self.sight.oddness(x, seen_of(self.sight.extractor, x, CHUNK))
        together = self._with_eye(odd, x)
        names = [*odd, EYE][: len(together)]
        shares = self._scale.shares(together)
        return Judgement(
            self._scale.share(together).float(),
            {name: share.float() for name, share in zip(names, shares, strict=True)},
            self.sight.told(x),
            self.sight.heat(far, x),
        )

    def _with_eye(self, odd: dict[str, Tensor], x: Tensor) -> Float[Tensor, "parts n"]:
        rows = list(odd.values())
        return torch.stack(rows if self._eye is None else [*rows, self._eye.oddness(x).double()])


def _numbers(seen: Seen, traits: Sequence[Trait]) -> Float[Tensor, "n d"]:
    """All that is known of an item as a whole: what it shows, what its places are like on average, and its traits.

    The latter two are few beside the first, and weigh about as much together.
    """
    named = torch.stack([trait.values for trait in traits], 1)
    flat = [scale.float().flatten(2) for scale in seen.places]
    rows = [seen.features, *_as_heavy(named, seen)]
    if flat:
        rows += _as_heavy(torch.cat([part for maps in flat for part in (maps.mean(2), maps.std(2))], 1), seen)
    return torch.cat(rows, 1).float()


def _as_heavy(few: Tensor, seen: Seen) -> list[Tensor]:
    return [few] * max(1, round(seen.features.shape[1] / few.shape[1]))


def _enlarged(heat: Float[Tensor, "n i j"], x: Tensor) -> Float[Tensor, "n height width"]:
    size = (int(x.shape[2]), int(x.shape[3]))
    return F.interpolate(heat[:, None], size, mode="bilinear", align_corners=False)[:, 0]
