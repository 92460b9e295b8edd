"""Exploring what a generator has learned: samples, directions, likenesses in the data, films and favourites."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from typing import Annotated, Any

import numpy.typing as npt
import torch
from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import FileResponse
from torch import Tensor

from ganforge.studio._directions import Directions, directions_of
from ganforge.studio._exploring import (
    DecodeAsked,
    DecodeTold,
    DirectionTold,
    ExploreTold,
    FavouriteAsked,
    FavouriteTold,
    FilmAsked,
    MapTold,
    NearestAsked,
    NearestTold,
    OnnxTold,
    SamplesAsked,
    SamplesTold,
    ShapeTold,
)
from ganforge.studio._favourites import Favourite, Favourites
from ganforge.studio._film import film
from ganforge.studio._models import Models
from ganforge.studio._nearest import Nearest, told
from ganforge.studio._raw import Pixels, Rows, names_of, raw
from ganforge.studio.errors import Unusable
from ganforge.studio.shelf import Opened, Shelf

KEPT = 8
"""Checkpoints whose directions are in memory."""
EXTENT = 3.0
"""How far the map reaches on each side of its middle, in typical steps."""
PATIENCE = 60.0
"""Seconds that the model's file is waited for."""
_ANSWER = 32_000_000
"""Bytes of samples in one list of favourites; older ones are had with `offset`."""
_SMALL = 160
"""Pixels of a favourite's picture where the domain draws it."""

RunId = Annotated[str, Path(max_length=255)]
StepAsked = Annotated[int | None, Query(ge=0, le=2**53)]


class Explorers:
    """What is remembered between requests."""

    def __init__(self, shelf: Shelf, models: Models) -> None:
        self.models = models
        self.nearest = Nearest()
        self._shelf = shelf
        self._lock = threading.Lock()
        self._favourites = threading.Lock()
        self._directions: OrderedDict[tuple[str, str, int], Directions] = OrderedDict()

    def opened(self, run: str, step: int | None = None) -> Opened:
        """A run at a checkpoint, the best if none is named.

        Raises:
            NoSuchRun: there is no such run.
            NotYet: it has no checkpoint, or not this one any more.
        """
        return self._shelf.opened(run, "best" if step is None else step)

    def favourites(self, run: str) -> Favourites:
        """A run's favourites.

        Raises:
            NoSuchRun: there is no such run.
        """
        return Favourites(self._shelf.folder(run).path, self._favourites)

    def directions(self, opened: Opened) -> Directions:
        """The directions of a checkpoint, found once; a run that takes another's place has another fingerprint."""
        run = opened.run
        key = (str(run.path), f"{run.data.fingerprint}{run.folder.started()}", run.step)
        with self._lock:
            known = self._directions.get(key)
        if known is None:
            with opened.lock:
                known = directions_of(run.game, run.domain, len(run.classes))
        with self._lock:
            self._directions[key] = known
            self._directions.move_to_end(key)
            while len(self._directions) > KEPT:
                self._directions.popitem(last=False)
        return known


def router(shelf: Shelf, models: Models | None = None) -> APIRouter:
    """The explorer's part of the API.

    Args:
        shelf: where the runs are.
        models: makes generators for the browser; None = in processes of their own.
    """
    api = APIRouter(prefix="/runs/{run}/explore", tags=["explore"])
    explorers = Explorers(shelf, models or Models())
    _looking(api, explorers)
    _making(api, explorers)
    _keeping(api, explorers)
    return api


def _looking(api: APIRouter, explorers: Explorers) -> None:
    @api.get("")
    def explore(run: RunId) -> ExploreTold:
        """What there is to explore."""
        opened = explorers.opened(run)
        return _described(opened, explorers.directions(opened), _onnx(opened, explorers.models))

    @api.get("/model.onnx", response_class=FileResponse)
    def model(run: RunId, step: StepAsked = None) -> FileResponse:
        """The generator as ONNX; made when first asked for, which takes seconds."""
        path = explorers.models.file(explorers.opened(run, step), PATIENCE)
        return FileResponse(path, media_type="application/octet-stream", filename=f"{run}.onnx")

    @api.post("/nearest")
    def nearest(run: RunId, asked: NearestAsked) -> NearestTold:
        """The training items that are most like a sample."""
        opened = explorers.opened(run, asked.step)
        z = _latents(opened, [asked.z])
        with opened.lock:
            x = opened.run.raw(z, _labels(opened, asked.of_class, 1))
        found = explorers.nearest.to(opened, x, asked.n)
        items = opened.run.domain.decode(found.x)
        words = told(found, "training sample")
        return NearestTold(raw=_raw(opened, items), distances=found.distances, typical=found.typical, words=words)


