"""What may be typed where a command takes a path?

An empty name, which a shell makes of a variable that is not set, would else mean the folder that one is in.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from nexshift.errors import Refused


class AnyPath(click.Path):
    """A file or a folder, as the command will find out."""

    def __init__(self) -> None:
        super().__init__(path_type=Path, readable=False)  # what this user may not do is said by the command

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        text = os.fsdecode(value)
        if not text:
            self.fail("the name is empty; perhaps a variable is not set", param, ctx)
        if "\0" in text:
            self.fail("no name can hold a NUL", param, ctx)
        return super().convert(value, param, ctx)


class FilePath(AnyPath):
    """A file, which may not be there yet; `what` it is to be stands in the sentence about a folder."""

    def __init__(self, what: str = "file") -> None:
        super().__init__()
        self._what = what

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        path = super().convert(value, param, ctx)
        if path.name in {"", ".."}:
            raise Refused(f"{os.fsdecode(value)} is a folder, not a {self._what}", hint="name the file inside it")
        return path
