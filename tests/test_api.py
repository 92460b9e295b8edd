"""What people call from Python: train, resume, load, GAN."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import ganforge
from ganforge import GAN, GanforgeError, Options, Run
from ganforge.core.errors import MachineError, RunError, SettingError, UnhealthyError
from ganforge.core.records import Event, StepRecord, Stopped
from ganforge.runs.folder import RunFolder
from ganforge.session import carry_out, prepare, reopen

SMALL = {"networks.settings.width": "16", "batch": "32"}


def rows(n: int = 400) -> np.ndarray:
    return np.random.default_rng(0).normal([100.0, -5.0, 7.0], [10.0, 0.1, 0.0], size=(n, 3))


def quick(**changes: object) -> Options:
    return Options(kimg=1.0, threads=1, settings=SMALL, **changes)  # type: ignore[arg-type]


def tensors(run: Run) -> dict[str, torch.Tensor]:
    return run.folder.checkpoints.load().tensors


def assert_same(ours: dict[str, torch.Tensor], theirs: dict[str, torch.Tensor]) -> None:
    assert ours.keys() == theirs.keys()
    for name, tensor in ours.items():
        assert torch.equal(tensor, theirs[name]), name


def test_fit_and_sample_speak_the_data_s_own_units() -> None:
    samples = GAN(kimg=1.0, settings=SMALL).fit(rows()).sample(50)
    assert samples.shape == (50, 3)
    assert abs(samples[:, 0].mean() - 100) < 50
    assert (samples[:, 2] == 7.0).all(), "a constant column is restored"


def test_pictures_come_back_as_pictures() -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (30, 12, 10, 3), dtype=np.uint8)
    samples = GAN(kimg=0.2, settings=SMALL).fit(pictures).sample(5)
    assert samples.shape == (5, 12, 10, 3)
    assert samples.dtype == np.uint8


def test_what_was_trained_can_be_judged_and_compared_from_python() -> None:
    runs = [ganforge.train(rows(), quick(report=False, seed=seed)) for seed in (0, 1)]
    made = ganforge.evaluate(runs[0], source=rows())
    assert made.sentence
    assert made.count == 20
    assert len(ganforge.compare(runs, asked=20, source=rows()).entries) == 2


def test_sample_before_fit_says_what_to_do() -> None:
    with pytest.raises(RunError, match="Call fit"):
        GAN().sample()


def test_a_run_is_the_same_for_the_same_seed_and_differs_for_another() -> None:
    first, second, other = (ganforge.train(rows(), quick(seed=seed)) for seed in (1, 1, 2))
    assert_same(tensors(first), tensors(second))
    assert not np.array_equal(first.sample(4), other.sample(4))


def test_sample_k_does_not_depend_on_how_many_are_asked() -> None:
    run = ganforge.train(rows(), quick())
    assert np.allclose(run.sample(600, seed=3)[:7], run.sample(7, seed=3), rtol=1e-4)
    assert not np.allclose(run.sample(7, seed=3), run.sample(7, seed=4))
    assert run.sample(0).shape == (0, 3)


def test_truncation_makes_samples_more_typical() -> None:
    run = ganforge.train(rows(), quick())
    assert run.sample(500, truncation=0.2)[:, 0].std() < run.sample(500)[:, 0].std()
    with pytest.raises(SettingError, match="truncation"):
        run.sample(1, truncation=-1.0)


def test_interpolation_is_a_closed_way_without_jumps() -> None:
    run = ganforge.train(rows(), Options(kimg=1.0, threads=1, settings={**SMALL, "latent.signs": "0"}))
    way = run.interpolate(stops=3, frames=50)
    assert way.shape == (150, 3)
    steps = np.abs(np.diff(np.concatenate([way, way[:1]])[:, 0]))
    assert steps.max() < 0.5 * (way[:, 0].max() - way[:, 0].min())


def test_load_gives_the_same_samples() -> None:
    run = ganforge.train(rows(), quick())
    assert np.array_equal(ganforge.load(run.path).sample(9), run.sample(9))


def test_labels_are_learned_and_can_be_asked_for(tmp_path: Path) -> None:
    for name, level in (("dark", 30), ("light", 220)):
        (tmp_path / "pictures" / name).mkdir(parents=True)
        for i in range(40):
            noise = np.random.default_rng(i).integers(-20, 20, (8, 8))
            Image.fromarray((level + noise).astype(np.uint8)).save(tmp_path / "pictures" / name / f"{i}.png")
    options = Options(kimg=6.0, threads=1, labels=True, settings=SMALL)
    run = ganforge.train(tmp_path / "pictures", options)
    assert run.classes == ("dark", "light")
    dark, light = (run.sample(64, of_class=name).mean() for name in run.classes)
    assert light - dark > 60
    with pytest.raises(SettingError, match=r"no class 'grey'.*dark, light"):
        run.sample(1, of_class="grey")


def test_a_zip_of_pictures_trains(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "pictures.zip", "w") as archive:
        for i in range(25):
            path = tmp_path / f"{i}.png"
            Image.fromarray(np.random.default_rng(i).integers(0, 256, (9, 7), dtype=np.uint8)).save(path)
            archive.write(path, f"inside/{i}.png")
    run = ganforge.train(str(tmp_path / "pictures.zip"), Options(kimg=0.1, threads=1, settings=SMALL))
    assert run.sample(2).shape == (2, 9, 7)


def test_observers_are_told_and_the_journal_agrees() -> None:
    seen: list[Event] = []

    class Listener:
        def see(self, event: Event) -> None:
            seen.append(event)

    run = ganforge.train(rows(), quick(), observers=[Listener()])
    told = [event for event in seen if isinstance(event, StepRecord)]
    assert [record["step"] for record in run.history()] == [event.step for event in told]
    assert isinstance(seen[-1], Stopped)


def test_the_end_of_a_run_can_be_looked_at() -> None:
    run = ganforge.train(rows(), quick())
    for name in ("timelapse.gif", "poster.png", "samples.png"):
        with Image.open(run.path / name) as picture:
            picture.load()
    assert len(run.frames()) > 5


def test_training_leaves_the_caller_s_randomness_and_threads_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    threads = torch.get_num_threads()
    ganforge.train(rows(), quick())
    assert torch.equal(torch.rand(3), expected)
    assert torch.get_num_threads() == threads


def test_a_recipe_of_one_s_own_can_be_trained() -> None:
    run = ganforge.train(rows(), quick())
    again = ganforge.train(rows(), Options(recipe=run.recipe, threads=1))
    assert again.recipe == run.recipe


def test_a_run_killed_before_its_first_checkpoint_can_go_on() -> None:
    prepared = prepare(rows(), quick())
    whole = carry_out(prepared)
    fresh = prepare(rows(), quick())
    assert fresh.folder.checkpoints.steps() == []
    assert_same(tensors(whole), tensors(carry_out(reopen(fresh.folder, rows()))))


def test_resume_needs_the_same_data(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    np.savetxt(file, rows(), delimiter=",")
    run = ganforge.train(file, quick())
    np.savetxt(file, rows() + 1, delimiter=",")
    with pytest.raises(RunError, match="have changed"):
        ganforge.resume(run.path)
    with pytest.raises(RunError, match="array in memory"):
        ganforge.resume(ganforge.train(rows(), quick()).path)


def test_damaged_checkpoints_are_told_and_not_trained_over() -> None:
    run = ganforge.train(rows(), quick())
    for path in (run.path / "checkpoints").glob("*.safetensors"):
        path.unlink()
    with pytest.raises(RunError, match="damaged|no intact|cannot"):
        ganforge.resume(run.path, source=rows())


def test_a_run_that_is_no_longer_finite_is_not_gone_on_with() -> None:
    wild = {**SMALL, "generator.lr.start": "1e30", "discriminator.lr.start": "1e30"}
    with pytest.raises(UnhealthyError):
        ganforge.train(rows(), Options(kimg=5.0, threads=1, settings=wild, doctor="watch"))
    assert Path("runs/0001-array/report.html").exists()  # of the last good checkpoint
    with pytest.raises(RunError, match="Start a new run"):
        ganforge.resume("runs/1", source=rows())


def test_each_time_a_run_is_taken_up_counts_as_an_attempt() -> None:
    prepared = prepare(rows(), quick())
    for attempt in (1, 2):
        carry_out(prepared)
        starts = [r for r in prepared.folder.journal.records() if r["event"] in ("started", "resumed")]
        assert starts[-1]["attempt"] == attempt
        assert prepared.folder.journal.attempts() == attempt


def test_what_the_user_changed_is_told_with_the_recipe() -> None:
    told: list[str] = []
    prepare(rows(), quick(), tell=told.append)
    (line,) = [text for text in told if text.startswith("Recipe")]
    assert "changed: networks.settings.width=16, batch=32, kimg=1" in line


def test_networks_too_large_for_the_memory_are_one_clear_message() -> None:
    huge = {**SMALL, "networks.settings.width": "100000000"}
    with pytest.raises(MachineError, match=r"too little memory.*width"):
        ganforge.train(rows(), Options(kimg=1.0, threads=1, settings=huge))
    assert not list(Path("runs").iterdir())


def test_two_trainings_of_one_run_are_refused() -> None:
    prepared = prepare(rows(), quick())
    with prepared.folder.lock(), pytest.raises(RunError, match="already being trained"):
        carry_out(prepared)
    carry_out(prepared)


def test_a_killed_training_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    """The short form of `ganforge bench resume`."""
    prepared = prepare(rows(), quick(out=tmp_path / "killed", save_seconds=0.0))
    process = multiprocessing.get_context("spawn").Process(target=_carry_out_and_die, args=(prepared.folder.path,))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    stood_at = prepared.folder.checkpoints.steps()[-1]
    assert 0 < stood_at < round(prepared.plan.kimg * 1000 / 32)
    resumed = carry_out(reopen(RunFolder.open(prepared.folder.path), rows()))
    assert_same(tensors(ganforge.train(rows(), quick())), tensors(resumed))


def _carry_out_and_die(folder: Path) -> None:
    class Killer:
        def see(self, event: Event) -> None:
            if isinstance(event, StepRecord) and event.step >= 10:
                os.kill(os.getpid(), signal.SIGKILL)

    carry_out(reopen(RunFolder.open(folder), rows()), observers=[Killer()])


def test_numbers_that_are_no_longer_finite_end_the_run_with_the_last_good_checkpoint(tmp_path: Path) -> None:
    wild = {**SMALL, "generator.lr.start": "1e30", "discriminator.lr.start": "1e30"}
    with pytest.raises(GanforgeError, match="no longer finite"):
        ganforge.train(rows(), Options(kimg=5.0, threads=1, settings=wild, out=tmp_path / "wild", doctor="off"))
    (path,) = (tmp_path / "wild").iterdir()
    folder = RunFolder.open(path)
    assert folder.status() == "not finite"
    assert all(torch.isfinite(tensor).all() for tensor in folder.checkpoints.load().tensors.values())


def test_importing_ganforge_does_not_import_torch() -> None:
    code = "import sys, ganforge; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
