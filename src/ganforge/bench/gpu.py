"""Whether all is right on a graphics processor, and how fast: checks that nobody can make without one."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from ganforge.bench._common import console
from ganforge.bench._gpu_checks import Check, agreement, bfloat16, memory, planned, survival, waiting
from ganforge.core.device import Machine, describe_machine, pick_device
from ganforge.core.errors import MachineError
from ganforge.core.plan import ExecutionPlan
from ganforge.core.settings import to_json

SIGNS = {"passed": "passed", "failed": "FAILED", "not here": "not here"}


def run(*, device: str | None = None, out: Path = Path("gpu-report"), kills: int = 3) -> int:
    """Compare training on a GPU with training on the processor, kill and resume it, and measure its speed.

    Parameters
    ----------
    device
        cuda or mps; the one there is if not given. cpu makes the same checks on the processor.
    out
        Folder for the report: gpu.md and gpu.json.
    kills
        Trainings that are killed and resumed.
    """
    chosen = pick_device(device)
    if device is None and chosen == "cpu":
        raise MachineError(
            "There is no GPU here, or torch's build does not see it: neither CUDA nor MPS. Run this on a machine with "
            "one; --device cpu makes the same checks on the processor."
        )
    checks: list[Check] = []

    def add(check: Check) -> None:
        checks.append(check)
        console.print(f"{SIGNS[check.state]:8}  {check.name}: {check.told}", markup=False, soft_wrap=True)

    for check in agreement(chosen):
        add(check)
    add(bfloat16(chosen))
    add(waiting(chosen))
    add(memory(chosen))
    speed, plan = planned(chosen)
    add(speed)
    with tempfile.TemporaryDirectory() as scratch:
        add(survival(chosen, Path(scratch), kills))
    machine = describe_machine(chosen)
    out.mkdir(parents=True, exist_ok=True)
    facts = {"machine": to_json(machine), "checks": [asdict(check) for check in checks], "plan": to_json(plan)}
    (out / "gpu.json").write_text(json.dumps(facts, indent=1), encoding="utf-8")
    (out / "gpu.md").write_text(as_markdown(machine, checks, plan), encoding="utf-8")
    failed = sum(check.state == "failed" for check in checks)
    console.print(f"{len(checks) - failed} of {len(checks)} checks did not fail. Report: {out / 'gpu.md'}")
    return 1 if failed else 0


def as_markdown(machine: Machine, checks: Sequence[Check], plan: ExecutionPlan) -> str:
    """The report for people."""
    lines = [
        f"# Training on {machine.processor}",
        "",
        f"`ganforge bench gpu` on {machine.system}, device {machine.device}, torch {machine.torch}.",
        "",
        "| check | | what was found |",
        "|---|---|---|",
        *(f"| {check.name} | {SIGNS[check.state]} | {check.told} |" for check in checks),
        "",
        "Ways to compute the default recipe on the built-in digits:",
        "",
        "| way | samples/s |",
        "|---|---|",
        *(f"| {way} | {way.samples_per_second:,.0f} |" for way in plan.measured),
        "",
    ]
    return "\n".join(lines)
