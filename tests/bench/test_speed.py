"""The speed lab: turns, what is quoted of repeats, tables, the picture, samples made beside the bare pass."""

from __future__ import annotations

import json
import multiprocessing
import resource
import sys
import threading
from pathlib import Path
from statistics import median

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tests.tiny import spots

import ganforge
from ganforge.bench import _speed_generate, _speed_peers, speed
from ganforge.bench._peers._clock import WARM_UP, Clock
from ganforge.bench._speed_cases import Case
from ganforge.bench._speed_contest import Asked, Contender, Result, compare
from ganforge.bench._speed_peak import PeakMeter, Peaks
from ganforge.bench._speed_peers import Peer, Wanted
from ganforge.bench._speed_plot import WIDTH, Bar, as_png, draw_speed
from ganforge.bench._speed_processes import Rival
from ganforge.bench._speed_ratios import spread
from ganforge.bench._speed_report import (
    as_json,
    bars_of,
    generating_table,
    notes_on,
    peer_table,
    surroundings,
    table_of,
)
from ganforge.bench._speed_rivals import Over, Pacer, Ready, Role, Stretch, Turns, peak_memory
from ganforge.core.errors import MachineError, SettingError, UnknownNameError
from ganforge.core.plan import ExecutionPlan
from ganforge.core.records import Change, Examined, Remedy, StepRecord, Treated
from ganforge.session import Options

PLAN = ExecutionPlan("cpu", 1, "bfloat16", True, 1, 10.0, 100.0, "1 thread, measured", examine_steps=5)
PEAKS = Peaks(100.0, 400.0, 300.0, 600.0)


def found(rates: tuple[float, ...] = (300.0, 330.0, 300.0)) -> Result:
    """A result of three rounds in which the baseline shows 100 samples a second."""
    ours = tuple(Stretch(2.0, 2.0 * rate, 500.0) for rate in rates)
    plain = tuple(Stretch(1.0, 100.0, 300.0) for _ in rates)
    naive = tuple(Stretch(1.0, 50.0, 310.0) for _ in rates)
    return Result(
        Case("digits", "auto"),
        (
            Contender("ganforge", Ready(1, "bfloat16", 64, 3.0, PLAN), ours),
            Contender("eager", Ready(1, "float32", 64, 1.0, flops_per_sample=2e8), plain),
            Contender("naive", Ready(1, "float32", 64, 1.0), naive),
        ),
        PEAKS,
    )


class TestSpread:
    def test_nine_values_leave_one_out_at_each_end(self) -> None:
        assert spread([9.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]).interval == (2.0, 8.0)

    def test_five_values_are_too_few_for_an_interval(self) -> None:
        assert spread([1.0, 2.0, 3.0, 4.0, 5.0]).interval is None

    def test_six_values_give_their_range(self) -> None:
        assert spread([3.0, 1.0, 2.0, 6.0, 5.0, 4.0]).interval == (1.0, 6.0)

    @given(st.lists(st.floats(0.1, 10.0), min_size=1, max_size=40))
    def test_the_median_lies_in_everything_that_is_quoted(self, values: list[float]) -> None:
        one = spread(values)
        assert one.median == median(values)
        assert one.low <= one.quartiles[0] <= one.median <= one.quartiles[1] <= one.high
        assert one.interval is None or one.low <= one.interval[0] <= one.median <= one.interval[1] <= one.high

    def test_the_interval_holds_the_median_as_often_as_it_says(self) -> None:
        dice = np.random.default_rng(0)
        held = 0
        for values in dice.normal(size=(2000, 9)):
            interval = spread(values.tolist()).interval
            assert interval is not None
            held += interval[0] <= 0.0 <= interval[1]
        assert 0.94 <= held / 2000 <= 0.98  # 96.1 % by the binomial


class Line:
    """Both ends of a line between a training and who gives the turns."""

    def __init__(self) -> None:
        self.here, there = multiprocessing.Pipe()
        self.turns = Turns(there)


def examined(step: int) -> Examined:
    return Examined(step, step / 10, 0.1, 0.01, 0.0, 0.01, kept=True, seconds=0.1)


def recorded(step: int) -> StepRecord:
    return StepRecord(step, step / 10, {}, 100.0)


