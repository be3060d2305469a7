"""The few rows that many rows point at, by their integer keys: ready JSON, or a number.

A table belongs to one connection and one commit.  It is open addressing with room for twice its entries.
"""

from libc.stdint cimport int64_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memset

from nexshift._json cimport NO_MEMORY, Out
from nexshift.storage._sqlite cimport sqlite3_stmt

cdef struct Step:
    # One value: what stands before it, how it is written (see _writing.pxd), its column and a second number.
    int kind
    int column
    int other
    size_t size
    const char* before

cdef struct Steps:
    const Step* first
    Py_ssize_t count

cdef struct Slot:
    bint is_used
    int64_t key
    int64_t second_key
    size_t at  # in the text
    size_t size
    double number

cdef struct Table:
    sqlite3_stmt* statement  # the row of one key, or of two
    Steps steps  # how the row is written; without steps it is a number
    Slot* slots
    uint64_t capacity  # a power of two
    uint64_t used
    uint64_t most
    Out text


cdef inline Slot* slot_of(Table* table, int64_t key, int64_t second_key) noexcept nogil:
    """The keys' slot, or the free one where they belong; there always is a free one."""
    cdef uint64_t mixed = <uint64_t>key * 0x9E3779B97F4A7C15ULL + <uint64_t>second_key * 0xC2B2AE3D27D4EB4FULL
    cdef uint64_t at = (mixed >> 32) & (table.capacity - 1)
    while table.slots[at].is_used and (table.slots[at].key != key or table.slots[at].second_key != second_key):
        at = (at + 1) & (table.capacity - 1)
    return &table.slots[at]


cdef inline int widen(Table* table) noexcept nogil:
    """Twice the slots."""
    cdef Slot* before = table.slots
    cdef uint64_t count = table.capacity
    cdef uint64_t i
    table.slots = <Slot*>calloc(2 * count, sizeof(Slot))
    if table.slots == NULL:
        table.slots = before
        return NO_MEMORY
    table.capacity = 2 * count
    for i in range(count):
        if before[i].is_used:
            slot_of(table, before[i].key, before[i].second_key)[0] = before[i]
    free(before)
    return 0


cdef inline int make_room(Table* table) noexcept nogil:
    """For one entry more; beyond the most all are forgotten."""
    if table.used >= table.most:
        memset(table.slots, 0, table.capacity * sizeof(Slot))
        table.used = 0
        table.text.end = table.text.start
        return 0
    return widen(table) if 2 * (table.used + 1) > table.capacity else 0
