"""A file or folder appears under its name whole, or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from nexshift.config import STALE_PARTIAL_S
from nexshift.errors import Refused
from nexshift.storage.placement import placed, placed_folder
from tests.other_user import NOBODY


def names(folder: Path) -> list[str]:
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*"))


def fill(folder: Path) -> None:
    (folder / "inner").mkdir()
    (folder / "inner" / "a").write_text("a")


def make_folder(path: Path, then: Callable[[], object] = lambda: None) -> None:
    with placed_folder(path) as folder:
        fill(folder)
        then()


def make_file(path: Path, then: Callable[[], object] = lambda: None) -> None:
    with placed(path, replace=True) as partial:
        partial.write_text("new")
        then()


def look(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_mode & 0o777, status.st_gid


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root can give a file to somebody else")
class TestWhatIsReplaced:
    def test_it_gives_its_mode_and_group(self, tmp_path: Path) -> None:
        path = tmp_path / "a"
        path.touch()
        os.chown(path, -1, NOBODY)
        path.chmod(0o640)
        make_file(path)
        assert look(path) == (0o640, NOBODY)

    def test_its_mode_says_nothing_where_it_is_another_users(self, tmp_path: Path) -> None:
        path = tmp_path / "a"
        path.touch()
        os.chown(path, NOBODY, NOBODY)
        path.chmod(0o666)
        make_file(path)
        assert look(path) == (0o600, 0)

    def test_no_group_may_read_it_where_it_cannot_have_the_same(self, tmp_path: Path) -> None:
        path = tmp_path / "a"
        path.touch()
        os.chown(path, NOBODY, 12345)
        path.chmod(0o664)
        tmp_path.chmod(0o777)
        process = os.fork()
        if process == 0:
            os.chdir(tmp_path)  # as root: what is above may be closed to others
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            make_file(Path("a"))
            os._exit(0)
        assert os.waitpid(process, 0)[1] == 0
        assert look(path) == (0o604, NOBODY)


def stop() -> None:
    raise RuntimeError("stop")


def test_a_folder_appears_with_all_that_is_in_it(tmp_path: Path) -> None:
    with placed_folder(tmp_path / "made") as folder:
        fill(folder)
        assert not (tmp_path / "made").exists()
        assert folder.parent.name.startswith(".made.")
        assert folder.parent.stat().st_mode & 0o777 == 0o700
    assert names(tmp_path) == ["made", "made/inner", "made/inner/a"]
    assert (tmp_path / "made").stat().st_mode & 0o777 == 0o700


def test_a_folder_that_failed_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="stop"):
        make_folder(tmp_path / "made", stop)
    assert names(tmp_path) == []


@pytest.mark.parametrize("what", ["file", "folder", "full folder", "link"])
@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_a_folder_takes_nothings_place(tmp_path: Path, what: str, when: str) -> None:
    target = tmp_path / "made"

    def stand_there() -> None:
        match what:
            case "file":
                target.write_text("mine")
            case "link":
                target.symlink_to("nowhere")
            case "folder":
                target.mkdir()
            case _:
                target.mkdir()
                (target / "mine").write_text("mine")

    if when == "before":
        stand_there()
    with pytest.raises(Refused, match="is there already; it was left as it is"):
        make_folder(target, stand_there if when == "meanwhile" else lambda: None)
    assert names(tmp_path) == (["made", "made/mine"] if what == "full folder" else ["made"])


def test_a_folder_where_there_is_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="cannot be created: no such file or directory"), placed_folder(tmp_path / "a/b"):
        pass


def test_a_file_is_replaced_in_one_step_and_kept_where_that_fails(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_text("old")
    with pytest.raises(RuntimeError, match="stop"):
        make_file(target, stop)
    assert (names(tmp_path), target.read_text()) == (["file"], "old")
    seen: list[str] = []
    make_file(target, lambda: seen.append(target.read_text()))
    assert seen == ["old"]
    assert (names(tmp_path), target.read_text()) == (["file"], "new")


def test_a_folder_is_not_replaced_by_a_file(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    with pytest.raises(Refused, match="cannot be created: is a directory"):
        make_file(tmp_path / "made")
    assert names(tmp_path) == ["made"]


def test_what_a_killed_program_left_for_the_name_is_removed_after_a_day(tmp_path: Path) -> None:
    old, young, other = (
        tmp_path / name for name in (".made.00000000.partial", ".made.00000001.partial", ".else.00000000.partial")
    )
    for folder in (old, young, other):
        folder.mkdir()
        fill(folder)
    for folder in (old, other):
        long_ago = folder.stat().st_mtime - STALE_PARTIAL_S - 1
        os.utime(folder, (long_ago, long_ago))
    with placed_folder(tmp_path / "made"):
        pass
    assert not old.exists()
    assert young.exists()
    assert other.exists()