class TestPacer:
    def paced(self, plan: ExecutionPlan, turns: int = 3) -> tuple[Pacer, Line]:
        """A pacer whose turns all have been given already, so that it never waits."""
        line = Line()
        for _ in range(turns):
            line.here.send(0.0)
        line.here.send(None)
        return Pacer(line.turns, Ready(1, "float32", 4, 0.0, plan)), line

    def test_stretches_go_from_examination_to_examination(self) -> None:
        pacer, line = self.paced(PLAN)
        for event in (recorded(3), examined(5), recorded(8), examined(10), examined(15)):
            pacer.see(event)
        assert isinstance(line.here.recv(), Ready)
        assert [round(line.here.recv().samples) for _ in range(2)] == [500, 500]
        assert not line.here.poll()

    def test_without_examinations_records_cut(self) -> None:
        pacer, line = self.paced(ExecutionPlan("cpu", 1, "float32", False, 1, 10.0, 100.0, ""))
        for event in (recorded(3), recorded(8)):
            pacer.see(event)
        assert isinstance(line.here.recv(), Ready)
        assert round(line.here.recv().samples) == 500

    def test_a_stretch_lasts_as_long_as_was_asked(self) -> None:
        line = Line()
        line.here.send(1e9)
        pacer = Pacer(line.turns, Ready(1, "float32", 4, 0.0, PLAN))
        for step in (5, 10, 15):
            pacer.see(examined(step))
        assert isinstance(line.here.recv(), Ready)
        assert not line.here.poll()

    def test_a_treatment_begins_the_stretch_anew(self) -> None:
        pacer, line = self.paced(PLAN)
        remedy = Remedy("lower", "lower the rate", (Change("batch", 1, 2),))
        pacer.see(examined(5))
        pacer.see(Treated(7, 0.7, 0, 0.0, 7, 1, "spikes", remedy))
        for step in (5, 10):
            pacer.see(examined(step))
        assert isinstance(line.here.recv(), Ready)
        assert round(line.here.recv().samples) == 500
        assert not line.here.poll()

    def test_the_training_ends_when_there_are_no_more_turns(self) -> None:
        pacer, _ = self.paced(PLAN, turns=1)
        pacer.see(examined(5))
        with pytest.raises(Over):
            pacer.see(examined(10))


class TestResult:
    def test_ratios_compare_stretches_of_the_same_round(self) -> None:
        assert found().ratios("eager").values == pytest.approx((3.0, 3.3, 3.0))
        assert found().ratios("naive").median == pytest.approx(6.0)

    def test_shares_are_of_the_peak_in_the_same_precision(self) -> None:
        result = found()
        ours, eager, _ = result.contenders
        assert result.share_of_gemm(ours) == pytest.approx(300 * 0.2 / 400)
        assert result.share_of_gemm(eager) == pytest.approx(100 * 0.2 / 100)
        assert result.share_of_convolution(ours) == pytest.approx(300 * 0.2 / 600)

    def test_all_stretches_together_are_weighed_by_their_time(self) -> None:
        contender = Contender("eager", Ready(1, "float32", 4, 0.0), (Stretch(1.0, 10.0, 1.0), Stretch(3.0, 90.0, 2.0)))
        assert contender.whole == 25.0
        assert contender.peak_mb == 2.0

    def test_json_holds_every_stretch(self) -> None:
        (case,) = json.loads(json.dumps(as_json([found()])))
        ours, eager, _ = case["contenders"]
        assert [stretch["samples"] for stretch in ours["stretches"]] == [600.0, 660.0, 600.0]
        assert ours["ready"]["plan"]["why"] == PLAN.why
        assert eager["ganforge_is_faster_by"]["median"] == pytest.approx(3.0)
        assert ours["ganforge_is_faster_by"] is None

    def test_tables_name_everybody(self) -> None:
        table = table_of(found())
        (first, *_) = table.columns
        assert list(first.cells) == [
            "Ganforge, bfloat16",
            "plain eager loop, float32",
            "naive loop of tutorials, float32",
        ]
        assert list(table.columns[3].cells) == ["", "3.00", "6.00"]
        assert any("400 in bfloat16" in note for note in notes_on([found()]))


