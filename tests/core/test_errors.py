from __future__ import annotations

import inspect

import pytest

from ganforge.core import errors
from ganforge.core.device import cores, describe_machine, pick_device
from ganforge.core.errors import (
    GanforgeError,
    MachineError,
    MissingExtraError,
    RunError,
    UnhealthyError,
    UnknownNameError,
)

ALL = [
    c for _, c in inspect.getmembers(errors, inspect.isclass) if issubclass(c, GanforgeError) and c is not GanforgeError
]


@pytest.mark.parametrize("error", ALL)
def test_every_error_is_ours_and_a_builtin(error: type[GanforgeError]) -> None:
    foreign = [c for c in error.__mro__ if c.__module__ == "builtins" and c not in {Exception, BaseException, object}]
    assert foreign


@pytest.mark.parametrize("error", [c for c in ALL if c is not MissingExtraError])
def test_the_text_is_fit_to_be_shown(error: type[GanforgeError]) -> None:
    assert str(error("What, which value, and the cure.")) == "What, which value, and the cure."


def test_a_missing_extra_is_told_with_the_command() -> None:
    assert str(MissingExtraError("onnx", "export")) == (
        "This needs the package 'onnx'. Install it with: pip install 'ganforge[export]'"
    )


def test_exit_codes_tell_the_users_fault_from_an_unhealthy_training() -> None:
    assert RunError("x").exit_code == UnknownNameError("x").exit_code == 2
    assert UnhealthyError("x").exit_code == 3


def test_a_device_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(MachineError, match=r"no device 'abacus' here \(found: .*cpu"):
        pick_device("abacus")
    assert pick_device("cpu") == "cpu"
    assert pick_device(None) in {"cpu", "cuda", "mps"}


def test_the_machine_is_described_with_its_cores() -> None:
    machine = describe_machine("cpu")
    assert machine.cores == cores() >= 1
    assert machine.device == "cpu"
