"""Pages of JSON, written while SQLite steps: no tuples, no Structs, and no interpreter's lock from first row to last.

A `Layout` is made once of a record (see `nexshift.layout`): what stands before each value, which column it is in and
how it is written.  A `PageWriter` steps a listing's rows and its children's in turns, because both come in the page's
order, and scores each run from the columns that it writes.
"""

from libc.stdint cimport INT64_MAX, int64_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memcpy, memset

from nexshift._instants cimport no_day
from nexshift._json cimport (
    NO_MEMORY,
    NO_NUMBER,
    NO_ORDER,
    NO_RUN,
    NO_UTF8,
    NO_WRITER,
    Out,
    put,
    put_flag,
    put_instant,
    put_minutes,
    put_null,
    put_quantity,
    put_tenths,
    put_text,
    put_whole,
    room,
)
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
    number_or,
    sqlite3_stmt,
    sqlite3_value,
    whole,
    whole_or,
)
from oee_core._scoring cimport NO_IDEAL_CYCLE_TIME, NO_PERCENTAGE, NO_TARGET, Run, Score, Stop, score

from sqlite3 import OperationalError
from typing import NamedTuple

import msgspec

from nexshift import config
from oee_core.rows import LARGEST_INSTANT, LARGEST_QUANTITY

cdef extern from "Python.h":
    bytes PyBytes_FromStringAndSize(const char*, Py_ssize_t)
    char* PyBytes_AsString(object) except NULL

# A copy, which the compiler reaches without a pointer.
cdef Library sql = library
cdef double largest_quantity = LARGEST_QUANTITY
cdef int64_t largest_instant = LARGEST_INSTANT
cdef object encode = msgspec.json.Encoder().encode

# How a value is written: the numbers of `nexshift.records.Stored`, and what is no column.
cdef enum:
    VALUE = 0
    INSTANT = 1
    FLAG = 2
    QUANTITY = 3
    LENGTH = 4
    NOTHING = 5  # only what stands before it
    OBJECT_OR_NULL = 6  # `other`: how many values to leave out when its column is NULL
    LOOKUP = 7  # `other`: which
    CHILD = 8  # `other`: which
    SCORE = 9  # computes the percentages that follow
    PERCENTAGE = 10  # `other`: which

OBJECT_OR_NULL_STEP, NOTHING_STEP, LOOKUP_STEP, CHILD_STEP = OBJECT_OR_NULL, NOTHING, LOOKUP, CHILD
SCORE_STEP, PERCENTAGE_STEP = SCORE, PERCENTAGE

cdef enum:
    MOST_CHILDREN = 4
    MOST_LOOKUPS = 8
    MOST_ID = 64  # characters of an id, which is a UUID
    PIECE = 16
    NO_NAME = -7

cdef enum Role:
    NO_PART = 0  # of OEE
    STOPS = 1
    SCRAP = 2

cdef struct Step:
    int kind
    int column
    int other
    size_t size
    const char* before

cdef struct Steps:
    const Step* first
    Py_ssize_t count

cdef struct Slot:
    bint is_used
    int64_t key
    int64_t second_key
    size_t at  # in the text
    size_t size
    double number

cdef struct Table:
    sqlite3_stmt* statement  # the row of one key, or of two
    Steps steps  # how the row is written; without steps it is a number
    Slot* slots
    uint64_t capacity  # a power of two
    uint64_t used
    uint64_t most
    Out text

cdef struct Child:
    sqlite3_stmt* statement
    Steps steps
    Role role
    bint has_row
    int64_t parent

cdef struct Job:
    Out out
    sqlite3_stmt* rows
    Steps steps
    Child[MOST_CHILDREN] children
    Py_ssize_t child_count
    Table* names[MOST_LOOKUPS]
    Table* standards  # NULL without a score
    int machine_column
    int product_column
    int64_t unknown  # the key that a look-up did not find
    bint is_scored
    Run run
    Score score
    Stop* stops
    Py_ssize_t stop_capacity
    int64_t written
    bint following
    int time_column
    int id_column
    int64_t last_time
    char[MOST_ID] last_id
    size_t last_id_size


