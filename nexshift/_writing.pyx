"""Rows written as JSON while SQLite steps them, without Python objects and without the interpreter's lock.

A page's rows and its children's are stepped in turns, because both come in the page's order; each run is scored from
the columns that are written anyway.  Functions return 0, a Failure of ours (negative) or SQLite's code.
"""

from libc.stdint cimport INT64_MAX, int64_t
from libc.string cimport memcpy

from nexshift._instants cimport is_instant
from nexshift._json cimport (
    NO_MEMORY,
    NO_NUMBER,
    NO_ORDER,
    NO_RUN,
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
from nexshift._known cimport Slot, Step, Steps, Table, make_room, slot_of
from nexshift._runs cimport add_stop, is_plain
from nexshift._stored cimport FLAG, INSTANT, LENGTH, QUANTITY, VALUE
from nexshift.storage._sqlite cimport (
    SQLITE_DONE,
    SQLITE_FLOAT,
    SQLITE_INTEGER,
    SQLITE_NULL,
    SQLITE_ROW,
    SQLITE_TEXT,
    Library,
    library,
    number_or,
    sqlite3_mutex,
    sqlite3_stmt,
    sqlite3_value,
    whole,
    whole_or,
)
from oee_core._exact cimport add_exactly, rounded
from oee_core._scoring cimport NO_IDEAL_CYCLE_TIME, NO_PERCENTAGE, NO_TARGET, Run, Score, score

import msgspec

# A copy, which the compiler reaches without a pointer.
cdef Library sql = library
cdef object encode = msgspec.json.Encoder().encode


cdef int put_rare(sqlite3_mutex* mutex, Out* out, double value) noexcept nogil:
    """A decimal of many digits, which is rare enough to ask the interpreter for.

    The connection is let go meanwhile: whoever has the interpreter's lock may be about to free one of its statements,
    and would wait for the connection for ever.
    """
    cdef int code
    if value - value != 0:  # infinite, which msgspec would write as null
        return NO_NUMBER
    sql.mutex_leave(mutex)
    code = put_as_msgspec(out, value)
    sql.mutex_enter(mutex)
    return code


cdef int put_as_msgspec(Out* out, double value) noexcept with gil:
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
                code = put_value(job, out, value, type)
            elif kind == INSTANT:
                code = put_time(out, sql.value_int64(value))
            elif kind == FLAG:
                put_flag(out, sql.value_int64(value) != 0)
            elif kind == QUANTITY:
                code = put_number(job, out, sql.value_double(value))
            elif kind == LENGTH:
                code = put_length(out, whole(&sql, row, step.other), sql.value_int64(value))
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


cdef inline int put_value(Job* job, Out* out, sqlite3_value* value, int type) noexcept nogil:
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
        return put_rare(job.mutex, out, sql.value_double(value))
    return NO_NUMBER


cdef inline int put_number(Job* job, Out* out, double value) noexcept nogil:
    return 0 if put_quantity(out, value) else put_rare(job.mutex, out, value)


cdef inline int put_time(Out* out, int64_t epoch) noexcept nogil:
    if not is_instant(epoch):
        return NO_NUMBER
    put_instant(out, epoch)
    return 0


cdef inline int put_length(Out* out, int64_t started_at, int64_t ended_at) noexcept nogil:
    if not is_instant(started_at) or not is_instant(ended_at):
        return NO_NUMBER
    put_minutes(out, ended_at - started_at)
    return 0


# -- the few rows that many rows point at ------------------------------------------------------------------------------

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
    cdef int code = make_room(table)
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


cdef int put_name(Job* job, Out* out, Table* table, int64_t key) noexcept nogil:
    cdef Slot* slot = NULL
    cdef int code = look_up(job, table, key, 0, &slot)
    return code if code != 0 else put(out, table.text.start + slot.at, slot.size)


# -- children and OEE --------------------------------------------------------------------------------------------------

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
    if child.role == STOPS:
        job.stops.count = 0
    elif child.role == SCRAP:
        job.scrap.count = 0
    out.end[0] = 91
    out.end += 1
    while child.has_row and child.parent == parent:
        if not is_first:
            if put(out, b",", 1) != 0:
                return NO_MEMORY
        is_first = False
        code = write_steps(job, out, child.statement, child.steps)
        if code == 0 and child.role == STOPS:
            code = add_stop(&job.stops, whole(&sql, child.statement, 1), whole_or(&sql, child.statement, 2, INT64_MAX))
        elif code == 0 and child.role == SCRAP:
            add_exactly(&job.scrap, sql.value_double(sql.column_value(child.statement, 1)))
        if code == 0:
            code = step_child(child)
        if code != 0:
            return code
    return put(out, b"]", 1)


cdef int compute_score(Job* job, sqlite3_stmt* row) noexcept nogil:
    """From the row's first five columns and the children that were written before."""
    cdef Run* run = &job.run
    run.key, run.started_at, run.ended_at = whole(&sql, row, 0), whole(&sql, row, 1), whole(&sql, row, 2)
    run.units = number_or(&sql, row, 3, -1)
    run.target = number_or(&sql, row, 4, NO_TARGET)
    cdef Slot* standard = NULL
    cdef int64_t machine = whole(&sql, row, job.machine_column)
    cdef int64_t product = whole(&sql, row, job.product_column)
    cdef int code = look_up(job, job.standards, machine, product, &standard)
    if code != 0:
        return code
    run.ideal_cycle_time_s = standard.number
    run.stops = job.stops.count
    run.scrap = rounded(&job.scrap)
    if not is_plain(run):
        return NO_RUN
    job.score = score(run, job.stops.first)
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


# -- a page ------------------------------------------------------------------------------------------------------------

cdef int write_page(Job* job, int64_t limit, size_t most) noexcept nogil:
    """Rows up to `limit`; none after one with which they have `most` bytes or more."""
    cdef bint is_full = limit <= 0
    cdef Py_ssize_t i
    cdef int code
    for i in range(job.child_count):
        code = step_child(&job.children[i])
        if code != 0:
            return code
    code = sql.step(job.rows)
    while code == SQLITE_ROW and not is_full:
        code = put(&job.out, b",", 1 if job.written > 0 else 0)
        if code == 0:
            code = write_steps(job, &job.out, job.rows, job.steps)
        if code != 0:
            return code
        job.written += 1
        is_full = job.written == limit or <size_t>(job.out.end - job.out.start) >= most
        if is_full:
            remember_position(job)
        code = sql.step(job.rows)
    if code != SQLITE_ROW and code != SQLITE_DONE:
        return code
    job.following = code == SQLITE_ROW
    if job.following and job.written < limit:
        return 0  # and the rows that do not fit have children
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
