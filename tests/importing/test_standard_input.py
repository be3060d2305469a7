"""Standard input is read like a file, and says so itself in every message."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from nexshift.errors import BadUsage, Refused
from nexshift.storage.deletion import delete_rows
from nexshift.storage.importing.report import Report
from nexshift.storage.importing.standard_input import received
from tests.importing.workbench import Workbench

SIGN = Path("-")


def load(bench: Workbench, content: str | bytes, *paths: Path, **options: bool) -> Report:
    stream = io.BytesIO(content.encode() if isinstance(content, str) else content)
    with received([SIGN, *paths], "sites", stream) as given:
        return bench.load(*given, entity="sites", **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "content",
    [
        "name\nHobart\nDarwin\n",
        "\n\nname;location\nHobart;\nDarwin;\n",
        "sep=;\nname;location\nHobart;\nDarwin;\n",
        "name\tlocation\r\nHobart\tx\r\nDarwin\t\r\n".encode("utf-16"),
        '{"name": "Hobart"}\n{"name": "Darwin"}\n',
        '\n {"name": "Hobart"}\r\n{"name": "Darwin"}',
        '[{"name": "Hobart"}, {"name": "Darwin"}]',
        '[\n{"name": "Hobart"},\n{"name": "Darwin"}\n]\n',
        '{"data": [{"name": "Hobart"}, {"name": "Darwin"}]}',
        '{"company": "Acme",\n"data": [{"name": "Hobart"}, {"name": "Darwin"}], "meta": {}}',
        b"\xef\xbb\xbf" + b'{"name": "Hobart"}\n{"name": "Darwin"}\n',
    ],
)
def test_every_kind_of_content_is_recognised(bench: Workbench, content: str | bytes) -> None:
    report = load(bench, content)

    assert bench.problems_of(report) == []
    assert bench.rows("SELECT name FROM site WHERE name < 'I' ORDER BY name") == [
        ("Brisbane",),
        ("Darwin",),
        ("Hobart",),
    ]


def test_messages_call_it_standard_input(bench: Workbench) -> None:
    assert bench.problems_of(load(bench, "name,location\n,x\nA\n")) == [
        "standard input:2: name: is required",
        "standard input:3: row: has 1 cells where the header has 2",
    ]
    assert bench.problems_of(load(bench, "name\nA\nA\n"))[0].startswith(
        "standard input:3: name: has the same name as standard input:2"
    )
    assert bench.problems_of(load(bench, "nam\nA\n"))[0].startswith("standard input:1: nam: sites have no such column")
    for content, sentence in {
        b"": "standard input is empty",
        b"\x1f\x8b": "standard input is compressed with gzip, whatever its name",
        b"name\nZ\xfcrich\n": "standard input:2: byte 2 of the line (0xFC) is not UTF-8",
        b"[{]": "standard input is not valid JSON: Expecting property name enclosed in double quotes, line 1 column 3",
    }.items():
        with pytest.raises(Refused) as refused:
            load(bench, content)
        assert refused.value.sentence == sentence


@pytest.mark.parametrize(
    ("content", "name"),
    [("name,location\n,x\n", "sites.rejects.csv"), ('{"location": "x"}\n', "sites.rejects.ndjson")],
)
def test_its_rejects_go_to_the_working_folder(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch, content: str, name: str
) -> None:
    monkeypatch.chdir(bench.folder)

    report = load(bench, content, skip_bad=True)

    assert report.rejects_files == (Path(name),)
    assert [path.name for path in bench.folder.iterdir()] == [name]
    assert bench.load(Path(name)).rejected == 1


def test_it_may_stand_beside_files_and_is_read_once(bench: Workbench) -> None:
    path = bench.write("sites.csv", "name\nDarwin\n")

    assert load(bench, "name\nHobart\n", path, SIGN).summary() == "2 added, 0 updated, 0 unchanged, 0 rejected"


def test_what_it_holds_has_to_be_said() -> None:
    with (
        pytest.raises(BadUsage, match="standard input has no name that says what it holds"),
        received([SIGN], None, io.BytesIO(b"name\n")),
    ):
        pass


def test_nothing_of_it_is_left(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = bench.folder / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))

    load(bench, "name\nHobart\n")
    with pytest.raises(Refused):
        load(bench, b"\x1f\x8b")

    assert list(folder.iterdir()) == []


def test_what_a_killed_process_kept_of_it_goes_with_the_next_one(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = bench.folder / "temporary"
    folder.mkdir()
    script = (
        "import io, os\n"
        "from pathlib import Path\n"
        "from nexshift.storage.importing.standard_input import received\n"
        "with received([Path('-')], 'sites', io.BytesIO(b'name')):\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], check=False, env=os.environ | {"TMPDIR": str(folder)})
    assert done.returncode == -9
    assert len(list(folder.iterdir())) == 1
    monkeypatch.setattr(tempfile, "tempdir", str(folder))

    load(bench, "name\nHobart\n")

    assert list(folder.iterdir()) == []


def test_it_is_said_where_it_cannot_be_kept(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    place = bench.write("temporary", "a file in the way")
    monkeypatch.setattr(tempfile, "tempdir", str(place))

    with pytest.raises(Refused) as refused:
        load(bench, "name\nHobart\n")

    assert refused.value.sentence == f"standard input cannot be kept in {place}: Not a directory"
    assert "TMPDIR" not in str(refused.value.hint), "it is beside the database, whatever TMPDIR says"


def test_it_is_said_that_it_cannot_be_read() -> None:
    reading, writing = os.pipe()
    with (
        pytest.raises(Refused, match=r"^standard input cannot be read: Bad file descriptor"),
        os.fdopen(reading, "rb"),
        os.fdopen(writing, "rb") as stream,
        received([SIGN], "sites", stream),
    ):
        pass


def test_it_may_be_closed_where_it_is_not_read() -> None:
    with received([Path("sites.csv")], None, None) as given:
        assert given == [Path("sites.csv")]
    with pytest.raises(Refused, match=r"^standard input is closed$"), received([SIGN], "sites", None):
        pass


def test_a_file_called_like_its_sign_is_read_by_its_path(bench: Workbench) -> None:
    with received([Path("./x/-")], None, io.BytesIO()) as given:
        assert given == [Path("./x/-")]


def test_rows_are_deleted_as_it_says(bench: Workbench) -> None:
    load(bench, "name\nHobart\n")

    with received([SIGN], "sites", io.BytesIO(b"name\nHobart\nOslo\n")) as (given,):
        assert delete_rows(bench.connection, bench.company, "sites", given).problems.shown == [
            "standard input:3: name: there is no site with this name"
        ]
    with received([SIGN], "sites", io.BytesIO(b"name\nHobart\n")) as (given,):
        assert delete_rows(bench.connection, bench.company, "sites", given).deleted == 1
