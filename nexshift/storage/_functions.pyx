"""Our SQL functions, for a connection whose statements are stepped in C; `nexshift.storage.functions` says what each is.

They take no interpreter's lock, but for texts, which Python knows, and for the first instant of a day: the calendar of
a zone is asked for a day at a time.
"""

from libc.math cimport floor, isfinite
from libc.stdint cimport int64_t, uintptr_t
from libc.string cimport memcmp, memcpy, memset

from nexshift._instants cimport is_instant
from nexshift.storage._sqlite cimport (
    SQLITE_DETERMINISTIC,
    SQLITE_NULL,
    SQLITE_OK,
    SQLITE_UTF8,
    Ending,
    Function,
    Library,
    Statements,
    library,
    sqlite3_context,
    sqlite3_value,
)
from oee_core._exact cimport ExactSum, add_exactly, rounded
from oee_core._scoring cimport NO_RATIO, availability, capped, overall, quality, uncapped_performance

from nexshift.instants import list_day_starts, load_zone
from nexshift.storage.addresses import quote_text

# A copy, which the compiler reaches without a pointer.
cdef Library sql = library

cdef enum:
    DAY = 86400
    FIRST_DAY = -719162  # 0001-01-01
    LAST_DAY = 2932896  # 9999-12-31
    DAYS = 4096  # that are remembered, some eleven years
    MOST_NAME = 64  # bytes of a zone's name


# -- the company's calendar --------------------------------------------------------------------------------------------

cdef struct Starts:
    # A UTC day: the local day on which it begins, and when the next two begin.
    bint is_known
    int64_t utc_day
    int64_t day
    int64_t next
    int64_t after_next

cdef struct Days:
    Starts[DAYS] known
    char[MOST_NAME] name
    int size
    void* calendar


cdef class Calendar:
    """The local days of the zone that one connection asked for last."""

    cdef Days days
    cdef object zone

    def __cinit__(self):
        memset(&self.days, 0, sizeof(Days))
        self.days.calendar = <void*>self


cdef int use_zone(Days* days, const char* name, int size) noexcept with gil:
    cdef Calendar calendar = <Calendar>days.calendar
    try:
        calendar.zone = load_zone(name[:size].decode())
    except BaseException:
        return -1
    memset(&days.known, 0, sizeof(days.known))
    memcpy(days.name, name, size)
    days.size = size
    return 0


cdef int learn(Days* days, Starts* starts, int64_t utc_day) noexcept with gil:
    cdef Calendar calendar = <Calendar>days.calendar
    try:
        starts.day, starts.next, starts.after_next = list_day_starts(utc_day, calendar.zone)
    except BaseException:
        return -1
    starts.utc_day, starts.is_known = utc_day, True
    return 0


cdef void local_day(sqlite3_context* context, int _count, sqlite3_value** values) noexcept nogil:
    cdef Days* days = <Days*>sql.user_data(context)
    cdef Starts* starts
    cdef const char* name
    cdef int64_t epoch, utc_day
    cdef int size
    if sql.value_type(values[0]) == SQLITE_NULL:
        sql.result_null(context)
        return
    epoch = sql.value_int64(values[0])
    name = sql.value_text(values[1])
    size = sql.value_bytes(values[1])
    if not is_instant(epoch) or name == NULL or not 0 < size <= MOST_NAME:
        sql.result_error(context, b"local_day: no instant of the years 1 to 9999, or no time zone", -1)
        return
    if size != days.size or memcmp(name, days.name, size) != 0:
        if use_zone(days, name, size) != 0:
            sql.result_error(context, b"local_day: unknown time zone", -1)
            return
    utc_day = epoch // DAY - (1 if epoch % DAY < 0 else 0)  # C rounds towards zero
    starts = &days.known[utc_day & (DAYS - 1)]
    if (not starts.is_known or starts.utc_day != utc_day) and learn(days, starts, utc_day) != 0:
        sql.result_error(context, b"local_day: the time zone's rules cannot be read", -1)
        return
    utc_day = starts.day + (1 if epoch >= starts.next else 0) + (1 if epoch >= starts.after_next else 0)
    sql.result_int64(context, min(max(utc_day, FIRST_DAY), LAST_DAY))


# -- OEE of a run, or of several added up ------------------------------------------------------------------------------

cdef inline double number(sqlite3_value* value) noexcept nogil:
    return NO_RATIO if sql.value_type(value) == SQLITE_NULL else sql.value_double(value)


cdef inline void give_percent(sqlite3_context* context, double ratio) noexcept nogil:
    cdef double thousandths = floor(ratio * 1000 + 0.5)
    if ratio == NO_RATIO or not isfinite(thousandths):
        sql.result_null(context)
    else:
        sql.result_double(context, thousandths / 10)


cdef void availability_pct(sqlite3_context* context, int _count, sqlite3_value** of) noexcept nogil:
    give_percent(context, availability(sql.value_int64(of[0]), sql.value_int64(of[1])))


cdef void performance_pct(sqlite3_context* context, int _count, sqlite3_value** of) noexcept nogil:
    cdef double ratio = uncapped_performance(sql.value_double(of[0]), sql.value_int64(of[1]), number(of[2]))
    give_percent(context, capped(ratio))


cdef void performance_uncapped_pct(sqlite3_context* context, int _count, sqlite3_value** of) noexcept nogil:
    give_percent(context, uncapped_performance(sql.value_double(of[0]), sql.value_int64(of[1]), number(of[2])))


