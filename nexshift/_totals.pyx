"""A machine's runs added up while SQLite steps them, without Python objects and without the interpreter's lock."""

from libc.stdint cimport INT64_MAX, int64_t
from libc.stdlib cimport free, realloc
from libc.string cimport memset

from nexshift.storage._sqlite cimport (
    SQLITE_DONE,
    SQLITE_ROW,
    Library,
    Statement,
    Statements,
    library,
    number_or,
    sqlite3_stmt,
    whole,
    whole_or,
)
from oee_core._scoring cimport NO_DOWNTIME_STORED, NO_TARGET, Run, Stop, Total, add, planned_busy_time_s

from oee_core import Sums
from oee_core.rows import LARGEST_INSTANT, LARGEST_QUANTITY

# A copy, which the compiler reaches without a pointer.
cdef Library sql = library
cdef double largest_quantity = LARGEST_QUANTITY
cdef int64_t largest_instant = LARGEST_INSTANT

cdef enum:
    NO_MEMORY = -1
    NO_RUN = -2
    NO_ORDER = -3

cdef struct Stops:
    sqlite3_stmt* statement
    bint has_begun
    bint has_row
    Stop* first
    Py_ssize_t capacity


def total_runs(Statements connection not None, int64_t machine, str runs_sql, str stops_sql, dict values not None):
    """The Sums of a machine's runs in the order of their start; None when there are none.

    A run is (started_at, ended_at, units, target, downtime_s), the last None where it is not stored.  The second query
    gives the stops of those in the same order, as (started_at of the run, started_at, ended_at): two runs of one machine
    never start together.  Inside a read transaction.
    """
    cdef Statement runs = connection.prepare(runs_sql)
    cdef Statement stops_of_runs = connection.prepare(stops_sql)
    cdef Stops stops
    cdef Total total
    cdef Run run
    cdef int code
    if runs.columns != 5 or stops_of_runs.columns != 3:
        raise ValueError("the runs of a total have 5 columns, and their stops 3")
    runs.bind(values)
    stops_of_runs.bind(values)
    memset(&total, 0, sizeof(Total))
    memset(&stops, 0, sizeof(Stops))
    stops.statement = stops_of_runs.handle
    try:
        with nogil:
            connection.enter()
            code = add_runs(runs.handle, &stops, &total, &run)
            connection.leave()
    finally:
        sql.reset(runs.handle)
        sql.reset(stops.statement)
        free(stops.first)
    if code == NO_MEMORY:
        raise MemoryError
    if code == NO_RUN:
        raise ValueError(f"the run at {run.started_at}: a quantity, an instant or a length is beyond what the core takes")
    if code == NO_ORDER:
        raise ValueError("a stop does not come in the order of the runs")
    if code != SQLITE_DONE:
        raise connection.error(code)
    if total.runs == 0:
        return None
    return Sums(
        machine,
        total.runs,
        total.units,
        total.target,
        total.units_with_target,
        joined(total.busy_high, total.busy_low),
        joined(total.actual_high, total.actual_low),
    )


cdef object joined(int64_t high, int64_t low):
    return (<object>high << 32) + low


cdef int add_runs(sqlite3_stmt* row, Stops* stops, Total* total, Run* run) noexcept nogil:
    """SQLite's code at the end, or one of ours."""
    cdef int code = sql.step(row)
    cdef int failed
    while code == SQLITE_ROW:
        memset(run, 0, sizeof(Run))
        run.started_at = whole(&sql, row, 0)
        run.ended_at = whole(&sql, row, 1)
        run.units = number_or(&sql, row, 2, -1)
        run.target = number_or(&sql, row, 3, NO_TARGET)
        run.stored_downtime_s = whole_or(&sql, row, 4, NO_DOWNTIME_STORED)
        if not is_plain(run):
            return NO_RUN
        if run.stored_downtime_s == NO_DOWNTIME_STORED:
            failed = take_stops(stops, run)
            if failed != 0:
                return failed
        add(total, run, stops.first)
        code = sql.step(row)
    return NO_ORDER if code == SQLITE_DONE and stops.has_row else code


cdef inline bint is_plain(const Run* run) noexcept nogil:
    """The table's constraints say so too, but may have been switched off while somebody wrote."""
    return (
        -largest_instant <= run.started_at <= largest_instant
        and -largest_instant <= run.ended_at <= largest_instant
        and 0 <= run.units <= largest_quantity
        and 0 <= run.target <= largest_quantity
        and NO_DOWNTIME_STORED <= run.stored_downtime_s <= planned_busy_time_s(run)
    )


cdef int take_stops(Stops* stops, Run* run) noexcept nogil:
    """The run's stops, from where the query stands."""
    cdef Stop* moved
    cdef int failed = 0 if stops.has_begun else step_stops(stops)
    while failed == 0 and stops.has_row and whole(&sql, stops.statement, 0) == run.started_at:
        if run.stops == stops.capacity:
            moved = <Stop*>realloc(stops.first, 2 * (stops.capacity + 32) * sizeof(Stop))
            if moved == NULL:
                return NO_MEMORY
            stops.first = moved
            stops.capacity = 2 * (stops.capacity + 32)
        stops.first[run.stops].started_at = whole(&sql, stops.statement, 1)
        stops.first[run.stops].ended_at = whole_or(&sql, stops.statement, 2, INT64_MAX)  # while it is open
        run.stops += 1
        failed = step_stops(stops)
    return failed


cdef inline int step_stops(Stops* stops) noexcept nogil:
    cdef int code = sql.step(stops.statement)
    stops.has_begun = True
    stops.has_row = code == SQLITE_ROW
    return 0 if code == SQLITE_ROW or code == SQLITE_DONE else code
