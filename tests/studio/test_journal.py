"""A journal read as it grows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ganforge.core.settings import Json
from ganforge.report._curves import story
from ganforge.runs.journal import Journal
from ganforge.studio import _journal
from ganforge.studio._journal import Kept, Tail
from tests.studio.made import record


def lines(path: Path, *told: Json) -> None:
    with path.open("a", encoding="ascii") as file:
        file.writelines(json.dumps(each) + "\n" for each in told)


def read(tail: Tail) -> Kept:
    with tail.reading() as kept:
        return kept


def places(kept: Kept, name: str = "loss") -> list[float]:
    return kept.series[name].drawn(0.0, 1e9, 600).kimg


TREATED = [
    {"event": "started", "step": 0, "kimg": 0.0, "total_kimg": 10.0, "attempt": 1, "taken": 0},
    record(10, 1.0, loss=1.0),
    record(20, 2.0, loss=2.0),
    {"event": "examined", "step": 20, "kimg": 2.0, "score": 0.5, "error": 0.1, "kept": True},
    {"event": "treated", "step": 20, "kimg": 2.0, "to_step": 10, "to_kimg": 1.0, "taken": 20, "number": 1,
     "ailment": "x", "remedy": {"words": "less"}},
    record(20, 2.0, loss=3.0),
    {"event": "resumed", "step": 15, "kimg": 1.5, "to_step": 15, "taken": 25, "total_kimg": 10.0, "attempt": 2},
    record(20, 2.0, loss=4.0),
    record(30, 3.0, loss=5.0),
]  # fmt: skip


def test_records_stand_where_the_report_puts_them(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    lines(path, *TREATED)
    kept, told = read(Tail(path)), story(Journal(path).as_it_went())
    assert places(kept) == [each["kimg"] for each in told.records] == [1.0, 2.0, 3.0, 4.0]
    assert [each.kimg for each in kept.scores] == [each["kimg"] for each in told.examined]
    assert kept.reach == told.reach
    assert kept.kimg == told.kimg
    assert [each.kimg for each in kept.signs if each.record["event"] == "treated"] == [2.0]


@pytest.mark.parametrize("piece", [1, 7, 100, 10**6])
def test_it_does_not_matter_in_what_pieces_it_was_written(piece: int, tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    whole = "".join(json.dumps(each) + "\n" for each in TREATED).encode()
    tail = Tail(path)
    for start in range(0, len(whole), piece):
        with path.open("ab") as file:
            file.write(whole[start : start + piece])
        if start % 5 == 0:
            read(tail)
    kept = read(tail)
    assert places(kept) == [1.0, 2.0, 3.0, 4.0]
    assert kept.series["loss"].drawn(0.0, 9.0, 600).mean == [1.0, 2.0, 4.0, 5.0]


def test_each_byte_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "journal.jsonl"
    tail, taken = Tail(path), list[bytes]()
    take = tail._take

    def noted(line: bytes) -> None:
        taken.append(line)
        take(line)

    monkeypatch.setattr(tail, "_take", noted)
    for step in range(1, 20):
        lines(path, record(step, step / 10, loss=1.0))
        read(tail)
        read(tail)
    assert len([line for line in taken if line]) == 19


def test_the_version_rises_with_what_is_new_and_only_then(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    tail = Tail(path)
    versions = []
    for at in range(3):
        lines(path, record(at, float(at), loss=1.0))
        read(tail)
        versions += [tail.version]
        read(tail)
        assert tail.version == versions[-1]
    assert sorted(set(versions)) == versions


def test_another_journal_in_its_place_is_read_from_the_beginning(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    lines(path, *TREATED)
    tail = Tail(path)
    read(tail)
    other = tmp_path / "other"
    lines(other, record(1, 0.25, loss=9.0))
    other.replace(path)
    assert places(read(tail)) == [0.25]


@pytest.mark.parametrize(
    "rubbish",
    [
        b"\x00\xff\n",
        b"{\n[]\nnull\n7\n",
        b'{"event": "record", "step": 2, "kimg": 2.0}\n',
        b'{"event": "record", "step": "two", "kimg": "three", "values": {"loss": "four"}}\n',
        b'{"event": "record", "step": 2, "kimg": 2.0, "values": [1]}\n',
        b'{"event": "examined", "step": 2, "kimg": 2.0}\n',
        b'{"event": "treated", "step": 2, "kimg": 2.0, "to_step": 1, "taken": "x", "to_kimg": null}\n',
        b'{"event": "resumed", "to_step": 1, "taken": [2]}\n',
        b'{"event": ["record"]}\n',
        b"[" * 100_000 + b"\n",
        b'{"event": "record", "step": 1e400, "kimg": 1e400, "values": {}}\n',
    ],
)
def test_lines_that_make_no_sense_are_passed_over(rubbish: bytes, tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    lines(path, record(1, 1.0, loss=1.0))
    with path.open("ab") as file:
        file.write(rubbish)
    lines(path, record(3, 3.0, loss=3.0))
    kept = read(Tail(path))
    assert 1.0 in places(kept)
    assert 3.0 in places(kept)


def test_a_folder_in_the_journals_place_is_no_journal(tmp_path: Path) -> None:
    (tmp_path / "journal.jsonl").mkdir()
    assert read(Tail(tmp_path / "journal.jsonl")).last is None


def test_memory_does_not_grow_with_what_a_journal_invents(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    lines(path, *(record(at, float(at), **{f"name{at}": 1.0}) for at in range(1000)))
    lines(path, *({"event": "decision", "step": at, "what": "x"} for at in range(3000)))
    kept = read(Tail(path))
    assert len(kept.series) == _journal._MOST_NAMES
    assert len(kept.signs) == _journal._MOST_SIGNS


def test_who_has_no_patience_gets_what_is_known_so_far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_journal, "_CHUNK", 500)
    path = tmp_path / "journal.jsonl"
    lines(path, *(record(at, float(at), loss=1.0) for at in range(100)))
    tail = Tail(path)
    with tail.reading(patience=0.0) as kept:
        assert tail.behind
        assert 0 < kept.reach < 99
    assert read(tail).reach == 99.0
    assert not tail.behind


def test_a_line_longer_than_any_is_gone_past(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_journal, "_CHUNK", 300)
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b'{"event": "' + b"x" * 5000 + b'"}\n')
    lines(path, record(3, 3.0, loss=3.0))
    assert places(read(Tail(path))) == [3.0]
