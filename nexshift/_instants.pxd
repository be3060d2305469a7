"""An instant as text, `2026-03-26T00:21:16Z`, without Python objects."""

from libc.stdint cimport int64_t
from libc.string cimport memcpy

cdef enum:
    INSTANT_SIZE = 20
    DATE_SIZE = 11  # with the T

# Those of `nexshift.instants`, which is held to them when `nexshift._rows` is loaded.
cdef extern from *:
    """
    #define EARLIEST (-62135596800LL)
    #define LATEST 253402300799LL
    """
    const int64_t EARLIEST
    const int64_t LATEST

cdef struct Day:
    # The day that was written last: most instants of a page fall on the day of the one before.
    int64_t number
    char[11] text


cdef inline Day no_day() noexcept nogil:
    cdef Day day
    day.number = -719163  # before year 1, so never asked for
    return day


cdef inline bint is_instant(int64_t epoch) noexcept nogil:
    """Whether it has a text of INSTANT_SIZE characters.  A damaged file may hold one that has not."""
    return EARLIEST <= epoch <= LATEST


cdef inline void two_digits(char* text, int value) noexcept nogil:
    text[0] = 48 + value // 10
    text[1] = 48 + value % 10


cdef inline void write_day(Day* day, int64_t number) noexcept nogil:
    """The calendar is Howard Hinnant's days-to-civil algorithm, exact from year 1 to 9999."""
    cdef int64_t shifted = number + 719468  # days since 0000-03-01, never negative here
    cdef int64_t era = shifted // 146097
    cdef int64_t day_of_era = shifted - era * 146097
    cdef int64_t year_of_era = (
        day_of_era - day_of_era // 1460 + day_of_era // 36524 - day_of_era // 146096
    ) // 365
    cdef int day_of_year = <int>(day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100))
    cdef int month = (5 * day_of_year + 2) // 153
    cdef int day_of_month = day_of_year - (153 * month + 2) // 5 + 1
    month += 3 if month < 10 else -9
    cdef int year = <int>(year_of_era + era * 400) + (1 if month <= 2 else 0)
    two_digits(day.text, year // 100)
    two_digits(day.text + 2, year % 100)
    day.text[4] = 45
    two_digits(day.text + 5, month)
    day.text[7] = 45
    two_digits(day.text + 8, day_of_month)
    day.text[10] = 84
    day.number = number


cdef inline void write_instant(char* at, int64_t epoch, Day* last) noexcept nogil:
    """INSTANT_SIZE characters of what `is_instant`."""
    cdef int64_t days = epoch // 86400
    cdef int64_t second = epoch % 86400
    if second < 0:  # C rounds towards zero
        second += 86400
        days -= 1
    if days != last.number:
        write_day(last, days)
    memcpy(at, last.text, DATE_SIZE)
    two_digits(at + 11, <int>(second // 3600))
    at[13] = 58
    two_digits(at + 14, <int>(second // 60 % 60))
    at[16] = 58
    two_digits(at + 17, <int>(second % 60))
    at[19] = 90
