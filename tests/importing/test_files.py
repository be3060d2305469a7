"""Which files a call takes, and in which order."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nexshift.errors import Refused
from nexshift.storage.importing import ENTITIES, find_files
from nexshift.storage.importing.files import list_skipped
from tests.importing.workbench import PLANT, Workbench

ORDER = (
    "sites machines products operators standards runs scrap downtime quality_checks assets maintenance incidents"
    " materials recipes batches ingredients material_logs"
)


def test_entities_come_in_the_order_in_which_they_depend_on_each_other() -> None:
    assert " ".join(ENTITIES) == ORDER


def test_a_folders_files_are_taken_in_that_order(tmp_path: Path) -> None:
    for entity in sorted(ENTITIES, reverse=True):
        (tmp_path / f"{entity}.csv").touch()

    assert [file.entity.name for file in find_files([tmp_path])] == ORDER.split()


def test_named_files_are_taken_in_that_order_too(empty: Workbench) -> None:
    paths = [empty.write(f"{entity}.csv", content) for entity, content in reversed(PLANT.items())]

    assert empty.load(*paths).rejected == 0


def test_a_folder_may_hold_other_things(tmp_path: Path) -> None:
    for name in ("sites.csv", "sites.rejects.csv", "README.md", "notes.txt", ".hidden.csv", "plan.xlsx"):
        (tmp_path / name).touch()
    (tmp_path / "runs.csv").mkdir()

    assert [file.path.name for file in find_files([tmp_path])] == ["sites.csv"]


def test_rejects_are_read_when_they_are_named(tmp_path: Path) -> None:
    path = tmp_path / "runs.rejects.csv"
    path.touch()

    (file,) = find_files([path])

    assert file.entity.name == "runs"
    assert file.rejects_path == path


def test_one_entity_may_come_in_several_files(bench: Workbench) -> None:
    bench.write("sites.csv", "name\nHobart\n")
    bench.write("sites.ndjson", '{"name": "Darwin"}\n')

    assert bench.load().added == 2


def test_a_file_that_is_named_twice_is_read_once(bench: Workbench) -> None:
    path = bench.write("sites.csv", "name\nHobart\n")

    assert bench.load(path, bench.folder, path).summary() == "1 added, 0 updated, 0 unchanged, 0 rejected"


def test_files_of_any_name_are_read_as_the_entity_that_is_said(bench: Workbench) -> None:
    march = bench.write("march.csv", "name\nHobart\n")
    april = bench.write("april.csv", "name\nDarwin\n")

    assert bench.load(march, april, entity="sites").added == 2


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("runs-march.csv", '{}/runs-march.csv: what it holds cannot be told from its name "runs-march"'),
        ("sitess.csv", '{}/sitess.csv: what it holds cannot be told from its name "sitess"; did you mean "sites"?'),
        ("sites.xlsx", "{}/sites.xlsx is a workbook"),
        ("sites.pdf", "{}/sites.pdf is not a file that can be imported"),
    ],
)
def test_a_file_that_cannot_be_placed_is_refused(tmp_path: Path, name: str, sentence: str) -> None:
    (tmp_path / name).touch()

    with pytest.raises(Refused) as refused:
        find_files([tmp_path / name])

    assert refused.value.sentence.startswith(sentence.format(tmp_path))
    assert refused.value.hint


def test_a_misnamed_table_in_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sites.csv").touch()
    (tmp_path / "machine_list.csv").touch()

    with pytest.raises(Refused, match="what it holds cannot be told from its name"):
        find_files([tmp_path])


def test_a_path_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"sites.csv cannot be read: No such file or directory"):
        find_files([tmp_path / "sites.csv"])


def test_a_folder_without_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="holds no file to import"):
        find_files([tmp_path])


def test_an_unknown_entity_is_refused_with_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "march.csv").touch()

    with pytest.raises(Refused, match=r'there is no entity "run"; did you mean "runs"\?'):
        find_files([tmp_path / "march.csv"], "run")


def test_a_named_pipe_is_refused_without_waiting_for_its_writer(bench: Workbench) -> None:
    path = bench.folder / "runs.csv"
    os.mkfifo(path)

    with pytest.raises(Refused, match=r"runs\.csv is a named pipe, not a file"):
        bench.load(path)


def test_a_device_is_refused() -> None:
    with pytest.raises(Refused, match="/dev/null is a device, not a file"):
        find_files([Path("/dev/null")], "runs")


def test_what_a_folder_holds_beside_files_to_import_is_named(tmp_path: Path) -> None:
    for name in ("sites.csv", "runs.rejects.csv", "plan.XLSX", "notes.pdf", ".hidden"):
        (tmp_path / name).touch()
    (tmp_path / "archive").mkdir()

    assert list(list_skipped([tmp_path, tmp_path / "sites.csv"])) == [
        f"{tmp_path}: not read: archive (a folder), notes.pdf, plan.XLSX (a workbook; save its sheets as CSV),"
        " runs.rejects.csv (rejects)"
    ]
    (tmp_path / "sites.csv").unlink()
    with pytest.raises(Refused, match=r"holds no file to import; it holds archive \(a folder\), notes\.pdf, plan"):
        find_files([tmp_path])


def test_of_many_other_files_the_first_are_named(tmp_path: Path) -> None:
    for number in range(25):
        (tmp_path / f"{number:02}.pdf").touch()

    (line,) = list_skipped([tmp_path])

    assert line.endswith("18.pdf, 19.pdf and 5 more")
    assert list(list_skipped([tmp_path / "00.pdf"])) == []
