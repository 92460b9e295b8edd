"""`ganforge export` as people use and misuse it."""

from __future__ import annotations

from pathlib import Path

import onnxruntime
import pytest

from ganforge.cli._main import run
from tests.tiny import table, trained


def test_a_run_is_exported_and_the_difference_from_torch_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = trained(tmp_path, table(60)).path
    capsys.readouterr()
    assert run(["export", str(folder)]) == 0
    printed = capsys.readouterr().out
    assert f"Wrote {folder / 'generator.onnx'}" in printed
    assert "Compared with torch on 10 samples: the largest difference is" in printed
    assert onnxruntime.InferenceSession(folder / "generator.onnx").get_inputs()[0].name == "z"

    assert run(["export", str(folder), "--to", "safetensors", "--checkpoint", "newest", "--out", "w.safetensors"]) == 0
    assert Path("w.safetensors").stat().st_size > 0
    assert "Compared" not in capsys.readouterr().out

    assert run(["export", str(folder), "--out", "model.txt"]) == 2
    assert "ending in .onnx" in capsys.readouterr().err
    assert run(["export", str(folder), "--checkpoint", "99"]) == 2
    assert "does not exist" in capsys.readouterr().err
    assert run(["export", str(folder), "--to", "tflite"]) == 2
