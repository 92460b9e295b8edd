"""Made-up runs, and pages read again as a browser would read them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from typing import Any

from PIL import Image

from ganforge.core.records import DataCard
from ganforge.core.settings import Json, to_json
from ganforge.metrics._evaluation import Evaluation
from ganforge.metrics._metric import Aspect, Estimate, Remark, Score
from ganforge.recipes._recipes import RECIPES
from ganforge.report._curves import story
from ganforge.report._page import Contents, Moment
from ganforge.report._pictures import Picture, embedded

VOID = {"br", "img", "input", "link", "meta"}
CARD = DataCard("digits", "images", 5000, (1, 28, 28), "0123", source="digits")


@dataclass
class Node:
    """An element as it was read."""

    name: str
    attributes: dict[str, str]
    children: list[Node | str] = field(default_factory=list)

    def all(self, name: str, of_class: str = "") -> list[Node]:
        return [node for node in self.walk() if node.name == name and (not of_class or of_class in node.classes)]

    def one(self, name: str, of_class: str = "") -> Node:
        (node,) = self.all(name, of_class)
        return node

    @property
    def classes(self) -> list[str]:
        return self.attributes.get("class", "").split()

    @property
    def text(self) -> str:
        return "".join(child if isinstance(child, str) else child.text for child in self.children)

    def walk(self) -> Iterator[Node]:
        yield self
        for child in self.children:
            if isinstance(child, Node):
                yield from child.walk()


class Reader(HTMLParser):
    """Refuses what is not balanced; a browser would guess."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), f"<{tag}> has an attribute twice"
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].name == tag, f"</{tag}> closes <{self.open[-1].name}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def read(html: str) -> Node:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == [reader.root], f"<{reader.open[-1].name}> is not closed"
    return reader.root


def estimate(value: float, error: float) -> Estimate:
    return Estimate(value, value - 2 * error, value + 2 * error, error)


def score(
    name: str = "precision",
    value: Estimate | None = None,
    floor: Estimate | None = None,
    difference: Estimate | None = None,
    **changes: Any,
) -> Score:
    made = Score(
        metric="kernel",
        name=name,
        label=name,
        aspect="fidelity",
        value=value or estimate(0.6, 0.02),
        floor=floor or estimate(0.9, 0.01),
        difference=difference or estimate(-0.3, 0.02),
        better="high",
        count=250,
        headline=True,
    )
    return replace(made, **changes)


def evaluation(*scores: Score, **changes: Any) -> Evaluation:
    aspects: tuple[Aspect, ...] = ("fidelity", "variety", "both", "memorisation")
    made = Evaluation(
        run="0007-digits",
        recipe="auto",
        data="digits",
        step=20,
        kimg=2.0,
        which="the best checkpoint",
        features="efficientnet",
        features_label="EfficientNet-Lite0 at 64 pixels",
        partial=False,
        count=250,
        asked=10_000,
        drawn=10_000,
        training_used=4500,
        training_total=4500,
        holds_out=True,
        seed=0,
        scores=scores
        or (
            *(score(aspect, aspect=aspect, note=f"A note on {aspect}.") for aspect in aspects),
            score("hidden", headline=False, remarks=(Remark("variety", "repeat themselves", 0.5),)),
        ),
        sentence="The samples are blurrier than the data.",
        cautions=("Only 250 items were held out.",),
        shown=(),
        seconds=1.0,
        made="2026-11-22T09:10:00+00:00",
    )
    return replace(made, **changes)


def records(count: int = 20, values: Mapping[str, float] | None = None) -> list[Json]:
    """A journal of steps with losses and scores, begun and ended as it should be."""
    steps = [
        {
            "event": "record",
            "step": at,
            "kimg": at / 10,
            "attempt": 1,
            "samples_per_second": 1000.0 + at,
            "values": {
                "discriminator.adversarial": 1.4 - at / 100,
                "discriminator.real": 0.2 + at / 100,
                "discriminator.fake": -0.2 - at / 100,
                "discriminator.r1": 10.0 ** (at % 4),
                "generator.adversarial": 0.7 + at / 100,
                **(values or {}),
            },
        }
        for at in range(1, count + 1)
    ]
    return [{"event": "started", "step": 0, "kimg": 0.0, "total_kimg": 2.0, "attempt": 1}, *steps, stopped("done")]


def stopped(reason: str, message: str = "Training is complete.") -> Json:
    return {"event": "stopped", "step": 20, "kimg": 2.0, "reason": reason, "message": message}


def examined(step: int, score: float, *, kept: bool = True, error: float = 0.01) -> Json:
    figures = {"score": score, "error": error, "gain": 0.1, "gain_error": 0.01, "kept": kept}
    return {"event": "examined", "step": step, "kimg": step / 10, **figures}


def facts(card: DataCard = CARD) -> Json:
    return {
        "created": "2026-11-21T08:00:00+00:00",
        "seed": 3,
        "options": {"size": None, "labels": False, "held_out": True},
        "data": to_json(card),
        "recipe": to_json(RECIPES.get("auto")(card)),
        "plan": {"device": "cpu", "kimg": 2.0, "why": "2 threads: 1,000 samples/s"},
        "machine": {"processor": "a processor", "cores": 2, "system": "a system"},
        "versions": {"ganforge": "9.9.9", "torch": "2"},
    }


def picture(alt: str = "samples", colour: str = "red") -> Picture:
    return embedded(Image.new("RGB", (12, 9), colour), alt)


def contents(journal: list[Json] | None = None, **changes: Any) -> Contents:
    made = Contents(
        name="0007-digits",
        path="runs/0007-digits",
        facts=facts(),
        recipe=RECIPES.get("auto")(CARD),
        data=CARD,
        step=20,
        kimg=2.0,
        total_kimg=2.0,
        story=story(records() if journal is None else journal),
        evaluation=evaluation(),
        samples=picture(),
        growth=tuple(Moment(at / 10, picture(f"frame {at}")) for at in range(21)),
        walk=picture("a walk"),
        exhibits=(picture("Nearest neighbours"),),
    )
    return replace(made, **changes)


def numbers_in(path: str) -> list[tuple[float, float]]:
    """The points of an SVG path of moves and lines."""
    points = []
    for piece in path.replace("h0", "").replace("Z", "").replace("M", "L").split("L")[1:]:
        x, y = (float(part) for part in piece.split())
        assert math.isfinite(x)
        assert math.isfinite(y)
        points.append((x, y))
    return points
