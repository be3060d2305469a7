"""Statements that are stepped in C, on a connection that Python's `sqlite3` opened.

The connection stays `sqlite3`'s: its settings, its authorizer, its transactions.  Here is a second way to ask it, by
SQLite's own functions, for code that makes bytes of rows without making Python objects of them.

The connection's handle is not taken out of `sqlite3`'s memory, whose layout is nobody's promise.  SQLite hands it over
itself: an automatic extension is called with every connection that the library opens.  That also proves that this is
the library that `sqlite3` uses, because another copy would open nothing.
"""

from libc.stdint cimport int64_t, uintptr_t
from libc.string cimport memcpy, memset

from threading import Lock

from nexshift.config import CACHED_STATEMENTS
from nexshift.storage.library import sqlite3 as db_api  # its name is that of a C type here
from nexshift.storage.symbols import FUNCTIONS, find_functions

cdef extern from "Python.h":
    unsigned long PyThread_get_thread_ident() noexcept nogil
    const char* PyUnicode_AsUTF8AndSize(object, Py_ssize_t*) except NULL

cdef bint load():
    cdef uintptr_t address
    cdef Py_ssize_t i
    memset(&library, 0, sizeof(Library))
    if sizeof(Library) != len(FUNCTIONS) * sizeof(void*):
        raise SystemError("the table of SQLite's functions is not the list of their names")
    addresses = find_functions(FUNCTIONS)
    if addresses is None:
        return False
    for i, name in enumerate(FUNCTIONS):
        address = addresses[name]
        memcpy(<char*>&library + i * sizeof(void*), &address, sizeof(void*))
    return True


is_available = load()
"""Whether the functions were found."""

_capturing = Lock()
cdef unsigned long capturing_thread
cdef sqlite3* captured
cdef int captures


cdef int on_open(sqlite3* handle, char** _error, const void* _functions) noexcept nogil:
    global captured, captures
    if PyThread_get_thread_ident() == capturing_thread:  # others may be opening connections of theirs
        captured = handle
        captures += 1
    return SQLITE_OK


def capture(connect):
    """What `connect()` returns, a connection of `sqlite3`, and its Statements; None for those where they cannot be had."""
    global captured, captures, capturing_thread
    cdef Statements statements
    if not is_available:
        return connect(), None
    with _capturing:
        captured, captures, capturing_thread = NULL, 0, PyThread_get_thread_ident()
        library.auto_extension(<void*>on_open)
        try:
            connection = connect()
        finally:
            library.cancel_auto_extension(<void*>on_open)
        if captures != 1:
            return connection, None
        statements = Statements()
        statements.handle = captured
        # A plan depends on the statement alone: otherwise each new value of a LIMIT makes SQLite prepare it again.
        library.db_config(captured, SQLITE_DBCONFIG_ENABLE_QPSG, 1, NULL)
        return connection, statements


cdef class Statement:
    """One prepared SELECT."""

    def __dealloc__(self):
        if self.handle != NULL:
            with nogil:  # another thread may step this connection and wait for the interpreter in a callback of Python's
                library.finalize(self.handle)

    cdef int bind(self, dict values) except -1:
        """Bind every parameter by its name; values are int, float, str, bool or None."""
        cdef Py_ssize_t size = 0
        cdef const char* text
        cdef int i, code
        for i in range(len(self.names)):
            value = values[self.names[i]]
            if value is None:
                code = library.bind_null(self.handle, i + 1)
            elif isinstance(value, int):
                code = library.bind_int64(self.handle, i + 1, value)
            elif isinstance(value, float):
                code = library.bind_double(self.handle, i + 1, value)
            else:
                text = PyUnicode_AsUTF8AndSize(value, &size)
                code = library.bind_text(self.handle, i + 1, text, <int>size, <void*><uintptr_t>-1)  # copied
            if code != SQLITE_OK:
                raise self.owner.error(code)
        return 0


cdef str parameter_name(sqlite3_stmt* statement, int number):
    cdef const char* name = library.bind_parameter_name(statement, number)
    if name == NULL:
        raise ValueError("a statement that is stepped directly names its parameters, as in :rows")
    return (name + 1).decode()  # without its colon


cdef class Statements:
    """The prepared statements of one connection.  Close it before the connection."""

    def __init__(self):
        self.prepared = {}

    def close(self):
        """Finalize every statement; nothing can be prepared any more."""
        self.prepared.clear()
        self.handle = NULL

    cdef Statement prepare(self, str sql):
        cdef Statement statement = self.prepared.get(sql)
        cdef Py_ssize_t size = 0
        cdef const char* text
        cdef int i, code
        if statement is not None:
            return statement
        if self.handle == NULL:
            raise db_api.ProgrammingError("the connection is closed")
        if len(self.prepared) >= CACHED_STATEMENTS:
            self.prepared.clear()
        statement = Statement()
        statement.owner = self
        text = PyUnicode_AsUTF8AndSize(sql, &size)
        code = library.prepare_v2(self.handle, text, <int>size, &statement.handle, NULL)
        if code != SQLITE_OK:
            raise self.error(code)
        statement.columns = library.column_count(statement.handle)
        statement.names = tuple([
            parameter_name(statement.handle, i + 1) for i in range(library.bind_parameter_count(statement.handle))
        ])
        self.prepared[sql] = statement
        return statement

    cdef sqlite3_mutex* mutex(self) noexcept nogil:
        """Held for many calls, each of which takes it: that costs less when it is held already.

        Never while the interpreter's lock is waited for.
        """
        return library.db_mutex(self.handle)

    cdef object error(self, int code):
        """The exception that `sqlite3` would raise."""
        if code & 0xFF == SQLITE_NOMEM:
            return MemoryError()
        kind = db_api.DatabaseError if code & 0xFF in (SQLITE_CORRUPT, SQLITE_NOTADB) else db_api.OperationalError
        error = kind(library.errmsg(self.handle).decode(errors="replace"))
        error.sqlite_errorcode = library.extended_errcode(self.handle)
        return error
