"""JSON into a growing buffer, byte for byte as msgspec writes it, without Python objects.

Each function returns 0, or a Failure when there is no memory or the text is no UTF-8.
"""

from libc.math cimport fabs, floor
from libc.stdint cimport INT64_MAX, int64_t, uint8_t, uint64_t
from libc.stdlib cimport realloc
from libc.string cimport memcpy

from nexshift._instants cimport INSTANT_SIZE, Day, write_instant

cdef enum Failure:
    NO_MEMORY = -1
    NO_UTF8 = -2
    NO_WRITER = -3  # a value that only msgspec writes, and it failed
    NO_NUMBER = -4  # a value that JSON has no text for
    NO_ORDER = -5
    NO_RUN = -6

cdef enum:
    SPARE = 64  # always enough for a number or an instant with its quotes
    MOST_DECIMALS = 9

cdef extern from *:
    """
    #define EACH_BYTE(byte) (0x0101010101010101ULL * (byte))
    """
    uint64_t EACH_BYTE(uint64_t byte) noexcept nogil

cdef struct Out:
    char* start
    char* end
    char* limit
    Day day


cdef inline int grow(Out* out, size_t size) noexcept nogil:
    cdef size_t used = out.end - out.start
    cdef size_t capacity = 2 * (used + size)
    cdef char* moved = <char*>realloc(out.start, capacity)
    if moved == NULL:
        return NO_MEMORY
    out.start = moved
    out.end = moved + used
    out.limit = moved + capacity
    return 0


cdef inline int room(Out* out, size_t size) noexcept nogil:
    """Make sure that `size` bytes and SPARE fit."""
    if <size_t>(out.limit - out.end) >= size + SPARE:
        return 0
    return grow(out, size + SPARE)


cdef inline int put(Out* out, const char* text, size_t size) noexcept nogil:
    if room(out, size) != 0:
        return NO_MEMORY
    memcpy(out.end, text, size)
    out.end += size
    return 0


# -- what fits into SPARE, which every `put` leaves --------------------------------------------------------------------

cdef inline void put_null(Out* out) noexcept nogil:
    memcpy(out.end, b"null", 4)
    out.end += 4


cdef inline void put_flag(Out* out, bint value) noexcept nogil:
    if value:
        memcpy(out.end, b"true", 4)
        out.end += 4
    else:
        memcpy(out.end, b"false", 5)
        out.end += 5


cdef inline void put_instant(Out* out, int64_t epoch) noexcept nogil:
    out.end[0] = 34
    write_instant(out.end + 1, epoch, &out.day)
    out.end[1 + INSTANT_SIZE] = 34
    out.end += 2 + INSTANT_SIZE


cdef inline void put_whole(Out* out, int64_t value) noexcept nogil:
    cdef char[20] digits
    cdef int at = 20
    cdef uint64_t rest = <uint64_t>value
    if value < 0:
        out.end[0] = 45
        out.end += 1
        rest = 0 - rest
    while True:
        at -= 1
        digits[at] = 48 + <char>(rest % 10)
        rest //= 10
        if rest == 0:
            break
    memcpy(out.end, digits + at, 20 - at)
    out.end += 20 - at


