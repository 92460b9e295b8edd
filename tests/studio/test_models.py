"""A generator is made ready for the browser in a process of its own."""

from __future__ import annotations

from pathlib import Path

import onnxruntime
import pytest

from ganforge.core.errors import RunError
from ganforge.studio._models import Models, in_own_process
from ganforge.studio.shelf import Shelf
from tests.tiny import table, trained


@pytest.mark.slow
def test_the_command_makes_the_model_and_what_fails_is_told(tmp_path: Path) -> None:
    run = trained(tmp_path, table(60))
    opened = Shelf(run.path.parent).opened(run.folder.name)
    path = Models().file(opened, 600.0)
    assert path.parent.parent == run.path
    z = run.latents(3)
    x = onnxruntime.InferenceSession(path).run(["x"], {"z": z.numpy()})[0]
    assert float(abs(x - run.raw(z).numpy()).max()) < 1e-4
    with pytest.raises(RunError, match="checkpoint of step 77 .* does not exist"):
        in_own_process(run.path, 77, tmp_path / "none.onnx")
