"""What is measured over HTTP: real processes on free ports, asked by Debian's `wrk`.

`python -m benchmarks.http PART...` runs some of it; see `benchmarks.http.__main__`.
"""
