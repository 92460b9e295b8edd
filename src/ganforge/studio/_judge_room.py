"""You are the forger: what somebody draws, places or brings, before the judge."""

from __future__ import annotations

import base64

import numpy as np
from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from torch import Tensor

from ganforge.core.contracts import Domain
from ganforge.judging.items import DETAILS, EYE, KIND, LOOKS, NONSENSE
from ganforge.judging.sets import LARGEST, MEAN, SPREAD, WORST
from ganforge.studio._judging import FORGED_BELOW, Building, Judges, from_file, from_pixels, from_rows
from ganforge.studio._play_bodies import Forgery, Heat, ItemSize, JudgeState, RunId, Verdict
from ganforge.studio._raw import raw
from ganforge.studio._tables import Tables
from ganforge.studio.errors import TooLarge, Unusable
from ganforge.studio.shelf import Shelf

MOST_BYTES = 8 * 2**20
"""Of a picture that is brought."""
_SEEN = 0.2
"""Shares below this are worth a word."""
_AGAINST = {
    LOOKS: "how it looks as a whole",
    KIND: "what it shows",
    DETAILS: "its details",
    NONSENSE: "there is hardly anything in it that real ones have",
    EYE: "what the discriminator sees in it",
    MEAN: "where the points lie",
    WORST: "the oddest of the points",
    SPREAD: "how the points are spread",
}
"""What is said of an aspect by which something looks less real than most."""


def add_judge(api: APIRouter, shelf: Shelf, tables: Tables) -> None:
    """Add what the judge answers."""
    judges = Judges()

    def bench(run: str) -> tuple[Domain, Building]:
        opened = shelf.opened(run)
        return opened.run.domain, judges.of(run, opened)

    @api.get("/judge")
    def state(run: RunId) -> JudgeState:
        """Whether the judge is ready; the first time, it is built now."""
        opened = shelf.opened(run)
        building = judges.of(run, opened)
        domain, dealer = opened.run.domain, tables.of(run, opened)
        return JudgeState(
            ready=building.items is not None or building.sets is not None,
            progress=building.share,
            words=_state(building),
            item=ItemSize.of(dealer.item),
            singly=domain.singly,
            columns=[] if domain.singly else [unit.name for unit in domain.units()],
            most=1 if domain.singly else LARGEST,
            passes_from=FORGED_BELOW,
            paper=None if dealer.ground.paper is None else list(dealer.ground.paper),
            bounds=dealer.ground.bounds,
        )

    @api.post("/judge")
    def judge(run: RunId, forgery: Forgery) -> Verdict:
        """Judge what a player made."""
        domain, building = bench(run)
        if forgery.pixels is not None:
            if not domain.singly:
                raise Unusable("Items of this run are numbers: send rows.")
            sent = forgery.pixels
            return _item_verdict(
                domain,
                building,
                from_pixels(domain, sent.height, sent.width, sent.channels, sent.data),
                forgery.hand,
            )
        if domain.singly:
            raise Unusable("Items of this run are pictures: send pixels.")
        return _set_verdict(domain, building, from_rows(domain, forgery.rows or []), forgery.hand)

    @api.post(
        "/judge/upload",
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {"image/*": {"schema": {"type": "string", "format": "binary"}}},
            }
        },
    )
    async def upload(run: RunId, request: Request) -> Verdict:
        """Judge a picture's file: PNG, JPEG, WebP, GIF or BMP."""
        content = await _bounded(request)
        return await run_in_threadpool(_brought, *bench(run), content)


def _brought(domain: Domain, building: Building, content: bytes) -> Verdict:
    if not domain.singly:
        raise Unusable("Items of this run are no pictures: place points instead.")
    return _item_verdict(domain, building, from_file(domain, content))


async def _bounded(request: Request) -> bytes:
    """The body, as long as it is not too long."""
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > MOST_BYTES:
            raise TooLarge(f"The file is larger than {MOST_BYTES // 2**20} MB. Scale the picture down first.")
    return bytes(content)


def _state(building: Building) -> str:
    if building.failed is not None:
        return building.failed
    judge = building.items or building.sets
    if judge is None:
        return f"The judge is looking at real items ({building.share:.0%})."
    kept = "" if judge.rows.unseen else ", as few are held out, some of them trained on"
    return f"The judge is ready. It was calibrated on {judge.calibrated_on:,} real items{kept}."


def _item_verdict(domain: Domain, building: Building, x: Tensor, hand: str = "") -> Verdict:
    made = building.judged(x[:1], hand)
    realness = float(made.realness[0])
    aspects = {name: float(share[0]) for name, share in made.aspects.items()}
    heat = None
    if made.heat is not None:
        values = np.rint(made.heat[0].numpy() * 255).astype(np.uint8)
        data = base64.b64encode(values.tobytes()).decode("ascii")
        heat = Heat(height=values.shape[0], width=values.shape[1], values=data)
    return Verdict(
        realness=realness,
        forgeries_at=building.items.forgeries_at if building.items is not None else 0.0,
        verdict="forged" if realness < FORGED_BELOW else "real",
        words=_words(realness, aspects, made.told),
        aspects=aspects,
        heat=heat,
        each=None,
        judged_as=raw(domain, domain.decode(x[:1])),
    )


def _set_verdict(domain: Domain, building: Building, x: Tensor, hand: str) -> Verdict:
    made = building.judged_set(x, hand)
    far = int((made.each < FORGED_BELOW).sum())
    told = (f"{far} of {len(x)} lie where only one real one in twenty does",) if far > len(x) * FORGED_BELOW else ()
    return Verdict(
        realness=made.realness,
        forgeries_at=made.forgeries_at,
        verdict="forged" if made.realness < FORGED_BELOW else "real",
        words=_words(made.realness, made.aspects, told),
        aspects=made.aspects,
        heat=None,
        each=made.each.tolist(),
        judged_as=raw(domain, domain.decode(x)),
    )


def _words(realness: float, aspects: dict[str, float], told: tuple[str, ...]) -> str:
    if realness < FORGED_BELOW:
        text = f"Forged: of what it was calibrated on, hardly any looks less real ({realness:.1%})."
    else:
        text = f"Could be real: {realness:.0%} of what it was calibrated on look less real."
    odd = sorted((name for name, share in aspects.items() if share < _SEEN), key=lambda name: aspects[name])
    if odd:
        text += f" What speaks against it: {'; '.join(_AGAINST[name] for name in odd[:2])}."
    if odd and told:
        text += f" {told[0][0].upper()}{told[0][1:]}." if told[0][0].isdigit() else f" Such ones {told[0]}."
    return text