cdef inline void put_tenths(Out* out, int64_t tenths, bint always) noexcept nogil:
    """A number that is not negative, with one decimal; without it when it is whole, unless `always`."""
    put_whole(out, tenths // 10)
    if always or tenths % 10 != 0:
        out.end[0] = 46
        out.end[1] = 48 + <char>(tenths % 10)
        out.end += 2


cdef inline void put_minutes(Out* out, int64_t seconds) noexcept nogil:
    """floor(seconds / 60 * 10 + 0.5) / 10, evaluated as written."""
    cdef int64_t tenths = <int64_t>floor(<double>seconds / 60.0 * 10.0 + 0.5)
    if tenths < 0:
        out.end[0] = 45
        out.end += 1
        tenths = -tenths
    put_tenths(out, tenths, False)


cdef inline bint put_decimal(Out* out, double value) noexcept nogil:
    """A double that few decimals say exactly; False for another, of which nothing is written.

    Of the decimals with at most 15 digits no two give the same double, so the one that gives this double back is the
    shortest of all, which is what JSON's writers look for.
    """
    cdef double scale = 1
    cdef double scaled, whole
    cdef int64_t digits, unit
    cdef int decimals, at
    if not 0.001 <= value < 1e12:
        return False
    for decimals in range(1, MOST_DECIMALS + 1):
        scale *= 10
        scaled = value * scale
        if scaled >= 1e15:
            return False
        whole = floor(scaled + 0.5)
        if whole / scale == value:
            break
    else:
        return False
    digits = <int64_t>whole
    unit = <int64_t>scale
    put_whole(out, digits // unit)
    out.end[0] = 46
    digits %= unit
    for at in range(decimals, 0, -1):
        out.end[at] = 48 + <char>(digits % 10)
        digits //= 10
    out.end += 1 + decimals
    return True


cdef inline bint put_quantity(Out* out, double value) noexcept nogil:
    """A whole one below 2^63 as an integer; False for one that is not written here."""
    if value == floor(value) and fabs(value) < <double>INT64_MAX:
        put_whole(out, <int64_t>value)
        return True
    return put_decimal(out, value)


# -- text --------------------------------------------------------------------------------------------------------------

cdef inline uint64_t special(uint64_t eight) noexcept nogil:
    """Not 0 when one of the eight bytes is a control character, a quote, a backslash or beyond ASCII."""
    # A borrow reaches another byte only from one that is found anyway.
    cdef uint64_t below_space = eight - EACH_BYTE(32)
    cdef uint64_t quotes = (eight ^ EACH_BYTE(34)) - EACH_BYTE(1)
    cdef uint64_t backslashes = (eight ^ EACH_BYTE(92)) - EACH_BYTE(1)
    return (below_space | quotes | backslashes | eight) & EACH_BYTE(128)


cdef inline int put_text(Out* out, const char* text, size_t size) noexcept nogil:
    """A string with its quotes."""
    cdef uint64_t eight, found = 0
    cdef size_t at = 0
    cdef uint8_t character
    if room(out, 6 * size + 8) != 0:
        return NO_MEMORY
    cdef char* to = out.end + 1
    while at + 8 <= size:
        memcpy(&eight, text + at, 8)
        memcpy(to + at, &eight, 8)
        found |= special(eight)
        at += 8
    while at < size:
        character = <uint8_t>text[at]
        to[at] = <char>character
        if character < 32 or character == 34 or character == 92 or character >= 128:
            found = 1
        at += 1
    if found != 0:
        if not is_utf8(<const uint8_t*>text, size):
            return NO_UTF8
        put_escaped(out, <const uint8_t*>text, size)
        return 0
    out.end[0] = 34
    to[size] = 34
    out.end = to + size + 1
    return 0


cdef inline void put_escaped(Out* out, const uint8_t* text, size_t size) noexcept nogil:
    cdef char* end = out.end
    cdef uint8_t character, short_form
    cdef size_t at
    end[0] = 34
    end += 1
    for at in range(size):
        character = text[at]
        if character >= 32 and character != 34 and character != 92:
            end[0] = <char>character
            end += 1
            continue
        short_form = short_escape(character)
        end[0] = 92
        if short_form != 0:
            end[1] = <char>short_form
            end += 2
        else:
            memcpy(end + 1, b"u00", 3)
            end[4] = 48 + (character >> 4)
            end[5] = (48 if character & 15 < 10 else 87) + (character & 15)
            end += 6
    end[0] = 34
    out.end = end + 1


cdef inline uint8_t short_escape(uint8_t character) noexcept nogil:
    if character == 34 or character == 92:
        return character
    if character == 8:
        return 98  # b
    if character == 9:
        return 116  # t
    if character == 10:
        return 110  # n
    if character == 12:
        return 102  # f
    if character == 13:
        return 114  # r
    return 0


cdef inline bint is_utf8(const uint8_t* text, size_t size) noexcept nogil:
    """By the table of well-formed sequences in the Unicode Standard (table 3-7)."""
    cdef size_t at = 0
    cdef size_t more, i
    cdef uint8_t first, low, high
    while at < size:
        first = text[at]
        at += 1
        if first < 0x80:
            continue
        low, high = 0x80, 0xBF
        if 0xC2 <= first <= 0xDF:
            more = 1
        elif 0xE0 <= first <= 0xEF:
            more = 2
            if first == 0xE0:
                low = 0xA0
            elif first == 0xED:
                high = 0x9F
        elif 0xF0 <= first <= 0xF4:
            more = 3
            if first == 0xF0:
                low = 0x90
            elif first == 0xF4:
                high = 0x8F
        else:
            return False
        if size - at < more or not low <= text[at] <= high:
            return False
        for i in range(1, more):
            if not 0x80 <= text[at + i] <= 0xBF:
                return False
        at += more
    return True
