"""Measure: quality, resumption, robustness and start-up, on this machine."""

from __future__ import annotations

from cyclopts import App

from ganforge.core.registry import Registry

BENCHES: Registry[object] = Registry("ganforge.bench", "bench", "run")

command = App(
    name="bench",
    result_action="return_value",
    help="Measure Ganforge on this machine. Every figure in the documentation comes from one of these.",
)
for _name in BENCHES.names():
    command.command(
        f"ganforge.bench.{_name.replace('-', '_')}:run", name=_name, help=BENCHES.summary(_name).splitlines()[0]
    )
