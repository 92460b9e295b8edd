"""Planted faults: what each does to real items, what an evaluation is asked, how its answers are counted."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from rich.console import Console
from torch import Tensor

from ganforge.bench import _faults_data, _faults_planted, faults
from ganforge.bench._faults_data import SUBJECTS, Subject, crops, cut, people
from ganforge.bench._faults_list import FAULTS, Fault
from ganforge.bench._faults_planted import Material
from ganforge.bench.faults import Found, Remembering, is_off, leave_alone, plant, table_of
from ganforge.core.errors import MissingExtraError, SettingError, UnknownNameError
from ganforge.core.seeding import Draws
from ganforge.data._samples import MIXTURES
from ganforge.metrics._metric import METRICS, Estimate, Score
from ganforge.metrics.features._features import Setting

KINDS = ("pictures", "placed", "upright", "colour", "classes", "numbers", "clusters", "table")


def material(kind: str, n: int = 60) -> Material:
    draws = Draws(0, "material", kind)
    if kind in {"pictures", "placed", "upright", "colour", "classes"}:
        channels = 3 if kind == "colour" else 1
        x = (0.5 * draws.normal(n, channels, 12, 12)).clamp(-1, 1)
        training = (0.5 * draws.normal(2 * n, channels, 12, 12)).clamp(-1, 1)
    else:
        x, training = draws.normal(n, 4), draws.normal(2 * n, 4)
    return Material(
        x,
        torch.arange(n) % 10 if kind == "classes" else None,
        training,
        torch.arange(n) % 8 if kind == "clusters" else None,
        Draws(1, "planted"),
    )


def rows_of(x: Tensor) -> set[bytes]:
    return {row.numpy().tobytes() for row in x.contiguous()}


EACH = [pytest.param(fault, id=f"{fault.name}, {fault.needs}") for fault in FAULTS]


@pytest.mark.parametrize("fault", EACH)
def test_every_fault_changes_its_items_at_every_strength_the_same_way_each_time(fault: Fault) -> None:
    before = material(fault.needs)
    kept = before.x.clone()
    for strength in map(float, fault.strengths):
        made = fault.make(material(fault.needs), strength)
        assert made.shape[1:] == before.x.shape[1:]
        assert made.isfinite().all()
        assert len(made) > 0
        assert made.shape != before.x.shape or not torch.equal(made, before.x)
        assert torch.equal(made, fault.make(material(fault.needs), strength))
        if fault.needs in {"pictures", "placed", "upright", "colour"}:
            assert made.abs().max() < 1.2
    fault.make(before, float(fault.strengths[0]))
    assert torch.equal(before.x, kept)


@pytest.mark.parametrize("fault", EACH)
def test_what_is_expected_of_every_fault_can_be(fault: Fault) -> None:
    assert fault.needs in KINDS
    assert fault.strengths
    re.compile(fault.words)
    metrics = [f"{name}/" for name in METRICS.names()]
    full = [*metrics, *(f"traits/trait: {name}" for name in TRAITS)]
    assert any(re.match(fault.scores, name) for name in full)


@pytest.mark.parametrize(
    ("name", "needs", "said"),
    [
        ("bridges", "clusters", "look like no real item in about a third of the cases (precision 0.58)"),
        ("bridges", "clusters", "hardly ever look like a real item (precision 0.02)"),
        ("missing region", "numbers", "leave about half of the data unreached (recall 0.44)"),
        ("missing region", "numbers", "reach hardly anything of the data's variety (recall 0.01)"),
        ("classes shuffled", "classes", "often are not of the class that was asked for (40 % are)"),
        ("classes shuffled", "classes", "are hardly ever of the class that was asked for (2 % are)"),
    ],
)
def test_a_fault_is_known_by_what_is_said_of_it_faint_or_coarse(name: str, needs: str, said: str) -> None:
    (fault,) = (fault for fault in FAULTS if (fault.name, fault.needs) == (name, needs))
    assert re.search(fault.words, said)


TRAITS = (
    *("sharpness", "noise", "horizontal place", "vertical place", "slant", "contrast", "brightness", "border"),
    *("pixel pattern", "red", "colourfulness", "spread of weight", "mean of height", "tails of age"),
    "correlation of height and weight",
)


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> Subject:
    return SUBJECTS["ring"](tmp_path_factory.mktemp("ring"))


def test_every_set_of_data_has_faults(ring: Subject, tmp_path: Path) -> None:
    for subject in (ring, SUBJECTS["table"](tmp_path)):
        assert sum(fault.needs in subject.kinds for fault in FAULTS) > 5
        assert subject.kinds <= set(KINDS)


def test_classes_are_left_out_from_the_last() -> None:
    m = material("classes")
    assert rows_of(_faults_planted.missing_classes(m, 3.0)) == rows_of(m.x[torch.arange(60) % 10 < 7])


def test_a_disobeyed_class_gets_items_of_others_and_nothing_else_changes() -> None:
    m = material("classes")
    made = _faults_planted.disobeyed_class(m, 1.0)
    last = torch.arange(60) % 10 == 9
    assert torch.equal(made[~last], m.x[~last])
    assert rows_of(made[last]) <= rows_of(m.x[~last])


def test_shuffled_classes_are_the_same_items_for_other_questions() -> None:
    m = material("classes")
    made = _faults_planted.shuffled_classes(m, 1.0)
    assert rows_of(made) == rows_of(m.x)
    assert not torch.equal(made, m.x)


@pytest.mark.parametrize("share", [0.1, 0.5, 1.0])
def test_so_many_copies_are_training_items(share: float) -> None:
    m = material("pictures")
    training = rows_of(m.training)
    made = _faults_planted.copies(m, share)
    assert sum(row.numpy().tobytes() in training for row in made) == round(share * 60)


@pytest.mark.parametrize(("share", "different"), [(0.5, 30), (0.1, 6), (0.001, 1)])
@pytest.mark.parametrize(("kind", "seen"), [("numbers", 0.01), ("pictures", 0.6), ("colour", 0.6)])
def test_duplicates_are_so_few_items(share: float, different: int, kind: str, seen: float) -> None:
    exact = _faults_planted.duplicates(material(kind), share)
    assert len(rows_of(exact)) == different
    near = _faults_planted.near_duplicates(material(kind), share)
    assert len(rows_of(near)) > different
    assert (near - exact).abs().max() < seen
    assert (near - exact).abs().mean() < seen / 8


def test_a_shift_moves_and_repeats_the_border() -> None:
    x = torch.arange(6.0).reshape(1, 1, 2, 3) / 10
    m = replace(material("pictures"), x=x)
    assert torch.allclose(_faults_planted.shift(m, 1.0), torch.tensor([[[[0.0, 0.0, 0.1], [0.3, 0.3, 0.4]]]]))
    assert torch.allclose(_faults_planted.lift(m, 1.0), torch.tensor([[[[0.3, 0.4, 0.5], [0.3, 0.4, 0.5]]]]))


def test_blur_keeps_an_even_picture_and_lessens_differences() -> None:
    m = material("colour")
    even = replace(m, x=torch.full((2, 3, 12, 12), 0.25))
    assert torch.allclose(_faults_planted.blur(even, 1.0), even.x)
    spreads = [float(_faults_planted.blur(m, sigma).std()) for sigma in (0.5, 1.0, 2.0)]
    assert float(m.x.std()) > spreads[0] > spreads[1] > spreads[2]


def test_swapped_colours_are_red_for_blue() -> None:
    m = material("colour")
    assert torch.equal(_faults_planted.swapped_colours(m, 1.0), m.x[:, [2, 1, 0]])


def test_zoom_by_one_is_no_change() -> None:
    m = material("pictures")
    assert torch.allclose(_faults_planted.zoom(m, 1.0), m.x, atol=1e-5)


def test_a_broken_correlation_leaves_every_column_as_it_is() -> None:
    m = material("table")
    made = _faults_planted.broken_correlation(m, 1.0)
    assert torch.equal(made[:, 0].sort().values, m.x[:, 0].sort().values)
    assert torch.equal(made[:, 1:], m.x[:, 1:])


def test_rotation_keeps_distances() -> None:
    m = material("clusters")
    made = _faults_planted.rotated_cloud(m, 20.0)
    assert torch.allclose(made[:, :2].norm(dim=1), m.x[:, :2].norm(dim=1), atol=1e-5)
    assert torch.allclose((made @ made.T).float(), m.x @ m.x.T, atol=1e-4)
    assert torch.equal(made[:, 2:], m.x[:, 2:])


def test_clusters_become_wider_around_their_own_middle() -> None:
    m = material("clusters")
    made = _faults_planted.spread_clusters(m, 2.0)
    assert m.kinds is not None
    for kind in range(8):
        rows = m.kinds == kind
        assert torch.allclose(made[rows].mean(0), m.x[rows].mean(0), atol=1e-5)
        assert torch.allclose(made[rows].std(0), 2 * m.x[rows].std(0), atol=1e-5)


def test_what_stands_for_samples_is_neither_trained_on_nor_held_out(tmp_path: Path) -> None:
    subject = SUBJECTS["table"](tmp_path)
    first, again, other = cut(subject, 0), cut(subject, 0), cut(subject, 1)
    parts = [first.split.train, first.split.select, first.split.report]
    rows = torch.cat(parts)
    assert len(set(rows.tolist())) == len(rows) == subject.source.card.count - len(first.samples)
    assert not rows_of(first.samples) & rows_of(subject.source.batch(rows).real["x"])
    assert torch.equal(first.samples, again.samples)
    assert not torch.equal(first.samples, other.samples)
    assert len(first.split.report) == round(0.05 * subject.source.card.count)


def test_the_made_up_people_are_plausible() -> None:
    names, rows = people(2000)
    assert rows.shape == (2000, len(names))
    together = np.corrcoef(rows.T)
    assert together[names.index("height"), names.index("weight")] > 0.4
    assert together[names.index("hours"), names.index("income")] > 0.2
    assert (rows > 0).all()


def test_photographs_are_cut_at_many_places() -> None:
    pytest.importorskip("skimage")
    pieces = crops(50)
    assert pieces.shape == (50, 32, 32, 3)
    assert pieces.dtype == np.uint8
    assert len({piece.tobytes() for piece in pieces}) == 50


def test_without_its_photographs_the_cure_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "skimage", None)
    with pytest.raises(MissingExtraError, match="scikit-image"):
        crops(51)


def test_the_clusters_of_the_ring_are_its_own(ring: Subject) -> None:
    kinds = faults.clusters(ring, cut(ring, 0).samples)
    assert kinds is not None
    assert sorted(set(kinds.tolist())) == list(range(len(MIXTURES["ring"].centres)))
    assert faults.clusters(replace(ring, name="table"), cut(ring, 0).samples) is None


def test_features_are_computed_once(ring: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    extractor = Remembering.make(Setting(ring.source.domain))
    calls: list[int] = []
    inner = extractor._extractor

    class Counting:
        def __call__(self, x: Tensor) -> Tensor:
            calls.append(len(x))
            return inner(x)

    monkeypatch.setattr(extractor, "_extractor", Counting())
    points = [torch.full((3, 2), float(i)) for i in range(faults.REMEMBERED + 1)]
    assert torch.equal(extractor(points[0]), inner(points[0]))
    assert torch.equal(extractor(points[0].clone()), inner(points[0]))
    assert len(calls) == 1
    for x in points[1:]:
        extractor(x)
    extractor(points[0])  # forgotten meanwhile
    assert len(calls) == faults.REMEMBERED + 2


def score(better: str, low: float, high: float) -> Score:
    middle = Estimate((low + high) / 2, low, high, (high - low) / 4)
    return Score("m", "s", "s", "fidelity", middle, middle, middle, better, 10)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("better", "low", "high", "off"),
    [
        ("low", 0.1, 0.3, True),
        ("low", -0.1, 0.3, False),
        ("low", -0.3, -0.1, False),  # better than its floor is no fault of this score
        ("high", -0.3, -0.1, True),
        ("high", 0.1, 0.3, False),
        ("floor", 0.1, 0.3, True),
        ("floor", -0.3, -0.1, True),
        ("floor", -0.1, 0.1, False),
    ],
)
def test_a_score_is_off_beyond_its_interval_to_the_worse_side(better: str, low: float, high: float, off: bool) -> None:
    assert is_off(score(better, low, high)) is off
    assert is_off(replace(score(better, low, high), difference=None)) is False


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_faults_data, "MOST", 1500)
    monkeypatch.setattr(_faults_data, "SAMPLES", 150)


@pytest.mark.usefixtures("small")
def test_a_coarse_fault_is_seen_and_named(ring: Subject) -> None:
    extractor = Remembering.make(Setting(ring.source.domain))
    wanted = [replace(fault, strengths=fault.strengths[-1:]) for fault in FAULTS if fault.name == "missing clusters"]
    (found,) = plant(ring, extractor, wanted, 0)
    assert (found.data, found.fault, found.strength) == ("ring", "missing clusters", 4.0)
    assert found.meant
    assert set(found.meant) <= set(found.off)
    assert found.named


@pytest.mark.usefixtures("small")
def test_real_items_left_alone_are_judged_as_they_are(ring: Subject) -> None:
    extractor = Remembering.make(Setting(ring.source.domain))
    accused = leave_alone(ring, extractor, 3)
    assert (accused.data, accused.seed, accused.remarks) == ("ring", 3, ())
    assert "no sign of memorisation" in accused.sentence


def text_of(show: Callable[[Console], None]) -> str:
    file = io.StringIO()
    show(Console(file=file, width=200))
    return file.getvalue()


def test_the_table_says_what_was_missed() -> None:
    found = [
        Found("ring", "blur", 0.5, 20, ("a/b", "c/d"), ("a/b",), (), named=True, sentence="They are [bad]."),
        Found("ring", "noise", 1.0, 20, (), (), (), named=False, sentence="All is well."),
    ]
    lines = text_of(lambda console: console.print(table_of("ring", found))).splitlines()
    assert re.search(r"blur +0.5 +left its floor +yes +2 +They are \[bad\]\.", lines[2])
    assert re.search(r"noise +1 +no +no +0 +All is well\.", lines[3])
    assert "20 on each side" in lines[0]


@pytest.mark.usefixtures("small")
def test_the_whole_bench_prints_its_sum_and_keeps_its_figures(
    ring: Subject, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faults, "console", Console(width=200, highlight=False))
    monkeypatch.setitem(SUBJECTS, "ring", lambda folder: ring)
    faults.run(data=("ring",), faults=("duplicates", "blur"), draws=1, out=tmp_path / "faults.json")
    printed = capsys.readouterr().out
    assert "ring: real items left alone, 1 draws: faults were named in 0." in printed
    assert "ring: planting 3 faults" in printed  # points cannot be blurred
    assert "At its coarsest, each of 1 faults is named." in printed
    figures = json.loads((tmp_path / "faults.json").read_text())
    assert [one["strength"] for one in figures["planted"]] == [0.5, 0.1, 0.02]
    assert figures["real"][0]["remarks"] == []


@pytest.mark.parametrize(
    ("flags", "error", "words"),
    [
        ({"data": ("ring", "moon")}, UnknownNameError, "no data set called 'moon'"),
        ({"faults": ("blurr",)}, UnknownNameError, "no fault called 'blurr'"),
        ({"draws": -1}, SettingError, "give 0 or more"),
    ],
)
def test_what_there_is_not_is_told_before_anything_is_evaluated(
    flags: dict[str, object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        faults.run(**flags)  # type: ignore[arg-type]