class TestPicture:
    def test_a_longer_bar_is_a_higher_ratio(self) -> None:
        bars = [Bar("digits", "eager", "eager", spread([1.0])), Bar("digits", "naive", "naive", spread([3.0]))]
        page = np.asarray(draw_speed("How fast?", "here", bars))
        assert page.shape[1] == WIDTH
        blue, orange = (np.all(page == colour, axis=-1).sum() for colour in ([27, 108, 168], [192, 86, 43]))
        assert orange == pytest.approx(3 * blue, rel=0.1)

    def test_it_is_drawn_without_any_bar(self) -> None:
        assert as_png(draw_speed("How fast?", "", [])).startswith(b"\x89PNG")

    def test_each_baseline_and_each_generator_has_a_bar(self) -> None:
        one = _speed_generate.Generating(
            "digits", 8, 1, _speed_generate.Bare(32, channels_last=True), spread([8.0]), spread([10.0]), spread([0.8])
        )
        assert [bar.ratios.median for bar in bars_of([found()], [one], [])] == pytest.approx([3.0, 6.0, 0.8])
        assert list(generating_table([one]).columns[3].cells) == ["0.80"]


def test_the_machine_reaches_some_rate_in_each_kind() -> None:
    peaks = PeakMeter(sides=(64,), convolutions=((8, 8, 8),)).measure(0.0)
    assert min(peaks.gemm_float32, peaks.gemm_bfloat16, peaks.convolution_float32, peaks.convolution_bfloat16) > 0
    assert peaks.best(Peaks(0.0, 1e9, 0.0, 0.0)).gemm("bfloat16") == 1e9
    assert peaks.best(Peaks(0.0, 0.0, 1e9, 0.0)).convolution("float32") == 1e9


def test_the_peak_of_memory_is_in_megabytes_and_does_not_fall() -> None:
    before = peak_memory()
    assert before == pytest.approx(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, rel=0.5)
    assert peak_memory() >= before


def test_surroundings_tell_versions() -> None:
    assert surroundings().versions["torch"] == torch.__version__


def test_samples_are_made_beside_the_bare_pass(tmp_path: Path) -> None:
    options = Options(kimg=0.2, out=tmp_path / "runs", threads=1, report=False, live=False, doctor="off")
    run = ganforge.train(spots(), options)
    one = _speed_generate._in_turn(run, "spots", 40, 2, tmp_path)
    assert len(one.ratios.values) == 2
    assert one.ratios.values[0] == pytest.approx(one.made.values[0] / one.forward.values[0])
    assert one.bare.batch in _speed_generate.BATCHES
    assert not list(tmp_path.glob("*.npy"))


class TestProcesses:
    def test_a_process_that_fails_is_told_with_its_reason(self, tmp_path: Path) -> None:
        with pytest.raises(MachineError, match="no file or folder 'nonsense'"):
            Rival(Role("eager", Case("nonsense", "auto"), 1), tmp_path)

    @pytest.mark.slow
    def test_whole_trainings_are_compared_in_turn(self) -> None:
        told: list[str] = []
        asked = Asked(repeats=2, seconds=0.1, threads=1, settings=(("networks.settings.width", "8"),))
        result = compare(Case("grid", "auto", one_core=True, minutes=0.05), ("eager", "naive"), asked, told.append)
        assert [each.kind for each in result.contenders] == ["ganforge", "eager", "naive"]
        assert all(len(each.stretches) == 2 for each in result.contenders)
        assert all(stretch.samples > 0 for each in result.contenders for stretch in each.stretches)
        assert result.peaks is not None
        assert result.flops_per_sample > 1e4  # networks of 8 units
        assert threading.active_count() == 1
        assert not multiprocessing.active_children()


