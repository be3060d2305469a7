"""docs/security.md names tests that exist, and every file of tests about security is named there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from nexshift import config
from tests.security.locks import ROOT
from tests.security.test_smuggling import REFUSED

DOCUMENT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`(tests/\S+?\.py)::(\w+)`", DOCUMENT)


def functions_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_test_that_is_named_exists() -> None:
    assert len(NAMED) > 40
    for file, name in NAMED:
        assert name in functions_in(ROOT / file), f"docs/security.md names {file}::{name}, which is not there"


def test_every_promise_names_a_test() -> None:
    sections = DOCUMENT.split("| Promise | Shown by |\n|---|---|\n")[1:]
    for section in sections:
        for row in section.partition("\n\n")[0].splitlines():
            assert "`tests/" in row.split(" | ")[-1], row


def test_every_file_of_such_tests_is_named() -> None:
    files = {f"tests/security/{path.name}" for path in Path(__file__).parent.glob("test_*.py")}
    assert files - {file for file, _ in NAMED} == {f"tests/security/{Path(__file__).name}"}


def test_its_figures_are_those_of_the_program() -> None:
    assert f"{len(REFUSED)} attempts" in DOCUMENT
    assert f"headers above {config.MAX_HEADER_BYTES // 1024} KiB" in DOCUMENT
    assert f"a query above {config.MAX_QUERY_BYTES // 1024} KiB" in DOCUMENT
    assert f"a body above {config.MAX_BODY_BYTES // 1024} KiB" in DOCUMENT
    assert f"within {config.REQUEST_DEADLINE_S} s" in DOCUMENT
    assert f"above {config.MAX_CONNECTIONS:,} connections a process" in DOCUMENT
    assert f"for {config.STALLED_S} s is cut off" in DOCUMENT
    assert f"{config.BAD_KEY_LIMIT} bad keys a minute" in DOCUMENT
