"""Pages of JSON that are written while SQLite steps: no tuples, no Structs, and no interpreter's lock on the way.

A `Layout` is made once of a record (see `nexshift.layout`); a `PageWriter` holds those of a listing, its children and
its look-ups, and hands them with the prepared statements to `nexshift._writing`.
"""

from libc.stdint cimport int64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy

from nexshift._instants cimport no_day
from nexshift._json cimport NO_MEMORY, NO_NUMBER, NO_ORDER, NO_RUN, NO_UTF8, NO_WRITER, Out
from nexshift._known cimport Slot, Step, Steps, Table
from nexshift._stored cimport LENGTH
from nexshift._writing cimport (
    CHILD,
    LOOKUP,
    MOST_CHILDREN,
    MOST_LOOKUPS,
    NO_NAME,
    NO_PART,
    NOTHING,
    OBJECT_OR_NULL,
    PERCENTAGE,
    PIECE,
    SCORE,
    SCRAP,
    STOPS,
    Child,
    Job,
    write_page,
)
from nexshift.storage._sqlite cimport Library, Statement, Statements, library

from nexshift.storage.library import sqlite3
from typing import NamedTuple

from nexshift import config

cdef extern from "Python.h":
    bytes PyBytes_FromStringAndSize(const char*, Py_ssize_t)
    char* PyBytes_AsString(object) except NULL

# A copy, which the compiler reaches without a pointer.
cdef Library sql = library

OBJECT_OR_NULL_STEP, NOTHING_STEP, LOOKUP_STEP, CHILD_STEP = OBJECT_OR_NULL, NOTHING, LOOKUP, CHILD
SCORE_STEP, PERCENTAGE_STEP = SCORE, PERCENTAGE


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
        free(self.job.stops.first)


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
        if size > 0:  # before its first row there is no buffer
            memcpy(at + len(before), out.start, size)
        memcpy(at + len(before) + size, <char*>after, len(after))
        if <size_t>(out.limit - out.start) > <size_t>config.KEPT_PAGE_BYTES:  # a page of long notes
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

    def write(
        self,
        Statements connection not None,
        str sql_text not None,
        tuple child_texts not None,
        dict values not None,
        dict memory not None,
        int64_t limit,
        size_t most,
    ):
        """At most `limit` rows and none after `most` bytes, as Written; the query gives one more when a page follows.

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
        job.mutex = connection.mutex()
        job.rows, job.steps = rows.handle, self.row.steps
        job.child_count = len(self.children)
        if len(child_texts) != job.child_count:
            raise ValueError(f"{len(child_texts)} queries were given for {job.child_count} children")
        for i in range(job.child_count):
            held.append(self.prepare_child(connection, job, i, child_texts[i], values))
        for i in range(len(self.lookups)):
            held.append(self.find_names(connection, job, i, memory))
        if self.score is not None:
            held.append(self.find_standards(connection, job, memory))
        try:
            with nogil:
                sql.mutex_enter(job.mutex)
                code = write_page(job, limit, most)
                sql.mutex_leave(job.mutex)
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
        return sqlite3.OperationalError("Could not decode to UTF-8: a text in the database is damaged")
    if code == NO_NAME:
        return KeyError(job.unknown)
    if code == NO_ORDER:
        return ValueError("a child row does not come in the order of its parents")
    if code == NO_RUN:
        return ValueError(f"run {job.run.key}: a quantity or an instant is beyond what the core takes")
    if code == NO_NUMBER or code == NO_WRITER:
        return ValueError(f"row {job.written} of the page holds a value that JSON has no text for")
    return connection.error(code)