cdef int put_as_msgspec(Out* out, double value) noexcept with gil:
    """A decimal of many digits, which is rare enough to ask for the lock."""
    try:
        text = encode(value)
        return put(out, <const char*>(<bytes>text), len(text))
    except BaseException:
        return NO_WRITER


cdef int write_steps(Job* job, Out* out, sqlite3_stmt* row, Steps steps) noexcept nogil:
    cdef const Step* step
    cdef Py_ssize_t i = 0
    cdef int code = 0
    cdef int kind, type
    cdef sqlite3_value* value
    while i < steps.count:
        step = &steps.first[i]
        i += 1
        if put_before(out, step) != 0:
            return NO_MEMORY
        kind = step.kind
        if kind == NOTHING:
            continue
        elif kind == CHILD:
            code = write_children(job, &job.children[step.other])
        elif kind == SCORE:
            code = compute_score(job, row)
        elif kind == PERCENTAGE:
            put_percentage(out, &job.score, step.other)
        else:
            value = sql.column_value(row, step.column)
            type = sql.value_type(value)
            if type == SQLITE_NULL:
                put_null(out)
                if kind == OBJECT_OR_NULL:
                    i += step.other
            elif kind == VALUE:
                code = put_value(out, value, type)
            elif kind == INSTANT:
                put_instant(out, sql.value_int64(value))
            elif kind == FLAG:
                put_flag(out, sql.value_int64(value) != 0)
            elif kind == QUANTITY:
                code = put_number(out, sql.value_double(value))
            elif kind == LENGTH:
                put_minutes(out, sql.value_int64(value) - whole(&sql, row, step.other))
            elif kind == LOOKUP:
                code = put_name(job, out, job.names[step.other], sql.value_int64(value))
        if code != 0:
            return code
    return 0


cdef inline int put_before(Out* out, const Step* step) noexcept nogil:
    """In pieces of a fixed size, which are copied without a call; the text and the buffer both have room for them."""
    cdef size_t at = 0
    if room(out, step.size + PIECE) != 0:
        return NO_MEMORY
    while at < step.size:
        memcpy(out.end + at, step.before + at, PIECE)
        at += PIECE
    out.end += step.size
    return 0


cdef inline int put_value(Out* out, sqlite3_value* value, int type) noexcept nogil:
    cdef const char* text
    if type == SQLITE_TEXT:
        text = sql.value_text(value)
        if text == NULL:
            return NO_MEMORY
        return put_text(out, text, sql.value_bytes(value))
    if type == SQLITE_INTEGER:
        put_whole(out, sql.value_int64(value))
        return 0
    if type == SQLITE_FLOAT:
        return put_as_msgspec(out, sql.value_double(value))
    return NO_NUMBER


cdef inline int put_number(Out* out, double value) noexcept nogil:
    return 0 if put_quantity(out, value) else put_as_msgspec(out, value)


# -- the few rows that many rows point at -------------------------------------------------------------------------------

cdef inline Slot* slot_of(Table* table, int64_t key, int64_t second_key) noexcept nogil:
    """The keys' slot, or the free one where they belong; there always is a free one."""
    cdef uint64_t mixed = <uint64_t>key * 0x9E3779B97F4A7C15ULL + <uint64_t>second_key * 0xC2B2AE3D27D4EB4FULL
    cdef uint64_t at = (mixed >> 32) & (table.capacity - 1)
    while table.slots[at].is_used and (table.slots[at].key != key or table.slots[at].second_key != second_key):
        at = (at + 1) & (table.capacity - 1)
    return &table.slots[at]


