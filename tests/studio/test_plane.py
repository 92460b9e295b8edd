"""The game on a plane: what is shown is what the training has, and playing on is what the training would do."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import anyio
import httpx
import numpy as np
import pytest
import torch
from fastapi import FastAPI
from torch import Tensor

import ganforge
from ganforge.core.contracts import DataOptions, Unit
from ganforge.core.errors import RunError
from ganforge.core.seeding import Draws
from ganforge.data._opening import open_source
from ganforge.runs.folder import RunFolder
from ganforge.session import Options, reopen
from ganforge.staging import Setting, feed, make_stage
from ganforge.studio._plane_axes import Axes, grid, window
from ganforge.studio._plane_board import CELLS, Board, _sureness
from ganforge.studio._plane_sessions import MOST, Session, Sessions, situation
from ganforge.studio.app import make_app
from ganforge.studio.errors import NoSuchError
from ganforge.studio.plane import board_of
from ganforge.studio.safety import Access
from ganforge.studio.shelf import Shelf
from ganforge.training.duel import Moment
from ganforge.training.state import collect, restore

SMALL = {"networks.settings.width": 16, "networks.settings.depth": 2, "batch": 64}
RUN = "0001-rows"


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run on two columns, a constant one between them, and a run on three numbers."""
    folder = tmp_path_factory.mktemp("plane")
    random = np.random.default_rng(0)
    x, y = random.normal(100.0, 20.0, 600), random.normal(0.0, 1e-3, 600)
    np.save(folder / "rows.npy", np.column_stack([np.rint(x), np.full(600, 7.0), y]))
    np.save(folder / "three.npy", random.normal(size=(200, 3)))
    options = Options(out=folder / "runs", kimg=2.0, threads=1, report=False, live=False, doctor="off", settings=SMALL)
    ganforge.train(folder / "rows.npy", options)
    ganforge.train(folder / "three.npy", replace(options, kimg=0.2))
    return folder / "runs"


@dataclass(frozen=True)
class Client:
    """Asks an application as a browser would, without a network."""

    app: FastAPI

    def get(self, path: str) -> httpx.Response:
        return self.ask("GET", path, None)

    def post(self, path: str, json: object = None) -> httpx.Response:
        return self.ask("POST", path, json)

    def ask(self, method: str, path: str, body: object) -> httpx.Response:
        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                return await client.request(method, path, json=body)

        return anyio.run(asked)


@pytest.fixture
def client(runs: Path) -> Client:
    return Client(make_app(runs, Access()))


def a_board(runs: Path) -> Board:
    return board_of(Shelf(runs), RUN, "newest")


def everything(board: Board) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in board.duel.game.state_dict().items()}


def files(runs: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in runs.rglob("*") if path.is_file()}


def test_points_go_to_the_units_of_the_data_and_back() -> None:
    axes = Axes((Unit("a", 0, 20.0, 100.0, whole=True), Unit("b", 1, 1e-3, 5.0)), (0, 2))
    x = torch.randn(50, 2)
    assert torch.allclose(axes.inward(axes.outward(x)), x, atol=1e-5)
    assert axes.outward(torch.tensor([[1.0, -1.0]])).flatten().tolist() == pytest.approx([120.0, 4.999])


@pytest.mark.parametrize(("columns", "is_plane"), [(1, False), (2, True), (3, False)])
def test_two_varying_numbers_are_a_plane_and_nothing_else_is(columns: int, is_plane: bool) -> None:
    rows = np.random.default_rng(0).normal(size=(50, columns))
    assert (Axes.of(open_source(rows, DataOptions()).domain) is not None) == is_plane


def test_pictures_are_no_plane() -> None:
    pictures = np.random.default_rng(0).integers(0, 255, (40, 16, 16), dtype=np.uint8)
    assert Axes.of(open_source(pictures, DataOptions()).domain) is None


def test_a_constant_column_is_no_axis(runs: Path) -> None:
    look = a_board(runs).look()
    domain = reopen(RunFolder(runs / RUN)).data.domain
    assert look.columns == tuple(domain.units()[place].name for place in (0, 2))


def test_cells_go_row_by_row_from_the_lowest_corner() -> None:
    cells = grid((0.0, 2.0, 10.0, 14.0), 2)
    assert cells.tolist() == [[0.5, 11.0], [1.5, 11.0], [0.5, 13.0], [1.5, 13.0]]
    assert window(torch.tensor([[0.0, 5.0], [10.0, 5.0]]), margin=0.1) == pytest.approx((-1.0, 11.0, 4.9, 5.1))


def test_sureness_is_of_the_order_of_scores_alone() -> None:
    real, forged = torch.tensor([1.0, 2.0, 3.0, 4.0]), torch.tensor([-1.0, 0.0, 1.5, 2.5])
    asked = torch.tensor([-5.0, 0.5, 2.0, 9.0])
    expected = torch.tensor([0.0, 0.0, 0.5 / 0.75, 1.0])
    assert torch.allclose(_sureness(asked, real, forged), expected)
    assert torch.allclose(_sureness(asked.exp(), real.exp(), forged.exp()), expected)
    apart = _sureness(torch.tensor([0.0]), torch.tensor([1.0, 2.0]), torch.tensor([-2.0, -1.0]))
    assert apart.tolist() == [0.5]  # between the two kinds nothing is known


