"""Time to quality: the data, the tutorials' DCGAN, copies of a running training, judging, tables, the picture."""

from __future__ import annotations

import ast
import gzip
import io
import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from safetensors.torch import save_file

import ganforge
from ganforge.bench import _quality_trainings, quality, textbook
from ganforge.bench._fashion import Fashion, Pictures, read_fashion, read_idx
from ganforge.bench._quality_plot import HEIGHT, WIDTH, Axis, Curve, Point, as_png, draw_quality, spoken
from ganforge.bench._quality_scores import (
    AT_THE_END,
    DISTANCE,
    Beside,
    Judged,
    QualityJudge,
    Row,
    judge_end,
    judge_snapshot,
    scores_of,
)
from ganforge.bench._quality_trainings import (
    TEXTBOOK,
    Asked,
    Snapshot,
    Trained,
    Watcher,
    carry_out_all,
    copy_checkpoint,
    pictures_at,
)
from ganforge.bench.textbook import BATCH, SPREAD, Discriminator, Generator, Z, first_weights, pictures_of, to_tensor
from ganforge.core.errors import DataError, SettingError, UnknownNameError
from ganforge.core.records import CheckpointSaved, Started, Stopped
from ganforge.core.settings import from_json, to_json
from ganforge.metrics._metric import Estimate
from ganforge.runs.folder import RunFolder

TINY = {"networks.settings.width": 2, "networks.settings.discriminator_width": 2}


def clothes(n: int, seed: int = 0) -> np.ndarray:
    """Rectangles of several shades: pictures that stand for clothes."""
    dice = np.random.default_rng(seed)
    pixels = np.zeros((n, 28, 28), dtype=np.uint8)
    for picture in pixels:
        top, left = dice.integers(2, 10, size=2)
        picture[top : top + 14, left : left + 10] = dice.integers(80, 255)
    return pixels


def idx(array: np.ndarray) -> bytes:
    lengths = b"".join(length.to_bytes(4, "big") for length in array.shape)
    return bytes((0, 0, 8, array.ndim)) + lengths + array.tobytes()


def write_fashion(folder: Path, *, packed: bool = True) -> Fashion:
    folder.mkdir()
    parts = {"train": (clothes(30), np.arange(30, dtype=np.uint8) % 10), "t10k": (clothes(12, 1), np.zeros(12, "u1"))}
    for part, arrays in parts.items():
        for kind, array in zip(("images-idx3", "labels-idx1"), arrays, strict=True):
            name, content = f"{part}-{kind}-ubyte", idx(array)
            if packed:
                (folder / f"{name}.gz").write_bytes(gzip.compress(content))
            else:
                (folder / name).write_bytes(content)
    return Fashion(Pictures(*parts["train"]), Pictures(*parts["t10k"]))


@pytest.mark.parametrize("packed", [True, False])
def test_the_files_of_fashion_mnist_are_read_packed_or_not(tmp_path: Path, packed: bool) -> None:
    written = write_fashion(tmp_path / "fashion", packed=packed)
    read = read_fashion(tmp_path / "fashion")
    for part in ("train", "test"):
        assert (getattr(read, part).pixels == getattr(written, part).pixels).all()
        assert (getattr(read, part).classes == getattr(written, part).classes).all()


def test_where_the_data_are_missing_it_is_said_how_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"apt-get install dataset-fashion-mnist.*--fashion FOLDER"):
        read_fashion(tmp_path)


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    whole = idx(clothes(3))
    for name, content in (
        ("cut-off", whole[:-1]),
        ("longer", whole + b"x"),
        ("empty", b""),
        ("other-type", bytes((0, 0, 13, 1)) + (3).to_bytes(4, "big") + b"abc"),
        ("cut-off.gz", gzip.compress(whole)[:-20]),
        ("no-gzip.gz", whole),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DataError, match=name):
            read_idx(tmp_path / name)


