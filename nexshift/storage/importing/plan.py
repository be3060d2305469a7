"""How do the cells under one header become a row?

Made once a header, so that a row costs one loop over its columns.  A row that cannot be read is read once more to
find everything that is wrong with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from zoneinfo import ZoneInfo

from nexshift.errors import nearest
from nexshift.spelling import normalise
from nexshift.storage.importing.entity import Column, Entity, Row
from nexshift.storage.importing.names import Names
from nexshift.storage.importing.placeholders import is_placeholder
from nexshift.storage.importing.references import IS_REQUIRED
from nexshift.storage.importing.rejected_rows import CELLS, complete, is_complaint, list_own
from nexshift.storage.importing.report import Problem, RowRefused, refuse
from nexshift.storage.importing.rows import Columns, Style
from nexshift.storage.importing.values import NUMBERS, TEXTS, Cell, Reader, read_name, refusing_doubt, show


class Plan:
    """The reading of rows of one entity with these columns; `only` some of them, where the others do not matter."""

    def __init__(
        self,
        entity: Entity,
        columns: Columns,
        zone: ZoneInfo,
        style: Style | None,
        *,
        only: Collection[str] | None = None,
    ) -> None:
        self._zone = zone
        self._known = entity.columns
        self._width = len(columns)
        self._columns = columns
        self._note = columns.index(CELLS) if CELLS in list_own(columns).intersection(columns) else None
        known = entity.columns if only is None else {name: entity.columns[name] for name in only}
        doubt = None if style is None else style.doubt
        self._cells = [
            (
                place,
                name,
                _choose_reader(known[name], doubt),
                known[name].required,
                known[name].blank,
                known[name].blank_says_nothing,
            )
            for place, name in enumerate(columns)
            if name in known
        ]
        self._unnamed = [place for place, name in enumerate(columns) if not name]
        self._texts = [
            (place, name)
            for place, name in enumerate(columns)
            if name in known and known[name].read in TEXTS and known[name].read is not read_name
        ]
        self.has_texts = bool(self._texts)
        self._choices = [
            (place, entity.columns[name])
            for place, name in enumerate(columns)
            if name in entity.columns and entity.columns[name].read not in TEXTS
        ]
        present = set(columns) & set(entity.columns)
        read = present & set(known)
        self._references = [one for one in entity.references if not read.isdisjoint(one.leads)]
        self.problems = tuple(_check_columns(entity, columns, present, is_table=style is not None))

    def read(self, cells: list[Cell], names: Names) -> Row:
        """The table's columns that this row gives; RowRefused with all that is wrong with it."""
        self._check_shape(cells)
        row: Row = {}
        try:
            for place, name, read, required, blank, says_nothing in self._cells:
                cell = cells[place]
                if cell.__class__ is str:
                    text = cell.strip() if cell.isascii() else normalise(cell).strip()
                    if text is not cell and text[:1] == '"' and cell[0] != '"':
                        raise ValueError
                    cell = text
                if cell is None or cell == "":
                    if required:
                        raise ValueError
                    if not says_nothing:
                        row[name] = blank
                else:
                    row[name] = read(cell, self._zone)
            for place in self._unnamed:
                if not _is_blank(cells[place]):
                    raise ValueError
            for reference in self._references:
                reference.find(row, names)
        except (ValueError, RowRefused):
            raise RowRefused(self._find_problems(cells, names)) from None
        return row

    def fits(self, cells: list[Cell]) -> bool:
        """Whether a row has all its cells, and each of its dates, numbers and choices, of which it has at least one,
        can be read.
        """
        if len(cells) != self._width:
            return False
        found = 0
        for place, column in self._choices:
            cell = cells[place].strip()
            try:
                found += bool(cell) and column.read(cell, self._zone) is not None
            except ValueError:
                return False
            if column.required and not cell:
                return False
        return found > 0

    def find_doubts(self, cells: list[Cell]) -> Iterator[Problem]:
        """The words for an empty cell that are stored as they are."""
        for place, name in self._texts:
            cell = cells[place]
            if isinstance(cell, str) and is_placeholder(cell.strip()):
                yield name, f"{show(cell.strip())} is stored as it is; leave a cell empty where there is no value"

    def _check_shape(self, cells: list[Cell]) -> None:
        """As many cells as there are columns, and not the names of columns once more."""
        if len(cells) != self._width and complete(self._columns, cells) is None:
            raise refuse("row", f"has {len(cells)} cells where the header has {self._width}")
        note = "" if self._note is None or self._note >= len(cells) else cells[self._note].strip()
        if note and not is_complaint(note):
            raise refuse(CELLS, f"{show(note)} stands there; put the cells in their places, then empty this one")
        if cells and cells[0].__class__ is str and _strip(cells[0]) in self._known:
            texts = [_strip(cell) if isinstance(cell, str) else "" for cell in cells]
            if all(not text or text.startswith("_") or text in self._known for text in texts):
                raise refuse("row", "holds names of columns, as a header does; remove it")

    def _find_problems(self, cells: list[Cell], names: Names) -> list[Problem]:
        problems: list[Problem] = []
        row: Row = {}
        for place, name, read, required, blank, says_nothing in self._cells:
            cell = _strip(cells[place]) if isinstance(cells[place], str) else cells[place]
            try:
                if isinstance(cell, str) and cell.startswith('"') and not cells[place].startswith('"'):
                    raise ValueError(f"{show(cell)} has a blank before its quotation mark; remove the blank")
                if cell is not None and cell != "":
                    row[name] = read(cell, self._zone)
                elif required:
                    raise ValueError(IS_REQUIRED)
                elif not says_nothing:
                    row[name] = blank
            except ValueError as error:
                problems.append((name, str(error)))
        for place in self._unnamed:
            if not _is_blank(cells[place]):
                problems.append((f"column {place + 1}", f"{show(cells[place])} stands under no column name"))
        bad = {name for name, _ in problems}
        for reference in self._references:
            if bad.isdisjoint(column.name for column in reference.columns):
                try:
                    reference.find(row, names)
                except RowRefused as refused:
                    problems.extend(refused.problems)
        return problems


