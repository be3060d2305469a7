"""How is standard input a file to import?

It is read to its end into a temporary file that only this user may read, because an import reads a file twice: its
header, before anything is written, and then its rows.  What it holds is told from how it begins.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from nexshift.errors import BadUsage, Refused
from nexshift.storage.importing.files import Given, ImportFile, find_entity
from nexshift.storage.importing.texts import opened
from nexshift.storage.private_folder import private_folder

SIGN = Path("-")
_SHOWN = Path("standard input")


@contextmanager
def received(paths: Sequence[Path], entity: str | None, stream: BinaryIO) -> Iterator[Sequence[Given]]:
    """The paths, with the file that holds what was read from the stream in the place of `-`.

    Its rejects go to the working folder, named after the entity.  Raises BadUsage where the entity is not said.
    """
    if SIGN not in paths:
        yield paths
        return
    if entity is None:
        raise BadUsage(
            "standard input has no name that says what it holds", hint="say it, such as: nexshift import - --as runs"
        )
    with private_folder(Path(tempfile.gettempdir(), "nexshift-import")) as folder:
        content = folder / "content"
        try:
            with content.open("xb") as file:
                shutil.copyfileobj(stream, file)
        except OSError as error:
            raise Refused(f"{_SHOWN} cannot be read: {error.strerror or error}", hint="pipe a file into it") from error
        path = content.rename(content.with_suffix(_recognise(content)))
        made = ImportFile(
            path, find_entity(entity), path.stat().st_size, shown=_SHOWN, stands_for=Path(f"{entity}{path.suffix}")
        )
        yield [made if given == SIGN else given for given in paths]


def _recognise(content: Path) -> str:
    """The end of the name that such a file has."""
    with opened(content, _SHOWN) as text:
        first = next((line for line in text.lines() if line.strip()), "").strip()
    if not first.startswith(("{", "[")):
        return ".csv"
    try:
        value = json.loads(first)
    except (ValueError, RecursionError):  # one that goes on in other lines
        return ".json"
    is_row = isinstance(value, dict) and not isinstance(value.get("data"), list)
    return ".ndjson" if is_row else ".json"
