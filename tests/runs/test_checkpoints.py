from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from ganforge.core.errors import RunError, SettingError
from ganforge.runs.checkpoints import Checkpoints

posix = pytest.mark.skipif(os.name == "nt", reason="signals and limits of POSIX")

_TYPES = (torch.float32, torch.float64, torch.bfloat16, torch.float16, torch.int64, torch.uint8, torch.bool)


def saved(folder: Path, *steps: int) -> Checkpoints:
    checkpoints = Checkpoints(folder / "checkpoints")
    for step in steps:
        checkpoints.save(step, {"w": torch.full((3, 5), float(step))}, {"step": step})
    return checkpoints


def files(checkpoints: Checkpoints) -> list[str]:
    return sorted(path.name for path in checkpoints.path.iterdir())


@given(
    st.dictionaries(
        st.text(min_size=1, max_size=8).filter(lambda name: name != "__metadata__"),
        st.tuples(st.sampled_from(_TYPES), st.lists(st.integers(0, 3), max_size=4)),
        max_size=4,
    )
)
def test_any_tensors_come_back_bit_for_bit(tmp_path: Path, kinds: dict[str, tuple[torch.dtype, list[int]]]) -> None:
    generator = torch.Generator().manual_seed(0)
    tensors = {name: (torch.randn(shape, generator=generator) * 9).to(kind) for name, (kind, shape) in kinds.items()}
    checkpoints = saved(tmp_path)
    checkpoints.save(1, tensors, {})
    back = checkpoints.load().tensors
    assert back.keys() == tensors.keys()
    for name, tensor in tensors.items():
        assert back[name].dtype == tensor.dtype
        assert torch.equal(back[name], tensor)


def test_tensors_of_any_layout_that_share_memory_or_need_gradients_are_saved(tmp_path: Path) -> None:
    base = torch.arange(24.0).reshape(2, 3, 2, 2)
    tensors: dict[str, Tensor] = {
        "base": base,
        "again": base,
        "part": base[0],
        "transposed": base.mT,
        "every other": base.flatten()[::2],
        "channels last": base.to(memory_format=torch.channels_last),
        "expanded": torch.ones(1).expand(4),
        "parameter": torch.nn.Parameter(torch.ones(2)),
    }
    checkpoints = saved(tmp_path)
    checkpoints.save(1, tensors, {})
    back = checkpoints.load().tensors
    assert back.keys() == tensors.keys()
    assert all(torch.equal(back[name], tensor) for name, tensor in tensors.items())


def test_facts_come_back_numbers_that_are_not_finite_too(tmp_path: Path) -> None:
    facts = {"kimg": 12.8, "best": float("inf"), "nested": {"list": [1, None, "x", -float("inf")]}}
    checkpoints = saved(tmp_path)
    checkpoints.save(3, {}, facts)
    assert checkpoints.load(3).facts == facts


def test_the_newest_is_loaded_or_the_one_asked_for(tmp_path: Path) -> None:
    checkpoints = saved(tmp_path, 10, 30, 20)
    assert checkpoints.steps() == [10, 20, 30]
    assert checkpoints.load().step == 30
    assert checkpoints.load().note == ""
    assert checkpoints.load(20).facts == {"step": 20}
    assert checkpoints.load(20).tensors["w"][0, 0] == 20
    with pytest.raises(RunError, match="step 15 in .* does not exist. Others there: 10, 20, 30"):
        checkpoints.load(15)


def test_without_any_checkpoint_the_error_says_so(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="There is no checkpoint"):
        saved(tmp_path).load()


def test_a_step_saved_again_replaces_the_old_one(tmp_path: Path) -> None:
    checkpoints = saved(tmp_path, 7)
    for value in (1.0, 2.0, 3.0):
        checkpoints.save(7, {"w": torch.full((2,), value)}, {"value": value})
        assert checkpoints.load().facts == {"value": value}
        assert checkpoints.load().tensors["w"].tolist() == [value, value]
        assert len(files(checkpoints)) == 2


@given(data=st.data(), part=st.sampled_from([".safetensors", ".json"]), cut=st.booleans())
def test_a_newest_checkpoint_damaged_anywhere_is_never_loaded_wrongly(
    tmp_path: Path, data: st.DataObject, part: str, cut: bool
) -> None:
    shutil.rmtree(tmp_path / "checkpoints", ignore_errors=True)
    checkpoints = saved(tmp_path, 1, 2)
    path = checkpoints.path / f"00000002{part}"
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(content) - 2))  # without the newline at the end, which is no damage
    if cut:
        content = content[:place]
    else:
        content[place] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(content)
    checkpoint = checkpoints.load()
    assert checkpoint.step == 1
    assert checkpoint.tensors["w"].eq(1).all()
    assert checkpoint.facts == {"step": 1}


def test_a_damaged_newest_is_told(tmp_path: Path) -> None:
    checkpoints = saved(tmp_path, 1, 2, 3)
    for step in (2, 3):
        path = checkpoints.path / f"{step:08d}.safetensors"
        path.write_bytes(path.read_bytes()[:-1] + b"!")
    assert checkpoints.load().note == "The checkpoint of step 3 is damaged; step 1 is used."
    with pytest.raises(RunError, match="step 3 in .* is damaged"):
        checkpoints.load(3)


def test_when_all_are_damaged_the_error_says_so(tmp_path: Path) -> None:
    checkpoints = saved(tmp_path, 1)
    path = checkpoints.path / "00000001.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with pytest.raises(RunError, match="All checkpoints .* are damaged"):
        checkpoints.load()


