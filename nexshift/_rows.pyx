"""Query rows into msgspec Structs, by position.

A `Reader` is made once for a query and its record (see `nexshift.reader`), and follows a small list of steps for
every row: one step makes one field.  Structs are built through their vectorcall, without argument tuples.
"""

from cpython.dict cimport PyDict_GetItem
from cpython.object cimport PyObject
from libc.math cimport fabs, floor, isinf
from libc.stdint cimport INT64_MAX, int64_t

from nexshift._instants cimport EARLIEST, INSTANT_SIZE, LATEST, Day, is_instant, no_day, write_instant
from nexshift._stored cimport FLAG, INSTANT, LENGTH, QUANTITY, VALUE

from nexshift import instants

cdef extern from "Python.h":
    object PyUnicode_New(Py_ssize_t size, Py_UCS4 maxchar)
    void* PyUnicode_DATA(object)
    object PyObject_VectorcallNull "PyObject_Vectorcall"(object, PyObject**, size_t, void*)
    void Py_INCREF(PyObject*)
    void Py_DECREF(PyObject*)

# The numbers of `nexshift.plan.Made`, which go on from those.
cdef enum:
    NESTED = 5
    NESTED_OR_NONE = 6
    LOOKUP = 7
    GIVEN = 8

cdef enum:
    MAX_FIELDS = 32

cdef struct Step:
    int kind
    Py_ssize_t at  # of the column, or among the look-ups or given lists
    Py_ssize_t column  # of a look-up's key, or of the start that a length is measured from


cdef Day last_day = no_day()

if EARLIEST != instants.EARLIEST or LATEST != instants.LATEST:
    raise SystemError("the reader was built for other bounds than those of nexshift.instants")


cdef object instant(int64_t epoch):
    if not is_instant(epoch):
        raise ValueError(f"{epoch} is no instant of the years 1 to 9999: the database is damaged")
    cdef object text = PyUnicode_New(INSTANT_SIZE, 127)
    write_instant(<char*>PyUnicode_DATA(text), epoch, &last_day)
    return text


cdef object quantity(object value):
    cdef double amount
    if type(value) is not float:
        return value
    amount = value
    if amount == floor(amount) and fabs(amount) < <double>INT64_MAX:  # 2^63
        return <int64_t>amount
    if isinf(amount):
        raise ValueError("a quantity is beyond every number: the database is damaged")
    return value


cdef object minutes(int64_t started_at, int64_t ended_at):
    """floor(seconds / 60 * 10 + 0.5) / 10, evaluated as written."""
    if not is_instant(started_at) or not is_instant(ended_at):
        raise ValueError(f"from {started_at} to {ended_at} is no time within the years 1 to 9999")
    cdef int64_t seconds = ended_at - started_at
    return quantity(floor(<double>seconds / 60.0 * 10.0 + 0.5) / 10.0)