cdef inline int look_up(Job* job, Table* table, int64_t key, int64_t second_key, Slot** found) noexcept nogil:
    cdef int code
    found[0] = slot_of(table, key, second_key)
    if found[0].is_used:
        return 0
    code = read_slot(job, table, key, second_key)
    found[0] = slot_of(table, key, second_key)
    return code


cdef int read_slot(Job* job, Table* table, int64_t key, int64_t second_key) noexcept nogil:
    cdef Slot slot
    cdef int code
    if table.used >= table.most:
        memset(table.slots, 0, table.capacity * sizeof(Slot))
        table.used = 0
        table.text.end = table.text.start
    elif 2 * (table.used + 1) > table.capacity:
        code = widen(table)
        if code != 0:
            return code
    slot = Slot(True, key, second_key, table.text.end - table.text.start, 0, NO_IDEAL_CYCLE_TIME)
    sql.bind_int64(table.statement, 1, key)
    if table.steps.count == 0:
        sql.bind_int64(table.statement, 2, second_key)
    code = sql.step(table.statement)
    if code == SQLITE_ROW and table.steps.count > 0:
        code = write_steps(job, &table.text, table.statement, table.steps)
        slot.size = (table.text.end - table.text.start) - slot.at
    elif code == SQLITE_ROW:
        slot.number = number_or(&sql, table.statement, 0, NO_IDEAL_CYCLE_TIME)
        code = 0
    elif code == SQLITE_DONE:
        job.unknown = key
        code = NO_NAME if table.steps.count > 0 else 0
    sql.reset(table.statement)
    if code != 0:
        table.text.end = table.text.start + slot.at
        return code
    slot_of(table, key, second_key)[0] = slot
    table.used += 1
    return 0


cdef int widen(Table* table) noexcept nogil:
    """Twice the slots."""
    cdef Slot* before = table.slots
    cdef uint64_t count = table.capacity
    cdef uint64_t i
    table.slots = <Slot*>calloc(2 * count, sizeof(Slot))
    if table.slots == NULL:
        table.slots = before
        return NO_MEMORY
    table.capacity = 2 * count
    for i in range(count):
        if before[i].is_used:
            slot_of(table, before[i].key, before[i].second_key)[0] = before[i]
    free(before)
    return 0


cdef int put_name(Job* job, Out* out, Table* table, int64_t key) noexcept nogil:
    cdef Slot* slot = NULL
    cdef int code = look_up(job, table, key, 0, &slot)
    return code if code != 0 else put(out, table.text.start + slot.at, slot.size)


# -- children and OEE ---------------------------------------------------------------------------------------------------

cdef inline int step_child(Child* child) noexcept nogil:
    cdef int code = sql.step(child.statement)
    child.has_row = code == SQLITE_ROW
    if child.has_row:
        child.parent = whole(&sql, child.statement, 0)
        return 0
    return 0 if code == SQLITE_DONE else code


cdef int write_children(Job* job, Child* child) noexcept nogil:
    """The list of the rows that belong to the row being written; its key is its first column."""
    cdef int64_t parent = whole(&sql, job.rows, 0)
    cdef Out* out = &job.out
    cdef bint is_first = True
    cdef int code
    job.run.stops = 0 if child.role == STOPS else job.run.stops
    job.run.scrap = 0 if child.role == SCRAP else job.run.scrap
    out.end[0] = 91
    out.end += 1
    while child.has_row and child.parent == parent:
        if not is_first:
            if put(out, b",", 1) != 0:
                return NO_MEMORY
        is_first = False
        code = write_steps(job, out, child.statement, child.steps)
        if code == 0 and child.role == STOPS:
            code = add_stop(job, child.statement)
        elif code == 0 and child.role == SCRAP:
            job.run.scrap += sql.value_double(sql.column_value(child.statement, 1))
        if code == 0:
            code = step_child(child)
        if code != 0:
            return code
    return put(out, b"]", 1)


