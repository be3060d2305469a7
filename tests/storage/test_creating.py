"""Files are created in few places, which follow no link and take nobody's place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import nexshift

ROOT = Path(nexshift.__file__).parent
CREATING = frozenset(
    {"write_text", "write_bytes", "mkdir", "makedirs", "touch", "mkfifo"}
    | {"symlink", "symlink_to", "link", "hardlink_to", "copyfile", "copy", "copy2", "copytree", "move"}
    | {"mkstemp", "mkdtemp", "NamedTemporaryFile", "TemporaryDirectory"}
)
ALLOWED = {
    "storage/placement.py": {"open", "mkdir", "hardlink_to"},
    "storage/private_folder.py": {"open", "mkdir"},
    # inside of a private folder
    "exports/parquet.py": {"mkdir"},
    "cli/demonstration.py": {"mkdir", "write_bytes"},
    "storage/untouched.py": {"copyfile"},
    "storage/importing/standard_input.py": {"open"},
    "storage/importing/rejects.py": {"open"},
}
SOURCES = sorted(ROOT.rglob("*.py"))


def find_creations(source: str) -> Iterator[tuple[str, int]]:
    """The calls that create a file: by their name, and `open` by its mode or flags."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in CREATING or (name == "open" and _creates(node)):
            yield name, node.lineno


def _creates(call: ast.Call) -> bool:
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    modes = [each.value for each in given if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    flags = [node.attr for each in given for node in ast.walk(each) if isinstance(node, ast.Attribute)]
    return "O_CREAT" in flags or any(set(mode) <= set("rwaxbt+U") and set(mode) & set("wax") for mode in modes)


@pytest.mark.parametrize("path", SOURCES, ids=[str(path.relative_to(ROOT)) for path in SOURCES])
def test_no_file_is_created_elsewhere(path: Path) -> None:
    found = list(find_creations(path.read_text(encoding="utf-8")))
    allowed = ALLOWED.get(path.relative_to(ROOT).as_posix(), set())
    assert [f"{path}:{line}: {name}" for name, line in found if name not in allowed] == []


@pytest.mark.parametrize(
    "source",
    [
        'open("a", "w")',
        'open("a", mode="ab")',
        'Path("a").open("x")',
        'path.open(mode="w+b")',
        'path.write_text("a")',
        "os.open(path, os.O_WRONLY | os.O_CREAT)",
        "shutil.copyfile(a, b)",
        "tempfile.mkstemp()",
        "TemporaryDirectory()",
    ],
)
def test_a_file_that_is_created_is_seen(source: str) -> None:
    assert len(list(find_creations(source))) == 1


@pytest.mark.parametrize(
    "source", ['open("wax.txt", "r")', 'path.open("r+b")', "os.open(path, os.O_RDONLY)", "a.read()"]
)
def test_a_file_that_is_only_opened_is_none(source: str) -> None:
    assert list(find_creations(source)) == []
