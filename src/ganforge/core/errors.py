"""The errors that Ganforge raises on purpose: what happened, the value received, and the cure."""


class GanforgeError(Exception):
    """Base of every error that Ganforge raises on purpose; its text is fit to be shown to a user."""

    exit_code = 2


class DataError(GanforgeError, ValueError):
    """The data cannot be read, or there is too little of it."""


class SettingError(GanforgeError, ValueError):
    """A setting, flag or recipe value is not acceptable."""


class UnknownNameError(GanforgeError, KeyError):
    """A name that no registry knows."""

    def __str__(self) -> str:
        return str(self.args[0])  # KeyError would print the repr of the text


class RunError(GanforgeError, OSError):
    """A run folder cannot be read, written or used now."""

    def __str__(self) -> str:
        return str(self.args[0])


class MachineError(GanforgeError, RuntimeError):
    """The machine lacks what was asked of it: a GPU, memory."""


class MissingExtraError(GanforgeError, ImportError):
    """An optional dependency is not installed."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"This needs the package '{package}'. Install it with: pip install 'ganforge[{extra}]'")


class UnhealthyError(GanforgeError, ArithmeticError):
    """Training cannot go on: the numbers are no longer finite."""

    exit_code = 3