cdef class Reader:
    """Makes one `record` of every row.

    `width` is the number of columns of a row.  `steps` is a sequence of (kind, position, detail): a column's
    position; for a length the column of its end, with that of its start as the detail; for a nested record its Reader
    as the detail; for a look-up the position among the look-ups, with the key's column as the detail; for a given
    field the position among the given lists.
    """

    cdef object record
    cdef Step steps[MAX_FIELDS]
    cdef Py_ssize_t count, width, lookups, given
    cdef list nested

    def __init__(self, record, Py_ssize_t width, steps):
        cdef Reader inner
        if len(steps) > MAX_FIELDS:
            raise ValueError(f"{record.__name__} has more than {MAX_FIELDS} fields")
        self.record = record
        self.width = width
        self.count = len(steps)
        self.nested = []
        for i, (kind, position, detail) in enumerate(steps):
            self.steps[i].kind = kind
            self.steps[i].at = position
            self.steps[i].column = -1
            column = position
            if kind == LOOKUP:
                column = self.steps[i].column = detail
                self.lookups = max(self.lookups, position + 1)
            elif kind == GIVEN:
                column = 0
                self.given = max(self.given, position + 1)
            elif kind == NESTED or kind == NESTED_OR_NONE:
                inner = detail
                if inner.width != width:
                    raise ValueError(f"{record.__name__} is read from {width} columns, a record in it from {inner.width}")
                self.lookups = max(self.lookups, inner.lookups)
                self.given = max(self.given, inner.given)
            elif kind == LENGTH:
                self.steps[i].column = detail
            for column in (column, max(0, self.steps[i].column)):
                if not 0 <= column < width or position < 0:
                    raise ValueError(f"{record.__name__} has no column {column} to read")
            self.nested.append(detail if isinstance(detail, Reader) else None)

    def read(self, list rows not None, tuple lookups=(), tuple given=()):
        """The records of `rows` (tuples), in their order.

        `lookups` are dictionaries from integer id to a ready record, each of which must hold every id that comes up;
        `given` are lists as long as `rows`.
        """
        cdef Py_ssize_t i
        cdef list records = [None] * len(rows)
        cdef tuple row
        if len(lookups) < self.lookups or len(given) < self.given:
            raise ValueError(f"{self.record.__name__} needs {self.lookups} look-ups and {self.given} given lists")
        for values in given:
            if len(values) != len(rows):
                raise ValueError(f"{len(values)} values were given for {len(rows)} rows")
        for i in range(len(rows)):
            row = <tuple?>rows[i]
            if len(row) != self.width:
                raise ValueError(f"a row has {len(row)} columns, not {self.width}")
            records[i] = self.make(row, i, lookups, given)
        return records

    cdef object make(self, tuple row, Py_ssize_t i, tuple lookups, tuple given):
        cdef PyObject* fields[MAX_FIELDS]
        cdef Py_ssize_t made = 0
        cdef object field
        try:
            while made < self.count:
                field = self.field(&self.steps[made], made, row, i, lookups, given)
                Py_INCREF(<PyObject*>field)
                fields[made] = <PyObject*>field
                made += 1
            return PyObject_VectorcallNull(self.record, fields, made, NULL)
        finally:
            while made:
                made -= 1
                Py_DECREF(fields[made])

    cdef object field(self, Step* step, Py_ssize_t number, tuple row, Py_ssize_t i, tuple lookups, tuple given):
        cdef object value
        cdef PyObject* found
        if step.kind == GIVEN:
            return (<list>given[step.at])[i]
        if step.kind == NESTED:
            return (<Reader>self.nested[number]).make(row, i, lookups, given)
        if step.kind == LOOKUP:
            value = row[step.column]
            if value is None:
                return None
            found = <PyObject*>PyDict_GetItem(<dict>lookups[step.at], value)
            if found == NULL:
                raise KeyError(value)
            return <object>found
        value = row[step.at]
        if step.kind == VALUE or value is None:
            return value
        if step.kind == INSTANT:
            return instant(value)
        if step.kind == FLAG:
            return value != 0
        if step.kind == QUANTITY:
            return quantity(value)
        if step.kind == LENGTH:
            return minutes(row[step.column], value)
        return (<Reader>self.nested[number]).make(row, i, lookups, given)  # NESTED_OR_NONE, and its id is there


def find_missing(list rows not None, Py_ssize_t column, dict known not None):
    """The keys in that column of `rows` that are not in `known`, as a set."""
    cdef set missing = set()
    cdef object key
    cdef tuple row
    for row in rows:
        if not 0 <= column < len(row):
            raise ValueError(f"a row has {len(row)} columns, so none is {column}")
        key = row[column]
        if key is not None and PyDict_GetItem(known, key) == NULL:
            missing.add(key)
    return missing


def group(list keys not None, list children not None, list records not None):
    """The records of each key's children, as lists in the order of `keys`.

    `children` are rows that begin with their parent's key, grouped in the order of `keys`; `records` are what was
    made of them.  A child out of that order is a ValueError: it would be lost otherwise.
    """
    cdef Py_ssize_t at = 0, first, i
    cdef Py_ssize_t count = len(children)
    cdef list grouped = []
    cdef int64_t key
    if len(records) != count:
        raise ValueError(f"{len(records)} records were made of {count} rows")
    for i in range(len(keys)):
        key = keys[i]
        first = at
        while at < count and <int64_t>(<tuple?>children[at])[0] == key:
            at += 1
        grouped.append(records[first:at])
    if at < count:
        raise ValueError(f"a child row of {children[at][0]} does not come in the order of its parents")
    return grouped
