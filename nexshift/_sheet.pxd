"""Values as cells of an Excel sheet's XML, without Python objects, from behind the row's number in `<c r="A2`.

What stands before has left SPARE bytes, enough for all but texts.  Functions return 0, or a Failure of _json.pxd.
"""

from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.string cimport memcpy

from nexshift._cells cimport FIRST_DAY, LAST_DAY, QUOTE
from nexshift._instants cimport DATE_SIZE, INSTANT_SIZE, is_instant, write_day, write_instant
from nexshift._json cimport EACH_BYTE, NO_MEMORY, NO_NUMBER, NO_UTF8, Out, is_utf8, put_whole, room

cdef enum:
    DAYS_BEFORE_1970 = 25569
    FIRST_SERIAL = 61  # 1900-03-01: Excel knows a 1900-02-29, so the days before have other numbers elsewhere
    LONGEST_ESCAPE = 7  # `_x000D_`
    AMPERSAND = 38
    LESS = 60
    GREATER = 62
    UNDERSCORE = 95


cdef inline void put_here(Out* out, const char* text, size_t size) noexcept nogil:
    memcpy(out.end, text, size)
    out.end += size


cdef inline void put_number_end(Out* out) noexcept nogil:
    put_here(out, b"</v></c>", 8)


cdef inline void put_sheet_flag(Out* out, bint value) noexcept nogil:
    put_here(out, b'" t="b"><v>1' if value else b'" t="b"><v>0', 12)
    put_number_end(out)


# -- date-times and dates ----------------------------------------------------------------------------------------------

cdef inline int put_sheet_time(Out* out, int64_t epoch) noexcept nogil:
    """Days since 1899-12-30 in 12 decimals, so that the double nearest to it is read."""
    cdef int64_t day = epoch // 86400
    cdef int64_t second = epoch % 86400
    cdef int64_t decimals
    cdef int at, last = 12
    if not is_instant(epoch):
        return NO_NUMBER
    if second < 0:  # C rounds towards zero
        second += 86400
        day -= 1
    if day + DAYS_BEFORE_1970 < FIRST_SERIAL:
        put_here(out, b'" t="inlineStr"><is><t>', 23)
        write_instant(out.end, epoch, &out.day)
        out.end += INSTANT_SIZE
        put_here(out, b"</t></is></c>", 13)
        return 0
    put_here(out, b'" s="1"><v>', 11)
    put_whole(out, day + DAYS_BEFORE_1970)
    if second > 0:
        decimals = (second * 1_000_000 * 1_000_000 + 43_200) // 86_400
        while decimals % 10 == 0:
            decimals //= 10
            last -= 1
        out.end[0] = 46
        for at in range(last, 0, -1):
            out.end[at] = 48 + <char>(decimals % 10)
            decimals //= 10
        out.end += 1 + last
    put_number_end(out)
    return 0


cdef inline int put_sheet_date(Out* out, int64_t day) noexcept nogil:
    if not FIRST_DAY <= day <= LAST_DAY:
        return NO_NUMBER
    if day + DAYS_BEFORE_1970 < FIRST_SERIAL:
        put_here(out, b'" t="inlineStr"><is><t>', 23)
        if day != out.day.number:
            write_day(&out.day, day)
        put_here(out, out.day.text, DATE_SIZE - 1)
        put_here(out, b"</t></is></c>", 13)
        return 0
    put_here(out, b'" s="2"><v>', 11)
    put_whole(out, day + DAYS_BEFORE_1970)
    put_number_end(out)
    return 0


# -- text --------------------------------------------------------------------------------------------------------------

cdef inline uint64_t is_special(uint64_t eight) noexcept nogil:
    """Not 0 when one of the eight bytes is `&`, `<`, `>`, `_`, a control character or beyond ASCII."""
    # A borrow reaches another byte only from one that is found anyway.
    cdef uint64_t below_space = eight - EACH_BYTE(32)
    cdef uint64_t ampersands = (eight ^ EACH_BYTE(38)) - EACH_BYTE(1)
    cdef uint64_t angles = ((eight | EACH_BYTE(2)) ^ EACH_BYTE(62)) - EACH_BYTE(1)  # 60 and 62
    cdef uint64_t underscores = (eight ^ EACH_BYTE(95)) - EACH_BYTE(1)
    return (below_space | ampersands | angles | underscores | eight) & EACH_BYTE(128)


