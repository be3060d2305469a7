"""The definition of `oee_core.reference`, in C: rows in, percentages and sums out, equal to the last bit.

Rows are packed into C arrays by direct access to their tuples, merged in the same pass, computed without the GIL and
given back as Python values.  A row that is not plainly good is handed to `oee_core.rows`, which says what is wrong.
The order of every floating-point operation is the reference's, and sums of quantities are exact in both; the build
forbids fused multiply-add.
"""

from libc.stdint cimport int64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memset

from oee_core._conversion cimport as_sums, take_interval, take_member, take_run, take_scrap, take_stop
from oee_core._exact cimport ExactSum, add_exactly, rounded
from oee_core._scoring cimport (
    LARGEST_INSTANT,
    LARGEST_QUANTITY,
    Run,
    Score,
    Stop,
    Total,
    add,
    downtime_s,
    score,
)

from oee_core import rows as _rows
from oee_core.reference import Sums as _Sums

cdef extern from "Python.h":
    ctypedef struct PyObject
    PyObject** PySequence_Fast_ITEMS(object) noexcept
    void Py_INCREF(object) noexcept
    object PyList_New(Py_ssize_t)
    void PyList_SET_ITEM(object, Py_ssize_t, object) noexcept
    object PyTuple_New(Py_ssize_t)
    void PyTuple_SET_ITEM(object, Py_ssize_t, object) noexcept

if LARGEST_INSTANT != _rows.LARGEST_INSTANT or LARGEST_QUANTITY != _rows.LARGEST_QUANTITY:
    raise SystemError("the kernel was built for other bounds than those of oee_core.rows")

# Every ratio of a run lies in 0..1, so a percentage with one decimal is one of 1001 floats: made once, shared by all.
cdef tuple PERCENTAGES = tuple([thousandth / 10 for thousandth in range(1001)]) + (None,)

# -- Rows into C arrays ------------------------------------------------------------------------------------------------

cdef int refuse(str reader, Py_ssize_t position, PyObject* row) except -1:
    getattr(_rows, reader)(position, <object>row)
    raise SystemError(f"the kernel refused a row that {reader} takes: {<object>row!r}")


ctypedef bint (*TakeRun)(PyObject*, Run*) noexcept


cdef class Plant:
    """The arrays of one call; they are freed with it, however the call ends.

    No Python code runs while rows are packed, except to refuse one, so the lists cannot change underneath.
    """

    cdef Run* runs
    cdef Stop* stops
    cdef Py_ssize_t count

    def __dealloc__(self):
        free(self.runs)
        free(self.stops)

    cdef int pack_runs(self, object rows, TakeRun take, str reader) except -1:
        cdef Py_ssize_t count = len(rows)
        cdef PyObject** items = PySequence_Fast_ITEMS(rows)
        cdef Py_ssize_t i
        self.runs = <Run*>calloc(count + 1, sizeof(Run))
        if self.runs == NULL:
            raise MemoryError
        for i in range(count):
            if not take(items[i], &self.runs[i]):
                refuse(reader, i, items[i])
        for i in range(1, count):
            if self.runs[i].key == self.runs[i - 1].key:
                _rows.refuse_repeated_run(self.runs[i].key)
        self.count = count
        return 0

    cdef int pack_stops(self, object rows) except -1:
        cdef Py_ssize_t count = len(rows)
        cdef PyObject** items = PySequence_Fast_ITEMS(rows)
        cdef Run* run = self.runs
        cdef Run* end = self.runs + self.count
        cdef int64_t key = 0
        cdef Py_ssize_t i
        self.stops = <Stop*>calloc(count + 1, sizeof(Stop))
        if self.stops == NULL:
            raise MemoryError
        for i in range(count):
            if not take_stop(items[i], &key, &self.stops[i]):
                refuse("read_stop", i, items[i])
            while run < end and run.key != key:
                run += 1
                run.first_stop = i
            if run == end:
                _rows.refuse_order("stop", key)
            run.stops += 1
        return 0

    cdef int add_scrap(self, object rows) except -1:
        cdef Py_ssize_t count = len(rows)
        cdef PyObject** items = PySequence_Fast_ITEMS(rows)
        cdef Run* run = self.runs
        cdef Run* end = self.runs + self.count
        cdef int64_t key = 0
        cdef double units = 0
        cdef ExactSum scrap  # of one run
        cdef Py_ssize_t i
        memset(&scrap, 0, sizeof(ExactSum))
        for i in range(count):
            if not take_scrap(items[i], &key, &units):
                refuse("read_scrap", i, items[i])
            while run < end and run.key != key:
                run += 1
                scrap.count = 0
            if run == end:
                _rows.refuse_order("scrap", key)
            add_exactly(&scrap, units)
            run.scrap = rounded(&scrap)
        return 0


