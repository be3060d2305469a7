"""How a column becomes a value: the numbers of `nexshift.records.Stored`, which says what each means."""

cdef enum:
    VALUE = 0
    INSTANT = 1
    FLAG = 2
    QUANTITY = 3
    LENGTH = 4
