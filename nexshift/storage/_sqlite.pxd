"""SQLite's C interface, and a connection's statements; see _sqlite.pyx."""

from libc.stdint cimport int64_t

cdef extern from *:
    """
    typedef struct sqlite3 sqlite3;
    typedef struct sqlite3_stmt sqlite3_stmt;
    typedef struct sqlite3_value sqlite3_value;
    typedef struct sqlite3_mutex sqlite3_mutex;
    typedef struct sqlite3_context sqlite3_context;
    """
    ctypedef struct sqlite3
    ctypedef struct sqlite3_stmt
    ctypedef struct sqlite3_value
    ctypedef struct sqlite3_mutex
    ctypedef struct sqlite3_context

# SQLite's numbers.
cdef enum:
    SQLITE_OK = 0
    SQLITE_NOMEM = 7
    SQLITE_CORRUPT = 11
    SQLITE_NOTADB = 26
    SQLITE_ROW = 100
    SQLITE_DONE = 101
    SQLITE_INTEGER = 1
    SQLITE_FLOAT = 2
    SQLITE_TEXT = 3
    SQLITE_NULL = 5
    SQLITE_UTF8 = 1
    SQLITE_DETERMINISTIC = 0x800
    SQLITE_DBCONFIG_ENABLE_QPSG = 1007

ctypedef void (*Function)(sqlite3_context*, int, sqlite3_value**) noexcept nogil
ctypedef void (*Ending)(sqlite3_context*) noexcept nogil

# No header of SQLite is needed: this part of its interface has not changed since 2004 and is promised not to.
cdef struct Library:
    int (*auto_extension)(void*) noexcept nogil
    int (*cancel_auto_extension)(void*) noexcept nogil
    int (*db_config)(sqlite3*, int, ...) noexcept nogil
    int (*prepare_v2)(sqlite3*, const char*, int, sqlite3_stmt**, const char**) noexcept nogil
    int (*finalize)(sqlite3_stmt*) noexcept nogil
    int (*step)(sqlite3_stmt*) noexcept nogil
    int (*reset)(sqlite3_stmt*) noexcept nogil
    int (*bind_parameter_count)(sqlite3_stmt*) noexcept nogil
    const char* (*bind_parameter_name)(sqlite3_stmt*, int) noexcept nogil
    int (*bind_int64)(sqlite3_stmt*, int, int64_t) noexcept nogil
    int (*bind_text)(sqlite3_stmt*, int, const char*, int, void*) noexcept nogil
    int (*bind_null)(sqlite3_stmt*, int) noexcept nogil
    int (*bind_double)(sqlite3_stmt*, int, double) noexcept nogil
    int (*column_count)(sqlite3_stmt*) noexcept nogil
    # The column's value, good until the next step.  Its kind is asked by functions that take no mutex, which is allowed
    # while the connection's is held.
    sqlite3_value* (*column_value)(sqlite3_stmt*, int) noexcept nogil
    int (*value_type)(sqlite3_value*) noexcept nogil
    int64_t (*value_int64)(sqlite3_value*) noexcept nogil
    double (*value_double)(sqlite3_value*) noexcept nogil
    const char* (*value_text)(sqlite3_value*) noexcept nogil
    int (*value_bytes)(sqlite3_value*) noexcept nogil
    const char* (*errmsg)(sqlite3*) noexcept nogil
    int (*extended_errcode)(sqlite3*) noexcept nogil
    sqlite3_mutex* (*db_mutex)(sqlite3*) noexcept nogil
    void (*mutex_enter)(sqlite3_mutex*) noexcept nogil
    void (*mutex_leave)(sqlite3_mutex*) noexcept nogil
    int (*create_function_v2)(
        sqlite3*, const char*, int, int, void*, Function, Function, Ending, void*
    ) noexcept nogil
    void* (*user_data)(sqlite3_context*) noexcept nogil
    void* (*aggregate_context)(sqlite3_context*, int) noexcept nogil
    void (*result_int64)(sqlite3_context*, int64_t) noexcept nogil
    void (*result_double)(sqlite3_context*, double) noexcept nogil
    void (*result_text)(sqlite3_context*, const char*, int, void*) noexcept nogil
    void (*result_null)(sqlite3_context*) noexcept nogil
    void (*result_error)(sqlite3_context*, const char*, int) noexcept nogil

cdef Library library


cdef inline int64_t whole(const Library* sql, sqlite3_stmt* row, int column) noexcept nogil:
    return sql.value_int64(sql.column_value(row, column))


cdef inline int64_t whole_or(const Library* sql, sqlite3_stmt* row, int column, int64_t absent) noexcept nogil:
    cdef sqlite3_value* value = sql.column_value(row, column)
    return absent if sql.value_type(value) == SQLITE_NULL else sql.value_int64(value)


cdef inline double number_or(const Library* sql, sqlite3_stmt* row, int column, double absent) noexcept nogil:
    cdef sqlite3_value* value = sql.column_value(row, column)
    return absent if sql.value_type(value) == SQLITE_NULL else sql.value_double(value)


cdef class Statement:
    cdef sqlite3_stmt* handle
    cdef readonly int columns
    cdef tuple names
    cdef Statements owner

    cdef int bind(self, dict values) except -1


cdef class Statements:
    cdef sqlite3* handle
    cdef readonly dict prepared  # by SQL
    cdef public object scratch  # what the code that steps keeps from one page to the next
    cdef public object calendar  # what our SQL functions keep from one call to the next

    cdef Statement prepare(self, str sql)
    cdef sqlite3_mutex* mutex(self) noexcept nogil
    cdef object error(self, int code)
