"""What stands in an Excel workbook around the rows of its one sheet?

The parts of Office Open XML (ECMA-376) that Excel asks for, as small as they may be.  Up to a bound the rows are an
Excel table, with a name, stripes and a filter; beyond it, where Excel would take long to open one, they have a filter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from nexshift.config import MAX_SHEET_NAME
from nexshift.tables.cells import escape_text
from nexshift.tables.column import Column, Kind
from nexshift.tables.lines import column_letters

SHEET = "xl/worksheets/sheet1.xml"
"""The entry that holds the rows."""
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_CONTENT = "application/vnd.openxmlformats-officedocument"
_UNNAMEABLE = re.compile(r"[\[\]:*?/\\]")  # what a sheet's name may not hold
_WIDTHS = {
    Kind.TEXT: 22,
    Kind.UUID: 38,
    Kind.INSTANT: 20,
    Kind.DATE: 12,
    Kind.WHOLE: 12,
    Kind.QUANTITY: 12,
    Kind.PERCENTAGE: 12,
    Kind.FLAG: 10,
}
"""Characters of the usual value."""
_FILTER_BUTTON = 4  # characters that it covers

# cellXfs: 0 anything, 1 a date-time, 2 a date, 3 a percentage, 4 text like a formula, which stays text when it is
# edited, 5 a header that no table's style shows.
_STYLES = (
    f'{_XML}<styleSheet xmlns="{_MAIN}"><numFmts count="3">'
    r'<numFmt numFmtId="164" formatCode="yyyy\-mm\-dd\ hh:mm:ss"/><numFmt numFmtId="165" formatCode="yyyy\-mm\-dd"/>'
    '<numFmt numFmtId="166" formatCode="0.0"/></numFmts><fonts count="2">'
    '<font><sz val="11"/><name val="Calibri"/><family val="2"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/><family val="2"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="6">'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="166" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """What is told of the rows.  `name` is the table's; there are `rows` below the header."""

    name: str
    title: str
    company: str
    made_at: datetime
    columns: Sequence[Column]
    rows: int
    is_table: bool

    @property
    def label(self) -> str:
        """The title as far as a sheet may have it for its name."""
        return _UNNAMEABLE.sub("", self.title)[:MAX_SHEET_NAME].strip("' ")

    def area(self, rows: int) -> str:
        """The header and so many rows."""
        return f"A1:{column_letters(len(self.columns) - 1)}{rows + 1}"

    @property
    def filtered(self) -> str:
        """What can be filtered; Excel wants a row below a table's header."""
        return self.area(max(self.rows, 1))

    def before_rows(self) -> str:
        """The sheet up to the header, which stays where it is when the rows are scrolled."""
        columns = list(enumerate(self.columns, 1))
        widths = "".join(
            f'<col min="{number}" max="{number}" width="{_width(column)}" customWidth="1"/>'
            for number, column in columns
        )
        style = "" if self.is_table else ' s="5"'
        header = "".join(
            f'<c r="{column_letters(number - 1)}1"{style} t="inlineStr"><is><t>{_escape(column.name)}</t></is></c>'
            for number, column in columns
        )
        return (
            f'{_XML}<worksheet xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><dimension ref="{self.area(self.rows)}"/>'
            '<sheetViews><sheetView tabSelected="1" workbookViewId="0">'
            '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
            f'<sheetFormatPr defaultRowHeight="15"/><cols>{widths}</cols><sheetData><row r="1">{header}</row>'
        )

    def after_rows(self) -> str:
        """The rest of the sheet."""
        if self.is_table:
            return '</sheetData><tableParts count="1"><tablePart r:id="rId1"/></tableParts></worksheet>'
        return f'</sheetData><autoFilter ref="{self.filtered}"/></worksheet>'

    def parts(self) -> Iterator[tuple[str, str]]:
        """The other entries of the file, by their names."""
        yield "[Content_Types].xml", self._content_types()
        yield (
            "_rels/.rels",
            _relate(
                (f"{_RELATIONS}/officeDocument", "xl/workbook.xml"),
                (f"{_PACKAGE}/relationships/metadata/core-properties", "docProps/core.xml"),
                (f"{_RELATIONS}/extended-properties", "docProps/app.xml"),
            ),
        )
        yield "docProps/core.xml", self._core()
        yield (
            "docProps/app.xml",
            f'{_XML}<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties">'
            f"<Application>Nexshift</Application><Company>{_escape(self.company)}</Company></Properties>",
        )
        yield "xl/workbook.xml", self._workbook()
        yield (
            "xl/_rels/workbook.xml.rels",
            _relate((f"{_RELATIONS}/worksheet", "worksheets/sheet1.xml"), (f"{_RELATIONS}/styles", "styles.xml")),
        )
        yield "xl/styles.xml", _STYLES
        if self.is_table:
            yield "xl/worksheets/_rels/sheet1.xml.rels", _relate((f"{_RELATIONS}/table", "../tables/table1.xml"))
            yield "xl/tables/table1.xml", self._table()

    def _content_types(self) -> str:
        kinds = {
            "/xl/workbook.xml": f"{_CONTENT}.spreadsheetml.sheet.main+xml",
            f"/{SHEET}": f"{_CONTENT}.spreadsheetml.worksheet+xml",
            "/xl/styles.xml": f"{_CONTENT}.spreadsheetml.styles+xml",
            "/docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
            "/docProps/app.xml": f"{_CONTENT}.extended-properties+xml",
        }
        if self.is_table:
            kinds["/xl/tables/table1.xml"] = f"{_CONTENT}.spreadsheetml.table+xml"
        parts = "".join(f'<Override PartName="{name}" ContentType="{kind}"/>' for name, kind in kinds.items())
        return (
            f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Default Extension="xml" ContentType="application/xml"/>{parts}</Types>'
        )

    def _core(self) -> str:
        moment = f'xsi:type="dcterms:W3CDTF">{self.made_at:%Y-%m-%dT%H:%M:%SZ}'
        return (
            f'{_XML}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties"'
            ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"'
            ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
            f"<dc:title>{_escape(self.title)}</dc:title><dc:creator>Nexshift</dc:creator>"
            f"<dcterms:created {moment}</dcterms:created><dcterms:modified {moment}</dcterms:modified>"
            "</cp:coreProperties>"
        )

    def _workbook(self) -> str:
        filtered = re.sub("([A-Z]+)([0-9]+)", r"$\1$\2", self.filtered)
        label = self.label.replace("'", "''")
        name = (
            f"""<definedName name="_xlnm._FilterDatabase" localSheetId="0" hidden="1">'{_escape(label)}'!{filtered}"""
        )
        names = "" if self.is_table else f"<definedNames>{name}</definedName></definedNames>"
        return (
            f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><bookViews><workbookView/></bookViews>'
            f'<sheets><sheet name="{_escape(self.label)}" sheetId="1" r:id="rId1"/></sheets>'
            f"{names}</workbook>"
        )

    def _table(self) -> str:
        columns = "".join(
            f'<tableColumn id="{number}" name="{_escape(column.name)}"/>'
            for number, column in enumerate(self.columns, 1)
        )
        return (
            f'{_XML}<table xmlns="{_MAIN}" id="1" name="{self.name}" displayName="{self.name}" ref="{self.filtered}"'
            f' totalsRowShown="0"><autoFilter ref="{self.filtered}"/>'
            f'<tableColumns count="{len(self.columns)}">{columns}</tableColumns>'
            '<tableStyleInfo name="TableStyleMedium2" showFirstColumn="0" showLastColumn="0" showRowStripes="1"'
            ' showColumnStripes="0"/></table>'
        )


def _relate(*relations: tuple[str, str]) -> str:
    listed = "".join(
        f'<Relationship Id="rId{number}" Type="{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(relations, 1)
    )
    return f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{listed}</Relationships>'


def _escape(text: str) -> str:
    return escape_text(text).replace('"', "&quot;")


def _width(column: Column) -> int:
    return max(_WIDTHS[column.kind], len(column.name) + _FILTER_BUTTON)
