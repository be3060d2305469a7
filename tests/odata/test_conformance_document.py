"""docs/odata-conformance.md names tests that exist, and each point of it names one or says why there is none."""

from __future__ import annotations

import ast
import re

from tests.docs.examples import ROOT

DOCUMENT = (ROOT / "docs" / "odata-conformance.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/\S+?\.py)::(\w+)`", DOCUMENT)))
WITHOUT = {"above", "there are none"}


def test_every_test_that_is_named_exists() -> None:
    assert len(NAMED) > 30
    for file, name in NAMED:
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}, f"{file}::{name}"


def test_every_point_names_a_test() -> None:
    rows = [row for row in DOCUMENT.splitlines() if row.startswith("| ") and "Shown by" not in row]
    assert len(rows) > 40
    for row in rows:
        last = row.rstrip(" |").rpartition(" | ")[2]
        assert "`tests/" in last or last in WITHOUT, row