def _making(api: APIRouter, explorers: Explorers) -> None:
    @api.post("/samples")
    def samples(run: RunId, asked: SamplesAsked) -> SamplesTold:
        """Samples from a seed; sample k of a seed is the same however many are asked for."""
        opened = explorers.opened(run, asked.step)
        z = opened.run.latents(asked.n, seed=asked.seed, truncation=asked.truncation)
        labels = _labels(opened, asked.of_class, asked.n)
        made = _decoded(opened, z, labels)
        names = None if labels is None else [opened.run.classes[label] for label in labels.tolist()]
        return SamplesTold(z=z.tolist(), classes=names, raw=_raw(opened, made))

    @api.post("/decode")
    def decode(run: RunId, asked: DecodeAsked) -> DecodeTold:
        """The samples of these z."""
        opened = explorers.opened(run, asked.step)
        began = time.perf_counter()
        z = _latents(opened, asked.z)
        sent = _raw(opened, _decoded(opened, z, _labels(opened, asked.of_class, len(z))))
        return DecodeTold(raw=sent, milliseconds=1000 * (time.perf_counter() - began))

    @api.post("/film", response_class=Response, responses={200: {"content": {"image/gif": {}}}})
    def way(run: RunId, asked: FilmAsked) -> Response:
        """A GIF from one sample to another and back."""
        opened = explorers.opened(run, asked.step)
        start, end = _latents(opened, [asked.start, asked.end])
        steps = [opened.run.game.between(start, end, at / (asked.frames - 1)) for at in range(asked.frames)]
        label = _labels(opened, asked.of_class, 1)
        labels = None if label is None else label.expand(asked.frames)
        return Response(film(opened.run.domain, _decoded(opened, torch.stack(steps), labels)), media_type="image/gif")


def _keeping(api: APIRouter, explorers: Explorers) -> None:
    @api.get("/favourites")
    def favourites(
        run: RunId,
        offset: Annotated[int, Query(ge=0, le=10_000)] = 0,
        limit: Annotated[int, Query(ge=1, le=500)] = 500,
    ) -> list[FavouriteTold]:
        """The favourites, the newest first; those that this checkpoint's generator cannot take are left out."""
        kept = explorers.favourites(run).all()
        if not kept:
            return []
        opened = explorers.opened(run)
        fitting = [each for each in kept if _fits(opened, each)]
        return _with_samples(opened, fitting[offset : offset + limit])

    @api.post("/favourites", status_code=201)
    def keep(run: RunId, asked: FavouriteAsked) -> FavouriteTold:
        """Keep a z."""
        opened = explorers.opened(run, asked.step)
        _latents(opened, [asked.z])
        label = _labels(opened, asked.of_class, 1)
        of_class = None if label is None else opened.run.classes[int(label)]
        return _with_samples(opened, [explorers.favourites(run).add(tuple(asked.z), of_class)])[0]

    @api.delete("/favourites/{favourite}", status_code=204)
    def forget(run: RunId, favourite: Annotated[str, Path(max_length=40)]) -> None:
        """Forget one."""
        explorers.favourites(run).remove(favourite)


def _described(opened: Opened, known: Directions, onnx: OnnxTold) -> ExploreTold:
    run = opened.run
    latent = run.game.truncated(torch.ones(1, len(known.found[0].z)), 0.5)[0]
    u = known.found[0].z
    v = known.found[1].z if len(known.found) > 1 else torch.zeros_like(u)
    return ExploreTold(
        checkpoint=run.which,
        step=run.step,
        kimg=run.kimg,
        latent=len(u),
        coins=(latent == 1.0).nonzero().flatten().tolist(),
        classes=list(run.classes),
        shape=_shape(opened),
        directions=[DirectionTold(name=each.name, share=each.share, z=each.z.tolist()) for each in known.found],
        method=known.method,
        typical_step=known.step,
        map=MapTold(u=u.tolist(), v=v.tolist(), extent=EXTENT * known.step),
        uniform=known.bounded,
        onnx=onnx,
    )