cdef int add_stop(Job* job, sqlite3_stmt* row) noexcept nogil:
    cdef Stop* stop
    cdef Stop* moved
    if job.run.stops == job.stop_capacity:
        moved = <Stop*>realloc(job.stops, 2 * (job.stop_capacity + 32) * sizeof(Stop))
        if moved == NULL:
            return NO_MEMORY
        job.stops = moved
        job.stop_capacity = 2 * (job.stop_capacity + 32)
    stop = &job.stops[job.run.stops]
    stop.started_at = whole(&sql, row, 1)
    stop.ended_at = whole_or(&sql, row, 2, INT64_MAX)  # while it is open
    job.run.stops += 1
    return 0


cdef int compute_score(Job* job, sqlite3_stmt* row) noexcept nogil:
    """From the row's first five columns and the children that were written before."""
    cdef Run* run = &job.run
    run.key, run.started_at, run.ended_at = whole(&sql, row, 0), whole(&sql, row, 1), whole(&sql, row, 2)
    run.units = number_or(&sql, row, 3, -1)
    run.target = number_or(&sql, row, 4, NO_TARGET)
    cdef Slot* standard = NULL
    cdef int code = look_up(job, job.standards, whole(&sql, row, job.machine_column), whole(&sql, row, job.product_column), &standard)
    if code != 0:
        return code
    run.ideal_cycle_time_s = standard.number
    # The table's constraints say so too, but may have been switched off while somebody wrote.
    if not (
        -largest_instant <= run.started_at <= largest_instant
        and -largest_instant <= run.ended_at <= largest_instant
        and 0 <= run.units <= largest_quantity
        and 0 <= run.target <= largest_quantity
        and 0 <= run.scrap
        and (run.ideal_cycle_time_s == NO_IDEAL_CYCLE_TIME or 0 <= run.ideal_cycle_time_s <= largest_quantity)
    ):
        return NO_RUN
    job.score = score(run, job.stops)
    return 0


cdef inline void put_percentage(Out* out, const Score* scored, int which) noexcept nogil:
    cdef int thousandths
    if which == 0:
        thousandths = scored.availability
    elif which == 1:
        thousandths = scored.performance
    elif which == 2:
        thousandths = scored.quality
    else:
        thousandths = scored.overall
    if thousandths == NO_PERCENTAGE:
        put_null(out)
    else:
        put_tenths(out, thousandths, True)


# -- a page -------------------------------------------------------------------------------------------------------------

cdef int write_page(Job* job, int64_t limit) noexcept nogil:
    cdef Py_ssize_t i
    cdef int code
    for i in range(job.child_count):
        code = step_child(&job.children[i])
        if code != 0:
            return code
    code = sql.step(job.rows)
    while code == SQLITE_ROW and job.written < limit:
        code = put(&job.out, b",", 1 if job.written > 0 else 0)
        if code == 0:
            code = write_steps(job, &job.out, job.rows, job.steps)
        if code != 0:
            return code
        job.written += 1
        if job.written == limit:
            remember_position(job)
        code = sql.step(job.rows)
    if code != SQLITE_ROW and code != SQLITE_DONE:
        return code
    job.following = code == SQLITE_ROW
    for i in range(job.child_count):
        if job.children[i].has_row:
            return NO_ORDER
    return 0


cdef inline void remember_position(Job* job) noexcept nogil:
    """Where the page ends: its cursor, when another row follows."""
    cdef sqlite3_value* id = sql.column_value(job.rows, job.id_column)
    cdef const char* text = sql.value_text(id)
    cdef size_t size = sql.value_bytes(id)
    job.last_time = whole(&sql, job.rows, job.time_column)
    job.last_id_size = size if text != NULL and size <= MOST_ID else 0
    memcpy(job.last_id, text, job.last_id_size)


