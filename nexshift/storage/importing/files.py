"""Which files are meant, of which entity is each, and in which order are they taken?"""

from __future__ import annotations

import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from nexshift.errors import Refused, nearest
from nexshift.storage.importing.entities import ENTITIES
from nexshift.storage.importing.entity import Entity
from nexshift.storage.importing.texts import unreadable

TABULAR = frozenset({".csv", ".tsv", ".txt"})
JSON = frozenset({".json"})
NDJSON = frozenset({".ndjson", ".jsonl"})
WORKBOOKS = frozenset({".xlsx", ".xls", ".xlsm", ".ods"})
REJECTS = ".rejects"

_MOST_NAMED = 20  # files of a folder that are named although they are not read
_ORDER = {name: place for place, name in enumerate(ENTITIES)}


@dataclass(frozen=True, slots=True)
class ImportFile:
    """A file to import and the entity of its rows."""

    path: Path
    entity: Entity
    size: int
    """Bytes."""
    shown: Path
    """What messages call it."""
    stands_for: Path
    """Beside what its rejects go."""

    @property
    def rejects_path(self) -> Path:
        """Where the rows go that are refused; for a rejects file that is the file itself.

        A table stays a table; objects stay objects, because in a table each would have the names of all others.
        """
        suffix = self.stands_for.suffix if self.stands_for.suffix.lower() in TABULAR else ".ndjson"
        return self.stands_for.with_name(f"{_stem(self.stands_for)}{REJECTS}{suffix}")


Given = Path | ImportFile
"""A path that somebody typed, or a file that is made ready already."""


def find_files(paths: Iterable[Given], entity: str | None = None) -> tuple[ImportFile, ...]:
    """The files that are named, or lie in a folder that is named, in the order in which they depend on each other.

    `entity` is that of all of them, whatever their names.  Raises Refused for a path that is not there or whose
    entity cannot be told.
    """
    found: dict[Path, ImportFile] = {}  # by real path: a file that is named twice is read once
    for path in paths:
        for file in _list_files(path, entity):
            found.setdefault(file.path.resolve(), file)
    return tuple(sorted(found.values(), key=lambda file: _ORDER[file.entity.name]))


def list_skipped(paths: Iterable[Given], entity: str | None = None) -> Iterator[str]:
    """A sentence for each folder that holds something which is not read; hidden files are not worth one."""
    for path in paths:
        if isinstance(path, Path) and path.is_dir():
            skipped = _list_others(path, entity)
            if skipped:
                yield f"{path}: not read: {skipped}"


def _list_others(folder: Path, entity: str | None) -> str:
    names = [
        _describe(path)
        for path in sorted(_list(folder))
        if not path.name.startswith(".") and not (path.is_file() and _is_meant(path, entity))
    ]
    others = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + others


def _describe(path: Path) -> str:
    if path.is_dir():
        return f"{path.name} (a folder)"
    if path.suffix.lower() in WORKBOOKS:
        return f"{path.name} (a workbook; save its sheets as CSV)"
    return f"{path.name} (rejects)" if path.stem.lower().endswith(REJECTS) else path.name


def find_entity(name: str) -> Entity:
    """The entity of that name; Refused, with the nearest name, when there is none."""
    known = ENTITIES.get(name.casefold())
    if known is None:
        raise Refused(f'there is no entity "{name}"{_proposal(name)}', hint=f"the entities are {', '.join(ENTITIES)}")
    return known


def _list_files(given: Given, entity: str | None) -> Sequence[ImportFile]:
    if isinstance(given, ImportFile):
        return (given,)
    return _in_folder(given, entity) if given.is_dir() else (_named(given, entity),)


def _in_folder(folder: Path, entity: str | None) -> Sequence[ImportFile]:
    files = [
        _named(path, entity)
        for path in sorted(_list(folder))
        if path.is_file() and not path.name.startswith(".") and _is_meant(path, entity)
    ]
    if not files:
        others = _list_others(folder, entity)
        raise Refused(
            f"{folder} holds no file to import" + (f"; it holds {others}" if others else ""),
            hint=f"files are named after what they hold, such as {_list_names()}",
        )
    return files


def _list(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError as error:
        raise unreadable(folder, error) from error


def _is_meant(path: Path, entity: str | None) -> bool:
    """Whether a file of a folder is data: rejects are read only when named, and a README.txt is left alone."""
    suffix = path.suffix.lower()
    if path.stem.lower().endswith(REJECTS):
        return False
    if suffix == ".txt":
        return entity is not None or _stem(path).casefold() in ENTITIES
    return suffix in TABULAR | JSON | NDJSON


def _named(path: Path, entity: str | None) -> ImportFile:
    try:
        status = path.stat()
    except OSError as error:
        raise unreadable(path, error) from error
    if not stat.S_ISREG(status.st_mode):
        raise Refused(
            f"{path} is {_name_kind(status.st_mode)}, not a file",
            hint="write its content to a file, or pipe it into: nexshift import - --as ENTITY",
        )
    suffix = path.suffix.lower()
    if suffix in WORKBOOKS:
        raise Refused(f"{path} is a workbook", hint='save its sheet as "CSV UTF-8 (Comma delimited)" and import that')
    if suffix not in TABULAR | JSON | NDJSON:
        raise Refused(
            f"{path} is not a file that can be imported", hint="its name must end in .csv, .tsv, .txt, .json or .ndjson"
        )
    if entity is not None:
        return ImportFile(path, find_entity(entity), status.st_size, path, path)
    stem = _stem(path)
    known = ENTITIES.get(stem.casefold())
    if known is None:
        raise Refused(
            f'{path}: what it holds cannot be told from its name "{stem}"{_proposal(stem)}',
            hint=f"name it after its entity ({_list_names()}), or say which it is with --as",
        )
    return ImportFile(path, known, status.st_size, path, path)


def _name_kind(mode: int) -> str:
    kinds = {stat.S_ISFIFO: "a named pipe", stat.S_ISSOCK: "a socket", stat.S_ISDIR: "a folder"}
    return next((kind for is_kind, kind in kinds.items() if is_kind(mode)), "a device")


def _stem(path: Path) -> str:
    stem = path.stem
    return stem[: -len(REJECTS)] if stem.lower().endswith(REJECTS) else stem


def _proposal(name: str) -> str:
    meant = nearest(name, ENTITIES)
    return f'; did you mean "{meant}"?' if meant else ""


def _list_names() -> str:
    first, second, *_ = ENTITIES
    return f"{first}.csv, {second}.csv, …"