def test_the_players_shown_are_those_that_play_and_not_their_averages(runs: Path) -> None:
    board, stored = a_board(runs), RunFolder(runs / RUN).checkpoints.load().tensors
    for name, tensor in board.duel.game.state_dict().items():
        assert torch.equal(tensor, stored[f"game.{name}"])
    assert any(
        not torch.equal(stored[f"game.players.{name}"], stored[f"ema.{name}"])
        for name in (key.removeprefix("ema.") for key in stored if key.startswith("ema."))
    )


def test_forgeries_and_points_are_in_the_units_of_the_data(runs: Path) -> None:
    look = a_board(runs).look()
    assert torch.equal(look.real[:, 0], look.real[:, 0].round())  # whole numbers stay whole
    assert look.real[:, 0].mean() == pytest.approx(100.0, abs=5.0)
    assert look.real[:, 1].abs().max() < 0.01
    x0, x1, y0, y1 = look.bounds
    assert x0 < 100.0 < x1 and y0 < 0.0 < y1
    assert bool(((look.real[:, 0] > x0) & (look.real[:, 0] < x1)).all())
    assert 0.0 <= float(look.verdict.min()) <= float(look.verdict.max()) <= 1.0
    assert look.verdict.shape == (CELLS * CELLS,)


def test_the_push_is_downhill_in_the_generators_own_loss(runs: Path) -> None:
    """Against finite differences of the loss, written out here: paired scores through a softplus."""
    board = a_board(runs)
    fake, push = board._pushed()
    judge, real = board._game.players["discriminator"].eval().double(), board._shown.real["x"].double()

    def loss_of(x: Tensor) -> float:
        with torch.no_grad():
            scores = [judge(each, None).adversarial[0] for each in (real, x)]
        return float(torch.nn.functional.softplus(scores[0] - scores[1]).sum())

    for number in range(4):
        way = Draws(number, "way").normal(*fake.shape).double()
        slope = (loss_of(fake + 1e-7 * way) - loss_of(fake - 1e-7 * way)) / 2e-7  # nearer than D has kinks
        assert -float((push * way).sum()) == pytest.approx(slope, rel=1e-3)


def test_the_longest_push_would_cross_the_plane(runs: Path) -> None:
    look = a_board(runs).look()
    x0, x1, y0, y1 = look.bounds
    lengths = (look.push / torch.tensor([x1 - x0, y1 - y0]).double()).norm(dim=1)
    assert float(lengths.max()) == pytest.approx(1.0)
    assert look.push_scale > 0


def test_looking_changes_nothing_and_is_the_same_twice(runs: Path) -> None:
    board, written = a_board(runs), files(runs)
    before, state = everything(board), torch.get_rng_state()
    first, second = board.look(), board.look()
    assert all(torch.equal(before[name], tensor) for name, tensor in everything(board).items())
    assert torch.equal(first.fake, second.fake) and torch.equal(first.verdict, second.verdict)
    assert torch.equal(state, torch.get_rng_state())
    assert files(runs) == written


def longer(runs: Path, folder: Path, times: float) -> Path:
    """The same runs as if they had been planned for so many times as long."""
    shutil.copytree(runs, folder)
    path = folder / RUN / "run.json"
    facts = json.loads(path.read_text())
    facts["plan"]["kimg"] *= times
    path.write_text(json.dumps(facts))
    return folder


def test_playing_on_is_what_the_training_would_do_to_the_bit(runs: Path, tmp_path: Path) -> None:
    half_way = longer(runs, tmp_path / "longer", 4.0)
    board = a_board(half_way)
    session = Session(RUN, board, board.look())
    prepared = reopen(RunFolder(half_way / RUN))
    setting = Setting(prepared.data, prepared.split, prepared.plan, prepared.seed, 9.0, prepared.recipe, print)
    stage = make_stage(setting, prepared.recipe, watched=False)
    checkpoint = prepared.folder.checkpoints.load()
    restore(stage.duel, stage.ema, checkpoint.tensors)
    shown = feed(prepared.data, prepared.split, prepared.seed)
    for step in range(checkpoint.step, checkpoint.step + 5):
        stage.duel.update(Moment(step, step * stage.duel.samples_per_step, step / stage.total_steps), shown)
    session.play("discriminator", 1)
    session.play("generator", 1)
    session.play("both", 2)
    session.play("discriminator", 1)
    session.play("both", 1)  # ends the update that is under way, then one more
    assert board.step == checkpoint.step + 5
    wanted = {name: tensor for name, tensor in collect(stage.duel, stage.ema).items() if name.startswith("game.")}
    assert all(torch.equal(tensor, wanted[f"game.{name}"]) for name, tensor in everything(board).items())