cdef class Layout:
    """What is written of one row.  `steps` is a sequence of (what stands before, kind, column, other)."""

    cdef Steps steps
    cdef Py_ssize_t width
    cdef char* text

    def __init__(self, Py_ssize_t width, steps):
        cdef Step* step
        cdef char* text
        cdef Py_ssize_t i
        self.width = width
        self.steps.first = <Step*>calloc(len(steps) + 1, sizeof(Step))
        self.text = text = <char*>calloc(sum([len(before) + PIECE for before, _, _, _ in steps]) + 1, 1)
        if self.steps.first == NULL or text == NULL:
            raise MemoryError
        for i, (before, kind, column, other) in enumerate(steps):
            step = <Step*>&self.steps.first[i]
            step.before, step.size = text, len(before)
            memcpy(text, PyBytes_AsString(before), step.size)
            text += step.size + PIECE
            step.kind, step.column, step.other = kind, column, other
            if not 0 <= column < max(width, 1) or (kind == LENGTH and not 0 <= other < width):
                raise ValueError(f"there is no column {column} among {width} to write")
        self.steps.count = len(steps)

    def __dealloc__(self):
        free(<void*>self.steps.first)
        free(self.text)


cdef class Known:
    """What one connection has read of one look-up since the last commit: ready JSON, or numbers, by integer keys."""

    cdef Table table
    cdef Statement statement
    cdef Layout layout

    def __dealloc__(self):
        free(self.table.slots)
        free(self.table.text.start)


cdef Known make_known(Statement statement, Layout layout):
    cdef Known known = Known()
    known.statement, known.layout = statement, layout
    known.table.statement = statement.handle
    if layout is not None:
        known.table.steps = layout.steps
    known.table.capacity = 64
    known.table.most = config.MAX_CACHED_NAMES
    known.table.slots = <Slot*>calloc(known.table.capacity, sizeof(Slot))
    known.table.text.day = no_day()
    if known.table.slots == NULL:
        raise MemoryError
    return known


cdef Known find_known(Statements connection, dict memory, str name, str text, Layout layout):
    cdef Known known = memory.get(name)
    if known is None:
        known = memory[name] = make_known(connection.prepare(text), layout)
    return known


cdef class Scratch:
    """The buffers of one connection, used again for each page."""

    cdef Job job

    def __dealloc__(self):
        free(self.job.out.start)
        free(self.job.stops)


cdef class Written:
    """The rows of a page, before what stands around them is known; used up by `enclose`, before the next page."""

    cdef Scratch scratch
    cdef readonly int64_t count
    cdef readonly object following
    """(time, id) of the last row when another follows, else None."""

    def enclose(self, bytes before not None, bytes after not None):
        """One bytes object of the rows and what stands around them."""
        cdef Out* out = &self.scratch.job.out
        cdef size_t size = out.end - out.start
        cdef bytes body = PyBytes_FromStringAndSize(NULL, len(before) + size + len(after))
        cdef char* at = <char*>body
        memcpy(at, <char*>before, len(before))
        memcpy(at + len(before), out.start, size)
        memcpy(at + len(before) + size, <char*>after, len(after))
        if <size_t>(out.limit - out.start) > <size_t>config.KEPT_PAGE_BYTES:  # a page of long notes; the next is smaller
            free(out.start)
            out.start = out.end = out.limit = NULL
        return body


class Scoring(NamedTuple):
    """Where a score finds its parts: the SQL of one ideal cycle time, the columns of its keys, and which children."""

    standard: str
    machine: int
    product: int
    stops: int
    scrap: int


