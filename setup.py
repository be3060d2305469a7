"""The compiled parts and the directives they are built with; everything else is in pyproject.toml.

`-ffp-contract=off` forbids the compiler to fuse a multiplication and an addition: the kernel must give the very
doubles that the Python reference gives, on every processor.

NEXSHIFT_CHECKED=1 builds the twin that must pass the same tests: with bounds checks, and with the sanitizers that
stop at the first bad address or overflow, because bounds checks do not see C pointers.  Build it in a copy of the
tree; it runs under `LD_PRELOAD=$(gcc -print-file-name=libasan.so) ASAN_OPTIONS=detect_leaks=0:quarantine_size_mb=1
PYTHONMALLOC=malloc`.
"""

import os
import sys

from Cython.Build import cythonize
from setuptools import Extension, setup

CHECKED = os.environ.get("NEXSHIFT_CHECKED") == "1"
DIRECTIVES = {
    "language_level": 3,
    "boundscheck": CHECKED,
    "wraparound": False,
    "cdivision": True,
    "initializedcheck": CHECKED,
    "embedsignature": False,
}
FLAGS = [] if sys.platform == "win32" else ["-O2", "-ffp-contract=off"]
SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"] if CHECKED else []

EXTENSIONS = [
    Extension(name, [source], extra_compile_args=FLAGS + SANITIZERS, extra_link_args=SANITIZERS)
    for name, source in {
        "oee_core._kernel": "oee_core/_kernel.pyx",
        "nexshift._rows": "nexshift/_rows.pyx",
        "nexshift._pages": "nexshift/_pages.pyx",
        "nexshift._writing": "nexshift/_writing.pyx",
        "nexshift._lines": "nexshift/_lines.pyx",
        "nexshift._totals": "nexshift/_totals.pyx",
        "nexshift.storage._functions": "nexshift/storage/_functions.pyx",
        "nexshift.storage._sqlite": "nexshift/storage/_sqlite.pyx",
    }.items()
]

setup(ext_modules=cythonize(EXTENSIONS, compiler_directives=DIRECTIVES))
