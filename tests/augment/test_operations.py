"""Every operation: chance, identity, determinism, gradients, formats; and what each means."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage
from torch import Tensor

from ganforge.augment._operation import OPERATIONS, Operation
from ganforge.augment._resample import moved
from ganforge.augment.operations.affine import Affine
from ganforge.augment.operations.brightness import Brightness
from ganforge.augment.operations.contrast import Contrast
from ganforge.augment.operations.cutout import Cutout
from ganforge.augment.operations.noise import Noise
from ganforge.augment.operations.saturation import Saturation
from ganforge.augment.operations.translation import Translation
from ganforge.data._opening import DOMAINS
from tests.augment.pictures import COLOUR, GREY, ROWS, SHAPES, samples

CASES = [
    pytest.param(name, shape, id=f"{name}-{len(shape)}x{shape[0]}")
    for name in OPERATIONS.names()
    for shape in SHAPES
    if OPERATIONS.get(name)().suits(shape)
]


def seeded(operation: Operation, x: Tensor, p: float = 1.0, seed: int = 3) -> Tensor:
    torch.manual_seed(seed)
    return operation(x, p)


def test_every_operation_that_a_domain_names_exists_and_every_one_is_named_by_a_domain() -> None:
    named = {name for domain in DOMAINS.names() for name in DOMAINS.get(domain).augmentations}
    assert named == set(OPERATIONS.names())


@pytest.mark.parametrize("name", OPERATIONS.names())
def test_every_operation_cites_its_source(name: str) -> None:
    assert "arXiv:" in OPERATIONS.summary(name)


def test_rows_of_numbers_bear_noise_alone() -> None:
    assert [name for name in OPERATIONS.names() if OPERATIONS.get(name)().suits(ROWS)] == ["noise"]
    assert DOMAINS.get("points").augmentations == ("noise",)


def test_grey_pictures_have_no_colours_to_change() -> None:
    assert Saturation().suits(COLOUR) and not Saturation().suits(GREY)


@pytest.mark.parametrize(("name", "shape"), CASES)
class TestEvery:
    def test_with_probability_0_nothing_changes_by_a_bit(self, name: str, shape: tuple[int, ...]) -> None:
        x = samples(shape)
        assert torch.equal(seeded(OPERATIONS.get(name)(), x, 0.0), x)

    def test_samples_are_changed_as_often_as_p_says_and_each_on_its_own(
        self, name: str, shape: tuple[int, ...]
    ) -> None:
        x = samples(shape, 1).expand(2000, *shape)
        changed = seeded(OPERATIONS.get(name)(), x, 0.3)
        share = float((changed != x).flatten(1).any(1).double().mean())
        still = 1 / 9 if name == "translation" else 0.0  # a shift by nothing: of 3 by 3
        assert share == pytest.approx(0.3 * (1 - still), abs=0.04)
        assert len({tuple(row) for row in changed.flatten(1).tolist()}) > (8 if name == "translation" else 20)

    def test_the_same_seed_changes_in_the_same_way(self, name: str, shape: tuple[int, ...]) -> None:
        x, operation = samples(shape), OPERATIONS.get(name)()
        assert torch.equal(seeded(operation, x), seeded(operation, x))
        assert not torch.equal(seeded(operation, x), seeded(operation, x, seed=4))

    def test_gradients_and_gradients_of_gradients_are_right(self, name: str, shape: tuple[int, ...]) -> None:
        x = samples(shape, 2).double().requires_grad_()
        operation = OPERATIONS.get(name)()
        assert torch.autograd.gradcheck(lambda at: seeded(operation, at, 0.7), (x,))
        assert torch.autograd.gradgradcheck(lambda at: seeded(operation, at, 0.7).pow(2), (x,))

    def test_formats_are_kept(self, name: str, shape: tuple[int, ...]) -> None:
        x, operation = samples(shape), OPERATIONS.get(name)()
        for kind in (torch.float64, torch.float32, torch.bfloat16):
            changed = seeded(operation, x.to(kind))
            assert changed.dtype == kind and changed.shape == x.shape
        with torch.autocast("cpu", dtype=torch.bfloat16):
            within = seeded(operation, x)
        assert torch.equal(within, seeded(operation, x))
        if len(shape) == 3 and name != "noise":  # noise is drawn in the order of memory
            last = x.contiguous(memory_format=torch.channels_last)
            assert torch.allclose(seeded(operation, last), seeded(operation, x), atol=1e-6)


@pytest.mark.parametrize(
    ("operation", "beyond"),
    [
        (Translation(), 0.0),
        (Affine(), 0.0),
        (Cutout(), 0.0),
        (Brightness(most=0.3), 0.3),
        (Contrast(most=0.5), 1.0),
        (Saturation(most=1.0), 2.0),
    ],
)
def test_values_leave_their_range_by_no_more_than_is_meant(operation: Operation, beyond: float) -> None:
    x = samples(COLOUR, 300)
    assert float(seeded(operation, x).abs().max()) <= 1.0 + beyond + 1e-5


def test_translation_moves_by_whole_pixels_and_reflects_what_is_missing() -> None:
    picture = samples((2, 16, 9), 1)[0]
    padded = np.pad(picture.numpy(), ((0, 0), (2, 2), (1, 1)), mode="symmetric")  # an eighth of the sides
    possible = [padded[:, down : down + 16, across : across + 9] for down in range(5) for across in range(3)]
    shifted = seeded(Translation(), picture.expand(400, 2, 16, 9)).numpy()
    counts = [sum(np.array_equal(one, way) for one in shifted) for way in possible]
    assert sum(counts) == 400
    assert min(counts) > 10  # each is as likely


@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 2, 5)])
def test_tiny_pictures_are_no_trouble(shape: tuple[int, ...]) -> None:
    for name in OPERATIONS.names():
        operation = OPERATIONS.get(name)()
        if operation.suits(shape):
            assert torch.isfinite(seeded(operation, samples(shape))).all()


@pytest.mark.parametrize("degrees", [0.0, 11.0, -40.0])
@pytest.mark.parametrize("size", [0.7, 1.0, 1.4])
def test_resampling_agrees_with_scipy(degrees: float, size: float) -> None:
    x = samples((1, 8, 11), 1).double()
    turn = np.deg2rad(degrees)
    matrix = size * np.asarray([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    shift = np.asarray([1.3, -0.6])
    ours = moved(x, torch.from_numpy(matrix)[None], torch.from_numpy(shift)[None], "bilinear")[0, 0]
    flipped = matrix[::-1, ::-1]  # scipy counts down, then across
    centre = np.asarray([3.5, 5.0])
    theirs = ndimage.affine_transform(
        x[0, 0].numpy(), flipped, offset=centre - flipped @ centre + shift[::-1], order=1, mode="reflect"
    )
    assert np.allclose(ours.numpy(), theirs, atol=1e-9)


def test_a_quarter_turn_is_exact() -> None:
    x = samples((2, 9, 9), 1)
    turned = moved(x, torch.tensor([[[0.0, -1.0], [1.0, 0.0]]]), torch.zeros(1, 2), "nearest")
    assert torch.equal(turned, x.rot90(1, (2, 3)))


def test_turns_and_scales_are_small() -> None:
    x = torch.zeros(500, 1, 33, 33)
    x[:, :, 16, 28] = 1.0  # 12 to the right of the centre
    changed = seeded(Affine(scale=0.0), x)
    places = changed.flatten(1).argmax(1)
    down, across = places // 33 - 16, places % 33 - 16
    angles = torch.atan2(down.double(), across.double()).rad2deg()
    assert float(angles.abs().max()) < 20 and float(angles.std()) == pytest.approx(15 / 3**0.5, abs=2.0)


def test_cutout_covers_a_quarter_unless_it_hangs_over_the_edge() -> None:
    covered = (seeded(Cutout(), torch.ones(3000, 1, 16, 16)) == 0).flatten(1).double().mean(1)
    assert float(covered.max()) == 0.25
    assert 0.25 > float(covered.mean()) > 0.1


def test_brightness_moves_a_picture_as_a_whole() -> None:
    x = samples(COLOUR, 50)
    added = (seeded(Brightness(), x) - x).flatten(1)
    assert torch.allclose(added, added[:, :1].expand_as(added), atol=1e-6)
    assert float(added[:, 0].std()) > 0.2


def test_contrast_keeps_each_pictures_mean_and_saturation_each_pixels() -> None:
    x = samples(COLOUR, 50)
    more, colourful = seeded(Contrast(), x), seeded(Saturation(), x)
    assert torch.allclose(more.mean((1, 2, 3)), x.mean((1, 2, 3)), atol=1e-5)
    assert torch.allclose(colourful.mean(1), x.mean(1), atol=1e-5)
    spread = more.flatten(1).std(1) / x.flatten(1).std(1)
    assert float(spread.min()) < 0.7 and float(spread.max()) > 1.3


@pytest.mark.parametrize(("shape", "unit"), [(ROWS, 1.0), (COLOUR, 0.5)])
def test_noise_is_measured_in_the_datas_own_spread(shape: tuple[int, ...], unit: float) -> None:
    x = samples(shape, 1).expand(20_000, *shape)
    added = seeded(Noise(strength=0.4), x) - x
    assert float(added.square().mean().sqrt()) == pytest.approx(0.4 * unit, rel=0.03)
    assert float(added.mean()) == pytest.approx(0.0, abs=0.01)
