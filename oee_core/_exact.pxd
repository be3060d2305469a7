"""Sums of doubles that are rounded once, at the end, so that the order of what is added never shows; without the GIL.

Shewchuk's algorithm (doi.org/10.1007/PL00009321), as `math.fsum` has it.  A sum is kept as doubles of which each is
larger than the ones before it and none overlaps another; two such sums are merged by adding the parts of one to the
other.  It starts as zeros.  A sum beyond the largest double is infinite.
"""

from libc.math cimport fabs, isfinite
from libc.stdint cimport int64_t

cdef enum:
    # Where the parts are packed, each is at least 52 bits above the next, so of all doubles' 2098 bits there are 41.
    MOST_PARTS = 64

cdef struct ExactSum:
    int64_t count
    double[MOST_PARTS] parts


cdef inline void add_exactly(ExactSum* total, double value) noexcept nogil:
    cdef double part, high, low
    cdef int64_t i
    cdef int64_t kept = 0
    if total.count == MOST_PARTS:
        pack(total)
    for i in range(total.count):
        part = total.parts[i]
        if fabs(value) < fabs(part):
            value, part = part, value
        high = value + part
        if not isfinite(high):
            total.parts[0], total.count = high, 1
            return
        low = part - (high - value)
        if low != 0:
            total.parts[kept] = low
            kept += 1
        value = high
    total.parts[kept] = value
    total.count = kept + 1


cdef inline void pack(ExactSum* total) noexcept nogil:
    """The same sum in as few parts as there can be (Shewchuk's COMPRESS, its pass from the largest to the smallest)."""
    cdef double[MOST_PARTS] packed
    cdef double high = total.parts[total.count - 1]
    cdef double sum, low
    cdef int64_t at = MOST_PARTS
    cdef int64_t i
    for i in range(total.count - 2, -1, -1):
        sum = high + total.parts[i]
        low = total.parts[i] - (sum - high)
        high = sum
        if low != 0:
            at -= 1
            packed[at] = high
            high = low
    at -= 1
    packed[at] = high
    total.count = MOST_PARTS - at
    for i in range(total.count):
        total.parts[i] = packed[at + i]


cdef inline double rounded(const ExactSum* total) noexcept nogil:
    """The double that is next to the sum; of two that are, the even one."""
    cdef double high, low, before
    cdef int64_t at = total.count - 1
    if at < 0:
        return 0.0
    high, low = total.parts[at], 0.0
    while at > 0 and low == 0:
        at -= 1
        before = high
        high = before + total.parts[at]
        low = total.parts[at] - (high - before)
    # A tie was rounded to even without a look at what is left; that decides.
    if at > 0 and (low < 0) == (total.parts[at - 1] < 0) and low != 0:
        before = high + 2 * low
        if before - high == 2 * low:
            high = before
    return high + 0.0  # -0 becomes 0