cdef inline object in_memory(object rows):
    """A list or tuple, whose items can be reached by pointer."""
    return rows if isinstance(rows, (list, tuple)) else list(rows)


# -- What Python calls -------------------------------------------------------------------------------------------------

def score_runs(runs, stops, scrap):
    """See `oee_core.reference.score_runs`."""
    cdef Plant plant = Plant()
    runs, stops, scrap = in_memory(runs), in_memory(stops), in_memory(scrap)
    plant.pack_runs(runs, take_run, "read_run")
    plant.pack_stops(stops)
    plant.add_scrap(scrap)
    cdef Score* scores = <Score*>calloc(plant.count + 1, sizeof(Score))
    if scores == NULL:
        raise MemoryError
    cdef Py_ssize_t i
    try:
        with nogil:
            for i in range(plant.count):
                scores[i] = score(&plant.runs[i], &plant.stops[plant.runs[i].first_stop])
        results = PyList_New(plant.count)
        for i in range(plant.count):
            put(results, i, percentages(&scores[i]))
        return results
    finally:
        free(scores)


cdef inline tuple percentages(const Score* scored):
    cdef object result = PyTuple_New(4)
    put_percentage(result, 0, scored.availability)
    put_percentage(result, 1, scored.performance)
    put_percentage(result, 2, scored.quality)
    put_percentage(result, 3, scored.overall)
    return <tuple>result


cdef inline void put_percentage(object result, Py_ssize_t at, int thousandths):
    value = PERCENTAGES[thousandths]
    Py_INCREF(value)
    PyTuple_SET_ITEM(result, at, value)


cdef inline void put(object results, Py_ssize_t at, object value):
    Py_INCREF(value)
    PyList_SET_ITEM(results, at, value)


def downtime_seconds(runs, stops):
    """See `oee_core.reference.downtime_seconds`."""
    cdef Plant plant = Plant()
    runs, stops = in_memory(runs), in_memory(stops)
    plant.pack_runs(runs, take_interval, "read_interval")
    plant.pack_stops(stops)
    cdef Py_ssize_t i
    with nogil:
        for i in range(plant.count):
            plant.runs[i].stored_downtime_s = downtime_s(&plant.runs[i], &plant.stops[plant.runs[i].first_stop])
    return [plant.runs[i].stored_downtime_s for i in range(plant.count)]


def sum_runs(members, stops=()):
    """See `oee_core.reference.sum_runs`."""
    cdef Plant plant = Plant()
    members, stops = in_memory(members), in_memory(stops)
    plant.pack_runs(members, take_member, "read_member")
    plant.pack_stops(stops)
    cdef Total* totals = <Total*>calloc(groups_in(plant) + 1, sizeof(Total))
    if totals == NULL:
        raise MemoryError
    cdef Total* total = totals
    cdef Py_ssize_t i
    try:
        with nogil:
            for i in range(plant.count):
                if i > 0 and plant.runs[i].group != plant.runs[i - 1].group:
                    total += 1
                total.group = plant.runs[i].group
                add(total, &plant.runs[i], &plant.stops[plant.runs[i].first_stop])
        return sums(totals, groups_in(plant))
    finally:
        free(totals)


cdef Py_ssize_t groups_in(Plant plant) noexcept:
    cdef Py_ssize_t groups = 1 if plant.count > 0 else 0
    cdef Py_ssize_t i
    for i in range(1, plant.count):
        groups += plant.runs[i].group != plant.runs[i - 1].group
    return groups


cdef list sums(const Total* totals, Py_ssize_t count):
    cdef dict found = {}
    cdef const Total* total
    cdef Py_ssize_t i
    for i in range(count):
        total = &totals[i]
        if total.group in found:
            _rows.refuse_returning_group(total.group)
        found[total.group] = as_sums(_Sums, total)
    return list(found.values())
