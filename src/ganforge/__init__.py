"""Ganforge trains generative adversarial networks on your own data.

import ganforge
run = ganforge.train("my-pictures")      # a folder, a zip, a CSV, an array, or a built-in sample's name
run.sample(16)                           # in the data's own form
ganforge.load("runs/0001-my-pictures")   # later
ganforge.evaluate(run).sentence          # how good it is, in plain words; .scores for all that was measured
ganforge.GAN().fit(array).sample(100)    # the short form
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ganforge.api import GAN, Options, load, resume, train
    from ganforge.comparison import compare
    from ganforge.core.errors import GanforgeError
    from ganforge.evaluation import evaluate
    from ganforge.trained import Run

__all__ = ["GAN", "GanforgeError", "Options", "Run", "compare", "evaluate", "load", "resume", "train"]
__version__ = version("ganforge")

_HOMES = {
    "GanforgeError": "ganforge.core.errors",
    "Run": "ganforge.trained",
    "compare": "ganforge.comparison",
    "evaluate": "ganforge.evaluation",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that `ganforge --help` does not wait for torch."""
    if name not in __all__:
        raise AttributeError(f"module 'ganforge' has no attribute '{name}'")
    import importlib

    return getattr(importlib.import_module(_HOMES.get(name, "ganforge.api")), name)