cdef void ratio_pct(sqlite3_context* context, int _count, sqlite3_value** of) noexcept nogil:
    cdef double divisor = sql.value_double(of[1])  # 0 of NULL
    give_percent(context, NO_RATIO if divisor == 0 else sql.value_double(of[0]) / divisor)


cdef void quality_pct(sqlite3_context* context, int _count, sqlite3_value** of) noexcept nogil:
    give_percent(context, quality(sql.value_double(of[0]), sql.value_double(of[1])))


cdef void overall_pct(sqlite3_context* context, int _count, sqlite3_value** of) noexcept nogil:
    cdef double a = availability(sql.value_int64(of[0]), sql.value_int64(of[1]))
    cdef double p = capped(uncapped_performance(sql.value_double(of[2]), sql.value_int64(of[3]), number(of[4])))
    cdef double q = quality(sql.value_double(of[5]), sql.value_double(of[6]))
    give_percent(context, overall(a, p, q))


# -- sums --------------------------------------------------------------------------------------------------------------

cdef struct Stopped:
    bint has_begun
    int64_t reached
    int64_t total


cdef void add_stopped(sqlite3_context* context, int _count, sqlite3_value** of) noexcept nogil:
    """Stops come in the order of their start, which is that of their table."""
    cdef Stopped* stopped = <Stopped*>sql.aggregate_context(context, sizeof(Stopped))
    cdef int64_t begin, end
    if stopped == NULL:
        return
    begin, end = sql.value_int64(of[0]), sql.value_int64(of[3])
    if not stopped.has_begun:
        stopped.has_begun, stopped.reached = True, sql.value_int64(of[2])
    if sql.value_type(of[1]) != SQLITE_NULL:
        end = min(end, sql.value_int64(of[1]))
    begin = max(begin, stopped.reached)
    if end > begin:
        stopped.total += end - begin
        stopped.reached = end


cdef void end_stopped(sqlite3_context* context) noexcept nogil:
    cdef Stopped* stopped = <Stopped*>sql.aggregate_context(context, 0)
    if stopped == NULL:
        sql.result_null(context)
    else:
        sql.result_int64(context, stopped.total)


cdef struct Summed:
    bint has_value
    ExactSum total


cdef void add_value(sqlite3_context* context, int _count, sqlite3_value** of) noexcept nogil:
    cdef Summed* summed = <Summed*>sql.aggregate_context(context, sizeof(Summed))
    if summed != NULL and sql.value_type(of[0]) != SQLITE_NULL:
        summed.has_value = True
        add_exactly(&summed.total, sql.value_double(of[0]))


cdef void end_exactly(sqlite3_context* context) noexcept nogil:
    cdef Summed* summed = <Summed*>sql.aggregate_context(context, 0)
    if summed == NULL or not summed.has_value:
        sql.result_null(context)
    else:
        sql.result_double(context, rounded(&summed.total))


# -- texts -------------------------------------------------------------------------------------------------------------

cdef void lower_text(sqlite3_context* context, int _count, sqlite3_value** values) noexcept with gil:
    change_text(context, values[0], str.lower)


cdef void upper_text(sqlite3_context* context, int _count, sqlite3_value** values) noexcept with gil:
    change_text(context, values[0], str.upper)


cdef void address_text(sqlite3_context* context, int _count, sqlite3_value** values) noexcept with gil:
    change_text(context, values[0], quote_text)


cdef void change_text(sqlite3_context* context, sqlite3_value* value, object change) noexcept:
    cdef const char* text = sql.value_text(value)  # NULL for one
    if text == NULL:
        return
    try:
        changed = change(text[:sql.value_bytes(value)].decode()).encode()
        sql.result_text(context, <const char*>changed, <int>len(changed), <void*><uintptr_t>-1)  # copied
    except BaseException:
        sql.result_error(context, b"a text cannot be changed to other letters", -1)


# -- registration ------------------------------------------------------------------------------------------------------

cdef int define(Statements connection, const char* name, int count, Function scalar, Function step, Ending end) except -1:
    cdef Calendar calendar = connection.calendar
    cdef int code = sql.create_function_v2(
        connection.handle, name, count, SQLITE_UTF8 | SQLITE_DETERMINISTIC, &calendar.days, scalar, step, end, NULL
    )
    if code != SQLITE_OK:
        raise connection.error(code)
    return 0


def define_functions(Statements connection not None):
    """Make the functions known to a connection."""
    connection.calendar = Calendar()
    define(connection, b"lower_text", 1, lower_text, NULL, NULL)
    define(connection, b"upper_text", 1, upper_text, NULL, NULL)
    define(connection, b"address_text", 1, address_text, NULL, NULL)
    define(connection, b"local_day", 2, local_day, NULL, NULL)
    define(connection, b"availability_pct", 2, availability_pct, NULL, NULL)
    define(connection, b"performance_pct", 3, performance_pct, NULL, NULL)
    define(connection, b"performance_uncapped_pct", 3, performance_uncapped_pct, NULL, NULL)
    define(connection, b"ratio_pct", 2, ratio_pct, NULL, NULL)
    define(connection, b"quality_pct", 2, quality_pct, NULL, NULL)
    define(connection, b"overall_pct", 7, overall_pct, NULL, NULL)
    define(connection, b"stopped_seconds", 4, NULL, add_stopped, end_stopped)
    define(connection, b"exact_sum", 1, NULL, add_value, end_exactly)
