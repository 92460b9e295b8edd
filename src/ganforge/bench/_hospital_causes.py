"""What is done to make trainings sick, and which ailments are a right name for each: settled before anything is tuned.

A name is right if a practitioner who knew the cause would accept it as a name of what the cause does to the game; what
else may show beside it (everything ends in poor samples) is not enough.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ganforge.bench._hospital_cause import Cause
from ganforge.bench._hospital_causes_fresh import FRESH
from ganforge.bench._hospital_causes_named import NAMED
from ganforge.bench._hospital_causes_sealed import SEALED
from ganforge.bench._hospital_causes_unnamed import UNNAMED

# Halves were drawn once, before the first recording: names that the list had, and those that it had not, each in the
# order of the SHA-256 of the name, the first to tuning, the second to untouched, and so on.
# What is fresh, and what is sealed, came later and was not dealt.
CAUSES: Mapping[str, Cause] = {cause.name: cause for cause in (*NAMED, *UNNAMED, *FRESH, *SEALED)}


def is_right(cause: str, ailment: str) -> bool:
    """Whether this ailment is a right name for what the cause does."""
    return ailment in CAUSES[cause].names


def table_of_causes() -> Iterator[str]:
    """The table as Markdown, line by line, for docs/hospital.md."""
    yield "| cause | what is done | begun with | half | curable | right names |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for cause in CAUSES.values():
        names = "; ".join(f"`{ailment}`: {reason}" for ailment, reason in cause.names.items())
        cells = (cause.name, cause.what, "yes" if cause.named else "", cause.half, "yes" if cause.curable else "")
        yield f"| {' | '.join(cells)} | {names} |"
