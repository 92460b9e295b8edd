"""What the studio answers where it cannot do what it was asked: an HTTP status, and what, which value, the cure."""

from __future__ import annotations

from ganforge.core.errors import DataError, GanforgeError, RunError, SettingError, UnknownNameError


class StudioError(GanforgeError):
    """Base of the studio's own errors; answered as `{"error": text}` with `status`."""

    status = 400
    """The HTTP status of the answer."""


class NoSuchError(StudioError, LookupError):
    """What was asked for is not there."""

    status = 404


class NoSuchRun(NoSuchError):
    """No run of this name lies in the runs folder."""


class NotYet(StudioError):
    """It cannot be had now: no checkpoint yet, data that have moved, a run of another kind."""

    status = 409


class TooLarge(StudioError):
    """More bytes, pixels or items than are taken."""

    status = 413


class Unusable(StudioError, ValueError):
    """What was sent cannot be used as what it should be."""

    status = 422


class NotNow(StudioError):
    """The server is too busy, or not ready yet; asking again helps."""

    status = 503


def status_of(error: GanforgeError) -> int:
    """The HTTP status with which an error of any room is answered."""
    match error:
        case StudioError():
            return error.status
        case SettingError() | UnknownNameError():
            return 422
        case RunError() | DataError():
            return 409
        case _:
            return 503
