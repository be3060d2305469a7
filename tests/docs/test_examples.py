"""Every example in the documents works as pasted."""

from __future__ import annotations

import base64
import json
import re
import shutil
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from tests.docs.conftest import Demo
from tests.docs.examples import ROOT, Example, agrees, find_blocks, find_examples

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
WITH_EXAMPLES = [path for path in DOCUMENTS if find_blocks(path, "console")]


def test_readme_and_api_hold_examples() -> None:
    assert {"README.md", "api.md", "import.md"} <= {path.name for path in WITH_EXAMPLES}


@pytest.mark.parametrize("document", WITH_EXAMPLES, ids=lambda path: path.name)
def test_commands_print_what_the_document_says(document: Path, demo: Demo, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "data", tmp_path / "records", ignore=shutil.ignore_patterns("__pycache__"))
    for _, lines in find_blocks(document, "toml"):
        (tmp_path / lines[0].removeprefix("# ")).write_text("\n".join(lines))
    for block in find_examples(document):
        for example in block:
            check(example, demo, tmp_path)


def check(example: Example, demo: Demo, folder: Path) -> None:
    done = demo.run(example.command, folder)
    printed = done.stdout.replace(f"127.0.0.1:{demo.port}", "127.0.0.1:8080")
    if example.expected:
        assert agrees(example.expected, printed), f"{example.name}: {example.command}\nprinted:\n{printed}"
    else:
        assert done.returncode == 0, f"{example.name}: {example.command}\nfailed:\n{printed}"


@pytest.mark.parametrize("document", ["README.md", "docs/excel.md"])
def test_power_query_snippet_asks_what_the_service_answers(demo: Demo, document: str) -> None:
    """No Excel here: its request is made as the snippet spells it, and its columns are looked for in the answer."""
    snippets = ["\n".join(lines) for _, lines in find_blocks(ROOT / document, "powerquery")]
    (snippet,) = (each for each in snippets if "Web.Contents" in each)
    (base,) = re.findall(r'Web\.Contents\("([^"]+)"', snippet)
    (path,) = re.findall(r'RelativePath = "([^"]+)"', snippet)
    (query,) = re.findall(r"Query = \[(.*?)\]", snippet)
    asked = dict(re.findall(r'(\w+) = "([^"]*)"', query))
    address = base.replace("127.0.0.1:8080", f"127.0.0.1:{demo.port}")

    rows: list[dict[str, object]] = []
    cursor: dict[str, str] = {}
    while True:
        url = f"{address}/{path}?{urllib.parse.urlencode(asked | cursor)}"
        password = base64.b64encode(f"anybody:{demo.key}".encode()).decode()
        request = urllib.request.Request(url, headers={"Authorization": f"Basic {password}"})
        with urllib.request.urlopen(request) as answer:
            page = json.load(answer)
        rows += page["data"]
        if "next_cursor" not in page["meta"]:
            break
        cursor = {"cursor": page["meta"]["next_cursor"]}

    assert len(rows) > 100
    (columns,) = re.findall(r"FromRecords\(Rows, \{(.*?)\}", snippet)
    assert set(re.findall(r'"(\w+)"', columns)) <= set(rows[0])
    for record, fields in re.findall(r'ExpandRecordColumn\(\w+, "(\w+)", \{(.*?)\}', snippet):
        inner = rows[0][record]
        assert isinstance(inner, dict)
        assert set(re.findall(r'"(\w+)"', fields)) <= set(inner)


def test_worked_example_of_the_oee_page_adds_up() -> None:
    """Each line's arithmetic, evaluated as printed; what is cut off with `…` agrees in the digits that are shown."""
    ((_, lines),) = find_blocks(ROOT / "docs" / "oee.md", "oee")
    seen = 0
    for line in lines:
        sides = re.fullmatch(r".*? {2,}(\(?[\d.]+[\d.()*/+ -]*[\d)])\s+= ([\d.]+)(…?).*", line)
        if sides:
            expression, shown, cut = sides.groups()
            value = eval(expression)
            assert str(value).startswith(shown) if cut else value == float(shown), line
            seen += 1
    assert seen == 6


def test_links_lead_somewhere() -> None:
    for document in DOCUMENTS:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", document.read_text()):
            if "://" not in target:
                assert (document.parent / target).exists(), f"{document.name} links {target}"


def test_make_targets_that_the_documents_name_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for document in DOCUMENTS:
        assert set(re.findall(r"^make ([a-z-]+)|`make ([a-z-]+)`", document.read_text(), re.MULTILINE)) <= {
            pair for target in targets for pair in ((target, ""), ("", target))
        }, document.name
