"""docs/cli.md says what the commands say."""

from __future__ import annotations

import importlib.util

from tests.cli.conftest import ROOT
from tests.cli.test_usage import COMMANDS


def test_the_document_is_current() -> None:
    spec = importlib.util.spec_from_file_location("generate_cli", ROOT / "docs" / "generate_cli.py")
    assert spec is not None
    assert spec.loader is not None
    generator = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generator)

    written = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")

    assert written == generator.write_document(), "write it anew with: make docs"
    for name in COMMANDS:
        assert f"# nexshift {name}\n" in written
