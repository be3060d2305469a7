"""Where are the functions of the SQLite library that this process uses?

They are looked up in the module that has loaded the library, and never in a library that is named here: two copies of
SQLite on one file in one process would break each other's locks.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec

from nexshift.storage.library import compiled_part

# Those that rows are stepped with, in the order of their table in _sqlite.pxd.
FUNCTIONS = (
    "auto_extension", "cancel_auto_extension", "db_config", "prepare_v2", "finalize", "step", "reset",
    "bind_parameter_count", "bind_parameter_name", "bind_int64", "bind_text", "bind_null", "bind_double",
    "column_count", "column_value", "value_type", "value_int64", "value_double", "value_text", "value_bytes",
    "errmsg", "extended_errcode", "db_mutex", "mutex_enter", "mutex_leave", "create_function_v2", "user_data",
    "aggregate_context", "result_int64", "result_double", "result_text", "result_null", "result_error",
)  # fmt: skip


def find_functions(names: Iterable[str]) -> dict[str, int] | None:
    """The addresses of `sqlite3_NAME` for every name; None where this build of Python does not show them."""
    if find_spec("nexshift.storage.linked"):  # a program into which SQLite and `sqlite3` are linked
        return {name: import_module("nexshift.storage.linked").ADDRESSES[name] for name in names}

    import ctypes  # noqa: PLC0415 (such a program does not have it)

    # A module that is compiled into the interpreter has no file; then the interpreter itself is looked into.
    try:
        loaded = ctypes.PyDLL(getattr(compiled_part, "__file__", None))
        return {name: ctypes.cast(getattr(loaded, f"sqlite3_{name}"), ctypes.c_void_p).value or 0 for name in names}
    except (OSError, AttributeError, TypeError):
        return None
