"""docs/import.md lists the entities, columns and keys that there are."""

from __future__ import annotations

import re
from pathlib import Path

from nexshift.storage.importing import ENTITIES

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "import.md"
ALTERNATIVES = {"run_id", "batch_id"}
NEEDED_TOGETHER = {"machine", "run_started_at", "batch_number"}
"""What a row gives to name its run or batch, unless it gives the id: no column alone is required there."""


def test_the_table_is_what_import_knows() -> None:
    rows = re.findall(r"^\| (\w+) \| (.+?) \| (.+?) \|$", DOCUMENT.read_text(), re.MULTILINE)
    documented = {name: (columns.split(), keys.split(", ")) for name, columns, keys in rows if name != "File"}

    assert list(documented) == list(ENTITIES)
    for name, (columns, keys) in documented.items():
        entity = ENTITIES[name]
        has_parent = name in ("scrap", "downtime", "ingredients")
        known = {column for column in entity.columns if column != "id"}
        assert {column.strip("*[]") for column in columns} == known
        starred = {column.rstrip("*") for column in columns if column.endswith("*")}
        required = {column.name for column in entity.columns.values() if column.required}
        assert starred == required | (NEEDED_TOGETHER & known if has_parent else set())
        assert {column.strip("[]") for column in columns if column.startswith("[")} == ALTERNATIVES & known
        assert keys == list(entity.key_words)
