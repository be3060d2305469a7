"""A configuration file that nobody named is obeyed where nobody else can have written it, and says what it sets."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from nexshift.cli.group import nexshift
from tests.cli.conftest import Command
from tests.cli.service import Start
from tests.other_user import NOBODY

FILE = Path("nexshift.toml")
TEXT = 'db = "plant.db"\n\n[import]\ndry-run = true\n\n[key.create]\nrate-limit = 5\n'
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")


def type_command(*arguments: str) -> Result:
    """Without `--db`, unlike the fixture `run`."""
    return CliRunner().invoke(nexshift, arguments, prog_name="nexshift", catch_exceptions=False)


@pytest.fixture
def file(plant: Path) -> Path:
    FILE.write_text(TEXT)
    FILE.chmod(0o644)
    return FILE


def assert_not_obeyed(place: Path, reason: str) -> None:
    for command in (("import", "sites.csv"), ("config",), ("check",), ("serve", "--port", "0"), ("key", "list")):
        result = type_command(*command)
        assert (result.exit_code, result.stdout) == (2, "")
        first, second = result.stderr.splitlines()
        assert first == (
            "Error: nexshift.toml in this folder is not obeyed, because it was not named and another user may have"
            f" written it: {place} {reason}"
        )
        assert second.startswith("Hint: if you trust it, name it: nexshift --config nexshift.toml COMMAND; or ")
    assert type_command("--config", "nexshift.toml", "import", "sites.csv").exit_code == 0


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o664, 0o444])
def test_a_file_of_ones_own_is_obeyed(file: Path, mode: int) -> None:
    file.chmod(mode)
    assert type_command("import", "sites.csv").stdout.endswith(" would be rejected\n")


@pytest.mark.parametrize("mode", [0o666, 0o602, 0o646])
def test_a_file_that_everybody_may_write_is_not_obeyed(file: Path, mode: int) -> None:
    file.chmod(mode)
    assert_not_obeyed(file, "can be written by every user of this machine")


@pytest.mark.parametrize("mode", [0o777, 0o703])
def test_a_file_in_a_folder_that_everybody_may_write_is_not_obeyed(file: Path, tmp_path: Path, mode: int) -> None:
    tmp_path.chmod(mode)
    assert_not_obeyed(tmp_path, "can be written by every user of this machine")


def test_a_file_of_ones_own_is_obeyed_in_a_sticky_folder(file: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)
    assert type_command("import", "sites.csv").stdout.endswith(" would be rejected\n")


def test_a_file_that_another_user_may_have_linked_into_a_sticky_folder_is_not_obeyed(
    file: Path, tmp_path: Path
) -> None:
    Path("elsewhere.toml").hardlink_to(file)
    assert type_command("import", "sites.csv").exit_code == 0
    tmp_path.chmod(0o1777)
    assert_not_obeyed(file, "has a second name, which another user may have given it")


def test_a_link_is_as_good_as_what_it_leads_to_and_where_that_lies(file: Path, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    file.rename(shared / "settings.toml")
    file.symlink_to("shared/settings.toml")
    assert type_command("import", "sites.csv").exit_code == 0
    (shared / "settings.toml").chmod(0o666)
    assert_not_obeyed(shared / "settings.toml", "can be written by every user of this machine")
    (shared / "settings.toml").chmod(0o600)
    shared.chmod(0o777)
    assert_not_obeyed(shared, "can be written by every user of this machine")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root can give a file to somebody else")
class TestOthers:
    def test_a_file_of_another_user_is_not_obeyed(self, file: Path) -> None:
        os.chown(file, NOBODY, -1)
        assert_not_obeyed(file, "belongs to another user")

    def test_a_file_of_another_user_is_not_obeyed_in_a_sticky_folder(self, file: Path, tmp_path: Path) -> None:
        tmp_path.chmod(0o1777)
        os.chown(file, NOBODY, -1)
        assert_not_obeyed(file, "belongs to another user")

    def test_a_file_in_a_folder_of_another_user_is_not_obeyed(self, file: Path, tmp_path: Path) -> None:
        os.chown(tmp_path, NOBODY, -1)
        assert_not_obeyed(tmp_path, "belongs to another user")

    def test_a_link_of_another_user_is_not_obeyed(self, file: Path, tmp_path: Path) -> None:
        file.rename("settings.toml")
        file.symlink_to("settings.toml")
        os.lchown(file, NOBODY, -1)
        assert_not_obeyed(file, "belongs to another user")

    def test_a_file_that_another_group_may_write_is_not_obeyed(self, file: Path) -> None:
        os.chown(file, -1, NOBODY)
        assert type_command("import", "sites.csv").exit_code == 0
        file.chmod(0o664)
        assert_not_obeyed(file, "can be written by another group")


def test_what_it_sets_for_a_command_is_said(run: Command, file: Path) -> None:
    assert type_command("import", "sites.csv").stderr == "nexshift.toml in this folder sets db and import.dry-run.\n"
    assert type_command("check").stderr == "nexshift.toml in this folder sets db.\n"
    said = type_command("key", "create", "--name", "a").stderr
    assert said.startswith("nexshift.toml in this folder sets db and key.create.rate-limit.\n")
    assert "rate-limit" not in type_command("--config", "nexshift.toml", "check").stderr


def test_a_file_that_sets_nothing_for_a_command_is_not_mentioned(run: Command, plant: Path) -> None:
    FILE.write_text("[serve]\nport = 8081\n")
    assert run("check").stderr == ""


def test_the_service_says_in_its_log_that_a_file_sets_its_database(start: Start, file: Path) -> None:
    for before in ((), ("--config", "nexshift.toml")):
        service = start(*before, "serve", "--port", "0")
        service.process.terminate()
        _, log = service.process.communicate(timeout=30)
        first = json.loads(log.splitlines()[0])
        assert first["message"] == f"the configuration file {file.absolute()} sets the database: plant.db"
