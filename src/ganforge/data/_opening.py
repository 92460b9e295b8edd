"""The domains, and a source opened by whichever knows it best."""

from __future__ import annotations

import difflib
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from ganforge.core.contracts import DataOptions, Domain, Source
from ganforge.core.errors import DataError
from ganforge.core.records import Match
from ganforge.core.registry import Registry
from ganforge.core.settings import from_json
from ganforge.data._samples import SAMPLES

DOMAINS: Registry[type[Domain]] = Registry("ganforge.data", "domain", "DOMAIN")
"""The kinds of data, by name."""


def open_source(source: Any, options: DataOptions, domain: str | None = None) -> Source:
    """Open a path, a built-in sample's name, or an array.

    Args:
        source: a built-in sample's name wins over a file of the same name, which can be named as `./name`.
        options: how to read it.
        domain: the kind of data; None = whichever recognises it best.

    Raises:
        DataError: it does not exist, nobody recognises it, or there is nothing usable in it.
        UnknownNameError: there is no such domain.
        MissingExtraError: a built-in sample's package is not installed.
    """
    if isinstance(source, str | os.PathLike):
        if source not in SAMPLES:
            source = existing(source)
        elif os.path.lexists(source):
            opened = _open(source, options, domain)
            more = f"There is also a file or folder called '{source}' here; to train on that, write ./{source}."
            opened.card = replace(opened.card, notes=(*opened.card.notes, more))
            return opened
    return _open(source, options, domain)


def restore_domain(name: str, data: Any) -> Domain:
    """The domain `name` as a run remembers it (`settings.to_json` of it), without its data.

    Raises:
        UnknownNameError: there is no such domain.
        SettingError: the data do not describe one.
    """
    return from_json(DOMAINS.get(name), data, what=f"domain '{name}'")


def existing(source: str | os.PathLike[str]) -> Path:
    """The path, if there is anything.

    Raises:
        DataError: there is not; the message says what was perhaps meant.
    """
    path = Path(source).expanduser()
    try:
        if path.exists():
            return path
    except (OSError, ValueError) as error:  # a name that no file can have
        raise DataError(f"'{source}' cannot be opened ({error}).") from error
    near = difflib.get_close_matches(str(source).lower(), SAMPLES, n=1, cutoff=0.5)
    beside = _neighbours(path)
    hints = [f"the built-in sample '{name}'" for name in near] + [f"'{name}'" for name in beside]
    meant = f" Did you mean {' or '.join(hints)}?" if hints else ""
    raise DataError(f"There is no file or folder '{source}'.{meant} Built-in samples are: {', '.join(SAMPLES)}.")


def _open(source: Any, options: DataOptions, domain: str | None) -> Source:
    if domain is not None:
        return DOMAINS.get(domain).open(source, options)
    matches = {name: DOMAINS.get(name).recognise(source) for name in DOMAINS.names()}
    best = max(matches, key=lambda name: matches[name].confidence)
    if matches[best].confidence <= 0:
        raise DataError(_unknown(source, matches))
    return DOMAINS.get(best).open(source, options)


def _neighbours(path: Path) -> list[str]:
    try:
        names = sorted(other.name for other in path.parent.iterdir())
    except OSError:
        return []
    near = difflib.get_close_matches(path.name, names, n=2, cutoff=0.75)
    return [str(path.parent / name) for name in near]


def _unknown(source: Any, matches: dict[str, Match]) -> str:
    reasons = "; ".join(dict.fromkeys(match.reason for match in matches.values()))
    what = f"'{source}'" if isinstance(source, str | os.PathLike) else "This"
    return (
        f"{what} is of no kind that can be trained on (found: {reasons}). Name a folder or zip of pictures, "
        f"a .npy or .npz array, a .csv or .txt table of numbers, or a built-in sample: {', '.join(SAMPLES)}."
    )
