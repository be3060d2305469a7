"""How do all files of one entity get into its table?

Row by row; what conflicts, and what says too little alone, is held back and tried again once the other rows are stored.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

from nexshift.storage.importing.application import Application, Applied, Conflict, Early
from nexshift.storage.importing.files import TABULAR, ImportFile
from nexshift.storage.importing.held import HeldRow, HeldRows
from nexshift.storage.importing.hidden import find_hidden_rows
from nexshift.storage.importing.names import Names
from nexshift.storage.importing.plan import Plan
from nexshift.storage.importing.refusals import Refusals
from nexshift.storage.importing.rejects import Rejects
from nexshift.storage.importing.report import Problem, Report, RowRefused
from nexshift.storage.importing.rows import Columns, Style
from nexshift.storage.importing.seen import Line
from nexshift.storage.importing.sources import Source, may_hold_ids, open_source
from nexshift.storage.importing.values import Cell
from nexshift.storage.library import sqlite3

_ROWS_BETWEEN_PROGRESS = 1024
_MAX_PLANS = 1000  # sets of columns of JSON rows that are remembered


class Load:
    """The files of one entity, by their numbers within the call."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        scratch: sqlite3.Connection,
        zone: ZoneInfo,
        names: Names,
        *,
        files: Mapping[int, ImportFile],
        report: Report,
        rejects: Rejects | None,
        progress: Callable[[int], None],
    ) -> None:
        self._zone = zone
        self._names = names
        self._files = files
        self._report = report
        self._rejects = rejects
        self._progress = progress
        self._entity = next(iter(files.values())).entity
        paths = {number: file.shown for number, file in files.items()}
        # Of a JSON file each row may have other columns, and of two files each.
        is_mixed = len(files) > 1 or next(iter(files.values())).path.suffix.lower() not in TABULAR
        self._application = Application(
            connection,
            scratch,
            names,
            Refusals(self._entity, zone, paths),
            report,
            is_mixed=is_mixed,
            ids_first=any(may_hold_ids(file.path, self._entity.columns, file.shown) for file in files.values()),
        )
        self._held = HeldRows(scratch)
        self._plans: dict[str | None, dict[Columns, Plan]] = {}  # by what their style leaves in doubt
        self._styles: dict[int, Style | None] = {}
        self._warned: set[tuple[int, Problem]] = set()

    def run(self) -> None:
        """Store all rows that can be; the report and the rejects know the others."""
        self._names.forget()
        for number, file in self._files.items():
            with open_source(file.path, self._entity.columns, file.shown) as source:
                self._styles[number] = source.style
                self._take_file(number, source)
        self._take_held()
        self._application.close()
        self._held.close()

    def _take_file(self, number: int, source: Source) -> None:
        seen_bytes = 0
        refused_line = None
        for line, last, columns, cells in source.rows:
            try:
                if last > line:
                    self._look_for_hidden_rows((number, line), last, columns, cells)
                self._take_row((number, line), columns, cells)
            except Conflict:
                self._held.add((number, line), columns, cells)
            except Early as early:
                self._put_off((number, line), columns, cells, early)
            except RowRefused as refused:
                self._reject((number, line), columns, cells, refused)
                refused_line = last
            if not line % _ROWS_BETWEEN_PROGRESS:
                now = source.bytes_read()
                self._progress(now - seen_bytes)
                seen_bytes = now
        self._progress(source.bytes_read() - seen_bytes)
        cut = source.find_cut()
        if cut is not None:
            told = self._report.problems if cut == refused_line else self._report.warnings
            told.add(self._files[number].shown, cut, (("row", "the file ends here without a line end; is it whole?"),))

    def _look_for_hidden_rows(self, line: Line, last: int, columns: Columns, cells: list[Cell]) -> None:
        style = self._styles[line[0]]
        assert style is not None  # objects of JSON have one line
        doubt = find_hidden_rows((line[1], last), columns, cells, style, self._find_plan(line, columns))
        if doubt is not None:
            self._report.warnings.add(self._files[line[0]].shown, line[1], (doubt,))

    def _take_row(self, line: Line, columns: Columns, cells: list[Cell], *, is_late: bool = False) -> Applied:
        plan = self._find_plan(line, columns)
        applied = self._application.apply(plan.read(cells, self._names), line, is_late=is_late)
        outcome = applied[0]
        if outcome == "added":
            self._report.added += 1
        elif outcome == "updated":
            self._report.updated += 1
        else:
            self._report.unchanged += 1
        if plan.has_texts:
            self._warn_of_doubts(line, plan, cells)
        return applied

    def _warn_of_doubts(self, line: Line, plan: Plan, cells: list[Cell]) -> None:
        """Each once a file: what stands for no value usually stands in many rows."""
        for doubt in plan.find_doubts(cells):
            if (line[0], doubt) not in self._warned:
                self._warned.add((line[0], doubt))
                self._report.warnings.add(self._files[line[0]].shown, line[1], (doubt,))

    def _put_off(self, line: Line, columns: Columns, cells: list[Cell], early: Early) -> None:
        """Behind all rows that say more; of two that want to be one stored row, the same comes first in any file."""
        given = dict(zip(columns, cells, strict=False))  # of rejects the last may be left out
        order = json.dumps([given.get(name) for name in self._entity.key_columns])
        self._held.add(line, columns, cells, rank=early.rank, order=order)

    def _find_plan(self, line: Line, columns: Columns) -> Plan:
        style = self._styles[line[0]]
        plans = self._plans.setdefault(None if style is None else style.doubt, {})
        return plans.get(columns) or self._make_plan(plans, columns, style)

    def _make_plan(self, plans: dict[Columns, Plan], columns: Columns, style: Style | None) -> Plan:
        plan = Plan(self._entity, columns, self._zone, style)
        if plan.problems:
            raise RowRefused(plan.problems)  # only a row of JSON has columns that were not checked before
        if len(plans) >= _MAX_PLANS:
            plans.clear()
        plans[columns] = plan
        return plan

    def _take_held(self) -> None:
        """Try each again when what it waits for has changed; what waits then still is refused."""
        while (held := self._held.next_ready()) is not None:
            self._try_again(held)
        while (held := self._held.next_waiting()) is not None:
            self._try_again(held, is_last=True)

    def _try_again(self, held: HeldRow, *, is_last: bool = False) -> None:
        try:
            outcome, identity = self._take_row(held.line, held.columns, held.cells, is_late=True)
        except Conflict as conflict:
            if not is_last:
                self._held.wait(held, conflict.identity)
                return
            self._reject(held.line, held.columns, held.cells, conflict)
        except RowRefused as refused:
            self._reject(held.line, held.columns, held.cells, refused)
        else:
            if outcome == "updated":
                self._held.release(identity)
        self._held.remove(held)

    def _reject(self, line: Line, columns: Columns, cells: list[Cell], refused: RowRefused) -> None:
        number, place = line
        file = self._files[number]
        self._report.rejected += 1
        self._report.problems.add(file.shown, place, refused.problems)
        if self._rejects is not None:
            self._rejects.add(
                file.rejects_path, self._styles[number], columns, cells, str(refused), place=f"{file.shown}:{place}"
            )
