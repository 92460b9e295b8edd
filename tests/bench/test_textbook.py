"""The tutorials' DCGAN: its networks, its training, what it keeps."""

from __future__ import annotations

import ast
import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from tests.bench.pictures import clothes

from ganforge.bench import textbook
from ganforge.bench._picture_sets import Wanted
from ganforge.bench.textbook import (
    BATCH,
    SPREAD,
    Discriminator,
    Generator,
    Z,
    first_weights,
    pictures_of,
    read_pixels,
    save_generator,
    to_tensor,
)
from ganforge.core.errors import DataError, SettingError


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


@pytest.mark.parametrize("side", [32, 64])
def test_the_textbooks_networks_for_colour_are_those_of_the_paper(side: int) -> None:
    torch.manual_seed(0)
    generator, discriminator = Generator(side, 3).apply(first_weights), Discriminator(side, 3).apply(first_weights)
    pictures = generator(torch.randn(2, Z, 1, 1))
    assert pictures.shape == (2, 3, side, side)
    assert discriminator(pictures).shape == (2,)
    widths = [layer.out_channels for layer in generator.modules() if isinstance(layer, torch.nn.ConvTranspose2d)]
    looks = [layer.out_channels for layer in discriminator.modules() if isinstance(layer, torch.nn.Conv2d)]
    assert widths == [512, 256, 128, 64, 3][64 // side - 1 :]
    assert looks == [*[64, 128, 256, 512][: 5 - 64 // side], 1]


@pytest.mark.parametrize("side", [32, 64])
def test_the_textbook_trains_on_colour_and_makes_it(side: int, tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (BATCH, side, side, 3)).astype(np.uint8)
    file = tmp_path / "g.safetensors"
    textbook.train(to_tensor(pixels), math.inf, 0, lambda g, _, __: save_generator(g, file), most_steps=1)
    made = pictures_of(file, 3, seed=0)
    assert made.shape == (3, side, side, 3)
    assert made.dtype == np.uint8


def test_what_the_textbook_cannot_train_on_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"40 x 40 pixels.*28, 32, 64"):
        to_tensor(np.zeros((BATCH, 40, 40), dtype=np.uint8))
    with pytest.raises(SettingError, match=r"12 pictures are no batch.*64"):
        to_tensor(clothes(12))
    np.save(tmp_path / "floats.npy", np.zeros((3, 28, 28)))
    (tmp_path / "broken.npy").write_bytes(b"no array")
    for name, told in (("floats", "float64"), ("broken", "cannot be read"), ("missing", "cannot be read")):
        with pytest.raises(DataError, match=told):
            read_pixels(str(tmp_path / f"{name}.npy"), Wanted())


def test_the_textbook_reads_sets_and_files(tmp_path: Path) -> None:
    np.save(tmp_path / "some.npy", clothes(5))
    assert (read_pixels(str(tmp_path / "some.npy"), Wanted()) == clothes(5)).all()
    assert len(read_pixels("digits", Wanted(pictures=300))) == 300


def test_the_textbooks_command_leaves_its_generators_and_facts(tmp_path: Path) -> None:
    np.save(tmp_path / "some.npy", clothes(BATCH))
    textbook.run(minutes=1e-4, at=(0.0,), data=str(tmp_path / "some.npy"), out=tmp_path / "out")
    facts = json.loads((tmp_path / "out" / textbook.FACTS).read_text(encoding="utf-8"))
    assert [saved["kimg"] for saved in facts["saved"]] == [BATCH / 1000] * 2
    assert pictures_of(tmp_path / "out" / facts["saved"][-1]["file"], 2, seed=0).shape == (2, 28, 28)


def test_bytes_become_the_range_of_the_hyperbolic_tangent() -> None:
    pixels = np.zeros((BATCH, 28, 28), dtype=np.uint8)
    pixels[0, 0, 1] = 255
    assert to_tensor(pixels).flatten()[:2].tolist() == [-1.0, 1.0]
