"""A run and its stops as OEE takes them, filled from rows that are being stepped."""

from libc.stdint cimport int64_t
from libc.stdlib cimport realloc

from oee_core._scoring cimport LARGEST_INSTANT, LARGEST_QUANTITY, NO_IDEAL_CYCLE_TIME, Run, Stop

cdef struct Stops:
    Stop* first
    Py_ssize_t count
    Py_ssize_t capacity


cdef inline int add_stop(Stops* stops, int64_t started_at, int64_t ended_at) noexcept nogil:
    """0, or -1 without memory."""
    cdef Py_ssize_t capacity = 2 * (stops.capacity + 32)
    cdef Stop* moved
    if stops.count == stops.capacity:
        moved = <Stop*>realloc(stops.first, capacity * sizeof(Stop))
        if moved == NULL:
            return -1
        stops.first = moved
        stops.capacity = capacity
    stops.first[stops.count].started_at = started_at
    stops.first[stops.count].ended_at = ended_at
    stops.count += 1
    return 0


cdef inline bint is_plain(const Run* run) noexcept nogil:
    """Whether the core takes it.  The table's constraints say so too, but may have been off while somebody wrote."""
    return (
        -LARGEST_INSTANT <= run.started_at <= LARGEST_INSTANT
        and -LARGEST_INSTANT <= run.ended_at <= LARGEST_INSTANT
        and 0 <= run.units <= LARGEST_QUANTITY
        and 0 <= run.target <= LARGEST_QUANTITY
        and 0 <= run.scrap
        and (run.ideal_cycle_time_s == NO_IDEAL_CYCLE_TIME or 0 <= run.ideal_cycle_time_s <= LARGEST_QUANTITY)
    )
