"""Rows of flat tables as text while SQLite steps them: lines of CSV, JSON objects, or rows of an Excel sheet's XML.

No Python objects and no interpreter's lock on the way, and no more memory than a chunk, however many rows there are.
"""

from libc.math cimport floor
from libc.stdint cimport int64_t
from libc.stdlib cimport free
from libc.string cimport memcpy

from nexshift._cells cimport put_csv_text, put_date, put_time
from nexshift._instants cimport no_day
from nexshift._json cimport (
    NO_MEMORY,
    NO_UTF8,
    Out,
    put,
    put_flag,
    put_null,
    put_quantity,
    put_tenths,
    put_text,
    put_whole,
)
from nexshift._sheet cimport (
    put_here,
    put_number_end,
    put_sheet_date,
    put_sheet_flag,
    put_sheet_text,
    put_sheet_time,
)
from nexshift._writing cimport put_rare
from nexshift.storage._sqlite cimport (
    SQLITE_DONE,
    SQLITE_FLOAT,
    SQLITE_INTEGER,
    SQLITE_NULL,
    SQLITE_ROW,
    SQLITE_TEXT,
    Library,
    Statement,
    Statements,
    library,
    sqlite3_mutex,
    sqlite3_stmt,
    sqlite3_value,
)

from nexshift.storage.library import sqlite3

cdef extern from "Python.h":
    bytes PyBytes_FromStringAndSize(const char*, Py_ssize_t)
    char* PyBytes_AsString(object) except NULL

# A copy, which the compiler reaches without a pointer.
cdef Library sql = library

# The numbers of `nexshift.tables.column.Kind`.
cdef enum:
    TEXT = 0
    UUID = 1
    INSTANT = 2
    DATE = 3
    WHOLE = 4
    QUANTITY = 5
    PERCENTAGE = 6
    FLAG = 7

cdef enum:
    # Below it a decimal has at most 15 digits, of which no two give the same double.
    PERCENTAGE_LIMIT = 100000000000000

cdef enum:
    MOST_COLUMNS = 128
    FIRST_ROW = 2  # of a sheet, below the header
    MOST_DIGITS = 20

# The numbers of `nexshift.tables.lines.Form`.
cdef enum Form:
    CSV = 0
    JSON = 1
    SHEET = 2

cdef struct Cell:
    int kind
    const char* before
    size_t size

cdef struct Lines:
    Form form
    Cell[MOST_COLUMNS] cells
    int width
    const char* end
    size_t end_size
    sqlite3_stmt* row
    sqlite3_mutex* mutex
    Out out
    int64_t count


# -- cells -------------------------------------------------------------------------------------------------------------

cdef inline int put_cell(Lines* lines, int kind, sqlite3_value* value) noexcept nogil:
    cdef Out* out = &lines.out
    cdef int type = sql.value_type(value)
    cdef bint is_json = lines.form == JSON
    cdef int64_t number
    if type == SQLITE_NULL:
        if is_json:
            put_null(out)
        return 0
    if kind == TEXT or kind == UUID:
        return put_words(out, is_json, value)
    if kind == QUANTITY or kind == PERCENTAGE:
        return put_number(lines, kind, sql.value_double(value))
    number = sql.value_int64(value)
    if kind == WHOLE:
        put_whole(out, number)
    elif kind == FLAG:
        put_flag(out, number != 0)
    elif kind == INSTANT:
        return put_time(out, is_json, number)
    else:
        return put_date(out, is_json, number)
    return 0


cdef inline int put_number(Lines* lines, int kind, double amount) noexcept nogil:
    if kind == PERCENTAGE and 0 <= amount < PERCENTAGE_LIMIT:
        put_tenths(&lines.out, <int64_t>floor(amount * 10 + 0.5), True)
        return 0
    if kind == QUANTITY and put_quantity(&lines.out, amount):
        return 0
    return put_rare(lines.mutex, &lines.out, amount)


cdef inline int put_words(Out* out, bint is_json, sqlite3_value* value) noexcept nogil:
    cdef const char* text = sql.value_text(value)
    cdef size_t size = sql.value_bytes(value)
    if text == NULL:
        return NO_MEMORY
    return put_text(out, text, size) if is_json else put_csv_text(out, text, size)


cdef inline int put_sheet_cell(Lines* lines, int kind, sqlite3_value* value) noexcept nogil:
    cdef Out* out = &lines.out
    cdef const char* text
    cdef int code
    if kind == TEXT or kind == UUID:
        text = sql.value_text(value)
        return NO_MEMORY if text == NULL else put_sheet_text(out, text, sql.value_bytes(value))
    if kind == INSTANT:
        return put_sheet_time(out, sql.value_int64(value))
    if kind == DATE:
        return put_sheet_date(out, sql.value_int64(value))
    if kind == FLAG:
        put_sheet_flag(out, sql.value_int64(value) != 0)
        return 0
    if kind == PERCENTAGE:
        put_here(out, b'" s="3"><v>', 11)
    else:
        put_here(out, b'"><v>', 5)
    if kind == WHOLE:
        put_whole(out, sql.value_int64(value))
    else:
        code = put_number(lines, kind, sql.value_double(value))
        if code != 0:
            return code
    put_number_end(out)
    return 0


# -- rows --------------------------------------------------------------------------------------------------------------

cdef int write_row(Lines* lines) noexcept nogil:
    cdef Cell* cell
    cdef int i, code
    if lines.form == JSON and lines.count > 0 and put(&lines.out, b",", 1) != 0:
        return NO_MEMORY
    for i in range(lines.width):
        cell = &lines.cells[i]
        if put(&lines.out, cell.before, cell.size) != 0:
            return NO_MEMORY
        code = put_cell(lines, cell.kind, sql.column_value(lines.row, i))
        if code != 0:
            return code
    return put(&lines.out, lines.end, lines.end_size)


