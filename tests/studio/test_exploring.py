"""What the page that explores can ask for."""

from __future__ import annotations

import base64
import io
import json
import shutil
import threading
from dataclasses import dataclass
from pathlib import Path

import anyio
import httpx
import numpy as np
import pytest
import torch
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from PIL import Image

from ganforge.core.errors import GanforgeError, MachineError
from ganforge.metrics._cache import real_features
from ganforge.runs.folder import RunFolder
from ganforge.studio import _models, _nearest
from ganforge.studio._models import Models
from ganforge.studio.app import _misread, _told
from ganforge.studio.exploring import router
from ganforge.studio.shelf import Shelf
from ganforge.trained import Run, same_data, stored_split
from tests.tiny import SIDE, spots, table, trained

CLASSES = ("left", "right")
MODEL = b"a model"


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return trained(tmp_path_factory.mktemp("pictures"), spots(), classes=CLASSES, kimg=0.3)


@pytest.fixture(scope="module")
def numbers(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return trained(tmp_path_factory.mktemp("numbers"), table())


@dataclass
class Page:
    """Asks for one run as a browser would, without a network."""

    app: FastAPI
    run: Run

    def get(self, path: str = "") -> httpx.Response:
        return self.ask("GET", path, None)

    def post(self, path: str, **body: object) -> httpx.Response:
        return self.ask("POST", path, {name.rstrip("_"): value for name, value in body.items()})

    def ask(self, method: str, path: str, body: object) -> httpx.Response:
        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                return await client.request(method, f"/api/runs/{self.run.folder.name}/explore{path}", json=body)

        return anyio.run(asked)

    def z(self, n: int, **body: object) -> list[list[float]]:
        z: list[list[float]] = self.post("/samples", n=n, **body).json()["z"]
        return z


def page(run: Run, models: Models) -> Page:
    """The explorer's part of the API, whose models are made as a test wants."""
    app = FastAPI()
    app.include_router(router(Shelf(run.path.parent), models), prefix="/api")
    app.add_exception_handler(GanforgeError, _told)
    app.add_exception_handler(RequestValidationError, _misread)
    return Page(app, run)


def made_at_once(run: Path, step: int, out: Path) -> None:
    out.write_bytes(MODEL)


@pytest.fixture
def shown(pictures: Run) -> Page:
    return page(pictures, Models(made_at_once))


@pytest.fixture
def rows(numbers: Run) -> Page:
    return page(numbers, Models(made_at_once))


def pixels(raw: dict[str, object]) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    flat = np.frombuffer(base64.b64decode(str(raw["data"])), np.uint8)
    return flat.reshape([int(str(raw[side])) for side in ("n", "height", "width")])


def test_what_there_is_to_explore_is_told(shown: Page, pictures: Run) -> None:
    told = shown.get().json()
    assert told["latent"] == pictures.recipe.latent.length
    assert told["classes"] == list(CLASSES)
    assert told["step"] == pictures.step
    assert told["shape"] == {"kind": "pixels", "height": SIDE, "width": SIDE, "channels": 1, "columns": None}
    assert told["method"] == "factorisation"
    assert len(told["directions"]) == 10
    assert all(np.linalg.norm(each["z"]) == pytest.approx(1.0, abs=1e-5) for each in told["directions"])
    assert told["map"]["u"] == told["directions"][0]["z"]
    assert told["map"]["v"] == told["directions"][1]["z"]
    assert told["map"]["extent"] == pytest.approx(3 * told["typical_step"])
    assert told["uniform"] is False
    assert told["coins"] == []


def test_rows_have_columns_and_their_coins_are_told(rows: Page, numbers: Run) -> None:
    told = rows.get().json()
    assert told["shape"]["kind"] == "rows"
    assert told["shape"]["columns"] == [unit.name for unit in numbers.domain.units()]
    latent = numbers.recipe.latent
    assert told["coins"] == list(range(latent.normal + latent.uniform, latent.length))


def test_samples_are_those_of_generate_with_their_z_and_classes(shown: Page, pictures: Run) -> None:
    told = shown.post("/samples", seed=4, n=5, truncation=0.7).json()
    np.testing.assert_array_equal(pixels(told["raw"]), pictures.sample(5, seed=4, truncation=0.7))
    assert told["classes"] == ["left", "right", "left", "right", "left"]
    again = shown.post("/decode", z=told["z"]).json()
    np.testing.assert_array_equal(pixels(again["raw"]), pixels(told["raw"]))
    assert again["milliseconds"] > 0


def test_a_class_is_asked_for_by_name_or_number(shown: Page, pictures: Run) -> None:
    named = shown.post("/samples", n=3, class_="right").json()
    np.testing.assert_array_equal(pixels(named["raw"]), pictures.sample(3, of_class="right"))
    assert named["classes"] == ["right"] * 3
    assert shown.post("/samples", n=3, class_=1).json() == named


def test_rows_come_with_their_picture(rows: Page, numbers: Run) -> None:
    raw = rows.post("/samples", n=6, seed=1).json()["raw"]
    np.testing.assert_allclose(raw["rows"], numbers.sample(6, seed=1), rtol=1e-6)
    drawn = np.asarray(numbers.preview(np.asarray(raw["rows"])))
    sent = np.frombuffer(base64.b64decode(raw["preview"]["data"]), np.uint8)
    np.testing.assert_array_equal(sent.reshape(drawn.shape), drawn)


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("/decode", {"z": [[0.0, 1.0]]}, "A z of 2 numbers"),
        ("/decode", {"z": []}, "z"),
        ("/decode", {"z": [[1e300]]}, "less than or equal to 100"),
        ("/samples", {"n": 65}, "less than or equal to 64"),
        ("/samples", {"truncation": 0}, "greater than 0"),
        ("/samples", {"class": "nobody"}, "There is no class 'nobody' in this run. There are: left, right."),
        ("/samples", {"class": 2}, "There is no class '2'"),
        ("/samples", {"seed": -1}, "greater than or equal to 0"),
        ("/film", {"from": [0.0], "to": [0.0], "frames": 61}, "less than or equal to 60"),
        ("/nearest", {"z": [0.0], "n": 9}, "less than or equal to 8"),
    ],
)
def test_what_cannot_be_is_refused_in_words(shown: Page, path: str, body: dict[str, object], words: str) -> None:
    answer = shown.ask("POST", path, body)
    assert answer.status_code == 422
    assert words in answer.json()["error"]


