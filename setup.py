"""The compiled parts and the directives they are built with; everything else is in pyproject.toml.

`-ffp-contract=off` forbids the compiler to fuse a multiplication and an addition: the kernel must give the very
doubles that the Python reference gives, on every processor.  NEXSHIFT_CHECKED=1 builds the twin with bounds checks on.
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

EXTENSIONS = [
    Extension("oee_core._kernel", ["oee_core/_kernel.pyx"], extra_compile_args=FLAGS),
    Extension("nexshift._rows", ["nexshift/_rows.pyx"], extra_compile_args=FLAGS),
]

setup(ext_modules=cythonize(EXTENSIONS, compiler_directives=DIRECTIVES))
