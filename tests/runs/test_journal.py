from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganforge.core.errors import RunError
from ganforge.core.settings import Json
from ganforge.runs.journal import Journal

_PLAIN = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats() | st.text()
_RECORDS = st.lists(
    st.dictionaries(
        st.text(max_size=5).filter(lambda key: key not in {"event", "step", "to_step"}),
        (_PLAIN | st.lists(_PLAIN, max_size=3) | st.dictionaries(st.text(max_size=3), _PLAIN, max_size=3)).filter(
            lambda value: value not in ("nan", "inf", "-inf")
        ),
        max_size=4,
    ),
    max_size=6,
)


def same(a: object, b: object) -> bool:
    """Equal, where NaN equals NaN."""
    return repr(a) == repr(b)


def a_journal(folder: Path, name: str = "journal.jsonl") -> Journal:
    journal = Journal(folder / name)
    journal.path.unlink(missing_ok=True)
    return journal


@given(_RECORDS)
def test_what_is_appended_is_read(tmp_path: Path, records: list[Json]) -> None:
    journal = a_journal(tmp_path)
    for record in records:
        journal.append(record)
    assert same(journal.records(), records)
    assert journal.path.read_bytes().count(b"\n") == len(records) if records else not journal.path.exists()


@given(records=_RECORDS, share=st.floats(0, 1), later=_RECORDS)
def test_a_journal_cut_at_any_byte_loses_only_the_line_that_was_cut(
    tmp_path: Path, records: list[Json], share: float, later: list[Json]
) -> None:
    journal = a_journal(tmp_path)
    for record in records:
        journal.append(record)
    content = journal.path.read_bytes() if records else b""
    cut = content[: round(share * len(content))]
    journal.path.write_bytes(cut)
    whole = cut.count(b"\n")
    if cut.endswith(b"}") and content[len(cut) :].startswith(b"\n"):
        whole += 1  # only the end of the line is missing
    for record in later:
        journal.append(record)
    assert same(journal.records(), records[:whole] + later)


def test_numbers_that_are_not_finite_are_strings_in_the_file_and_numbers_again_when_read(tmp_path: Path) -> None:
    journal = a_journal(tmp_path)
    journal.append({"loss": math.nan, "values": [math.inf, -math.inf], "speed": np.float32("nan"), "n": np.int64(3)})
    assert journal.path.read_text() == '{"loss": "nan", "values": ["inf", "-inf"], "speed": "nan", "n": 3}\n'
    (record,) = journal.records()
    assert math.isnan(record["loss"])
    assert record["values"] == [math.inf, -math.inf]
    assert record["n"] == 3


def test_a_resume_takes_back_the_steps_after_it(tmp_path: Path) -> None:
    journal = a_journal(tmp_path)
    for step in (0, 10, 20, 30):
        journal.append({"event": "step", "step": step, "attempt": 1})
    journal.append({"event": "note", "text": "no step of its own"})
    journal.append({"event": "resumed", "to_step": 10, "attempt": 2})
    for step in (15, 25):
        journal.append({"event": "step", "step": step, "attempt": 2})
    journal.append({"event": "resumed", "to_step": 15, "attempt": 3})
    kept = journal.records()
    assert [(r["step"], r["attempt"]) for r in kept if "step" in r] == [(0, 1), (10, 1), (15, 2)]
    assert [r["event"] for r in kept if "step" not in r] == ["note", "resumed", "resumed"]


def test_foreign_lines_and_events_are_tolerated(tmp_path: Path) -> None:
    journal = a_journal(tmp_path)
    journal.path.write_bytes(b'\n\xff\xfe\n[1, 2]\n"text"\n{"event": "tomorrow\'s"}\n{"step": "odd"}\nnull\n')
    journal.append({"event": "resumed", "to_step": 0, "attempt": 2})
    assert [record.get("event") for record in journal.records()] == ["tomorrow's", None, "resumed"]


def test_a_journal_that_cannot_be_written_is_an_error_of_the_run(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match=r"journal\.jsonl"):
        Journal(tmp_path / "file" / "journal.jsonl").append({})
