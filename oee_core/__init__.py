"""OEE of production runs: the one place where it is computed.

`implementation` says which of the two equal implementations is loaded: the compiled "kernel", or "reference",
the specification in plain Python.  The environment variable NEXSHIFT_OEE forces one.  A kernel that cannot be
loaded is an error and never a silent change to the slow one.
"""

from __future__ import annotations

import os

from oee_core.reference import Percentages, Sums, percent
from oee_core.rows import Row

__all__ = [
    "Percentages",
    "Row",
    "Sums",
    "downtime_seconds",
    "implementation",
    "percent",
    "score_runs",
    "sum_runs",
]

implementation = os.environ.get("NEXSHIFT_OEE", "kernel")

if implementation == "kernel":
    try:
        from oee_core._kernel import downtime_seconds, score_runs, sum_runs
    except ImportError as error:
        raise ImportError(
            f"the compiled part of oee_core cannot be loaded ({error}): build it with"
            " `python setup.py build_ext --inplace` or install nexshift again;"
            " NEXSHIFT_OEE=reference runs without it, many times slower"
        ) from error
elif implementation == "reference":
    from oee_core.reference import downtime_seconds, score_runs, sum_runs
else:
    raise ImportError(f'NEXSHIFT_OEE must be "kernel" or "reference", not "{implementation}"')