def _choose_reader(column: Column, doubt: str | None) -> Reader:
    return refusing_doubt(column.read, doubt) if doubt is not None and column.read in NUMBERS else column.read


def _is_blank(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not _strip(cell))


def _strip(cell: str) -> str:
    """The text of a cell as it is compared, without blanks at its ends."""
    return cell.strip() if cell.isascii() else normalise(cell).strip()


def _check_columns(entity: Entity, columns: Columns, present: set[str], *, is_table: bool) -> list[Problem]:
    """What is wrong with the header itself.

    Columns of a table that are not read may be called alike; an object that has a name twice is not JSON as meant.
    """
    problems = []
    for name, times in Counter(columns).items():
        is_skipped = not name or name.startswith("_")
        if not is_skipped and name not in entity.columns:
            meant = nearest(name[:100], entity.columns)
            proposal = f'; did you mean "{meant}"?' if meant else f"; it has {', '.join(entity.columns)}"
            problems.append((name[:100], f"{entity.name} have no such column{proposal}"))
        elif times > 1 and not (is_skipped and is_table):
            problems.append((name[:100] or '""', "is there more than once"))
    for reference in entity.references:
        if present.isdisjoint(reference.leads):
            leads = " or ".join(reference.leads)
            lost = [column.name for column in reference.columns if column.name in present]
            problems.extend((name, f"says nothing without {leads}") for name in lost)
    if "id" not in present:
        problems.extend(_check_key(entity, present))
    return problems


def _check_key(entity: Entity, present: set[str]) -> list[Problem]:
    """Without ids, the columns that a row is recognised by have to be there."""
    problems = []
    for part in entity.parts:
        fields, leads = ((part.name,), (part.name,)) if isinstance(part, Column) else (part.fields, part.leads)
        if part.required and not set(fields).isdisjoint(entity.key) and present.isdisjoint(leads):
            words = ", ".join(entity.key_words)
            problems.append((leads[0], f"is missing; {entity.name} are recognised by {words} (or by an id column)"))
    return problems