def test_a_run_or_a_checkpoint_that_is_not_there_is_said(shown: Page, tmp_path: Path) -> None:
    gone = shown.post("/samples", step=987_654)
    assert gone.status_code == 409
    assert "no checkpoint of step 987654" in gone.json()["error"]
    shutil.copytree(shown.run.path, tmp_path / "runs" / "0009-elsewhere")
    elsewhere = Page(shown.app, Run(RunFolder(tmp_path / "runs" / "0009-elsewhere"))).get()
    assert elsewhere.status_code == 404
    assert "0009-elsewhere" in elsewhere.json()["error"]


def test_the_nearest_item_of_a_training_item_is_itself(pictures: Run) -> None:
    opened = Shelf(pictures.path.parent).opened(pictures.folder.name)
    row = int(stored_split(pictures.folder).train[7])
    x = same_data(pictures.folder).batch(torch.tensor([row])).real["x"]
    found = _nearest.Nearest().to(opened, x, 3, patience=60.0)
    assert found.distances[0] == pytest.approx(0.0, abs=1e-3)
    assert found.distances == sorted(found.distances)
    assert torch.equal(found.x[0], x[0])
    assert found.typical > 0
    assert "is the same: a copy" in _nearest.told(found, "training sample")


@pytest.mark.parametrize(
    ("nearest", "words"),
    [
        (0.6, "0.3 times as far away as training samples are from each other: it may be a copy."),
        (2.0, "as far away as training samples are from each other: not a copy."),
        (2.8, "1.4 times as far away as training samples are from each other: not a copy."),
        (24.0, "12 times as far away as training samples are from each other: not a copy, and unlike all of them."),
    ],
)
def test_how_near_it_is_is_told_plainly(nearest: float, words: str) -> None:
    found = _nearest.Likenesses(
        torch.zeros(1), [nearest], typical=2.0, searched=1500, features="the numbers themselves"
    )
    told = _nearest.told(found, "training sample")
    assert told == f"Its nearest training sample is {words} Searched: 1,500, by the numbers themselves."


def test_only_training_items_are_near(shown: Page, pictures: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_nearest, "PATIENCE", 60.0)
    told = shown.post("/nearest", z=shown.z(1)[0], class_="left", n=4).json()
    data, split = same_data(pictures.folder), stored_split(pictures.folder)
    train = pictures.domain.decode(data.batch(split.train).real["x"])
    assert len(told["distances"]) == 4
    for picture in pixels(told["raw"]):
        assert (train == picture).all(axis=(1, 2)).any()
    assert f"Searched: {len(split.train)}" in told["words"]


def test_a_large_set_is_searched_in_part(numbers: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_nearest, "MOST", 50)
    opened = Shelf(numbers.path.parent).opened(numbers.folder.name)
    found = _nearest.Nearest().to(opened, numbers.raw(numbers.latents(1)), 8, patience=60.0)
    assert found.searched == 50
    assert len(found.distances) == 8


