"""The judges of `bench quality`: what they look with, how far samples are from the data, what is kept of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.bench.pictures import a_set, clothes

from ganforge.bench._fashion import Pictures, Pixels
from ganforge.bench._picture_sets import PictureSet
from ganforge.bench._quality_classifier import PictureClassifier, taught, to_batch
from ganforge.bench._quality_eyes import CLASSIFIER, EXTRACTOR, Eye, classifier_eye, efficientnet_eye, kept_features
from ganforge.bench._quality_scores import (
    AT_THE_END,
    SAMPLES,
    SCORES,
    Bench,
    QualityJudge,
    count_for,
    distance_of,
    judge_end,
    scores_of,
)
from ganforge.bench._quality_trainings import Asked, Snapshot, Trained
from ganforge.core.errors import SettingError

STEPS = 12
"""Of the tests' classifiers."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("judges")


@pytest.fixture(scope="module")
def eyes(folder: Path) -> tuple[Eye, Eye]:
    return efficientnet_eye(a_set()), classifier_eye(a_set(), folder, steps=STEPS)


def in_colour(pictures: PictureSet) -> PictureSet:
    def coloured(part: Pictures) -> Pictures:
        large = np.zeros((len(part.pixels), 64, 64, 3), dtype=np.uint8)
        large[:, 18:46, 18:46] = part.pixels[..., None]
        return Pictures(255 - large, part.classes)

    train, test = coloured(pictures.train), coloured(pictures.test)
    return replace(pictures, train=train, test=test, shown=train.pixels, white=True)


@pytest.mark.parametrize(("side", "channels"), [(28, 1), (32, 3), (64, 3)])
def test_a_classifier_has_features_of_pictures_of_any_set(side: int, channels: int) -> None:
    torch.manual_seed(0)
    network = PictureClassifier(side, channels, 10)
    pictures = torch.rand(3, channels, side, side) * 2 - 1
    assert network.features(pictures).shape == (3, 128)
    assert network(pictures).shape == (3, 10)
    assert network.classes(pictures).shape == (3,)


def test_a_classifier_is_always_the_same_and_learns_the_classes(tmp_path: Path) -> None:
    pictures = a_set()
    torch.manual_seed(5)
    first = taught(pictures, tmp_path / "a.safetensors", steps=STEPS)
    torch.manual_seed(6)
    drawn = torch.rand(1)
    torch.manual_seed(6)
    second = taught(pictures, tmp_path / "b.safetensors", steps=STEPS)
    assert torch.equal(torch.rand(1), drawn)  # nobody else's dice are thrown
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()
    assert first.accuracy == second.accuracy > 0.7
    right = first.network.classes(to_batch(torch.from_numpy(pictures.test.pixels))).numpy() == pictures.test.classes
    assert first.accuracy == pytest.approx(right.mean())


def test_a_classifier_of_colour_on_white_is_taught(tmp_path: Path) -> None:
    pictures = in_colour(a_set())
    found = taught(pictures, tmp_path / "c.safetensors", steps=3)
    assert found.network.features(to_batch(torch.from_numpy(pictures.test.pixels[:4].copy()))).shape == (4, 128)


def test_a_kept_classifier_is_not_taught_again_unless_it_is_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures, file = a_set(), tmp_path / "c.safetensors"
    first = taught(pictures, file, steps=2)
    whole = file.read_bytes()
    again = taught(pictures, file, steps=10**9)
    assert again.accuracy == pytest.approx(first.accuracy)
    assert all(torch.equal(a, b) for a, b in zip(first.network.parameters(), again.network.parameters(), strict=True))
    file.write_bytes(whole[:-5])
    taught(pictures, file, steps=2)
    assert file.read_bytes() == whole


def test_features_of_real_pictures_are_computed_once(eyes: tuple[Eye, Eye], tmp_path: Path) -> None:
    asked: list[int] = []

    def features(pixels: Pixels) -> torch.Tensor:
        asked.append(len(pixels))
        return eyes[1].features(pixels)

    eye = replace(eyes[1], features=features)
    first = kept_features(eye, clothes(6), tmp_path)
    assert torch.equal(kept_features(eye, clothes(6), tmp_path), first)
    assert asked == [6]
    kept_features(eye, clothes(6, 1), tmp_path)
    kept_features(replace(eye, key="another"), clothes(6), tmp_path)
    assert asked == [6, 6, 6]  # other pictures, another network
    for file in tmp_path.iterdir():
        file.write_bytes(b"damaged")
    assert torch.equal(kept_features(eye, clothes(6), tmp_path), first)