cdef class PageWriter:
    """Writes the rows of one listing.

    `lookups` are (name, SQL for one integer key, Layout); `children` are Layouts, whose first column is the parent's
    key.
    """

    cdef Layout row
    cdef tuple lookups, children
    cdef int time_column, id_column
    cdef object score

    def __init__(self, Layout row not None, tuple lookups, tuple children, *, int time_column, int id_column, score):
        if len(lookups) > MOST_LOOKUPS or len(children) > MOST_CHILDREN:
            raise ValueError(f"a listing has at most {MOST_LOOKUPS} look-ups and {MOST_CHILDREN} children")
        self.row, self.lookups, self.children = row, lookups, children
        self.time_column, self.id_column, self.score = time_column, id_column, score

    def write(self, Statements connection not None, str sql_text, tuple child_texts, dict values, dict memory, int64_t limit):
        """At most `limit` rows, as Written; the query gives one row more when another page follows.

        Inside a read transaction; `memory` is what belongs to its commit.
        """
        cdef Scratch scratch = connection.scratch
        cdef Written written = Written()
        cdef Job* job
        cdef Statement rows
        cdef Py_ssize_t i
        cdef int code
        if scratch is None:
            scratch = connection.scratch = Scratch()
        job = &scratch.job
        job.out.end = job.out.start
        job.out.day = no_day()
        job.written, job.following = 0, False
        job.time_column, job.id_column = self.time_column, self.id_column
        rows = prepare(connection, sql_text, self.row, values)
        held = [rows]
        job.rows, job.steps = rows.handle, self.row.steps
        job.child_count = len(self.children)
        for i in range(job.child_count):
            held.append(self.prepare_child(connection, job, i, child_texts[i], values))
        for i in range(len(self.lookups)):
            held.append(self.find_names(connection, job, i, memory))
        if self.score is not None:
            held.append(self.find_standards(connection, job, memory))
        try:
            with nogil:
                connection.enter()
                code = write_page(job, limit)
                connection.leave()
            if code != 0:
                raise failure(connection, job, code)
        finally:
            sql.reset(job.rows)
            for i in range(job.child_count):
                sql.reset(job.children[i].statement)
        written.scratch, written.count = scratch, job.written
        if job.following:
            written.following = (job.last_time, job.last_id[:job.last_id_size].decode())
        return written

    cdef Statement prepare_child(self, Statements connection, Job* job, Py_ssize_t i, str text, dict values):
        cdef Layout layout = self.children[i]
        cdef Statement statement = prepare(connection, text, layout, values)
        cdef Child* child = &job.children[i]
        child.statement, child.steps, child.has_row = statement.handle, layout.steps, False
        child.role = NO_PART
        if self.score is not None:
            child.role = STOPS if i == self.score.stops else SCRAP if i == self.score.scrap else NO_PART
        return statement

    cdef Known find_names(self, Statements connection, Job* job, Py_ssize_t i, dict memory):
        name, text, layout = self.lookups[i]
        cdef Known known = find_known(connection, memory, name, text, layout)
        job.names[i] = &known.table
        return known

    cdef Known find_standards(self, Statements connection, Job* job, dict memory):
        cdef Known known = find_known(connection, memory, "", self.score.standard, None)
        job.standards = &known.table
        job.machine_column, job.product_column = self.score.machine, self.score.product
        return known


cdef Statement prepare(Statements connection, str text, Layout layout, dict values):
    cdef Statement statement = connection.prepare(text)
    if statement.columns != layout.width:
        raise ValueError(f"a query gives {statement.columns} columns, not {layout.width}")
    statement.bind(values)
    return statement


cdef object failure(Statements connection, Job* job, int code):
    if code == NO_MEMORY:
        return MemoryError()
    if code == NO_UTF8:
        return OperationalError("Could not decode to UTF-8: a text in the database is damaged")
    if code == NO_NAME:
        return KeyError(job.unknown)
    if code == NO_ORDER:
        return ValueError("a child row does not come in the order of its parents")
    if code == NO_RUN:
        return ValueError(f"run {job.run.key}: a quantity or an instant is beyond what the core takes")
    if code == NO_NUMBER or code == NO_WRITER:
        return ValueError(f"row {job.written} of the page holds a value that JSON has no text for")
    return connection.error(code)
