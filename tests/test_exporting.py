"""An exported generator makes what the run makes, without torch and without Ganforge."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from PIL import Image
from safetensors import safe_open
from torch import Tensor

from ganforge.core.errors import MachineError, MissingExtraError, SettingError
from ganforge.exporting import onnx as to_onnx
from ganforge.exporting._about import about
from ganforge.exporting.export import export
from ganforge.exporting.onnx import Model, onnx_model
from ganforge.exporting.samples import Generator
from ganforge.networks._pair import PAIRS
from ganforge.trained import Run
from tests.tiny import SIDE, spots, table, trained

CLASSES = ("left", "right")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return trained(tmp_path_factory.mktemp("pictures"), spots(colour=True), classes=CLASSES)


@pytest.fixture(scope="module")
def numbers(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return trained(tmp_path_factory.mktemp("numbers"), table())


@pytest.fixture(scope="module")
def model(pictures: Run) -> Model:
    return onnx_model(pictures)


def taken() -> list[tuple[str, str, tuple[str, ...]]]:
    """Every pair with every kind of data that it takes; pictures with classes, numbers without."""
    shapes = {"pictures": (1, SIDE, SIDE), "numbers": (3,)}
    return [
        (name, kind, CLASSES if kind == "pictures" else ())
        for name in PAIRS.names()
        for kind in shapes
        if PAIRS.get(name)().takes(shapes[kind]) is None
    ]


@pytest.mark.parametrize(("pair", "kind", "classes"), taken())
def test_the_model_of_every_pair_gives_what_torch_gives(
    pair: str, kind: str, classes: tuple[str, ...], tmp_path: Path
) -> None:
    run = trained(tmp_path, spots(60) if kind == "pictures" else table(60), pair=pair, classes=classes)
    model = onnx_model(run)
    assert model.difference <= to_onnx.CLOSE
    session = onnxruntime.InferenceSession(model.data, providers=["CPUExecutionProvider"])
    z = run.latents(5, seed=9)
    labels = torch.arange(5) % len(classes) if classes else None
    given = {"z": z.numpy()} if labels is None else {"z": z.numpy(), "label": labels.numpy()}
    assert [each.name for each in session.get_inputs()] == list(given)
    x = session.run(["x"], given)[0]
    np.testing.assert_allclose(x, run.raw(z, labels).numpy(), atol=1e-4, rtol=1e-4)
    assert float(np.std(x, axis=0).max()) > 0  # z is not forgotten


def test_pixels_are_what_the_run_decodes(pictures: Run, model: Model) -> None:
    session = onnxruntime.InferenceSession(model.data, providers=["CPUExecutionProvider"])
    z = pictures.latents(9, seed=2)
    label = np.arange(9) % 2
    pixels = session.run(["pixels"], {"z": z.numpy(), "label": label})[0]
    ours = pictures.decode(z)
    assert pixels.shape == ours.shape == (9, SIDE, SIDE, 3)
    assert int(np.abs(pixels.astype(int) - ours.astype(int)).max()) <= 1


def test_the_model_holds_the_generator_alone_and_says_what_it_is(pictures: Run, model: Model) -> None:
    weights = sum(each.numel() for each in pictures.game.players["generator"].parameters())
    assert len(model.data) < 4 * weights * 1.2 + 60_000
    told = {entry.key: entry.value for entry in onnx.load_from_string(model.data).metadata_props}
    config = json.loads(told["ganforge"])
    assert config["classes"] == list(CLASSES)
    assert config["shape"] == [3, SIDE, SIDE]
    assert [unit["name"] for unit in config["units"]] == ["red", "green", "blue"]
    assert config["latent"]["length"] == pictures.recipe.latent.length
    assert "truncation" in config


@pytest.mark.parametrize("kind", ["pictures", "numbers"])
def test_units_say_what_decode_does(kind: str, request: pytest.FixtureRequest) -> None:
    run: Run = request.getfixturevalue(kind)
    x = torch.randn(40, *run.domain.shape(), generator=torch.Generator().manual_seed(1))
    decoder = Generator.__new__(Generator)
    decoder.config = about(run).json()
    theirs, ours = decoder.decode(x.numpy()), run.domain.decode(x)
    assert theirs.shape == ours.shape
    if kind == "pictures":
        assert theirs.dtype == np.uint8
        assert int(np.abs(theirs.astype(int) - ours.astype(int)).max()) <= 1
    else:
        np.testing.assert_allclose(theirs, ours, rtol=1e-12)


def test_a_folder_makes_samples_without_torch_and_without_us(pictures: Run, numbers: Run, tmp_path: Path) -> None:
    for run, file, more in (
        (pictures, "made.png", ["--class", "right"]),
        (numbers, "made.csv", ["--truncation", "0.5"]),
    ):
        folder = export(run, "folder", tmp_path / run.data.domain).path
        assert {path.name for path in folder.iterdir()} == {"model.onnx", "config.json", "samples.py", "README.md"}
        # Refuses to import what an exported generator must not need
        blocked = "import sys; sys.modules['torch'] = sys.modules['ganforge'] = None; import runpy; "
        code = f"{blocked}sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')"
        out = tmp_path / file
        command = [sys.executable, "-c", code, str(folder / "samples.py"), "--count", "9", "--out", str(out), *more]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert out.exists()
    with Image.open(tmp_path / "made.png") as picture:
        assert picture.size == (3 * SIDE, 3 * SIDE)
        assert picture.mode == "RGB"
    lines = (tmp_path / "made.csv").read_text().splitlines()
    assert len(lines) == 10
    assert [float(line.split(",")[1]) for line in lines[1:]] == [7.0] * 9


def test_the_program_samples_as_the_description_says(numbers: Run, tmp_path: Path) -> None:
    generator = Generator(export(numbers, "folder", tmp_path / "folder").path)
    latent = numbers.recipe.latent
    z, tame = generator.latents(400, seed=1), generator.latents(400, seed=1, truncation=0.5)
    smooth = latent.normal + latent.uniform
    np.testing.assert_allclose(tame[:, :smooth], z[:, :smooth] * 0.5, rtol=1e-6)
    np.testing.assert_array_equal(tame[:, smooth:], z[:, smooth:])
    assert set(np.unique(z[:, smooth:])) <= {-1.0, 1.0}
    assert z.shape == (400, latent.length)
    given = numbers.latents(6, seed=3)
    np.testing.assert_allclose(generator.decode(generator.x(given.numpy())), numbers.decode(given), rtol=1e-4)


def test_safetensors_hold_the_averaged_weights(pictures: Run, tmp_path: Path) -> None:
    written = export(pictures, "safetensors", tmp_path / "weights.safetensors")
    ours = pictures.game.players["generator"].state_dict()
    with safe_open(written.path, "pt") as file:
        assert set(file.keys()) == {f"generator.{name}" for name in ours}
        assert all(torch.equal(file.get_tensor(f"generator.{name}"), tensor) for name, tensor in ours.items())
        assert json.loads(file.metadata()["ganforge"])["step"] == pictures.step


def test_a_model_that_differs_from_torch_is_not_written(
    pictures: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = to_onnx._Forger.forward

    def off(self: to_onnx._Forger, z: Tensor, label: Tensor | None = None) -> tuple[Tensor, ...]:
        x, pixels = real(self, z, label)
        return (x + 1e-3 if torch.compiler.is_exporting() else x), pixels

    monkeypatch.setattr(to_onnx._Forger, "forward", off)
    with pytest.raises(MachineError, match=r"differs from torch by 0\.001.*not written"):
        export(pictures, "onnx", tmp_path / "model.onnx")
    assert not list(tmp_path.iterdir())


def test_without_the_extra_it_is_said_how_to_get_it(pictures: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(to_onnx, "PACKAGES", ("onnx", "not_there_at_all"))
    with pytest.raises(MissingExtraError, match=r"not_there_at_all.*pip install 'ganforge\[export\]'"):
        onnx_model(pictures)


def test_a_place_that_does_not_suit_is_refused(pictures: Run, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"ending in \.safetensors"):
        export(pictures, "safetensors", tmp_path / "weights.onnx")


def test_a_folder_gets_the_file_under_its_usual_name(pictures: Run, tmp_path: Path) -> None:
    assert export(pictures, "safetensors", tmp_path).path == tmp_path / "generator.safetensors"
