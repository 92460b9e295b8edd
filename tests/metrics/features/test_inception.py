"""Inception-v3 as FID uses it, without its weights: what it computes, where it looks for them, what it refuses."""

from __future__ import annotations

import hashlib
import urllib.error
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from ganforge.core.errors import RunError, SettingError
from ganforge.data.images import Images
from ganforge.metrics.features import inception
from ganforge.metrics.features._features import FEATURES, Setting
from ganforge.metrics.features.inception import FILE, HASH, VARIABLE, Network

GREY = Images(8, 8, 1, ())


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file like the published one, with numbers of its own, and as old ones are: nothing counted."""
    torch.manual_seed(0)
    state = {name: t for name, t in Network().state_dict().items() if not name.endswith("num_batches_tracked")}
    path = tmp_path_factory.mktemp("weights") / FILE
    torch.save(state, path)
    return path


@pytest.fixture(autouse=True)
def _no_weights_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))
    monkeypatch.setattr(torch.hub, "download_url_to_file", no_network)


def no_network(url: str, dst: str, hash_prefix: str, progress: bool) -> None:
    raise urllib.error.URLError("no network")


def test_it_has_the_parameters_and_names_of_the_published_weights() -> None:
    with torch.device("meta"):
        network = Network()
    # torchvision's Inception-v3 without its auxiliary classifier has 23,834,568, for 1,000 classes instead of 1,008
    assert sum(p.numel() for p in network.parameters()) == 23_834_568 + 8 * 2_049
    shapes = {name: tuple(p.shape) for name, p in network.state_dict().items()}
    assert shapes["Conv2d_1a_3x3.conv.weight"] == (32, 3, 3, 3)
    assert shapes["Mixed_5b.branch_pool.conv.weight"] == (32, 192, 1, 1)
    assert shapes["Mixed_6a.branch3x3dbl_3.bn.running_var"] == (96,)
    assert shapes["Mixed_6c.branch7x7dbl_2.conv.weight"] == (160, 160, 7, 1)
    assert shapes["Mixed_7a.branch7x7x3_4.conv.weight"] == (192, 192, 3, 3)
    assert shapes["Mixed_7c.branch3x3dbl_3b.conv.weight"] == (384, 384, 3, 1)
    assert shapes["fc.weight"] == (1008, 2048)
    assert len(shapes) == 94 * 6 + 2  # so many convolutions, each with its normalisation, and the classifier


def test_pictures_become_2048_numbers_the_same_alone_and_together(weights: Path) -> None:
    extractor = FEATURES.get("inception").make(Setting(GREY, weights=weights))
    x = torch.rand(3, 1, 8, 8, generator=torch.Generator().manual_seed(1)) * 2 - 1
    features = extractor(x)
    assert features.shape == (3, 2048) and features.dtype == torch.float32
    assert bool(features.isfinite().all()) and bool((features >= 0).all())
    torch.testing.assert_close(extractor(x[1:2]), features[1:2], rtol=1e-3, atol=1e-6)


def test_only_the_published_weights_make_it_fid(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = hashlib.sha256(weights.read_bytes()).hexdigest()[:8]
    other = FEATURES.get("inception").make(Setting(GREY, weights=weights))
    assert other.label == f"Inception-v3 with weights {own}, which are not FID's"
    monkeypatch.setattr(inception, "HASH", own)
    assert other.label == "Inception-v3 (FID)"


def test_only_the_last_block_pools_by_maximum_and_no_mean_counts_the_border() -> None:
    ones = torch.ones(1, 2048, 8, 8)
    seen: list[Tensor] = []

    def keep(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        seen.append(inputs[0])

    network = Network().eval()
    corner = torch.zeros(1, 1280, 8, 8)
    corner[..., 0, 0] = 9.0
    for block, x in ((network.Mixed_7b, corner), (network.Mixed_7c, ones * corner[:, :1])):
        block.branch_pool.register_forward_pre_hook(keep)
        with torch.no_grad():
            block(x)
    mean, largest = seen
    assert float(mean[0, 0, 0, 0]) == 9.0 / 4 and float(mean[0, 0, 1, 1]) == 1.0
    assert float(largest[0, 0, 1, 1]) == 9.0


def test_the_weights_are_looked_for_in_the_environment(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(weights))
    assert FEATURES.get("inception").make(Setting(GREY)).label.startswith("Inception-v3")


def test_weights_that_were_downloaded_before_are_found(weights: Path, tmp_path: Path) -> None:
    kept = tmp_path / "hub" / "checkpoints" / FILE
    kept.parent.mkdir(parents=True)
    kept.symlink_to(weights)
    assert FEATURES.get("inception").make(Setting(GREY)).label.startswith("Inception-v3")


def test_they_are_downloaded_with_their_hash_checked(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, str]] = []

    def download(url: str, dst: str, hash_prefix: str, progress: bool) -> None:
        asked.append((url, hash_prefix))
        Path(dst).symlink_to(weights)

    monkeypatch.setattr(torch.hub, "download_url_to_file", download)
    FEATURES.get("inception").make(Setting(GREY))
    assert asked == [(inception.URL, HASH)] and FILE.endswith(f"{HASH}.pth")


def test_without_a_network_the_error_says_where_to_get_them_and_what_else_there_is() -> None:
    with pytest.raises(RunError, match=f"(?s)no network.*{VARIABLE}.*efficientnet"):
        FEATURES.get("inception").make(Setting(GREY))


def test_a_download_of_something_else_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def download(url: str, dst: str, hash_prefix: str, progress: bool) -> None:
        raise RuntimeError("invalid hash value")

    monkeypatch.setattr(torch.hub, "download_url_to_file", download)
    with pytest.raises(RunError, match="not the file expected"):
        FEATURES.get("inception").make(Setting(GREY))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="There is no file"):
        FEATURES.get("inception").make(Setting(GREY, weights=tmp_path / "nothing.pth"))


def test_a_file_of_anything_else_is_refused(tmp_path: Path) -> None:
    for name, content in (("text.pth", b"hello"), ("empty.pth", b"")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(SettingError, match="is no file of weights"):
            FEATURES.get("inception").make(Setting(GREY, weights=tmp_path / name))


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    others = (nn.Linear(2, 2).state_dict(), [1, 2, 3], {"fc.weight": torch.zeros(2, 2)})
    for number, other in enumerate(others):
        path = tmp_path / f"{number}.pth"
        torch.save(other, path)
        with pytest.raises(SettingError, match="do not fit Inception-v3"):
            FEATURES.get("inception").make(Setting(GREY, weights=path))
