"""Some of what is measured over HTTP, or all of it: `python -m benchmarks.http [pages hot compression ...]`."""

from __future__ import annotations

import sys

from benchmarks.http.measurements import PARTS, measure

if __name__ == "__main__":
    names = sys.argv[1:] or list(PARTS)
    if unknown := set(names) - set(PARTS):
        sys.exit(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    measured = measure(names)
    print(*measured.text(), *measured.missing(), sep="\n")
    sys.exit(bool(measured.failures))
