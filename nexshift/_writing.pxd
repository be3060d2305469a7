"""What a page is written from; see _writing.pyx."""

from libc.stdint cimport int64_t

from nexshift._json cimport Out
from nexshift._known cimport Steps, Table
from nexshift._runs cimport Stops
from nexshift.storage._sqlite cimport sqlite3_mutex, sqlite3_stmt
from oee_core._exact cimport ExactSum
from oee_core._scoring cimport Run, Score

# How a value is written that is no column; the numbers go on from those of _stored.pxd.
cdef enum:
    NOTHING = 5  # only what stands before it
    OBJECT_OR_NULL = 6  # `other`: how many values to leave out when its column is NULL
    LOOKUP = 7  # `other`: which
    CHILD = 8  # `other`: which
    SCORE = 9  # computes the percentages that follow
    PERCENTAGE = 10  # `other`: which

cdef enum:
    MOST_CHILDREN = 4
    MOST_LOOKUPS = 8
    MOST_ID = 64  # characters of an id, which is a UUID
    PIECE = 16  # bytes that are copied at once; so much room stands behind each `before`
    NO_NAME = -7  # beside the Failures of _json.pxd

cdef enum Role:
    NO_PART = 0  # of OEE
    STOPS = 1
    SCRAP = 2

cdef struct Child:
    sqlite3_stmt* statement
    Steps steps
    Role role
    bint has_row
    int64_t parent

cdef struct Job:
    sqlite3_mutex* mutex  # the connection's, held while rows are stepped
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
    Run run
    ExactSum scrap  # of the run
    Score score
    Stops stops
    int64_t written
    bint following
    int time_column
    int id_column
    int64_t last_time
    char[MOST_ID] last_id
    size_t last_id_size


cdef int put_rare(sqlite3_mutex* mutex, Out* out, double value) noexcept nogil
cdef int write_page(Job* job, int64_t limit, size_t most) noexcept nogil