@pytest.mark.parametrize("which", [0, 1])
def test_pictures_of_the_same_kind_are_at_the_floor_and_noise_is_far_above(
    eyes: tuple[Eye, Eye], which: int, folder: Path
) -> None:
    judge = QualityJudge(eyes[which], a_set(), 40, folder)
    alike = distance_of(judge.case(clothes(40, 2)), judge.eye.name)
    noise = np.random.default_rng(0).integers(0, 255, (40, 28, 28)).astype(np.uint8)
    unlike = distance_of(judge.case(noise), judge.eye.name)
    assert alike.judge == (EXTRACTOR, CLASSIFIER)[which]
    assert alike.over_floor.low < 0 < alike.over_floor.high
    assert unlike.over_floor.low > 3 * abs(alike.over_floor.value)
    assert unlike.value.value > unlike.over_floor.value


def test_the_distance_is_that_of_the_metric_of_that_name(eyes: tuple[Eye, Eye], folder: Path) -> None:
    case = QualityJudge(eyes[0], a_set(), 40, folder).case(clothes(40, 3))
    found = distance_of(case, EXTRACTOR)
    score = scores_of(case, (("frechet", "frechet"),))[0]
    assert found.value.value == pytest.approx(score.value.value)
    assert score.difference is not None
    assert found.over_floor.value == pytest.approx(score.difference.value)
    assert found.over_floor.error == pytest.approx(score.difference.error, rel=1e-3)


def test_the_test_pictures_themselves_are_the_floor(eyes: tuple[Eye, Eye], folder: Path) -> None:
    pictures = a_set()
    case = QualityJudge(eyes[0], pictures, 40, folder).case(pictures.test.pixels)
    for score in scores_of(case, AT_THE_END):
        assert score.floor is not None
        assert score.value.value == pytest.approx(score.floor.value, rel=1e-3)
    assert [beside.name for beside in judge_end(case)] == [name for _, name in AT_THE_END]
    assert distance_of(case, EXTRACTOR).over_floor.value == pytest.approx(0, abs=1e-3)


def test_scores_are_kept_until_anything_that_they_depend_on_changes(eyes: tuple[Eye, Eye], tmp_path: Path) -> None:
    looked: list[float] = []

    def pictures_at(snapshot: Snapshot) -> Pixels:
        looked.append(snapshot.seconds)
        return clothes(20, 4)

    trained = Trained(Asked("dcgan", 0, 1.0), 1.0, (Snapshot(30.0, 28.0, 2.0, "a"), Snapshot(None, 60.0, 5.0, "b")))
    bench = Bench(a_set(), eyes, 20, tmp_path)
    row = bench.judged(trained, tmp_path, pictures_at, lambda _: None)
    assert [distance.judge for distance in row.end.distances] == [EXTRACTOR, CLASSIFIER]
    assert [beside.name for beside in row.at_the_end] == [name for _, name in AT_THE_END]
    assert bench.judged(trained, tmp_path, pictures_at, lambda _: None) == row
    assert looked == [28, 60]  # once a look, for both judges
    Bench(a_set(), (eyes[1], eyes[0]), 20, tmp_path).judged(trained, tmp_path, pictures_at, lambda _: None)
    assert looked == [28, 60, 28, 60]
    (tmp_path / SCORES).write_bytes(b"{")
    bench.judged(trained, tmp_path, pictures_at, lambda _: None)
    assert len(looked) == 6
    bench.judged(replace(trained, start_up=2.0), tmp_path, pictures_at, lambda _: None)
    assert len(looked) == 8


def test_as_many_are_judged_as_can_be_held_out() -> None:
    assert count_for(a_set(), None) == 40
    assert count_for(a_set(), 17) == 17
    many = Pictures(np.zeros((SAMPLES + 1, 1, 1), dtype=np.uint8), np.zeros(SAMPLES + 1, dtype=np.uint8))
    assert count_for(replace(a_set(), test=many), None) == SAMPLES
    for n in (3, 41):
        with pytest.raises(SettingError, match=r"--samples .* from 4 to 40"):
            count_for(a_set(), n)


def test_the_label_of_the_classifier_tells_how_good_it_is(eyes: tuple[Eye, Eye]) -> None:
    assert "of the test pictures' classes right" in eyes[1].label
    assert "128" in eyes[1].label