def _shape(opened: Opened) -> ShapeTold:
    """Of one decoded sample; an empty batch tells it, whatever the kind of data."""
    domain = opened.run.domain
    decoded = domain.decode(torch.zeros(1, *domain.shape()))
    if not domain.singly:
        return ShapeTold(kind="rows", columns=names_of(domain, decoded.shape[1]))
    channels = 1 if decoded.ndim == 3 else decoded.shape[3]
    return ShapeTold(kind="pixels", height=decoded.shape[1], width=decoded.shape[2], channels=channels)


def _onnx(opened: Opened, models: Models) -> OnnxTold:
    state = models.state(opened)
    if state.path is None:
        return OnnxTold(available=False, words=state.words, making=state.making)
    url = f"/api/runs/{opened.run.folder.name}/explore/model.onnx?step={opened.run.step}"
    try:
        return OnnxTold(available=True, url=url, bytes=state.path.stat().st_size)
    except OSError:  # another checkpoint's has just taken its place
        return OnnxTold(available=False, words="The model is being replaced; ask again.", making=True)


def _latents(opened: Opened, z: list[list[float]]) -> Tensor:
    """The z that were sent.

    Raises:
        Unusable: one is not as long as this generator's.
    """
    latent = opened.run.recipe.latent.length
    wrong = next((each for each in z if len(each) != latent), None)
    if wrong is not None:
        raise Unusable(f"A z of {len(wrong)} numbers was sent; this generator takes {latent}. Load the page again.")
    return torch.tensor(z, dtype=torch.float32)


def _labels(opened: Opened, asked: str | int | None, n: int) -> Tensor | None:
    """A label for each of n samples; all in turn if none is named, None without classes.

    Raises:
        Unusable: there is no such class.
    """
    classes = opened.run.classes
    if asked is None:
        return torch.arange(n) % len(classes) if classes else None
    if isinstance(asked, int) and asked < len(classes):
        return torch.full((n,), asked)
    if asked not in classes:
        there = ", ".join(classes[:20]) if classes else "none, it was trained without labels"
        raise Unusable(f"There is no class '{asked}' in this run. There are: {there}.")
    return torch.full((n,), classes.index(str(asked)))


def _decoded(opened: Opened, z: Tensor, labels: Tensor | None) -> npt.NDArray[Any]:
    with opened.lock:
        x = opened.run.raw(z, labels)
    return opened.run.domain.decode(x)


def _raw(opened: Opened, samples: npt.NDArray[Any]) -> Pixels | Rows:
    return raw(opened.run.domain, samples)


def _fits(opened: Opened, favourite: Favourite) -> bool:
    named = favourite.of_class is None or favourite.of_class in opened.run.classes
    return named and len(favourite.z) == opened.run.recipe.latent.length


def _with_samples(opened: Opened, favourites: list[Favourite]) -> list[FavouriteTold]:
    """Favourites, each with its sample; the first of them only, where all would be too much to send at once."""
    if not favourites:
        return []
    z = _latents(opened, [list(each.z) for each in favourites])
    labels = [_labels(opened, each.of_class, 1) for each in favourites]
    decoded = _decoded(opened, z, torch.cat(labels) if opened.run.classes else None)  # type: ignore[arg-type]
    shown, size = list[FavouriteTold](), 0
    for at, each in enumerate(favourites):
        sent = raw(opened.run.domain, decoded[at : at + 1], side=_SMALL)
        size += len(sent.data if isinstance(sent, Pixels) else sent.preview.data)
        if size > _ANSWER and shown:
            break
        shown.append(FavouriteTold(id=each.id, z=list(each.z), of_class=each.of_class, made=each.made, raw=sent))
    return shown
