"""What is not whole yet is where nobody else can reach it, and what a dead process left is removed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from nexshift.config import STALE_PARTIAL_S
from nexshift.storage.private_folder import private_folder, remove_left

_HOLDER = """
import sys
from pathlib import Path
from nexshift.storage.private_folder import private_folder
with private_folder(Path(sys.argv[1])) as folder:
    (folder / "half").write_text("half")
    print("ready", flush=True)
    sys.stdin.read()
"""


@contextmanager
def held_by_another(path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that is writing what is to become `path`."""
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def hidden(place: Path) -> list[str]:
    return sorted(file.name for file in place.iterdir() if file.name.startswith("."))


def make_old(file: Path) -> None:
    long_ago = file.lstat().st_mtime - STALE_PARTIAL_S - 60
    os.utime(file, (long_ago, long_ago))


def test_only_this_user_may_enter_it_and_nothing_of_it_is_left(tmp_path: Path) -> None:
    with private_folder(tmp_path / "plant.db") as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
        assert folder.parent == tmp_path
        (folder / "half").write_text("half")
    assert hidden(tmp_path) == []


def test_what_a_killed_process_left_is_removed_at_once_whatever_it_was_for(tmp_path: Path) -> None:
    with held_by_another(tmp_path / "other.db") as process:
        assert len(hidden(tmp_path)) == 1
        process.kill()
        process.wait()
        assert len(hidden(tmp_path)) == 1
        with private_folder(tmp_path / "plant.db"):
            assert [name[:10] for name in hidden(tmp_path)] == [".plant.db."]


def test_what_a_living_process_is_writing_stays_however_old_it_is(tmp_path: Path) -> None:
    with held_by_another(tmp_path / "plant.db") as process:
        (name,) = hidden(tmp_path)
        make_old(tmp_path / name)
        remove_left(tmp_path, lambda _: True)
        assert hidden(tmp_path) == [name]
        assert (tmp_path / name / "half").exists()
        process.kill()
        process.wait()
        remove_left(tmp_path)
        assert hidden(tmp_path) == []


def test_what_this_process_is_writing_stays(tmp_path: Path) -> None:
    with private_folder(tmp_path / "plant.db") as folder:
        remove_left(tmp_path, lambda _: True)
        assert folder.is_dir()


def test_a_restore_of_an_earlier_version_left_a_copy_that_goes_after_a_day(tmp_path: Path) -> None:
    old, young, other, foreign = (
        tmp_path / name
        for name in (".plant.db.k3_x9aaa", ".plant.db.k3_x9aab", ".else.db.k3_x9aaa", ".plant.db.k3_x9aac")
    )
    for folder in (old, young, other, foreign):
        folder.mkdir()
        (folder / "staged.db").write_text("half")
    (foreign / "mine").write_text("precious")
    for folder in (old, other, foreign):
        make_old(folder)
    with private_folder(tmp_path / "plant.db"):
        pass
    assert hidden(tmp_path) == [".else.db.k3_x9aaa", ".plant.db.k3_x9aab", ".plant.db.k3_x9aac"]


@pytest.mark.parametrize("name", [".config.abcdefgh", ".plant.db.0123abcd.part", "plant.db.0123abcd.partial"])
def test_a_folder_with_another_name_is_left_alone(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    (folder / "nexshift.lock").touch()
    make_old(folder)
    remove_left(tmp_path, lambda _: True)
    assert folder.exists()


def test_a_link_that_looks_like_what_is_left_leads_nowhere(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "nexshift.lock").touch()
    (elsewhere / "precious").touch()
    place = tmp_path / "place"
    place.mkdir()
    (place / ".plant.db.0123abcd.partial").symlink_to(elsewhere)
    remove_left(place, lambda _: True)
    assert (elsewhere / "precious").exists()


def test_a_lock_that_is_a_link_is_none(tmp_path: Path) -> None:
    folder = tmp_path / ".plant.db.0123abcd.partial"
    folder.mkdir()
    (tmp_path / "lock").touch()
    (folder / "nexshift.lock").symlink_to(tmp_path / "lock")
    remove_left(tmp_path)
    assert folder.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else")
def test_what_another_user_left_is_that_users_to_remove(tmp_path: Path) -> None:
    folder = tmp_path / ".plant.db.0123abcd.partial"
    folder.mkdir()
    (folder / "nexshift.lock").touch()
    os.chown(folder, 65534, 65534)
    remove_left(tmp_path, lambda _: True)
    assert folder.exists()
    os.chown(folder, os.geteuid(), os.getegid())
    remove_left(tmp_path)
    assert not folder.exists()


def test_where_none_can_be_made_the_folder_is_named_and_no_hidden_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as error, private_folder(tmp_path / "nowhere" / "plant.db"):
        pass
    assert error.value.filename == str(tmp_path / "nowhere")