cdef inline int put_sheet_text(Out* out, const char* text, size_t size) noexcept nogil:
    """An inline string, which Excel never takes for a formula; not even when it is edited, where it looks like one."""
    cdef uint64_t eight, found = 0
    cdef size_t at = 0
    cdef const uint8_t* characters = <const uint8_t*>text
    cdef char* to
    out.end[0] = QUOTE
    out.end += 1
    if size > 0 and (text[0] == 61 or text[0] == 43 or text[0] == 45 or text[0] == 64):  # = + - @
        put_here(out, b' s="4"', 6)
    if size > 0 and (characters[0] <= 32 or characters[size - 1] <= 32):
        put_here(out, b' t="inlineStr"><is><t xml:space="preserve">', 43)
    else:
        put_here(out, b' t="inlineStr"><is><t>', 22)
    if room(out, LONGEST_ESCAPE * size + 8) != 0:
        return NO_MEMORY
    to = out.end
    while at + 8 <= size:
        memcpy(&eight, text + at, 8)
        memcpy(to + at, &eight, 8)
        found |= is_special(eight)
        at += 8
    while at < size:
        to[at] = text[at]
        found |= is_special(characters[at] | EACH_BYTE(48) << 8)
        at += 1
    if found == 0:
        out.end += size
    else:
        if not is_utf8(characters, size):
            return NO_UTF8
        put_escaped_xml(out, characters, size)
    put_here(out, b"</t></is></c>", 13)
    return 0


cdef inline void put_escaped_xml(Out* out, const uint8_t* text, size_t size) noexcept nogil:
    """Text that is UTF-8, with entities, and `_xHHHH_` for what XML cannot hold."""
    cdef size_t at = 0
    cdef uint8_t character
    while at < size:
        character = text[at]
        if character == AMPERSAND:
            put_here(out, b"&amp;", 5)
        elif character == LESS:
            put_here(out, b"&lt;", 4)
        elif character == GREATER:
            put_here(out, b"&gt;", 4)
        elif is_held_back(text, at, size):
            if character < 32:
                put_here(out, b"_x00", 4)
                out.end[0] = 48 + (character >> 4)
                out.end[1] = (48 if character & 15 < 10 else 55) + (character & 15)
                out.end[2] = UNDERSCORE
                out.end += 3
            else:
                put_here(out, b"_xFFFE_" if text[at + 2] == 0xBE else b"_xFFFF_", 7)
                at += 2
        elif character == UNDERSCORE and is_like_an_escape(text, at, size):
            put_here(out, b"_x005F_", 7)
        else:
            out.end[0] = <char>character
            out.end += 1
        at += 1


cdef inline bint is_held_back(const uint8_t* text, size_t at, size_t size) noexcept nogil:
    """Whether XML cannot hold what stands there, or would change it: a carriage return is read as a line feed."""
    if text[at] < 32:
        return text[at] != 9 and text[at] != 10
    return text[at] == 0xEF and at + 2 < size and text[at + 1] == 0xBF and text[at + 2] >= 0xBE  # U+FFFE and U+FFFF


cdef inline bint is_like_an_escape(const uint8_t* text, size_t at, size_t size) noexcept nogil:
    """Whether the underscore there begins what is read as an escape: `_x`, four hexadecimal digits, and a `_`.

    The last may also be the one that an escape begins with.
    """
    cdef size_t i
    cdef uint8_t digit
    if size - at < 7 or text[at + 1] != 120:
        return False
    for i in range(at + 2, at + 6):
        digit = text[i] | 32  # in lower case
        if not (48 <= text[i] <= 57 or 97 <= digit <= 102):
            return False
    return text[at + 6] == UNDERSCORE or is_held_back(text, at + 6, size)
