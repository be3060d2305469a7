"""The definition of `oee_core.reference` for one run, in C: scalar functions over structs, no Python objects, no GIL.

Each function has the reference's name and evaluates the reference's expression in the reference's order.
"""

from libc.math cimport floor
from libc.stdint cimport int64_t, uint32_t

from oee_core._exact cimport ExactSum, add_exactly

# Those of `oee_core.rows`; the kernel holds them together when it is loaded.
cdef extern from *:
    """
    #define LARGEST_INSTANT (1LL << 52)
    #define LARGEST_QUANTITY 9007199254740992.0
    """
    const int64_t LARGEST_INSTANT
    const double LARGEST_QUANTITY

# Marks for None, outside the range of every value that they stand beside.
cdef enum:
    NO_DOWNTIME_STORED = -1
    NO_RATIO = -1
    NO_IDEAL_CYCLE_TIME = -1
    NO_TARGET = 0
    NO_PERCENTAGE = 1001

cdef struct Run:
    int64_t key
    int64_t group
    int64_t started_at
    int64_t ended_at
    int64_t stored_downtime_s
    double units
    double scrap
    double target
    double ideal_cycle_time_s
    Py_ssize_t first_stop
    Py_ssize_t stops

cdef struct Stop:
    int64_t started_at
    int64_t ended_at

cdef struct Score:
    # Indices into PERCENTAGES.
    int availability
    int performance
    int quality
    int overall

cdef struct Total:
    int64_t group
    int64_t runs
    ExactSum units
    ExactSum target
    ExactSum units_with_target
    # Sums of seconds in two halves of 32 bits: no number of rows can overflow them.
    int64_t busy_high
    int64_t busy_low
    int64_t actual_high
    int64_t actual_low


# -- Stops in order of their start -------------------------------------------------------------------------------------

cdef inline bint in_order(const Stop* stops, Py_ssize_t count) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(1, count):
        if stops[i].started_at < stops[i - 1].started_at:
            return False
    return True


cdef inline void sift_down(Stop* stops, Py_ssize_t root, Py_ssize_t count) noexcept nogil:
    cdef Stop sifted = stops[root]
    cdef Py_ssize_t child = 2 * root + 1
    while child < count:
        if child + 1 < count and stops[child + 1].started_at > stops[child].started_at:
            child += 1
        if stops[child].started_at <= sifted.started_at:
            break
        stops[root] = stops[child]
        root = child
        child = 2 * root + 1
    stops[root] = sifted


cdef inline void sort_by_start(Stop* stops, Py_ssize_t count) noexcept nogil:
    """Heapsort: in place, and no arrangement of a million stops makes it quadratic."""
    cdef Py_ssize_t root = count // 2
    cdef Stop last
    while root > 0:
        root -= 1
        sift_down(stops, root, count)
    while count > 1:
        count -= 1
        last = stops[count]
        stops[count] = stops[0]
        stops[0] = last
        sift_down(stops, 0, count)


# -- The definition, for one run ---------------------------------------------------------------------------------------

cdef inline int64_t planned_busy_time_s(const Run* run) noexcept nogil:
    return run.ended_at - run.started_at if run.ended_at > run.started_at else 0


cdef inline int64_t downtime_s(const Run* run, Stop* stops) noexcept nogil:
    cdef int64_t total = 0
    cdef int64_t reached = run.started_at
    cdef int64_t begin, end
    cdef Py_ssize_t i
    if not in_order(stops, run.stops):
        sort_by_start(stops, run.stops)
    for i in range(run.stops):
        begin = stops[i].started_at if stops[i].started_at > reached else reached
        end = stops[i].ended_at if stops[i].ended_at < run.ended_at else run.ended_at
        if end > begin:
            total += end - begin
            reached = end
    return total


cdef inline double availability(int64_t pbt, int64_t aupt) noexcept nogil:
    return <double>aupt / <double>pbt if pbt > 0 else NO_RATIO


cdef inline double uncapped_performance(double units, int64_t aupt, double planned) noexcept nogil:
    """`planned` is NO_RATIO where there is no plan."""
    if aupt == 0 or units == 0:
        return 0.0
    return NO_RATIO if planned == NO_RATIO else planned / <double>aupt


cdef inline double capped(double ratio) noexcept nogil:
    return ratio if ratio < 1.0 else 1.0


cdef inline double performance(const Run* run, int64_t pbt, int64_t aupt) noexcept nogil:
    cdef double planned = NO_RATIO
    if run.ideal_cycle_time_s != NO_IDEAL_CYCLE_TIME:
        planned = run.ideal_cycle_time_s * run.units
    elif run.target != NO_TARGET:
        planned = <double>pbt / run.target * run.units
    return capped(uncapped_performance(run.units, aupt, planned))


cdef inline double quality(double units, double scrap) noexcept nogil:
    cdef double ratio
    if units == 0:
        return NO_RATIO
    ratio = (units - scrap) / units
    return ratio if ratio > 0.0 else 0.0


cdef inline double overall(double a, double p, double q) noexcept nogil:
    if a == 0 or p == 0 or q == 0:
        return 0.0
    if a == NO_RATIO or p == NO_RATIO or q == NO_RATIO:
        return NO_RATIO
    return a * p * q


cdef inline int percent(double ratio) noexcept nogil:
    return NO_PERCENTAGE if ratio == NO_RATIO else <int>floor(ratio * 1000 + 0.5)


cdef inline Score score(const Run* run, Stop* stops) noexcept nogil:
    cdef int64_t pbt = planned_busy_time_s(run)
    cdef int64_t aupt = pbt - downtime_s(run, stops)
    cdef double a = availability(pbt, aupt)
    cdef double p = performance(run, pbt, aupt)
    cdef double q = quality(run.units, run.scrap)
    return Score(percent(a), percent(p), percent(q), percent(overall(a, p, q)))


cdef inline void add(Total* total, const Run* run, Stop* stops) noexcept nogil:
    cdef int64_t pbt = planned_busy_time_s(run)
    cdef int64_t aupt = pbt
    if run.stored_downtime_s == NO_DOWNTIME_STORED:
        aupt -= downtime_s(run, stops)
    else:
        aupt -= run.stored_downtime_s
    total.runs += 1
    add_exactly(&total.units, run.units)
    if run.target != NO_TARGET:
        add_exactly(&total.target, run.target)
        add_exactly(&total.units_with_target, run.units)
    total.busy_high += pbt >> 32
    total.busy_low += <uint32_t>pbt
    total.actual_high += aupt >> 32
    total.actual_low += <uint32_t>aupt