class TestCommand:
    @pytest.mark.parametrize(
        ("asked", "error"),
        [
            ({"repeats": 0}, "--repeats 0"),
            ({"seconds": 0.0}, "--seconds 0"),
            ({"threads": 0}, "--threads 0"),
            ({"recipes": ("auto",)}, "--parts recipes"),
        ],
    )
    def test_nonsense_is_refused(self, asked: dict[str, object], error: str) -> None:
        with pytest.raises(SettingError, match=error):
            speed.run(**asked)  # type: ignore[arg-type]

    def test_an_unknown_recipe_is_refused_before_anything_is_measured(self) -> None:
        with pytest.raises(UnknownNameError, match="nonsense"):
            speed.run(parts=("recipes",), recipes=("nonsense",))

    def test_a_setting_without_a_value_is_refused(self) -> None:
        with pytest.raises(SettingError, match="PATH=VALUE"):
            speed.run(parts=(), set_=("batch",))

    def test_json_and_picture_are_kept(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(speed, "compare", lambda case, kinds, asked, tell, **more: found())
        speed.run(parts=("mlp",), repeats=3, out=tmp_path / "out")
        content = json.loads((tmp_path / "out" / "speed.json").read_text())
        assert content["cases"][0]["case"]["source"] == "digits"
        assert content["surroundings"]["machine"]["torch"] == torch.__version__
        with Image.open(tmp_path / "out" / "speed.png") as picture:
            assert picture.width == WIDTH


class TestPeers:
    def script(self, folder: Path, text: str) -> Peer:
        """A package whose script is `text`, in the place of the bench's."""
        (folder / "_peers").mkdir()
        (folder / "_peers" / "__init__.py").write_text("")
        (folder / "_peers" / "run_it.py").write_text(text)
        return Peer("it", ("it==1.0",), "run_it", Case("grid", "auto"))

    def test_what_a_script_prints_last_is_read(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        peer = self.script(
            tmp_path,
            "import json, sys; asked = json.loads(sys.argv[1]); print('epoch 1')\n"
            "print(json.dumps(dict(seconds=2.0, samples=asked['batch'], batch=8, what='dense', weights=5)))\n",
        )
        monkeypatch.setattr(_speed_peers, "SCRIPTS", tmp_path / "_peers")
        run = _speed_peers._run(peer, Path(sys.executable), Wanted("x.npy", True, 64, 1, 0.0))
        assert run.rate == 32.0
        assert run.what == "dense"

    @pytest.mark.parametrize(
        ("text", "told"),
        [("raise ImportError('no torchvision')", "no torchvision"), ("print('nothing')", "no measurement")],
    )
    def test_a_script_that_fails_is_told_with_its_reason(
        self, text: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        peer = self.script(tmp_path, text)
        monkeypatch.setattr(_speed_peers, "SCRIPTS", tmp_path / "_peers")
        with pytest.raises(MachineError, match=told):
            _speed_peers._run(peer, Path(sys.executable), Wanted("x.npy", True, 64, 1, 0.0))

    def test_a_package_that_cannot_be_installed_has_two_lines_with_the_reason(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sys, "executable", str(tmp_path / "no python"))
        peer = Peer("it", ("it==1.0",), "run_it", Case("grid", "auto"))
        lines = _speed_peers.beside(peer, tmp_path / "places", Asked(1, 0.1), lambda text: None)
        assert [line.own for line in lines] == [True, False]
        assert all(line.ratios is None and "environment cannot be made" in line.what for line in lines)
        (cell, _) = peer_table(lines).columns[8].cells
        assert str(cell).startswith("not measured: its environment cannot be made")
        assert bars_of([], [], lines) == []

    def test_a_complete_environment_is_not_made_again(self, tmp_path: Path) -> None:
        peer = Peer("it", ("it==1.0",), "run_it", Case("grid", "auto"), needs_torch=False)
        (tmp_path / "it").mkdir()
        (tmp_path / "it" / "installed.json").write_text('["it==1.0"]')
        assert _speed_peers.environment(peer, tmp_path, pytest.fail).parent.parent == tmp_path / "it"

    def test_every_package_has_its_script(self) -> None:
        for peer in _speed_peers.PEERS:
            assert (_speed_peers.SCRIPTS / f"{peer.script}.py").exists(), peer.name
            assert all("==" in requirement for requirement in peer.requirements)

    def test_the_clock_leaves_out_the_first_steps(self) -> None:
        clock = Clock(0.0)
        assert len(list(clock.steps_that_fit())) == WARM_UP
        clock = Clock(1e-9)
        assert len(list(clock.steps_that_fit())) == WARM_UP + 1
        assert clock.steps == 1

    def test_without_a_folder_they_are_left_out_and_that_is_said(self, capsys: pytest.CaptureFixture[str]) -> None:
        speed.run(parts=("peers",))
        assert "Other packages are left out" in capsys.readouterr().out
