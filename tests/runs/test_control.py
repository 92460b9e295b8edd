"""Commands as files: in order, whole, answered once, and nothing else in the folder matters."""

from __future__ import annotations

from pathlib import Path

import pytest

from ganforge.core.errors import RunError
from ganforge.runs.control import Control
from ganforge.runs.files import to_text
from ganforge.runs.folder import RunFolder

ID = "00000000000000000001-0123abcd"


def test_commands_wait_in_the_order_of_asking_until_they_are_answered(tmp_path: Path) -> None:
    control = Control(tmp_path)
    ids = [control.ask("pause"), control.ask("save"), control.ask("resume")]
    waiting = control.waiting()
    assert [asked.id for asked in waiting] == ids
    assert [asked.command for asked in waiting] == ["pause", "save", "resume"]
    control.answer(waiting[0], "done", "It is paused.")
    told = [control.answered(each) for each in ids]
    assert [answer and answer.state for answer in told] == ["done", "waiting", "waiting"]
    assert [asked.id for asked in control.waiting()] == ids[1:]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"command": "rm"}', b'{"command": ["stop"]}', b"\x80" * 9])
def test_a_file_that_holds_no_command_is_seen_and_commands_nothing(content: bytes, tmp_path: Path) -> None:
    (tmp_path / f"command-{ID}.json").write_bytes(content)
    (asked,) = Control(tmp_path).waiting()
    assert asked.command is None


def test_a_huge_file_and_a_link_command_nothing(tmp_path: Path) -> None:
    (tmp_path / f"command-{ID}.json").write_bytes(to_text({"command": "stop", "more": "x" * 5000}))
    (tmp_path / "elsewhere").write_bytes(to_text({"command": "stop"}))
    (tmp_path / f"command-{ID[:-1]}e.json").symlink_to(tmp_path / "elsewhere")
    assert [asked.command for asked in Control(tmp_path).waiting()] == [None, None]


@pytest.mark.parametrize("name", ["command-.json", "command-1-2.json", f".command-{ID}.json.tmp", f"command-{ID}", "x"])
def test_other_files_in_the_folder_are_left_alone(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(to_text({"command": "stop"}))
    control = Control(tmp_path)
    assert control.waiting() == []
    control.refuse_all("Nobody trains.")
    assert (tmp_path / name).exists()


@pytest.mark.parametrize("cid", ["", "..", "../heartbeat", f"{ID}/../{ID}", f"{ID}\n", "x" * 4000, "\0"])
def test_ids_that_are_none_name_no_file(cid: str, tmp_path: Path) -> None:
    (tmp_path / "heartbeat.json").write_bytes(to_text({"state": "done"}))
    assert Control(tmp_path).answered(cid) is None


def test_only_the_newest_answers_are_kept(tmp_path: Path) -> None:
    control = Control(tmp_path)
    ids = [control.ask("save") for _ in range(60)]
    control.refuse_all("Nobody trains.")
    assert control.waiting() == []
    assert control.answered(ids[0]) is None
    newest = control.answered(ids[-1])
    assert newest is not None
    assert newest.words == "Nobody trains."
    assert len(list(tmp_path.iterdir())) < 60


def test_a_folder_that_is_not_there_has_no_commands(tmp_path: Path) -> None:
    assert Control(tmp_path / "none").waiting() == []


def test_a_file_in_the_folders_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "control").write_text("")
    with pytest.raises(RunError, match="a file of that name is in the way"):
        Control(tmp_path / "control").ask("stop")


def test_what_was_asked_while_nobody_trained_is_not_obeyed_later(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path, "run")
    early = folder.control.ask("stop")
    with folder.lock():
        assert folder.control.waiting() == []
        late = folder.control.ask("stop")
    told = [folder.control.answered(each) for each in (early, late)]
    assert [answer and answer.words for answer in told] == [
        "It was asked before this training began.",
        "The training has ended.",
    ]


def test_a_run_that_waits_is_paused_and_one_whose_process_ended_is_interrupted(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path, "run")
    with folder.lock():
        folder.beat("paused")
        assert folder.status() == "paused"
    assert folder.status() == "interrupted"
