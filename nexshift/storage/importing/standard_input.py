"""How is standard input a file to import?

It is read to its end into a private folder among the temporary ones, because an import reads a file twice: its header,
before anything is written, and then its rows.  What it holds is told from how it begins.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from nexshift.errors import BadUsage, Refused
from nexshift.storage.importing.files import Given, ImportFile, find_entity
from nexshift.storage.importing.texts import opened
from nexshift.storage.private_folder import private_folder

SIGN = Path("-")
_CHUNK = 2**16  # bytes
_SHOWN = Path("standard input")
_PIPE = "pipe a file into it"


@contextmanager
def received(paths: Sequence[Path], entity: str | None, stream: BinaryIO | None) -> Iterator[Sequence[Given]]:
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
    if stream is None:
        raise Refused(f"{_SHOWN} is closed", hint=_PIPE)
    with _kept(stream) as content:
        path = content.rename(content.with_suffix(_recognise(content)))
        made = ImportFile(
            path, find_entity(entity), path.stat().st_size, shown=_SHOWN, stands_for=Path(f"{entity}{path.suffix}")
        )
        yield [made if given == SIGN else given for given in paths]


@contextmanager
def _kept(stream: BinaryIO) -> Iterator[Path]:
    """The file that holds all that came; what a killed process kept goes with the next one."""
    place = Path(tempfile.gettempdir())
    with ExitStack() as stack:
        try:
            content = stack.enter_context(private_folder(place / "nexshift-import")) / "content"
            with content.open("xb") as file:
                for chunk in _chunks(stream):
                    file.write(chunk)
        except OSError as error:
            raise Refused(
                f"{_SHOWN} cannot be kept in {place}: {error.strerror or error}",
                hint="free some space there, or save what you would pipe in a file elsewhere, and import that file",
            ) from error
        yield content


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    try:
        while chunk := stream.read(_CHUNK):
            yield chunk
    except OSError as error:
        raise Refused(f"{_SHOWN} cannot be read: {error.strerror or error}", hint=_PIPE) from error


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