def test_a_finished_run_still_moves_when_it_is_played_on(runs: Path) -> None:
    board = a_board(runs)
    assert board.step == board.total_steps
    before = everything(board)
    assert board.play("discriminator") and board.play("generator")
    assert any(not torch.equal(before[name], tensor) for name, tensor in everything(board).items())


def test_a_phase_moves_its_side_alone_and_the_map_is_ds_alone(runs: Path) -> None:
    board = a_board(runs)
    start, before = board.look(), everything(board)
    board.play("discriminator")
    judged, after_d = board.look(), everything(board)
    board.play("generator")
    forged, after_g = board.look(), everything(board)
    changed = [
        {name.split(".")[1] for name in before if not torch.equal(old[name], new[name])}
        for old, new in ((before, after_d), (after_d, after_g))
    ]
    assert changed == [{"discriminator"}, {"generator"}]
    assert torch.equal(start.fake, judged.fake) and not torch.equal(start.verdict, judged.verdict)
    assert not torch.equal(judged.fake, forged.fake) and torch.equal(judged.verdict, forged.verdict)


def test_words_tell_what_a_move_changed_and_what_is_to_be_seen(runs: Path) -> None:
    board = a_board(runs)
    session = Session(RUN, board, board.look())
    before = session.look.told_apart
    words = session.play("discriminator", 3)
    assert words.startswith("The detective learned 3 times, from 64 real points")
    assert f"{100 * before:.1f} %" in words and f"{100 * session.look.told_apart:.1f} %" in words
    assert (session.turn, board.step) == ("generator", board.total_steps + 2)
    assert session.play("generator", 1).startswith("The forger learned: its forgeries moved by ")
    assert board.step == board.total_steps + 3
    for share, told in ((0.2, "more real to it"), (0.5, "hardly"), (0.8, "difference"), (0.99, "not deceived")):
        assert told in situation(replace(session.look, told_apart=share))


def test_a_game_whose_numbers_burst_is_told_and_not_shown(runs: Path) -> None:
    board = a_board(runs)
    with torch.no_grad():
        next(board.duel.game.parameters()).fill_(float("nan"))
    with pytest.raises(RunError, match="no longer finite"):
        board.look()


def test_few_games_are_kept_and_the_one_left_alone_longest_goes(runs: Path) -> None:
    board, sessions = a_board(runs), Sessions()
    session = Session(RUN, board, board.look())
    names = [sessions.add(session) for _ in range(MOST)]
    sessions.get(RUN, names[0])
    sessions.add(session)
    assert sessions.get(RUN, names[0]) is session
    with pytest.raises(NoSuchError, match="newest checkpoint"):
        sessions.get(RUN, names[1])
    with pytest.raises(NoSuchError):
        sessions.get("0002-three", names[0])


def test_the_page_is_given_a_view_that_javascript_can_read(client: Client) -> None:
    answer = client.get(f"/api/runs/{RUN}/plane")
    assert answer.status_code == 200
    view = json.loads(answer.text, parse_constant=pytest.fail)
    assert 300 <= len(view["real"]) <= 600
    assert len(view["fake"]) == len(view["push"]) == 300
    assert len(view["verdict"]["values"]) == view["verdict"]["n"] ** 2
    assert view["kimg"] > 0 and view["words"]
    assert client.get(f"/api/runs/{RUN}/plane").json() == view
    assert client.get(f"/api/runs/{RUN}/plane?checkpoint=best").status_code == 200


def test_a_game_is_played_on_over_the_wire_and_the_run_is_left_as_it_was(runs: Path, client: Client) -> None:
    written = files(runs)
    begun = client.post(f"/api/runs/{RUN}/plane/sessions").json()
    assert begun["phase"] == "discriminator"
    where = f"/api/runs/{RUN}/plane/sessions/{begun['session']}/step"
    judged = client.post(where, json={"phase": "discriminator"}).json()
    assert judged["phase"] == "generator" and judged["words"].startswith("The detective learned")
    forged = client.post(where, json={"phase": "generator", "times": 2}).json()
    assert forged["phase"] == "discriminator" and forged["view"]["step"] == begun["view"]["step"] + 2
    assert files(runs) == written


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("0002-three/plane", None, 409),
        ("0009-none/plane", None, 404),
        (f"{RUN}/plane?checkpoint=worst", None, 422),
        ("0002-three/plane/sessions", {}, 409),
        (f"{RUN}/plane/sessions/nobody/step", {"phase": "both"}, 404),
        (f"{RUN}/plane/sessions/nobody/step", {"phase": "both", "times": 101}, 422),
        (f"{RUN}/plane/sessions/nobody/step", {"phase": "third"}, 422),
        (f"{RUN}/plane/sessions/{'a' * 99}/step", {"phase": "both"}, 422),
    ],
)
def test_what_cannot_be_answered_is_refused_with_a_reason(
    client: Client, path: str, body: dict[str, object] | None, status: int
) -> None:
    where = f"/api/runs/{path}"
    answer = client.get(where) if body is None else client.post(where, json=body)
    assert answer.status_code == status
    assert answer.json()["error"]