def test_pictures_without_their_labels_are_refused(tmp_path: Path) -> None:
    write_fashion(tmp_path / "fashion")
    (tmp_path / "fashion" / "train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(np.zeros(29, "u1"))))
    with pytest.raises(DataError, match="do not belong together"):
        read_fashion(tmp_path / "fashion")


def test_the_textbook_uses_nothing_of_ganforges_own_training() -> None:
    tree = ast.parse(Path(textbook.__file__).read_text(encoding="utf-8"))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    rooms = {name.split(".")[1] for name in imported if name.startswith("ganforge.")}
    assert rooms <= {"bench", "core", "runs"}


def test_the_textbooks_networks_are_the_tutorials() -> None:
    torch.manual_seed(0)
    generator, discriminator = Generator().apply(first_weights), Discriminator().apply(first_weights)
    pictures = generator(torch.randn(3, Z, 1, 1))
    assert pictures.shape == (3, 1, 28, 28)
    assert pictures.abs().max() <= 1
    assert discriminator(pictures).shape == (3,)
    for network in (generator, discriminator):
        kinds = [type(layer).__name__ for layer in network.modules()]
        assert "BatchNorm2d" in kinds
        spreads = [float(p.detach().std()) for name, p in network.named_parameters() if p.dim() == 4]
        assert spreads == pytest.approx([SPREAD] * len(spreads), rel=0.1)
    slopes = [layer.negative_slope for layer in discriminator.modules() if isinstance(layer, torch.nn.LeakyReLU)]
    assert slopes == [0.2, 0.2]


def test_the_textbook_trains_alike_from_the_same_seed_and_saves_at_the_end() -> None:
    real = to_tensor(clothes(BATCH + 5))
    ends, saved = [], list[tuple[float, int]]()
    for seed in (0, 0, 1):
        generator = textbook.train(
            real, math.inf, seed, lambda _, seconds, step: saved.append((seconds, step)), most_steps=2
        )
        ends.append(torch.cat([weight.flatten() for weight in generator.state_dict().values()]))
    assert torch.equal(ends[0], ends[1])
    assert not torch.equal(ends[0], ends[2])
    assert [step for _, step in saved] == [2, 2, 2]  # the 5 left over are no batch


def test_the_textbook_saves_at_each_moment_asked_for() -> None:
    saved: list[int] = []
    textbook.train(to_tensor(clothes(BATCH)), 0.0, 0, lambda _, __, step: saved.append(step), at=(0.0, 0.0, 1e9))
    assert saved == [1, 1, 1]  # both moments that have passed, and the end


def test_a_saved_generator_makes_the_same_pictures_again(tmp_path: Path) -> None:
    torch.manual_seed(0)
    save_file(Generator().apply(first_weights).state_dict(), tmp_path / "g.safetensors")
    pictures = pictures_of(tmp_path / "g.safetensors", 7, seed=1)
    assert pictures.shape == (7, 28, 28)
    assert pictures.dtype == np.uint8
    assert (pictures_of(tmp_path / "g.safetensors", 7, seed=1) == pictures).all()
    assert (pictures_of(tmp_path / "g.safetensors", 7, seed=2) != pictures).any()


def test_bytes_become_the_range_of_the_hyperbolic_tangent() -> None:
    pixels = np.zeros((1, 28, 28), dtype=np.uint8)
    pixels[0, 0, 1] = 255
    assert to_tensor(pixels).flatten()[:2].tolist() == [-1.0, 1.0]


@pytest.fixture(scope="module")
def tiny_run(tmp_path_factory: pytest.TempPathFactory) -> ganforge.Run:
    options = ganforge.Options(
        recipe="dcgan",
        kimg=0.5,
        out=tmp_path_factory.mktemp("runs"),
        settings=TINY,
        threads=1,
        live=False,
        report=False,
    )
    return ganforge.train(clothes(64), options)


class Watched:
    """A copy of a tiny run; and a clock that is set by hand."""

    def __init__(self, run: ganforge.Run, folder: Path) -> None:
        self.now = 0.0
        self.folder = RunFolder(shutil.copytree(run.path, folder / "runs" / "0001-array"))
        self.keep = folder / "snapshots"
        self.keep.mkdir()

    def watcher(self, *marks: float) -> Watcher:
        return Watcher(self.folder, self.keep, marks, lambda: self.now)

    def tell(self, watcher: Watcher, now: float, kind: type, step: int = 0) -> None:
        """A checkpoint is saved at that step, where one is told of."""
        self.now = now
        if kind is Started:
            watcher.see(Started(0, 0.0, 1.0, 1))
        elif kind is Stopped:
            watcher.see(Stopped(step, step / 1000, "done", ""))
        else:
            checkpoint = self.folder.checkpoints.load()
            self.folder.checkpoints.save(step, checkpoint.tensors, checkpoint.facts)
            watcher.see(CheckpointSaved(step, step / 1000))


def test_what_is_kept_for_a_moment_was_there_at_that_moment(tiny_run: ganforge.Run, tmp_path: Path) -> None:
    watched = Watched(tiny_run, tmp_path)
    watcher = watched.watcher(30.0, 60.0, 120.0)
    watched.tell(watcher, 7.0, Started)
    for now, step in ((7.5, 1000), (20.0, 1001), (33.0, 1002), (40.0, 1003), (97.0, 1004), (130.0, 1005)):
        watched.tell(watcher, now, CheckpointSaved, step)
    watched.tell(watcher, 150.0, Stopped, 1006)
    assert watcher.start_up == 7
    found = [(snapshot.mark, snapshot.seconds, round(snapshot.kimg * 1000)) for snapshot in watcher.snapshots]
    assert found == [(30, 26, 1002), (60, 33, 1003), (120, 90, 1004), (None, 143, 1006)]
    assert {path.name for path in watched.keep.iterdir()} == {"step-1002", "step-1003", "step-1004", "step-1005"}


def test_a_checkpoint_that_serves_two_moments_is_kept_once(tiny_run: ganforge.Run, tmp_path: Path) -> None:
    watched = Watched(tiny_run, tmp_path)
    watcher = watched.watcher(15.0, 30.0)
    watched.tell(watcher, 0.0, Started)
    watched.tell(watcher, 1.0, CheckpointSaved, 1000)
    watched.tell(watcher, 50.0, CheckpointSaved, 1001)
    watched.tell(watcher, 60.0, Stopped, 1001)
    assert [snapshot.place for snapshot in watcher.snapshots[:2]] == ["snapshots/step-1000"] * 2


def test_a_step_that_is_saved_twice_is_one_look(tiny_run: ganforge.Run, tmp_path: Path) -> None:
    watched = Watched(tiny_run, tmp_path)
    watcher = watched.watcher(30.0)
    watched.tell(watcher, 0.0, Started)
    for now, step in ((10.0, 1000), (20.0, 1001), (25.0, 1001), (50.0, 1002)):
        watched.tell(watcher, now, CheckpointSaved, step)
    assert [(snapshot.mark, snapshot.seconds) for snapshot in watcher.snapshots] == [(30, 20)]
    assert len(ganforge.load(tmp_path / watcher.snapshots[0].place).sample(2)) == 2


def test_a_training_that_ended_sooner_has_no_later_moments(tiny_run: ganforge.Run, tmp_path: Path) -> None:
    watched = Watched(tiny_run, tmp_path)
    watcher = watched.watcher(15.0, 300.0)
    watched.tell(watcher, 0.0, Started)
    watched.tell(watcher, 1.0, CheckpointSaved, 1000)
    watched.tell(watcher, 60.0, Stopped, 1000)
    assert [snapshot.mark for snapshot in watcher.snapshots] == [15, None]


def test_a_copy_makes_samples_after_its_checkpoint_is_gone(tiny_run: ganforge.Run, tmp_path: Path) -> None:
    folder = Watched(tiny_run, tmp_path).folder
    step = folder.checkpoints.steps()[-1]
    copy = copy_checkpoint(folder, step, tmp_path / "kept")
    samples = ganforge.load(copy).sample(4)
    shutil.rmtree(folder.path)
    assert (ganforge.load(copy).sample(4) == samples).all()
    assert ganforge.load(copy).step == step


def test_what_is_complete_is_not_trained_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def train(asked: Asked, place: Path, data: Path | None) -> Trained:
        calls.append(str(asked))
        return Trained(asked, 1.0, (Snapshot(None, 60.0, 5.0, "g.safetensors"),))

    monkeypatch.setattr(_quality_trainings, "_textbook", train)
    monkeypatch.setattr(_quality_trainings, "_recipe", train)
    told: list[str] = []
    asked = [Asked("dcgan", 0, 1.0), Asked(TEXTBOOK, 0, 1.0)]
    first = carry_out_all(asked, tmp_path / "data.npy", None, tmp_path / "out", told.append)
    assert carry_out_all(asked, tmp_path / "data.npy", None, tmp_path / "out", told.append) == first
    assert calls == ["dcgan, seed 0", "textbook, seed 0"]
    carry_out_all([Asked("dcgan", 0, 2.0)], tmp_path / "data.npy", None, tmp_path / "out", told.append)
    assert calls[2:] == ["dcgan, seed 0"]  # another length is another training
    assert "5k samples in 60 s" in told[-1]


def test_the_baselines_pictures_are_found_in_its_folder(tmp_path: Path) -> None:
    trained = Trained(Asked(TEXTBOOK, 3, 1.0), 1.0, (Snapshot(None, 60.0, 5.0, "g.safetensors"),))
    (tmp_path / "textbook-3").mkdir()
    torch.manual_seed(0)
    save_file(Generator().state_dict(), tmp_path / "textbook-3" / "g.safetensors")
    assert pictures_at(trained, trained.snapshots[0], tmp_path, 5).shape == (5, 28, 28)


@pytest.mark.parametrize(("minutes", "marks"), [(0.3, (15.0,)), (1.0, (15.0, 30.0)), (5.0, (15, 30, 60, 120, 180))])
def test_looks_are_taken_before_the_end(minutes: float, marks: tuple[float, ...]) -> None:
    assert Asked("dcgan", 0, minutes).marks == marks


@pytest.fixture(scope="module")
def judge() -> QualityJudge:
    fashion = Fashion(Pictures(clothes(60), np.zeros(60, "u1")), Pictures(clothes(40, 1), np.zeros(40, "u1")))
    return QualityJudge(fashion, 40)


END = Snapshot(None, 60.0, 5.0, "g.safetensors")


def test_pictures_of_the_same_kind_are_at_the_floor_and_noise_is_far_above(judge: QualityJudge) -> None:
    alike = judge_snapshot(judge.case(clothes(40, 2)), END)
    noise = np.random.default_rng(0).integers(0, 255, (40, 28, 28)).astype(np.uint8)
    unlike = judge_snapshot(judge.case(noise), END)
    assert alike.over_floor.low < 0 < alike.over_floor.high
    assert unlike.over_floor.low > 10 * abs(alike.over_floor.value)
    assert unlike.value.value > unlike.over_floor.value


def test_the_test_pictures_themselves_are_the_floor(judge: QualityJudge) -> None:
    case = judge.case(clothes(40, 1))
    scores = scores_of(case, (DISTANCE, *AT_THE_END))
    for score in scores:
        assert score.floor is not None
        assert score.value.value == pytest.approx(score.floor.value, rel=1e-3)
    assert [beside.name for beside in judge_end(case)] == [name for _, name in AT_THE_END]


@pytest.mark.parametrize("n", [3, 41])
def test_more_samples_than_can_be_held_out_are_refused(n: int) -> None:
    fashion = Fashion(Pictures(clothes(60), np.zeros(60, "u1")), Pictures(clothes(40, 1), np.zeros(40, "u1")))
    with pytest.raises(SettingError, match=r"--samples .* from 4 to 40"):
        QualityJudge(fashion, n)


def estimate(value: float, reach: float = 0.1) -> Estimate:
    return Estimate(value, value - reach, value + reach, reach / 2)


def row(recipe: str, *distances: float, minutes: float = 1.0) -> Row:
    asked = Asked(recipe, 0, minutes)
    marks: tuple[float | None, ...] = (*asked.marks[: len(distances) - 1], None)
    judged = tuple(
        Judged(Snapshot(mark, mark or 61.0, 8.0, "x"), estimate(distance + 1), estimate(distance))
        for mark, distance in zip(marks, distances, strict=True)
    )
    beside = (Beside("precision", estimate(0.5), estimate(0.6)),)
    return Row(Trained(asked, 9.0, tuple(each.snapshot for each in judged)), judged, beside)


def text_of(table: object) -> str:
    file = io.StringIO()
    from rich.console import Console

    Console(file=file, width=200).print(table)
    return file.getvalue()


def test_the_tables_tell_scores_by_time_and_who_was_sooner() -> None:
    rows = [row("auto", 5.0, 2.0, 1.0), row(TEXTBOOK, 9.0, 6.0, 3.0)]
    over = text_of(quality.over_time(rows))
    for part in ("15 s", "30 s", "auto, seed 0", "5 ± 0.1", "2 ± 0.1", "1 ± 0.1 (61 s)", "9 s"):
        assert part in over
    end = text_of(quality.at_the_end(rows))
    assert "at 3, the textbook's end, after" in end
    assert "0.500 (0.600)" in end
    lines = {line.split(",")[0].strip(): line for line in end.splitlines()}
    assert "30 s at most" in lines["auto"]
    assert "61 s at most" in lines["textbook"]


def test_a_training_that_never_was_so_good_is_said_to_be_so() -> None:
    end = text_of(quality.at_the_end([row("dcgan", 9.0, 8.0, 7.0), row(TEXTBOOK, 9.0, 6.0, 3.0)]))
    assert "not reached" in end


def test_without_the_baseline_nothing_is_said_of_it() -> None:
    assert "textbook" not in text_of(quality.at_the_end([row("auto", 5.0, 2.0, 1.0)]))


def test_the_figures_survive_as_json(judge: QualityJudge) -> None:
    rows = [row("auto", 5.0, 2.0, 1.0), row(TEXTBOOK, 9.0, 6.0, 3.0)]
    figures = json.loads(json.dumps(quality.as_json(rows, judge)))
    assert [from_json(Row, one) for one in figures["trainings"]] == rows
    assert figures["samples"] == 40
    assert figures["features"] == judge.label
    assert to_json(rows[0]) == figures["trainings"][0]


@pytest.mark.parametrize("flags", [{"minutes": 0.0}, {"seeds": 0}])
def test_senseless_lengths_are_refused(flags: dict[str, float]) -> None:
    with pytest.raises(SettingError, match="above 0"):
        quality.run(**flags)  # type: ignore[arg-type]


def test_an_unknown_recipe_is_told_before_anything_is_trained() -> None:
    with pytest.raises(UnknownNameError, match="no recipe called 'nogan'"):
        quality.run(recipes=("dcgan", "nogan"))


@given(st.lists(st.floats(1e-6, 1e6), min_size=2, max_size=9), st.floats(-1e6, 1e7))
def test_an_axis_is_monotone_and_keeps_everything_on_the_picture(values: list[float], other: float) -> None:
    axis = Axis(min(values) / 2, max(values) * 2, 100.0, 900.0)
    places = [axis.place(value) for value in sorted(values)]
    assert places == sorted(places)
    assert 100.0 <= axis.place(other) <= 900.0


def test_equal_factors_are_equal_ways_on_an_axis() -> None:
    axis = Axis(1.0, 1000.0, 0.0, 300.0)
    assert [axis.place(value) for value in (1.0, 10.0, 100.0, 1000.0)] == pytest.approx([0, 100, 200, 300])
    assert axis.place(-5.0) == 0.0


def curve(name: str, *values: float, baseline: bool = False) -> Curve:
    points = tuple(Point(10.0 * 2**i, value, value - 0.1, math.inf) for i, value in enumerate(values))
    return Curve(name, "note", points, baseline)


def test_the_picture_shows_every_curve_in_its_colour_also_below_the_floor() -> None:
    curves = [curve("a", 9.0, 3.0, -0.2), curve("b", 8.0, 7.0, 6.0, baseline=True), curve("c")]
    page = draw_quality("title", "subtitle", curves)
    assert page.size == (WIDTH, HEIGHT)
    colours = {colour for _, colour in page.getcolors(1 << 24) or []}
    assert {(0x1B, 0x6C, 0xA8), (0x5B, 0x61, 0x6B)} <= colours
    again = Image.open(io.BytesIO(as_png(page)))
    assert again.tobytes() == page.tobytes()


def test_a_better_curve_ends_lower() -> None:
    page = np.asarray(draw_quality("", "", [curve("a", 9.0, 1.0), curve("b", 9.0, 5.0)])).astype(int)

    def last(colour: tuple[int, int, int]) -> float:
        rows, columns = np.nonzero((abs(page - colour).sum(2) < 12)[:, :1150])
        return float(rows[columns == columns.max()].mean())

    assert last((0x1B, 0x6C, 0xA8)) > last((0xC0, 0x56, 0x2B))


def test_without_any_curve_there_is_still_a_picture() -> None:
    assert draw_quality("title", "", []).size == (WIDTH, HEIGHT)


@pytest.mark.parametrize(("seconds", "words"), [(15, "15 s"), (60, "1 min"), (90, "1.5 min"), (7200, "2 h")])
def test_lengths_of_time_are_spoken(seconds: float, words: str) -> None:
    assert spoken(float(seconds)) == words
