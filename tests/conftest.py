"""What all tests share: shapes and types checked at run time, one thread, fixed examples, folders of their own."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is imported; tests run side by side

from jaxtyping import install_import_hook

# Before ganforge is imported: every annotated function and dataclass in it checks its arguments and results
install_import_hook("ganforge", "beartype.beartype")

from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, settings

torch.set_num_threads(1)

settings.register_profile(
    "ganforge",
    derandomize=True,
    deadline=None,  # no clock in a test
    database=None,
    max_examples=50,
    # Folders are made by the fixture once a test, not once an example; tests that write use a folder an example
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("ganforge")


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is written outside the test's folder: neither the cache nor ./runs."""
    monkeypatch.setenv("GANFORGE_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
