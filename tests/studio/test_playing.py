"""Real or forged: nothing but the picture tells, answers count once and in order, and what came of them is kept."""

from __future__ import annotations

import base64
import io
from collections import Counter
from itertools import pairwise
from pathlib import Path

import httpx
import numpy as np
import pytest
import torch
from PIL import Image

from ganforge.api import Run
from ganforge.core.errors import GanforgeError
from ganforge.runs.plays import FILE, Plays
from ganforge.studio._dealing import Dealer, best_threshold
from ganforge.studio._rounds import GRACE, MOST, Asked, Rounds
from ganforge.studio.errors import NoSuchError, NotYet, Unusable
from ganforge.studio.shelf import Shelf
from ganforge.trained import stored_split
from tests.studio.asking import Asking
from tests.studio.players import SIDE, corners, crosses, trained


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return trained(crosses(600, 0), tmp_path_factory.mktemp("crosses"))


@pytest.fixture(scope="module")
def points(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return trained(corners(1000, 0), tmp_path_factory.mktemp("corners"))


@pytest.fixture(params=["pictures", "points"])
def run(request: pytest.FixtureRequest) -> Run:
    found: Run = request.getfixturevalue(request.param)
    (found.path / FILE).unlink(missing_ok=True)
    return found


def asking(run: Run) -> tuple[Asking, str]:
    return Asking(run.path.parent), f"/api/runs/{run.folder.name}/play"


def dealer(run: Run) -> Dealer:
    return Dealer(Shelf(run.path.parent).opened(run.folder.name))


def asked(**changed: object) -> Asked:
    return Asked(**{"run": "r", "mode": "one", "choices": 1, "player": "", "seconds": None, "step": 1, **changed})  # type: ignore[arg-type]


def played(run: Run, body: dict[str, object], answer: object) -> tuple[list[httpx.Response], list[dict[str, object]]]:
    """All questions of a round as they were sent, and what came back."""
    client, url = asking(run)
    begun = client.post(f"{url}/rounds", body).json()
    sent, told = [], []
    for number in range(begun["questions"]):
        sent.append(client.get(f"{url}/rounds/{begun['round']}/{number}"))
        told.append(client.post(f"{url}/rounds/{begun['round']}/{number}", {"answer": answer}).json())
    return sent, told


def test_real_and_forged_are_sent_with_the_same_size_and_the_same_headers(run: Run) -> None:
    sent, told = played(run, {"mode": "one", "questions": 20}, "real")
    assert {one["truth"] for one in told} == {"real", "forged"}
    assert len({len(response.content) for response in sent}) == 1
    assert len({tuple(response.headers.items()) for response in sent}) == 1
    assert sent[0].headers["cache-control"] == "no-store"
    assert {response.status_code for response in sent} == {200}


def test_addresses_say_nothing_and_are_never_the_same(run: Run) -> None:
    client, url = asking(run)
    names = {client.post(f"{url}/rounds", {"questions": 5}).json()["round"] for _ in range(8)}
    assert len(names) == 8
    assert all(len(name) >= 20 for name in names)  # 16 random bytes


def test_what_is_where_is_thrown_anew_each_time(pictures: Run) -> None:
    table = dealer(pictures)
    truths = [question.truth for _ in range(40) for question in table.deal("one", 10, 1).questions]
    assert abs(truths.count("forged") - 200) < 50  # five standard deviations
    pairs = Counter(pairwise(truths))  # and none says anything of the next
    assert min(pairs.values()) > 55
    places = Counter(question.truth for _ in range(40) for question in table.deal("several", 5, 4).questions)
    assert set(places) == {"0", "1", "2", "3"} and min(places.values()) > 22


def test_real_and_forged_pixels_are_of_one_kind(pictures: Run) -> None:
    deal = dealer(pictures).deal("one", 25, 1)
    levels = {"real": set(), "forged": set()}  # type: dict[str, set[int]]
    for question in deal.questions:
        assert len(question.pixels) == deal.item.size == SIDE * SIDE
        levels[question.truth] |= set(question.pixels)
    # Both use fine levels, not a grid of their own
    assert all(len(used) > 20 for used in levels.values())


def test_real_items_are_those_of_the_report_split_unchanged_and_no_two_alike(pictures: Run) -> None:
    data = Shelf(pictures.path.parent).opened(pictures.folder.name).data()
    report = pictures.domain.decode(data.batch(stored_split(pictures.folder).report).real["x"])
    known = {picture.tobytes() for picture in report}
    questions = dealer(pictures).deal("one", 25, 1).questions
    real = [question.pixels for question in questions if question.truth == "real"]
    assert set(real) <= known
    assert len(set(real)) == len(real)
    assert not known & {question.pixels for question in questions if question.truth == "forged"}


def test_forgeries_are_drawn_afresh(pictures: Run) -> None:
    table = dealer(pictures)
    forged = [q.pixels for _ in range(6) for q in table.deal("one", 20, 1).questions if q.truth == "forged"]
    assert len(set(forged)) == len(forged)


def test_everything_is_prepared_before_the_first_question(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    client, url = asking(run)
    begun = client.post(f"{url}/rounds", {"questions": 5}).json()

    def never(*arguments: object, **more: object) -> None:
        raise AssertionError("a network was asked while a question was")

    for name in ("sample", "appraise", "judge", "forge"):
        monkeypatch.setattr(f"ganforge.games.noise.NoiseGame.{name}", never)
    monkeypatch.setattr("ganforge.studio._dealing.Dealer.deal", never)
    monkeypatch.setattr(type(run.domain), "decode", never)
    for number in range(5):
        assert client.get(f"{url}/rounds/{begun['round']}/{number}").status_code == 200
        assert client.post(f"{url}/rounds/{begun['round']}/{number}", {"answer": "forged"}).status_code == 200


def test_sets_of_rows_are_drawn_within_the_same_bounds(points: Run) -> None:
    deal = dealer(points).deal("one", 22, 1)
    frames = set()
    for question in deal.questions:
        picture = np.frombuffer(question.pixels, dtype=np.uint8).reshape(deal.item.height, deal.item.width, 3)
        frames.add((picture[-22:].tobytes(), picture[:, :22].tobytes()))  # the numbers along both axes
    assert {question.truth for question in deal.questions} == {"real", "forged"}
    assert len(frames) == 1


def test_real_ones_are_shown_beforehand_and_none_of_them_is_asked_about(pictures: Run) -> None:
    client, url = asking(pictures)
    split, data = stored_split(pictures.folder), Shelf(pictures.path.parent).opened(pictures.folder.name).data()
    decoded = {
        name: {picture.tobytes() for picture in pictures.domain.decode(data.batch(rows).real["x"])}
        for name, rows in {"train": split.train, "report": split.report}.items()
    }
    told = client.get(f"{url}/examples?n=8").json()
    shown = np.frombuffer(base64.b64decode(told["raw"]["data"]), np.uint8).reshape(8, -1)
    assert len({picture.tobytes() for picture in shown}) == told["raw"]["n"] == 8
    assert {picture.tobytes() for picture in shown} <= decoded["train"] - decoded["report"]
    assert client.get(f"{url}/examples?n=25").status_code == 422


def test_examples_are_what_a_round_shows(run: Run) -> None:
    client, url = asking(run)
    item = client.post(f"{url}/rounds", {"questions": 5}).json()["item"]
    raw = client.get(f"{url}/examples?n=3").json()["raw"]
    assert raw["kind"] == "pixels" and raw["n"] == 3
    assert {key: raw[key] for key in ("height", "width", "channels")} == {
        key: item[key] for key in ("height", "width", "channels")
    }
    assert len(base64.b64decode(raw["data"])) == 3 * item["bytes"]


def test_nothing_is_shown_beforehand_where_everything_is_asked_about(tmp_path: Path) -> None:
    client, url = asking(trained(crosses(16, 0), tmp_path, kimg=0.2))
    told = client.get(f"{url}/examples").json()
    assert told["raw"] is None and "None are held out" in told["words"]


def test_data_that_have_moved_are_told_before_a_round_with_a_cure_that_is_there(tmp_path: Path) -> None:
    client, url = asking(trained(crosses(60, 0), tmp_path, kimg=0.2))
    (tmp_path / "data.npy").rename(tmp_path / "elsewhere.npy")
    told = {client.get(f"{url}/{each}").json()["error"] for each in ("examples", "judge")}
    assert len(told) == 1 and client.get(f"{url}/examples").status_code == 409
    assert "put the data back where they were, or evaluate or score the run with --source" in told.pop()


def test_the_clock_runs_from_when_a_question_is_seen(pictures: Run) -> None:
    client, url = asking(pictures)
    begun = client.post(f"{url}/rounds", {"questions": 5, "seconds": 5}).json()
    place = f"{url}/rounds/{begun['round']}"
    assert client.post(f"{place}/0/shown").status_code == 409  # not asked for yet
    client.get(f"{place}/0")
    seconds = client.post(f"{place}/0/shown").json()["seconds"]
    assert 0 < seconds <= 5
    assert client.post(f"{place}/1/shown").status_code == 409
    first = client.post(f"{place}/0", {"answer": "real"}).json()
    assert client.post(f"{place}/0", {"answer": "real"}).json() == first  # what was told was lost on its way
    assert client.post(f"{place}/0", {"answer": "forged"}).status_code == 409
    assert client.get(place).json()["answers"] == [first]


def test_too_many_real_items_are_refused_with_how_many_there_are(pictures: Run) -> None:
    client, url = asking(pictures)
    answer = client.post(f"{url}/rounds", {"mode": "several", "questions": 50, "choices": 6})
    assert answer.status_code == 422 and "30 are held out" in answer.json()["error"]


def test_questions_are_asked_in_order_and_answered_once(run: Run) -> None:
    client, url = asking(run)
    begun = client.post(f"{url}/rounds", {"questions": 5}).json()
    place = f"{url}/rounds/{begun['round']}"
    assert client.get(f"{place}/1").status_code == 409
    assert client.post(f"{place}/0", {"answer": "real"}).status_code == 409  # not looked at yet
    first = client.get(f"{place}/0").content
    assert client.get(f"{place}/0").content == first  # a reload
    assert client.post(f"{place}/0", {"answer": 1}).status_code == 422
    assert client.post(f"{place}/0", {"answer": "real"}).status_code == 200
    assert client.post(f"{place}/0", {"answer": "forged"}).status_code == 409
    assert client.get(f"{place}/0").content == first  # to be looked at once more
    assert client.get(f"{place}/5").status_code == 404
    assert client.get(f"{url}/rounds/nothing").status_code == 404


def test_an_answer_after_the_time_is_none_whatever_the_page_says(pictures: Run) -> None:
    now = [100.0]
    plays = Plays(pictures.path)
    made = Rounds(lambda: now[0]).begin(asked(seconds=5.0), dealer(pictures).deal("one", 5, 1), plays)
    made.pixels(0)
    now[0] += 5.0 + GRACE / 2
    assert made.answer(0, made.deal.questions[0].truth, 1.0).right
    made.pixels(1)
    made.pixels(1)  # asking again does not stop the clock
    now[0] += 5.0 + 2 * GRACE
    made.pixels(1)
    late = made.answer(1, made.deal.questions[1].truth, 1.0)
    assert late.answer is None and not late.right and late.streak == 0 and late.best_streak == 1
    assert plays.answers()[-1].answer is None


def test_a_streak_is_broken_by_a_wrong_answer(pictures: Run) -> None:
    made = Rounds().begin(asked(), dealer(pictures).deal("one", 6, 1), Plays(pictures.path))
    streaks = []
    for number, right in enumerate([True, True, False, True, True, True]):
        made.pixels(number)
        truth = made.deal.questions[number].truth
        given = made.answer(number, truth if right else {"real": "forged", "forged": "real"}[truth], None)
        streaks.append((given.streak, given.best_streak))
    assert streaks == [(1, 1), (2, 2), (0, 2), (1, 2), (2, 2), (3, 3)]
    assert made.finished and "right in 5 of 6" in made.words()


def test_rounds_are_bounded_and_the_oldest_goes(pictures: Run) -> None:
    deal, rounds = dealer(pictures).deal("one", 5, 1), Rounds()
    made = [rounds.begin(asked(), deal, Plays(pictures.path)) for _ in range(MOST + 1)]
    assert rounds.find("r", made[-1].name) is made[-1]
    with pytest.raises(NoSuchError, match="begin a new one"):
        rounds.find("r", made[0].name)
    with pytest.raises(NoSuchError):
        rounds.find("another", made[-1].name)


def test_the_round_is_summed_up_with_the_discriminator_beside(run: Run) -> None:
    client, url = asking(run)
    begun = client.post(f"{url}/rounds", {"questions": 8, "player": "Ada\n"}).json()
    for number in range(8):
        client.get(f"{url}/rounds/{begun['round']}/{number}")
        client.post(f"{url}/rounds/{begun['round']}/{number}", {"answer": "real", "seconds": 0.5})
    told = client.get(f"{url}/rounds/{begun['round']}").json()
    truths = [one["truth"] for one in told["answers"]]
    assert told["fooled"] == [at for at, truth in enumerate(truths) if truth == "forged"]
    assert told["denied"] == [] and told["finished"]
    assert told["accuracy"] == truths.count("real") / 8
    assert told["interval"][0] < told["accuracy"] < told["interval"][1] or told["accuracy"] in {0.0, 1.0}
    assert 0 <= told["judge"]["accuracy"] <= 1
    kept = Plays(run.path).answers()
    assert len(kept) == 8 and {each.player for each in kept} == {"Ada"}
    results = client.get(f"{url}/results").json()
    assert results["answers"] == 8 and results["error_rate"] == 1 - told["accuracy"]
    assert results["by_player"][0]["player"] == "Ada"


def test_picking_the_forgery_out_of_several(run: Run) -> None:
    sent, told = played(run, {"mode": "several", "questions": 5, "choices": 3}, 1)
    assert {one["right"] for one in told} <= {True, False}
    assert all(one["right"] == (one["truth"] == 1) for one in told)
    assert len({len(response.content) for response in sent}) == 1
    results = asking(run)[0].get(f"{asking(run)[1]}/results").json()
    assert results["error_rate"] is None and results["guessing"] == pytest.approx(2 / 3)


def test_a_round_left_early_counts_as_far_as_it_went(pictures: Run) -> None:
    (pictures.path / FILE).unlink(missing_ok=True)
    client, url = asking(pictures)
    begun = client.post(f"{url}/rounds", {"questions": 10}).json()
    client.get(f"{url}/rounds/{begun['round']}/0")
    client.post(f"{url}/rounds/{begun['round']}/0", {"answer": "real"})
    assert client.get(f"{url}/results").json()["answers"] == 1


@pytest.mark.parametrize(
    ("real", "fake", "right"), [([3.0, 4.0, 5.0], [0.0, 1.0, 2.0], 1.0), ([1.0, 1.0], [1.0, 1.0], 0.5)]
)
def test_the_discriminators_threshold_is_where_it_is_right_most_often(
    real: list[float], fake: list[float], right: float
) -> None:
    cut = best_threshold(torch.tensor(real), torch.tensor(fake))
    told = [value > cut for value in real] + [value <= cut for value in fake]
    assert sum(told) / len(told) == right


@pytest.fixture(scope="module")
def judged(pictures: Run) -> tuple[Asking, str]:
    client, url = asking(pictures)
    while not client.get(f"{url}/judge").json()["ready"]:
        pass
    return client, url


def test_a_drawing_is_judged_and_a_blank_canvas_is_forged(judged: tuple[Asking, str]) -> None:
    client, url = judged

    def drawn(pixels: np.ndarray) -> dict[str, object]:
        shape = {"height": pixels.shape[0], "width": pixels.shape[1], "channels": 1}
        data = base64.b64encode(pixels.tobytes()).decode()
        told: dict[str, object] = client.post(f"{url}/judge", {"pixels": {**shape, "data": data}}).json()
        return told

    blank = drawn(np.zeros((SIDE, SIDE), np.uint8))
    assert blank["verdict"] == "forged" and float(str(blank["realness"])) < 0.02
    real = drawn(crosses(1, 77)[0])
    assert real["verdict"] == "real"
    heat, shown = real["heat"], real["judged_as"]
    assert isinstance(heat, dict) and len(base64.b64decode(heat["values"])) == SIDE * SIDE
    assert isinstance(shown, dict) and base64.b64decode(shown["data"]) == crosses(1, 77)[0].tobytes()
    assert drawn(np.zeros((5 * SIDE, 5 * SIDE), np.uint8))["verdict"] == "forged"  # made smaller first


def file_of(pixels: np.ndarray, kind: str, **more: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind, **more)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
def test_a_picture_that_is_brought_is_converted_as_training_pictures_are(
    judged: tuple[Asking, str], pictures: Run, tmp_path: Path, kind: str
) -> None:
    client, url = judged
    content = file_of(np.random.default_rng(0).integers(0, 256, (31, 40, 3)).astype(np.uint8), kind)
    told = client.ask("POST", f"{url}/judge/upload", content=content, headers={"content_type": "image/any"}).json()
    file = tmp_path / f"picture.{kind.lower()}"
    file.write_bytes(content)
    expected = pictures.domain.decode(pictures.domain.read(file).x)
    assert base64.b64decode(told["judged_as"]["data"]) == expected.tobytes()
    assert told["verdict"] == "forged"


def test_a_photo_lies_as_its_camera_says(judged: tuple[Asking, str]) -> None:
    client, url = judged
    exif = Image.Exif()
    exif[0x0112] = 6
    half = np.zeros((40, 40), np.uint8)
    half[:20] = 255
    sent = file_of(half, "PNG", exif=exif)
    shown = client.ask("POST", f"{url}/judge/upload", content=sent).json()["judged_as"]
    pixels = np.frombuffer(base64.b64decode(shown["data"]), np.uint8).reshape(SIDE, SIDE)
    assert pixels[:, 0].max() < 50 and pixels[:, -1].min() > 200  # the top went to the right


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        (b"", 422, "no picture"),
        (b"GIF89a", 422, "cannot be read"),
        (b"<svg onload='x'>", 422, "no picture"),
        (file_of(np.zeros((60, 60), np.uint8), "PNG")[:60], 422, "cannot be read"),
        (file_of(np.zeros((60, 60), np.uint8), "TIFF"), 422, "no picture"),
        (b"\x89PNG\r\n\x1a\n" + bytes(8 * 2**20 + 1), 413, "larger"),
        (file_of(np.zeros((6500, 6500), np.uint8), "PNG"), 413, "million"),
        (file_of(np.zeros((9000, 9000), np.uint8), "PNG"), 422, "scale it down"),
    ],
    ids=["nothing", "cut", "svg", "torn", "tiff", "heavy", "large", "huge"],
)
def test_what_cannot_be_judged_is_refused_in_words(
    judged: tuple[Asking, str], content: bytes, status: int, words: str
) -> None:
    client, url = judged
    answer = client.ask("POST", f"{url}/judge/upload", content=content)
    assert answer.status_code == status and words in answer.json()["error"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"rows": []},
        {"rows": [[1.0, 2.0]]},
        {"pixels": {"height": 2, "width": 2, "channels": 1, "data": "AAAA"}},
        {"pixels": {"height": 2, "width": 2, "channels": 1, "data": "**"}},
        {"pixels": {"height": 0, "width": 2, "channels": 1, "data": ""}},
    ],
)
def test_a_drawing_that_is_none_is_refused(judged: tuple[Asking, str], body: dict[str, object]) -> None:
    client, url = judged
    answer = client.post(f"{url}/judge", body)
    assert answer.status_code == 422 and answer.json()["error"]


def test_placed_points_are_judged_together(points: Run) -> None:
    client, url = asking(points)
    while not client.get(f"{url}/judge").json()["ready"]:
        pass
    real = client.post(f"{url}/judge", {"rows": corners(30, 9).tolist()}).json()
    assert real["verdict"] == "real" and len(real["each"]) == 30 and real["heat"] is None
    wrong = client.post(f"{url}/judge", {"rows": [[2.0, 2.0]] * 5}).json()
    assert wrong["verdict"] == "forged" and "5 of 5 lie" in wrong["words"]
    for rows in ([[1.0]], [[1.0, 2.0, 3.0]], [[1e308, 1e308]], [[1.0, 2.0], [1.0]]):
        assert client.post(f"{url}/judge", {"rows": rows}).status_code == 422


def test_errors_are_of_the_studios_own_kind() -> None:
    assert all(issubclass(error, GanforgeError) for error in (NotYet, NoSuchError, Unusable))
