"""Between Python's values and the core's structs: the items of a row's tuple into C, a total into its Sums.

What takes a row gives False for one that is not plainly good; `oee_core.rows` says what is wrong with it.
"""

from libc.stdint cimport INT64_MAX, int64_t

from oee_core._exact cimport rounded
from oee_core._scoring cimport (
    LARGEST_INSTANT,
    LARGEST_QUANTITY,
    NO_DOWNTIME_STORED,
    NO_IDEAL_CYCLE_TIME,
    NO_TARGET,
    Run,
    Stop,
    Total,
    planned_busy_time_s,
)

cdef extern from "Python.h":
    # Borrowed pointers instead of Cython's counted objects: the rows are held by the caller's list all the while.
    ctypedef struct PyObject
    PyObject* Py_None
    bint PyTuple_Check(PyObject*) noexcept
    Py_ssize_t PyTuple_GET_SIZE(PyObject*) noexcept
    PyObject* PyTuple_GET_ITEM(PyObject*, Py_ssize_t) noexcept
    bint PyLong_CheckExact(PyObject*) noexcept
    long long PyLong_AsLongLongAndOverflow(PyObject*, int*) noexcept
    bint PyFloat_CheckExact(PyObject*) noexcept
    double PyFloat_AS_DOUBLE(PyObject*) noexcept

cdef extern from *:
    """
    /* An int of up to two digits, without a call.  Elsewhere and for others: 0, and Python's own conversion follows. */
    static inline int take_small_int(PyObject *item, int64_t *value) {
    #if PY_VERSION_HEX < 0x030C0000
        const digit *digits = ((PyLongObject *)item)->ob_digit;
        switch (Py_SIZE(item)) {
            case 0: *value = 0; return 1;
            case 1: *value = digits[0]; return 1;
            case 2: *value = (int64_t)digits[1] << PyLong_SHIFT | digits[0]; return 1;
        }
    #else
        (void)item, (void)value;
    #endif
        return 0;
    }
    """
    bint take_small_int(PyObject*, int64_t*) noexcept


cdef inline bint is_row(PyObject* row, Py_ssize_t count) noexcept:
    return PyTuple_Check(row) and PyTuple_GET_SIZE(row) >= count


cdef inline bint take_key(PyObject* item, int64_t* key) noexcept:
    cdef int beyond = 0
    if not PyLong_CheckExact(item):
        return False
    if take_small_int(item, key):
        return True
    key[0] = PyLong_AsLongLongAndOverflow(item, &beyond)
    return beyond == 0 and key[0] >= -INT64_MAX


cdef inline bint take_instant(PyObject* item, int64_t* instant) noexcept:
    return take_key(item, instant) and -LARGEST_INSTANT <= instant[0] <= LARGEST_INSTANT


cdef inline bint take_quantity(PyObject* item, double* quantity) noexcept:
    cdef int64_t whole = 0
    if PyFloat_CheckExact(item):
        quantity[0] = PyFloat_AS_DOUBLE(item)
    elif take_key(item, &whole):
        # Rounded only beyond the largest quantity, and never to below it.
        quantity[0] = <double>whole
        if whole > <int64_t>LARGEST_QUANTITY:
            return False
    else:
        return False
    return 0 <= quantity[0] <= LARGEST_QUANTITY  # false for NaN


cdef inline bint take_target(PyObject* item, double* target) noexcept:
    target[0] = NO_TARGET
    return item == Py_None or take_quantity(item, target)


cdef inline bint take_span(PyObject* row, Py_ssize_t first, Run* run) noexcept:
    """Its key, its start and its end, which stand side by side in every row, from `first` on."""
    return (
        take_key(PyTuple_GET_ITEM(row, first), &run.key)
        and take_instant(PyTuple_GET_ITEM(row, first + 1), &run.started_at)
        and take_instant(PyTuple_GET_ITEM(row, first + 2), &run.ended_at)
    )


cdef inline bint take_output(PyObject* row, Py_ssize_t first, Run* run) noexcept:
    """Its span, and behind that its units and its target."""
    return (
        take_span(row, first, run)
        and take_quantity(PyTuple_GET_ITEM(row, first + 3), &run.units)
        and take_target(PyTuple_GET_ITEM(row, first + 4), &run.target)
    )


cdef inline bint take_run(PyObject* row, Run* run) noexcept:
    run.ideal_cycle_time_s = NO_IDEAL_CYCLE_TIME
    return (
        is_row(row, 6)
        and take_output(row, 0, run)
        and (
            PyTuple_GET_ITEM(row, 5) == Py_None
            or take_quantity(PyTuple_GET_ITEM(row, 5), &run.ideal_cycle_time_s)
        )
    )


cdef inline bint take_interval(PyObject* row, Run* run) noexcept:
    return is_row(row, 3) and take_span(row, 0, run)


cdef inline bint take_member(PyObject* row, Run* run) noexcept:
    run.stored_downtime_s = NO_DOWNTIME_STORED
    return (
        is_row(row, 7)
        and take_key(PyTuple_GET_ITEM(row, 0), &run.group)
        and take_output(row, 1, run)
        and (
            PyTuple_GET_ITEM(row, 6) == Py_None
            or (
                take_key(PyTuple_GET_ITEM(row, 6), &run.stored_downtime_s)
                and 0 <= run.stored_downtime_s <= planned_busy_time_s(run)
            )
        )
    )


cdef inline bint take_stop(PyObject* row, int64_t* run_key, Stop* stop) noexcept:
    stop.ended_at = INT64_MAX  # while it is open
    return (
        is_row(row, 3)
        and take_key(PyTuple_GET_ITEM(row, 0), run_key)
        and take_instant(PyTuple_GET_ITEM(row, 1), &stop.started_at)
        and (
            PyTuple_GET_ITEM(row, 2) == Py_None
            or take_instant(PyTuple_GET_ITEM(row, 2), &stop.ended_at)
        )
    )


cdef inline bint take_scrap(PyObject* row, int64_t* run_key, double* units) noexcept:
    return (
        is_row(row, 2)
        and take_key(PyTuple_GET_ITEM(row, 0), run_key)
        and take_quantity(PyTuple_GET_ITEM(row, 1), units)
    )


cdef inline object as_sums(object kind, const Total* total):
    """A `kind`, which is `oee_core.Sums`."""
    return kind(
        total.group,
        total.runs,
        rounded(&total.units),
        rounded(&total.target),
        rounded(&total.units_with_target),
        joined(total.busy_high, total.busy_low),
        joined(total.actual_high, total.actual_low),
    )


cdef inline object joined(int64_t high, int64_t low):
    return (<object>high << 32) + low
