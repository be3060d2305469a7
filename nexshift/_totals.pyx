"""A machine's runs added up while SQLite steps them, without Python objects and without the interpreter's lock."""

from libc.stdint cimport INT64_MAX, int64_t
from libc.stdlib cimport free
from libc.string cimport memset

from nexshift._runs cimport Stops, add_stop, is_plain
from nexshift.storage._sqlite cimport (
    SQLITE_DONE,
    SQLITE_ROW,
    Library,
    Statement,
    Statements,
    library,
    number_or,
    sqlite3_mutex,
    sqlite3_stmt,
    whole,
    whole_or,
)
from oee_core._conversion cimport as_sums
from oee_core._scoring cimport (
    NO_DOWNTIME_STORED,
    NO_IDEAL_CYCLE_TIME,
    NO_TARGET,
    Run,
    Total,
    add,
    planned_busy_time_s,
)

from oee_core import Sums

# A copy, which the compiler reaches without a pointer.
cdef Library sql = library

cdef enum:
    NO_MEMORY = -1
    NO_RUN = -2
    NO_ORDER = -3

cdef struct Following:
    # The stops, stepped behind their runs.
    sqlite3_stmt* statement
    bint has_begun
    bint has_row
    Stops found  # of one run


def total_runs(Statements connection not None, int64_t machine, str runs_sql, str stops_sql, dict values not None):
    """The Sums of a machine's runs in the order of their start; None when there are none.

    A run is (started_at, ended_at, units, target, downtime_s), the last None where it is not stored.  The second query
    gives the stops of those in the same order, as (started_at of the run, started_at, ended_at): two runs of one
    machine never start together.  Inside a read transaction.
    """
    cdef Statement runs = connection.prepare(runs_sql)
    cdef Statement stops_of_runs = connection.prepare(stops_sql)
    cdef sqlite3_mutex* mutex = connection.mutex()
    cdef Following stops
    cdef Total total
    cdef Run run
    cdef int code
    if runs.columns != 5 or stops_of_runs.columns != 3:
        raise ValueError("the runs of a total have 5 columns, and their stops 3")
    runs.bind(values)
    stops_of_runs.bind(values)
    memset(&total, 0, sizeof(Total))
    memset(&stops, 0, sizeof(Following))
    stops.statement = stops_of_runs.handle
    try:
        with nogil:
            sql.mutex_enter(mutex)
            code = add_runs(runs.handle, &stops, &total, &run)
            sql.mutex_leave(mutex)
    finally:
        sql.reset(runs.handle)
        sql.reset(stops.statement)
        free(stops.found.first)
    if code == NO_MEMORY:
        raise MemoryError
    if code == NO_RUN:
        raise ValueError(f"the run at {run.started_at}: a quantity or an instant is beyond what the core takes")
    if code == NO_ORDER:
        raise ValueError("a stop does not come in the order of the runs")
    if code != SQLITE_DONE:
        raise connection.error(code)
    if total.runs == 0:
        return None
    total.group = machine
    return as_sums(Sums, &total)


cdef int add_runs(sqlite3_stmt* row, Following* stops, Total* total, Run* run) noexcept nogil:
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
        run.ideal_cycle_time_s = NO_IDEAL_CYCLE_TIME
        if not is_plain(run) or not NO_DOWNTIME_STORED <= run.stored_downtime_s <= planned_busy_time_s(run):
            return NO_RUN
        if run.stored_downtime_s == NO_DOWNTIME_STORED:
            failed = take_stops(stops, run)
            if failed != 0:
                return failed
        add(total, run, stops.found.first)
        code = sql.step(row)
    return NO_ORDER if code == SQLITE_DONE and stops.has_row else code


cdef int take_stops(Following* stops, Run* run) noexcept nogil:
    """The run's stops, from where the query stands."""
    cdef sqlite3_stmt* row = stops.statement
    cdef int failed = 0 if stops.has_begun else step_stops(stops)
    stops.found.count = 0
    while failed == 0 and stops.has_row and whole(&sql, row, 0) == run.started_at:
        if add_stop(&stops.found, whole(&sql, row, 1), whole_or(&sql, row, 2, INT64_MAX)) != 0:  # while it is open
            return NO_MEMORY
        failed = step_stops(stops)
    run.stops = stops.found.count
    return failed


cdef inline int step_stops(Following* stops) noexcept nogil:
    cdef int code = sql.step(stops.statement)
    stops.has_begun = True
    stops.has_row = code == SQLITE_ROW
    return 0 if code == SQLITE_ROW or code == SQLITE_DONE else code