cdef int write_sheet_row(Lines* lines) noexcept nogil:
    """A row and each of its cells say where they stand; there is no cell for a NULL."""
    cdef Out* out = &lines.out
    cdef char[MOST_DIGITS] number
    cdef const char* digits
    cdef size_t size
    cdef Cell* cell
    cdef sqlite3_value* value
    cdef int i, code
    if put(out, b'<row r="', 8) != 0:
        return NO_MEMORY
    digits = out.end
    put_whole(out, lines.count + FIRST_ROW)
    size = out.end - digits
    memcpy(number, digits, size)
    put_here(out, b'">', 2)
    for i in range(lines.width):
        value = sql.column_value(lines.row, i)
        if sql.value_type(value) == SQLITE_NULL:
            continue
        cell = &lines.cells[i]
        if put(out, cell.before, cell.size) != 0 or put(out, number, size) != 0:
            return NO_MEMORY
        code = put_sheet_cell(lines, cell.kind, value)
        if code != 0:
            return code
    return put(out, lines.end, lines.end_size)


cdef class LineFormat:
    """How rows are written: what stands before each cell and after the last, and each cell's kind.

    `form` is the number of a Form.
    """

    cdef Cell[MOST_COLUMNS] cells
    cdef readonly int width
    cdef Form form
    cdef list texts
    cdef bytes end

    def __init__(self, cells, bytes end not None, int form):
        if len(cells) > MOST_COLUMNS:
            raise ValueError(f"a table has at most {MOST_COLUMNS} columns, not {len(cells)}")
        self.texts = [before for before, _ in cells]
        self.end = end
        self.form = <Form>form
        self.width = len(cells)
        for i, (before, kind) in enumerate(cells):
            self.cells[i].before, self.cells[i].size = PyBytes_AsString(before), len(before)
            self.cells[i].kind = kind


cdef class LineStream:
    """The rows of one SELECT, a chunk at a time, inside the caller's read transaction.

    The statement is this stream's until `close`.  Columns beyond those of the format are not written.
    """

    cdef Lines lines
    cdef Statement statement
    cdef LineFormat format
    cdef Statements connection
    cdef bint is_ended, is_stepped

    def __init__(self, Statements connection not None, str text not None, dict values not None, LineFormat format not None):
        self.connection, self.format = connection, format
        self.statement = connection.prepare(text)
        if self.statement.columns < format.width:
            raise ValueError(f"a query gives {self.statement.columns} columns, not {format.width}")
        self.statement.bind(values)
        self.lines.form, self.lines.width = format.form, format.width
        memcpy(self.lines.cells, format.cells, sizeof(format.cells))
        self.lines.end, self.lines.end_size = PyBytes_AsString(format.end), len(format.end)
        self.lines.row = self.statement.handle
        self.lines.mutex = connection.mutex()
        self.lines.out.day = no_day()

    def __dealloc__(self):
        free(self.lines.out.start)

    @property
    def count(self):
        """Rows that were written so far."""
        return self.lines.count

    def read(self, size_t size, int64_t rows):
        """The next rows: as many as make `size` bytes, at most `rows`; empty when there are none left."""
        cdef Lines* lines = &self.lines
        cdef int64_t until = lines.count + rows
        cdef int code = 0
        lines.out.end = lines.out.start
        with nogil:
            sql.mutex_enter(lines.mutex)
            while lines.count < until and <size_t>(lines.out.end - lines.out.start) < size:
                code = self.step()
                if code != 0 or self.is_ended:
                    break
                code = write_sheet_row(lines) if lines.form == SHEET else write_row(lines)
                if code != 0:
                    break
                lines.count += 1
                self.is_stepped = False
            sql.mutex_leave(lines.mutex)
        if code != 0:
            raise self.failure(code)
        return PyBytes_FromStringAndSize(lines.out.start, lines.out.end - lines.out.start)

    def is_following(self):
        """Whether there is another row; looks for it."""
        cdef int code = self.step()
        if code != 0:
            raise self.failure(code)
        return not self.is_ended

    def take(self, columns):
        """The values of some columns of the row that was written last, before any other is looked for."""
        return tuple([python_value(sql.column_value(self.lines.row, column)) for column in columns])

    def close(self):
        """Give the statement back."""
        sql.reset(self.lines.row)
        self.is_ended = True

    cdef int step(self) noexcept nogil:
        cdef int code
        if self.is_ended or self.is_stepped:
            return 0
        code = sql.step(self.lines.row)
        self.is_stepped = code == SQLITE_ROW
        self.is_ended = code != SQLITE_ROW
        return 0 if code == SQLITE_ROW or code == SQLITE_DONE else code

    cdef object failure(self, int code):
        self.is_ended = True
        if code == NO_MEMORY:
            return MemoryError()
        if code == NO_UTF8:
            return sqlite3.OperationalError("Could not decode to UTF-8: a text in the database is damaged")
        if code < 0:
            return ValueError(f"row {self.lines.count + 1} holds a value that has no text")
        return self.connection.error(code)


cdef object python_value(sqlite3_value* value):
    cdef int type = sql.value_type(value)
    if type == SQLITE_INTEGER:
        return sql.value_int64(value)
    if type == SQLITE_FLOAT:
        return sql.value_double(value)
    if type == SQLITE_TEXT:
        return sql.value_text(value)[:sql.value_bytes(value)].decode()
    return None
