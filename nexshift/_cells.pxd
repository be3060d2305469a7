"""Texts, date-times and dates as cells of CSV or JSON, without Python objects.

Functions return 0, or a Failure of _json.pxd.
"""

from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.string cimport memcpy

from nexshift._instants cimport DATE_SIZE, INSTANT_SIZE, is_instant, write_day, write_instant
from nexshift._json cimport EACH_BYTE, NO_MEMORY, NO_NUMBER, NO_UTF8, Out, is_utf8, room

cdef enum:
    QUOTE = 34
    FIRST_DAY = -719162  # 0001-01-01
    LAST_DAY = 2932896  # 9999-12-31


cdef inline uint64_t needs_a_look(uint64_t eight) noexcept nogil:
    """Not 0 when one of the eight bytes is a quote, a comma, below a space or beyond ASCII."""
    # A borrow reaches another byte only from one that is found anyway.
    cdef uint64_t below_space = eight - EACH_BYTE(32)
    cdef uint64_t quotes = (eight ^ EACH_BYTE(34)) - EACH_BYTE(1)
    cdef uint64_t commas = (eight ^ EACH_BYTE(44)) - EACH_BYTE(1)
    return (below_space | quotes | commas | eight) & EACH_BYTE(128)


cdef inline int put_csv_text(Out* out, const char* text, size_t size) noexcept nogil:
    """As RFC 4180 has it: in quotes where it holds a quote, a comma or a line's end, and where it is empty."""
    cdef uint64_t eight, found = 0
    cdef size_t at = 0
    cdef uint8_t character
    cdef char* to
    if room(out, 2 * size + 10) != 0:
        return NO_MEMORY
    to = out.end
    while at + 8 <= size:
        memcpy(&eight, text + at, 8)
        memcpy(to + at, &eight, 8)
        found |= needs_a_look(eight)
        at += 8
    while at < size:
        character = <uint8_t>text[at]
        to[at] = <char>character
        if character < 32 or character == QUOTE or character == 44 or character >= 128:
            found = 1
        at += 1
    if found == 0 and size > 0:
        out.end += size
        return 0
    if not is_utf8(<const uint8_t*>text, size):
        return NO_UTF8
    put_quoted(out, <const uint8_t*>text, size)
    return 0


cdef inline void put_quoted(Out* out, const uint8_t* text, size_t size) noexcept nogil:
    cdef char* to = out.end
    cdef bint is_plain = size > 0
    cdef size_t at
    for at in range(size):
        if text[at] == QUOTE or text[at] == 44 or text[at] == 10 or text[at] == 13:
            is_plain = False
    if is_plain:
        out.end += size  # copied already
        return
    to[0] = QUOTE
    to += 1
    for at in range(size):
        if text[at] == QUOTE:
            to[0] = QUOTE
            to += 1
        to[0] = <char>text[at]
        to += 1
    to[0] = QUOTE
    out.end = to + 1


cdef inline int put_time(Out* out, bint is_json, int64_t epoch) noexcept nogil:
    if not is_instant(epoch):
        return NO_NUMBER
    out.end[0] = QUOTE
    out.end += is_json
    write_instant(out.end, epoch, &out.day)
    out.end += INSTANT_SIZE
    out.end[0] = QUOTE
    out.end += is_json
    return 0


cdef inline int put_date(Out* out, bint is_json, int64_t day) noexcept nogil:
    if not FIRST_DAY <= day <= LAST_DAY:
        return NO_NUMBER
    if day != out.day.number:
        write_day(&out.day, day)
    out.end[0] = QUOTE
    out.end += is_json
    memcpy(out.end, out.day.text, DATE_SIZE - 1)
    out.end += DATE_SIZE - 1
    out.end[0] = QUOTE
    out.end += is_json
    return 0
