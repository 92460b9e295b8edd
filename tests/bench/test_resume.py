"""The bench that kills trainings, in its short form."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_killed_trainings_of_two_recipes_go_on_to_the_same_bits() -> None:
    # In a process of its own: it forks, which a process that has run torch's threads must not
    command = [sys.executable, "-m", "ganforge.cli", "bench", "resume", "--kills", "6"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("2 SIGKILLs, 2 resumed to the same bits") == 3, done.stdout
    assert "6 of 6" in done.stdout