def test_while_the_items_are_looked_at_it_is_said_how_far_it_is(shown: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    go, real = threading.Event(), real_features

    def held(*given: object) -> torch.Tensor:
        assert go.wait(60)
        return real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(_nearest, "real_features", held)
    monkeypatch.setattr(_nearest, "PATIENCE", 0.0)
    z = shown.z(1)[0]
    busy = shown.post("/nearest", z=z)
    assert busy.status_code == 503
    assert "0 % done" in busy.json()["error"]
    go.set()
    monkeypatch.setattr(_nearest, "PATIENCE", 60.0)
    assert shown.post("/nearest", z=z).status_code == 200


def test_data_that_have_moved_are_said_and_found_again(pictures: Run, tmp_path: Path) -> None:
    shutil.copytree(pictures.path, tmp_path / "runs" / "0001-moved")
    facts = json.loads((tmp_path / "runs" / "0001-moved" / "run.json").read_text())
    there, facts["data"]["source"] = facts["data"]["source"], str(tmp_path / "here.npz")
    (tmp_path / "runs" / "0001-moved" / "run.json").write_text(json.dumps(facts))
    shelf = Shelf(tmp_path / "runs")
    opened, nearest = shelf.opened("0001-moved"), _nearest.Nearest()
    x = pictures.raw(pictures.latents(1), torch.tensor([0]))
    with pytest.raises(GanforgeError, match=r"here\.npz"):
        nearest.to(opened, x, 1, patience=60.0)
    shutil.copy(there, tmp_path / "here.npz")
    assert len(nearest.to(opened, x, 1, patience=60.0).distances) == 1


def test_a_film_goes_from_one_sample_to_the_other_and_back(shown: Page, pictures: Run) -> None:
    z = shown.z(2, class_="left")
    answer = shown.post("/film", from_=z[0], to=z[1], frames=9, class_="left")
    assert answer.headers["content-type"] == "image/gif"
    ends = pictures.decode(torch.tensor(z), of_class="left")
    with Image.open(io.BytesIO(answer.content)) as gif:
        times = gif.width // SIDE
        assert gif.size == (times * SIDE, times * SIDE)
        assert times == 384 // SIDE
        assert gif.info["loop"] == 0
        frames = []
        for at in range(gif.n_frames):  # type: ignore[attr-defined]
            gif.seek(at)
            frames.append(np.asarray(gif.convert("L")))
    assert len(frames) == 16  # nine there, seven between on the way back
    np.testing.assert_array_equal(frames[0], ends[0].repeat(times, 0).repeat(times, 1))
    np.testing.assert_array_equal(frames[8], ends[1].repeat(times, 0).repeat(times, 1))
    np.testing.assert_array_equal(frames[9], frames[7])


def test_a_film_of_rows_is_made_of_previews(rows: Page, numbers: Run) -> None:
    z = rows.z(2)
    with Image.open(io.BytesIO(rows.post("/film", from_=z[0], to=z[1], frames=3).content)) as gif:
        assert gif.size == numbers.preview(numbers.sample(2)).size


def test_favourites_are_kept_with_their_class_and_forgotten(shown: Page, pictures: Run) -> None:
    z = shown.z(2)
    first = shown.post("/favourites", z=z[0], class_="right")
    assert first.status_code == 201
    shown.post("/favourites", z=z[1])
    kept = page(pictures, Models(made_at_once)).get("/favourites").json()  # another server finds them
    assert [each["z"] for each in kept] == [z[1], z[0]]
    assert [each["class"] for each in kept] == ["left", "right"]
    np.testing.assert_array_equal(pixels(kept[1]["raw"]), pictures.decode(torch.tensor(z[:1]), of_class="right"))
    assert [each["z"] for each in shown.get("/favourites?offset=1&limit=1").json()] == [z[0]]
    for each in kept:
        assert shown.ask("DELETE", f"/favourites/{each['id']}", None).status_code == 204
    assert shown.get("/favourites").json() == []
    assert shown.ask("DELETE", f"/favourites/{kept[0]['id']}", None).status_code == 404


def test_a_favourite_of_a_row_has_a_small_picture(rows: Page) -> None:
    raw = rows.post("/favourites", z=rows.z(1)[0]).json()["raw"]
    assert max(raw["preview"]["height"], raw["preview"]["width"]) == 160


def test_the_model_is_made_once_and_the_last_one_goes(shown: Page, pictures: Run) -> None:
    exports = pictures.path / _models.FOLDER
    shutil.rmtree(exports, ignore_errors=True)
    exports.mkdir()
    (exports / "00000001.onnx").write_bytes(b"of an earlier checkpoint")
    model = shown.get("/model.onnx")
    assert model.content == MODEL
    assert [path.name for path in exports.iterdir()] == [f"{pictures.step:08d}.onnx"]
    told = shown.get().json()["onnx"]
    assert (told["available"], told["bytes"], told["words"]) == (True, len(MODEL), "")
    assert told["url"].endswith(f"/explore/model.onnx?step={pictures.step}")
    shutil.rmtree(exports)


def test_why_there_is_no_model_is_said(pictures: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def cannot(run: Path, step: int, out: Path) -> None:
        raise MachineError("This generator cannot be said in ONNX.")

    shutil.rmtree(pictures.path / _models.FOLDER, ignore_errors=True)
    failing = page(pictures, Models(cannot))
    answer = failing.get("/model.onnx")
    assert answer.status_code == 409
    assert "cannot be said in ONNX" in answer.json()["error"]
    told = failing.get().json()["onnx"]
    assert not told["available"] and not told["making"]
    assert "cannot be said in ONNX" in told["words"]
    monkeypatch.setattr(_models, "missing", lambda: "onnxscript")
    assert "pip install 'ganforge[export]'" in page(pictures, Models(cannot)).get().json()["onnx"]["words"]