def test_what_a_killed_write_left_is_no_checkpoint_and_is_cleared_away(tmp_path: Path) -> None:
    checkpoints = saved(tmp_path, 1, 2, 3)
    (checkpoints.path / "00000004.safetensors").write_bytes(b"tensors without a mark")
    (checkpoints.path / ".00000005.safetensors.tmp").write_bytes(b"half")
    (checkpoints.path / "00000006.json").write_text("{}")
    assert checkpoints.steps() == [1, 2, 3]
    checkpoints.prune(2)
    assert files(checkpoints) == [f"0000000{step}.{end}" for step in (2, 3) for end in ("json", "safetensors")]
    with pytest.raises(SettingError, match="keep is 0"):
        checkpoints.prune(0)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "checkpoints").write_text("a file in the way")
    with pytest.raises(RunError, match=r"a file of that name is in the way.*No checkpoint is there yet"):
        saved(tmp_path, 1)


def run_script(script: str, *arguments: object) -> dict[str, Any]:
    command = [sys.executable, "-c", script, *(str(argument) for argument in arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


_FULL = """
import json, resource, signal, sys
from pathlib import Path
import torch
from ganforge.core.errors import RunError
from ganforge.runs.checkpoints import Checkpoints
from ganforge.runs.journal import Journal
folder = Path(sys.argv[1])
checkpoints, journal = Checkpoints(folder / "checkpoints"), Journal(folder / "journal.jsonl")
checkpoints.save(12, {"w": torch.ones(10)}, {})
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))  # a write beyond fails as one on a full disk does
said = {"lines": 0}
try:
    checkpoints.save(34, {"w": torch.ones(100_000)}, {})
except RunError as error:
    said["checkpoint"] = str(error)
try:
    while said["lines"] < 1000:
        journal.append({"text": "x" * 997})
        said["lines"] += 1
except RunError as error:
    said["journal"] = str(error)
print(json.dumps(said))
"""


@posix
def test_a_full_disk_is_told_and_nothing_is_lost(tmp_path: Path) -> None:
    said = run_script(_FULL, tmp_path)
    assert "disk is full" in said["checkpoint"]
    assert "Nothing is lost: the last checkpoint is step 12." in said["checkpoint"]
    assert "Free some space" in said["journal"]
    checkpoints = Checkpoints(tmp_path / "checkpoints")
    assert files(checkpoints) == ["00000012.json", "00000012.safetensors"]
    assert checkpoints.load().step == 12
    journal = (tmp_path / "journal.jsonl").read_bytes()
    assert journal.endswith(b"\n")
    assert journal.count(b"\n") == said["lines"] > 0


_KILLED = """
import json, os, random, signal, sys, time
from pathlib import Path
import torch
from ganforge.runs.checkpoints import Checkpoints
torch.set_num_threads(1)
checkpoints, chance = Checkpoints(Path(sys.argv[1])), random.Random(0)

def write(start, pipe):
    for step in range(start, 10**8):
        tensors = {name: torch.full((100_000,), float(step)) for name in "abc"}
        checkpoints.save(step, tensors, {"step": step})
        os.write(pipe, b"%8d" % step)
        checkpoints.prune(2)

wrong, last, leftovers = [], 0, 0
for attempt in range(int(sys.argv[2])):
    read, written = os.pipe()
    child = os.fork()
    if child == 0:
        write(last + 1, written)
    os.read(read, 8)
    time.sleep(chance.uniform(0, 0.06))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(written)
    told = os.read(read, 10**6)
    os.close(read)
    newest = checkpoints.load()
    leftovers += any(path.suffix == ".tmp" for path in checkpoints.path.iterdir())
    same = all(tensor.eq(newest.step).all() for tensor in newest.tensors.values()) and len(newest.tensors) == 3
    if not same or newest.note or newest.facts != {"step": newest.step} or newest.step < int(told[-8:] or last + 1):
        wrong.append([attempt, newest.step, newest.note])
    last = newest.step
checkpoints.prune(2)
print(json.dumps({"wrong": wrong, "last": last, "leftovers": leftovers, "files": len(os.listdir(sys.argv[1]))}))
"""


@posix
def test_killed_at_any_instant_of_writing_a_whole_checkpoint_is_there(tmp_path: Path) -> None:
    said = run_script(_KILLED, tmp_path / "checkpoints", 30)
    assert said["wrong"] == []
    assert said["last"] >= 30
    assert said["leftovers"] > 0  # else no kill ever fell into a write, and nothing was shown
    assert said["files"] <= 4


def test_the_best_is_kept_as_long_as_a_kept_checkpoint_names_it(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    for step, best in ((1, 1), (2, 1), (3, 1), (4, 4), (5, 4), (6, 4), (7, 4)):
        checkpoints.save(step, {"w": torch.tensor(step)}, {}, best=best)
        checkpoints.prune(2)
        assert checkpoints.best() == best
        assert int(checkpoints.load(best).tensors["w"]) == best
        assert checkpoints.load().step == step
    assert checkpoints.steps() == [4, 6, 7]
    assert checkpoints.load().best == 4


def test_without_a_choice_there_is_no_best(tmp_path: Path) -> None:
    checkpoints = saved(tmp_path, 1, 2)
    assert checkpoints.best() is None
    assert checkpoints.load().best is None


def test_a_best_that_was_lost_is_not_named(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(1, {"w": torch.tensor(1)}, {}, best=1)
    checkpoints.save(2, {"w": torch.tensor(2)}, {}, best=1)
    (tmp_path / "00000001.safetensors").unlink()
    assert checkpoints.best() is None
