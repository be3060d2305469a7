"""`nexshift licences`: everything that others wrote is listed, from a folder as from a zip."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.utils import canonicalize_name

from nexshift.components import UNKNOWN, list_components, list_components_of_page, read_licence_in_source
from nexshift.storage.library import sqlite3
from tests.cli.conftest import ROOT, Command, Program
from tests.security.locks import RUNTIME, closure

NEEDED = closure(RUNTIME, {name: str(value) for name, value in default_environment().items()} | {"extra": ""})
OF_PYTHON = {"python", "sqlite", "openssl", "zlib"}
LOCKED = json.loads((ROOT / "connect" / "package-lock.json").read_text())["packages"]
OF_PAGE = {name.removeprefix("node_modules/"): entry for name, entry in LOCKED.items() if not entry.get("dev")}


def test_every_package_that_is_needed_is_listed_and_no_other() -> None:
    of_page = {component.name for component in list_components_of_page()}
    others = {canonicalize_name(component.name) for component in list_components() if component.name not in of_page}
    assert others == set(NEEDED) | OF_PYTHON


def test_what_is_in_the_page_is_listed_as_it_is_locked() -> None:
    listed = list_components_of_page()
    assert {"@microsoft/connected-workbooks", "jszip", "pako"} <= {component.name for component in listed}
    for component in listed:
        assert component.version == OF_PAGE[component.name]["version"]
        assert component.licence == OF_PAGE[component.name]["license"]


def test_every_package_states_its_licence_and_brings_its_text() -> None:
    for component in list_components():
        assert component.licence != UNKNOWN, component.name
        assert len(component.licence) <= 60, component.name
        if component.name not in OF_PAGE and component.name.lower() not in OF_PYTHON:
            assert component.version == metadata.version(component.name)
        if component.name.lower() not in OF_PYTHON:
            assert len(component.text) > 500, component.name


def test_the_table_has_a_line_a_component(run: Command) -> None:
    result = run("licences")
    heading, *lines = result.stdout.splitlines()
    assert heading.split() == ["COMPONENT", "VERSION", "LICENCE"]
    rows = {line.split()[0]: line.split(maxsplit=2)[1:] for line in lines}
    assert rows["msgspec"] == [metadata.version("msgspec"), "BSD-3-Clause"]
    assert rows["SQLite"] == [sqlite3.sqlite_version, "Public Domain"]
    assert lines == sorted(lines, key=str.casefold)


def test_full_prints_the_texts(run: Command) -> None:
    printed = run("licences", "--full").stdout
    assert f"\nuvicorn {metadata.version('uvicorn')}: BSD-3-Clause\n=====" in printed
    for component in list_components():
        assert component.text in printed
    assert printed.count("Its text comes with the Python of this machine.") == len(OF_PYTHON)


def test_json_has_texts_only_when_they_are_asked_for(run: Command) -> None:
    plain = json.loads(run("licences", "--json").stdout)
    full = json.loads(run("licences", "--json", "--full").stdout)
    assert {tuple(entry) for entry in plain} == {("name", "version", "licence")}
    assert [entry["text"] for entry in full] == [component.text for component in list_components()]


def test_it_needs_no_database(program: Program, path: Path) -> None:
    assert program("licences").returncode == 0
    assert not path.exists()


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the list is read from, and nothing else: our modules, the page's list, metadata without lists of files."""
    path = tmp_path_factory.mktemp("archive") / "nexshift.zip"
    listed = [{"name": "libuv", "version": "1.52.1", "licence": "MIT", "text": "Permission is hereby granted"}]
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("nexshift/__init__.py", "nexshift/components.py", "nexshift/web/connect/licences.json"):
            archive.write(ROOT / name, name)
        archive.writestr("nexshift/components.json", json.dumps(listed))
        ours = metadata.distribution("nexshift")
        described = ours.read_text("METADATA") or ours.read_text("PKG-INFO") or ""  # as it is installed, or in its tree
        archive.writestr(f"nexshift-{ours.version}.dist-info/METADATA", described)
        for name in NEEDED:
            for file in metadata.files(name) or []:
                if ".dist-info" in file.parts[0] and file.name != "RECORD":
                    archive.write(str(file.locate()), str(file))
            in_source = read_licence_in_source(metadata.distribution(name))
            if in_source:  # sources are left out of a single file, so it is put beside the metadata
                folder = next(file.parts[0] for file in metadata.files(name) or [] if ".dist-info" in file.parts[0])
                archive.writestr(f"{folder}/LICENSE", in_source)
    return path


def test_a_zip_lists_the_same_packages_and_what_was_compiled_in(archive: Path) -> None:
    script = "import sys; sys.path[:] = [*sys.argv[1:], *(p for p in sys.path if 'site-packages' not in p)]\n"
    script += "import json, nexshift.components as c; assert c.__file__.startswith(sys.argv[1])\n"
    script += "print(json.dumps([[x.name, x.version, x.licence, x.text] for x in c.list_components()]))"
    printed = subprocess.run([sys.executable, "-I", "-c", script, archive], capture_output=True, check=True, timeout=60)

    here = [[c.name, c.version, c.licence, c.text] for c in list_components() if c.name.lower() not in OF_PYTHON]
    compiled_in = ["libuv", "1.52.1", "MIT", "Permission is hereby granted"]
    assert sorted(json.loads(printed.stdout)) == sorted([*here, compiled_in])
