"""Rows of flat tables as text while SQLite steps them: lines of CSV, or JSON objects with commas between them.

No Python objects and no interpreter's lock on the way, and no more memory than a chunk, however many rows there are.
"""

from libc.math cimport floor
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy

from nexshift._instants cimport DATE_SIZE, INSTANT_SIZE, is_instant, no_day, write_day, write_instant
from nexshift._json cimport (
    EACH_BYTE,
    LARGEST_WHOLE,
    NO_MEMORY,
    NO_NUMBER,
    NO_UTF8,
    Out,
    is_utf8,
    put,
    put_flag,
    put_null,
    put_quantity,
    put_tenths,
    put_text,
    put_whole,
    room,
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

from sqlite3 import OperationalError

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
    QUOTE = 34
    MOST_COLUMNS = 128
    FIRST_DAY = -719162  # 0001-01-01
    LAST_DAY = 2932896  # 9999-12-31

cdef enum Style:
    CSV = 0
    JSON = 1

cdef struct Cell:
    int kind
    const char* before
    size_t size

cdef struct Lines:
    Style style
    Cell[MOST_COLUMNS] cells
    int width
    const char* end
    size_t end_size
    sqlite3_stmt* row
    sqlite3_mutex* mutex
    Out out
    int64_t count


# -- cells -------------------------------------------------------------------------------------------------------------

cdef inline uint64_t needs_a_look(uint64_t eight) noexcept nogil:
    """Not 0 when one of the eight bytes is a quote, a comma, below a space or beyond ASCII."""
    # A borrow reaches another byte only from one that is found anyway.
    cdef uint64_t below_space = eight - EACH_BYTE(32)
    cdef uint64_t quotes = (eight ^ EACH_BYTE(34)) - EACH_BYTE(1)
    cdef uint64_t commas = (eight ^ EACH_BYTE(44)) - EACH_BYTE(1)
    return (below_space | quotes | commas | eight) & EACH_BYTE(128)


cdef inline int put_csv_text(Out* out, const char* text, size_t size) noexcept nogil:
    """As RFC 4180 has it: in quotes where it holds a quote, a comma or a line's end, and where it is empty."""
    cdef uint64_t eight, found = 0
    cdef size_t at = 0
    cdef uint8_t character
    cdef char* to
    if room(out, 2 * size + 10) != 0:
        return NO_MEMORY
    to = out.end
    while at + 8 <= size:
        memcpy(&eight, text + at, 8)
        memcpy(to + at, &eight, 8)
        found |= needs_a_look(eight)
        at += 8
    while at < size:
        character = <uint8_t>text[at]
        to[at] = <char>character
        if character < 32 or character == QUOTE or character == 44 or character >= 128:
            found = 1
        at += 1
    if found == 0 and size > 0:
        out.end += size
        return 0
    if not is_utf8(<const uint8_t*>text, size):
        return NO_UTF8
    put_quoted(out, <const uint8_t*>text, size)
    return 0


cdef inline void put_quoted(Out* out, const uint8_t* text, size_t size) noexcept nogil:
    cdef char* to = out.end
    cdef bint is_plain = size > 0
    cdef size_t at
    for at in range(size):
        if text[at] == QUOTE or text[at] == 44 or text[at] == 10 or text[at] == 13:
            is_plain = False
    if is_plain:
        out.end += size  # copied already
        return
    to[0] = QUOTE
    to += 1
    for at in range(size):
        if text[at] == QUOTE:
            to[0] = QUOTE
            to += 1
        to[0] = <char>text[at]
        to += 1
    to[0] = QUOTE
    out.end = to + 1


cdef inline int put_cell(Lines* lines, int kind, sqlite3_value* value) noexcept nogil:
    cdef Out* out = &lines.out
    cdef int type = sql.value_type(value)
    cdef bint is_json = lines.style == JSON
    cdef double amount
    cdef int64_t number
    if type == SQLITE_NULL:
        if is_json:
            put_null(out)
        return 0
    if kind == TEXT or kind == UUID:
        return put_words(out, is_json, value)
    if kind == QUANTITY or kind == PERCENTAGE:
        amount = sql.value_double(value)
        if kind == PERCENTAGE and 0 <= amount <= LARGEST_WHOLE / 10:
            put_tenths(out, <int64_t>floor(amount * 10 + 0.5), True)
            return 0
        return 0 if put_quantity(out, amount) else put_rare(lines.mutex, out, amount)
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


cdef inline int put_words(Out* out, bint is_json, sqlite3_value* value) noexcept nogil:
    cdef const char* text = sql.value_text(value)
    cdef size_t size = sql.value_bytes(value)
    if text == NULL:
        return NO_MEMORY
    return put_text(out, text, size) if is_json else put_csv_text(out, text, size)


cdef inline int put_time(Out* out, bint is_json, int64_t epoch) noexcept nogil:
    if not is_instant(epoch):
        return NO_NUMBER
    out.end[0] = QUOTE
    out.end += is_json
    write_instant(out.end, epoch, &out.day)
    out.end += INSTANT_SIZE
    out.end[0] = QUOTE
    out.end += is_json
    return 0


cdef inline int put_date(Out* out, bint is_json, int64_t day) noexcept nogil:
    if not FIRST_DAY <= day <= LAST_DAY:
        return NO_NUMBER
    if day != out.day.number:
        write_day(&out.day, day)
    out.end[0] = QUOTE
    out.end += is_json
    memcpy(out.end, out.day.text, DATE_SIZE - 1)
    out.end += DATE_SIZE - 1
    out.end[0] = QUOTE
    out.end += is_json
    return 0


# -- rows --------------------------------------------------------------------------------------------------------------

cdef int write_row(Lines* lines) noexcept nogil:
    cdef Cell* cell
    cdef int i, code
    if lines.style == JSON and lines.count > 0 and put(&lines.out, b",", 1) != 0:
        return NO_MEMORY
    for i in range(lines.width):
        cell = &lines.cells[i]
        if put(&lines.out, cell.before, cell.size) != 0:
            return NO_MEMORY
        code = put_cell(lines, cell.kind, sql.column_value(lines.row, i))
        if code != 0:
            return code
    return put(&lines.out, lines.end, lines.end_size)


cdef class LineFormat:
    """How rows are written: what stands before each cell and after the last, and each cell's kind.

    `is_json` says how a cell is.
    """

    cdef Cell[MOST_COLUMNS] cells
    cdef readonly int width
    cdef Style style
    cdef list texts
    cdef bytes end

    def __init__(self, cells, bytes end not None, *, bint is_json):
        if len(cells) > MOST_COLUMNS:
            raise ValueError(f"a table has at most {MOST_COLUMNS} columns, not {len(cells)}")
        self.texts = [before for before, _ in cells]
        self.end = end
        self.style = JSON if is_json else CSV
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
        self.lines.style, self.lines.width = format.style, format.width
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
                code = write_row(lines)
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
            return OperationalError("Could not decode to UTF-8: a text in the database is damaged")
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
